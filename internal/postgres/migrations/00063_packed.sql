-- What an entry showed, in packed rows: one for the children that were shown one set on
-- the same bases, and no row for each child. audit_disclosure becomes a view of them with
-- the columns that it had. The children that stand are packed while the log goes on; the
-- lock on audit_disclosure, for which answers wait, is held for what was written
-- meanwhile and for the drop. Running hubs of the release before go on (what they insert
-- into the view is packed a child at a time); their searches by child read the whole log
-- until they are replaced. A million children take five to seven seconds, and beside
-- them a fifth of their room.

-- +goose Up
CREATE TABLE audit_packed (
    at timestamptz NOT NULL,
    sequence bigint NOT NULL,
    part integer NOT NULL,
    set_id bigint NOT NULL,
    bases text[] NOT NULL,
    ordinals integer[] NOT NULL,
    child_ids bigint[] NOT NULL,
    PRIMARY KEY (at, sequence, part),
    CONSTRAINT audit_packed_even CHECK (cardinality(ordinals) = cardinality(child_ids) AND cardinality(ordinals) > 0)
) PARTITION BY RANGE (at);
-- Of a row that is too long for a page the arrays are put aside as they are: to compress
-- them costs more than all the rest.
ALTER TABLE audit_packed ALTER COLUMN ordinals SET STORAGE EXTERNAL, ALTER COLUMN child_ids SET STORAGE EXTERNAL;
COMMENT ON TABLE audit_packed IS 'Which coordinates of which children an entry showed, in which form, on which bases: a row for the children shown alike.';
COMMENT ON COLUMN audit_packed.part IS 'From 0, in the order in which the rows'' first children stand among those of the entry.';
COMMENT ON COLUMN audit_packed.ordinals IS 'The places of child_ids among the children of the entry, rising.';

CREATE TYPE audit_packed_v1 AS (
    sequence bigint,
    at timestamptz,
    part integer,
    set_id bigint,
    bases text[],
    ordinals integer[],
    child_ids bigint[]
);

CREATE TRIGGER audit_guard BEFORE UPDATE OR DELETE ON audit_packed
    FOR EACH ROW EXECUTE FUNCTION audit_guard_disclosure();
CREATE TRIGGER audit_keep BEFORE TRUNCATE ON audit_packed EXECUTE FUNCTION audit_refuse();

-- Makes the partitions of one month (UTC) when they are missing. Attaching a
-- ready table lets readers and writers of the log go on meanwhile. A packed row
-- stays in its page as long as it fits.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION audit_partition(month date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    starts timestamptz := date_trunc('month', month::timestamp) AT TIME ZONE 'UTC';
    ends timestamptz := (date_trunc('month', month::timestamp) + interval '1 month') AT TIME ZONE 'UTC';
    parent text;
    part text;
BEGIN
    PERFORM pg_advisory_xact_lock(8389772276738711914);
    FOREACH parent IN ARRAY ARRAY['audit_entry', 'audit_packed'] LOOP
        part := parent || to_char(month, '_YYYYMM');
        IF to_regclass(part) IS NULL THEN
            EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE)', part, parent);
            EXECUTE format('ALTER TABLE %I SET (toast_tuple_target = 8160)', part);
            EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                parent, part, starts, ends);
            EXECUTE format('CREATE TRIGGER audit_keep BEFORE TRUNCATE ON %I EXECUTE FUNCTION audit_refuse()', part);
        END IF;
    END LOOP;
END $$;
-- +goose StatementEnd

-- Packs the children of the entries first <= sequence < beyond, 512 a row at most.
-- +goose StatementBegin
CREATE FUNCTION audit_pack(first bigint, beyond bigint) RETURNS void LANGUAGE plpgsql SET work_mem = '256MB' AS $$
DECLARE
    month name;
BEGIN
    FOR month IN SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'audit_disclosure'::regclass ORDER BY 1
    LOOP
        PERFORM audit_partition(to_date(right(month, 6), 'YYYYMM'));
        EXECUTE format($sql$
            INSERT INTO audit_packed (at, sequence, part, set_id, bases, ordinals, child_ids)
            SELECT g.at, g.sequence, row_number() OVER (PARTITION BY g.at, g.sequence ORDER BY g.ordinals[1]) - 1, g.set_id, g.bases, g.ordinals, g.child_ids
            FROM (SELECT r.at, r.sequence, r.set_id, r.bases, array_agg(r.ordinal ORDER BY r.ordinal) AS ordinals, array_agg(r.child_id ORDER BY r.ordinal) AS child_ids
                FROM (SELECT d.*, (row_number() OVER (PARTITION BY d.at, d.sequence, d.set_id, d.bases ORDER BY d.ordinal) - 1) / 512 AS piece
                    FROM %I d WHERE d.sequence >= $1 AND d.sequence < $2) r
                GROUP BY r.at, r.sequence, r.set_id, r.bases, r.piece) g
            ORDER BY g.at, g.sequence $sql$, month) USING first, beyond;
    END LOOP;
END $$;
-- +goose StatementEnd

-- Entries are numbered in the order of their commits: what the head counts is there to be
-- read. What a destruction took meanwhile goes here too.
-- +goose StatementBegin
DO $$
DECLARE
    edge bigint := (SELECT size FROM audit_head);
BEGIN
    SET LOCAL maintenance_work_mem = '512MB';
    PERFORM audit_pack(-9223372036854775808, edge);
    CREATE INDEX audit_packed_child ON audit_packed USING gin (child_ids) WITH (fastupdate = on, gin_pending_list_limit = 4194304);
    -- A long reading is not waited for with all answers behind: the lock is asked for a
    -- second at a time.
    SET LOCAL lock_timeout = '1s';
    LOOP
        BEGIN
            LOCK TABLE audit_disclosure IN ACCESS EXCLUSIVE MODE;
            EXIT;
        EXCEPTION WHEN lock_not_available THEN
            PERFORM pg_sleep(1);
        END;
    END LOOP;
    SET LOCAL lock_timeout = 0;
    PERFORM audit_pack(edge, 9223372036854775807);
    IF EXISTS (SELECT FROM audit_entry e WHERE e.sequence >= edge AND e.operation = 'audit.destroy') THEN
        SET LOCAL tongxin.audit_destroy = 'on';
        DELETE FROM audit_packed p WHERE NOT EXISTS (SELECT FROM audit_disclosure d WHERE d.at = p.at AND d.sequence = p.sequence);
        SET LOCAL tongxin.audit_destroy = 'off';
    END IF;
END $$;
-- +goose StatementEnd
DROP FUNCTION audit_pack(bigint, bigint);

-- Who may read a column of the table may read it of the view.
CREATE TEMPORARY TABLE audit_grant ON COMMIT DROP AS
SELECT x.grantee::regrole::text AS grantee, string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) AS columns
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
CROSS JOIN LATERAL (SELECT grantee, privilege_type FROM aclexplode(a.attacl) UNION SELECT grantee, privilege_type FROM aclexplode(c.relacl)) x
WHERE c.oid = 'audit_disclosure'::regclass AND x.privilege_type = 'SELECT' AND x.grantee NOT IN (0, c.relowner)
GROUP BY x.grantee;

DROP TABLE audit_disclosure;
CREATE VIEW audit_disclosure AS
SELECT p.sequence, p.at, u.ordinal, u.child_id, p.set_id, p.bases, p.child_ids AS children
FROM audit_packed p CROSS JOIN LATERAL (SELECT unnest(p.ordinals) AS ordinal, unnest(p.child_ids) AS child_id) u;
COMMENT ON VIEW audit_disclosure IS 'The children of audit_packed one by one. Ask for one child by children @> ARRAY[id] as well: that is what the index knows.';

-- +goose StatementBegin
DO $$
DECLARE
    g record;
BEGIN
    FOR g IN SELECT * FROM audit_grant LOOP
        EXECUTE format('GRANT SELECT (%s) ON audit_disclosure TO %s', g.columns, g.grantee);
    END LOOP;
END $$;
-- +goose StatementEnd

-- What a hub of the release before inserts, one child a row.
-- +goose StatementBegin
CREATE FUNCTION audit_keep_disclosure() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO audit_packed (at, sequence, part, set_id, bases, ordinals, child_ids)
    VALUES (NEW.at, NEW.sequence, NEW.ordinal, NEW.set_id, NEW.bases, ARRAY[NEW.ordinal], ARRAY[NEW.child_id]);
    RETURN NEW;
END $$;
-- +goose StatementEnd

-- Details are destroyed by the entry, by whoever may.
-- +goose StatementBegin
CREATE FUNCTION audit_guard_shown() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND current_setting('tongxin.audit_destroy', true) = 'on' THEN
        DELETE FROM audit_packed p WHERE p.at = OLD.at AND p.sequence = OLD.sequence;
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'the audit log is append-only: % on % refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'TX003';
END $$;
-- +goose StatementEnd

-- Under the names that the self-test of the release before counts.
CREATE TRIGGER audit_keep INSTEAD OF INSERT ON audit_disclosure FOR EACH ROW EXECUTE FUNCTION audit_keep_disclosure();
CREATE TRIGGER audit_guard INSTEAD OF UPDATE OR DELETE ON audit_disclosure FOR EACH ROW EXECUTE FUNCTION audit_guard_shown();

COMMENT ON COLUMN audit_entry.disclosed IS 'How many children, as audit_disclosure tells them, belong to this entry.';
