-- The case manager's spot check of registrations, and the times that a child was on the
-- register before it left and came back. New columns may be null; registration is locked for a
-- moment.

-- +goose Up
ALTER TABLE registration
    ADD COLUMN spot_drawn boolean,
    ADD COLUMN spot_asked_on date,
    ADD COLUMN spot_checked_on date,
    ADD COLUMN spot_checked_by bigint REFERENCES staff,
    ADD COLUMN spot_result text,
    ADD COLUMN earlier jsonb;
COMMENT ON COLUMN registration.spot_drawn IS 'Whether the lot fell on this registration; null before it was drawn.';
COMMENT ON COLUMN registration.spot_asked_on IS 'When a case manager was asked to check the registration; until it is checked the file is open to the survey again.';
COMMENT ON COLUMN registration.earlier IS 'The times that the child was on the register before it left and was nominated again: days, kinds, definition and reason; kept, and shown to nobody.';
CREATE INDEX registration_undrawn ON registration (child_id) WHERE status = 'REGISTERED' AND spot_drawn IS NULL AND confirmed_by IS NOT NULL;
CREATE INDEX ON registration (spot_checked_by);

INSERT INTO parameter (name, value, basis) VALUES
    ('register_spot_percent', '5', '设定值：个案管理员抽查登记的比例（百分数） · cfg: at least this many per cent of registrations are checked'),
    ('register_spot_days', '5', '设定值：抽查登记的工作日 · cfg: working days of the check');

-- A registration that is to be checked is in the survey once more.
-- +goose StatementBegin
DO $$
DECLARE
    was text := pg_get_functiondef('marks_of(bigint, bigint)'::regprocedure);
    becomes text := replace(was, $r$r.status IN ('CANDIDATE', 'VERIFYING')$r$,
        $r$(r.status IN ('CANDIDATE', 'VERIFYING') OR r.status = 'REGISTERED' AND r.spot_asked_on IS NOT NULL AND r.spot_checked_on IS NULL)$r$);
BEGIN
    IF becomes = was THEN
        RAISE EXCEPTION 'marks_of does not say what a candidate is';
    END IF;
    EXECUTE becomes;
END
$$;

CREATE OR REPLACE FUNCTION remark_registration() RETURNS trigger LANGUAGE plpgsql SET search_path = public AS $$
DECLARE
    mask bigint := mark('exited') | mark('candidate');
    ids bigint[] := ARRAY(
        SELECT child_id FROM before b FULL JOIN after a USING (child_id)
        WHERE b.status IS DISTINCT FROM a.status OR b.spot_asked_on IS DISTINCT FROM a.spot_asked_on OR b.spot_checked_on IS DISTINCT FROM a.spot_checked_on);
BEGIN
    IF cardinality(ids) = 0 THEN
        RETURN NULL;
    END IF;
    PERFORM 1 FROM child WHERE id = ANY (ids) ORDER BY id FOR NO KEY UPDATE;
    UPDATE child c SET marks = c.marks & ~mask | n.marks
    FROM (SELECT id, marks_of(id, mask) AS marks FROM child WHERE id = ANY (ids)) n
    WHERE c.id = n.id AND c.marks & mask <> n.marks;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
