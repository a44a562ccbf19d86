-- Corrections: what is disputed and where, what the raiser says of it, and what the
-- source agency answered. Takes a short lock on correction_request; the previous
-- binary knows none of the columns and writes none of these rows.

-- +goose Up
ALTER TABLE correction_request
    ADD COLUMN record_id bigint,
    ADD COLUMN old_hash bytea,
    ADD COLUMN reason text,
    ADD COLUMN proposed text,
    ADD COLUMN answer text,
    ADD COLUMN steward_id bigint REFERENCES staff,
    ADD COLUMN ticket_id bigint REFERENCES ticket;
COMMENT ON COLUMN correction_request.record_id IS 'The row that holds the value: of the type that coordinate names; the child itself for the parts of its file.';
COMMENT ON COLUMN correction_request.old_hash IS 'coordinate_hash of the value when it was disputed, so that a value that has changed meanwhile is not written over.';
COMMENT ON COLUMN correction_request.steward_id IS 'Who answers for the source agency; null until it is routed.';
CREATE INDEX correction_request_unrouted ON correction_request (id) WHERE state = 'RAISED' AND steward_id IS NULL;
CREATE INDEX correction_request_accepted ON correction_request (id) WHERE state = 'ACCEPTED';
CREATE UNIQUE INDEX correction_request_open ON correction_request (child_id, coordinate, record_id) WHERE resolved_on IS NULL AND record_id IS NOT NULL;

INSERT INTO parameter (name, value, basis) VALUES
    ('correction_days', '10', '政务数据共享条例26：数源部门核查并答复，10个工作日'),
    ('correction_late_days', '1', '设定值（本区）；逾期后报个人信息保护负责人 cfg: days until the protection officer hears of a late answer'),
    ('correction_notice_days', '5', '设定值（本区）；数据更正后知会此前的接收方 cfg: recipients look again');

-- A value as text, hashed: '' where there is none.
-- +goose StatementBegin
CREATE FUNCTION coordinate_hash(tbl text, col text, cond text, row_id bigint) RETURNS bytea LANGUAGE plpgsql STABLE AS $$
DECLARE
    found bytea;
BEGIN
    EXECUTE format('SELECT sha256(convert_to(coalesce(%I::text, ''''), ''UTF8'')) FROM %I WHERE %s', col, tbl, cond) INTO found USING row_id;
    RETURN found;
END $$;
-- +goose StatementEnd
COMMENT ON FUNCTION coordinate_hash IS 'tbl, col and cond come from the hub''s own catalogue of coordinates, never from a caller; cond names the row by its id, $1.';

-- Writes a value in the type of its column, an empty one as null, if it is still the one that was
-- disputed; says whether it was.
-- +goose StatementBegin
CREATE FUNCTION correct_value(tbl text, col text, cond text, row_id bigint, was bytea, becomes text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    typ text := (SELECT format_type(a.atttypid, a.atttypmod) FROM pg_attribute a WHERE a.attrelid = to_regclass(format('public.%I', tbl)) AND a.attname = col);
    n integer;
BEGIN
    EXECUTE format('UPDATE %1$I SET %2$I = nullif($2, '''')::%4$s WHERE %3$s AND sha256(convert_to(coalesce(%2$I::text, ''''), ''UTF8'')) = $3',
        tbl, col, cond, typ) USING row_id, becomes, was;
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN n = 1;
END $$;
-- +goose StatementEnd
