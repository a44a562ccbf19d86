-- What the night notes on the register leaves the marks of children alone: only a change
-- of status can change them. The trigger is replaced in one transaction, under a lock on
-- registration that lasts a moment.

-- +goose Up
-- +goose StatementBegin
CREATE FUNCTION remark_registration() RETURNS trigger LANGUAGE plpgsql SET search_path = public AS $$
DECLARE
    mask bigint := mark('exited') | mark('candidate');
    ids bigint[] := ARRAY(
        SELECT child_id FROM before b FULL JOIN after a USING (child_id) WHERE b.status IS DISTINCT FROM a.status);
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
COMMENT ON FUNCTION remark_registration IS 'remark for updates of registration, whose marks follow from child and status alone.';
DROP TRIGGER mark_update ON registration;
CREATE TRIGGER mark_update AFTER UPDATE ON registration REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION remark_registration();
