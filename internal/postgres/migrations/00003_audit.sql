-- The audit log: entries and what each child's record was shown as, the hashes
-- of the RFC 6962 tree over the entries, its head and its signed checkpoints.
-- Nothing here changes once written; the triggers at the end see to that in
-- normal operation, and `tongxin audit verify` finds it when they were off.

-- +goose Up
CREATE TABLE audit_set (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    hash bytea NOT NULL UNIQUE CHECK (octet_length(hash) = 32),
    coordinates text[] NOT NULL,
    labels text[] NOT NULL,
    CHECK (cardinality(coordinates) = cardinality(labels))
);
COMMENT ON TABLE audit_set IS 'Sets of coordinates, stored once: what was shown (label: form), withheld (label: reason) or requested (no label).';
COMMENT ON COLUMN audit_set.hash IS 'SHA-256 of the canonical bytes; entries commit to this, not to the id.';

CREATE TABLE audit_entry (
    sequence bigint NOT NULL,
    at timestamptz NOT NULL,
    version smallint NOT NULL,
    backdated boolean NOT NULL,
    entry_id uuid NOT NULL,
    commitment bytea NOT NULL,
    salt bytea,
    agency_id bigint NOT NULL,
    staff_id bigint NOT NULL,
    post_id bigint NOT NULL,
    agency_code text NOT NULL,
    staff_code text NOT NULL,
    system text NOT NULL,
    role text NOT NULL,
    purpose text NOT NULL,
    legal_basis text NOT NULL,
    ticket text NOT NULL,
    approval text NOT NULL,
    operation text NOT NULL,
    document_hash text NOT NULL,
    policy_version text NOT NULL,
    trace_id text NOT NULL,
    outcome text NOT NULL,
    reason text NOT NULL,
    client_ip text NOT NULL,
    break_glass boolean NOT NULL,
    requested_id bigint NOT NULL,
    withheld_id bigint NOT NULL,
    disclosed integer NOT NULL,
    PRIMARY KEY (at, sequence)
) PARTITION BY RANGE (at);
CREATE INDEX audit_entry_sequence ON audit_entry (sequence);
CREATE INDEX audit_entry_entry ON audit_entry (entry_id);
CREATE INDEX audit_entry_staff ON audit_entry (staff_id, at);
CREATE INDEX audit_entry_agency ON audit_entry (agency_id, at);
COMMENT ON TABLE audit_entry IS 'One operation of one caller. Leaf: version to commitment; detail: the rest, empty with a null salt once destroyed.';
COMMENT ON COLUMN audit_entry.sequence IS 'Consecutive from 0 over all partitions: see audit_advance and audit_hash.';
COMMENT ON COLUMN audit_entry.commitment IS 'HMAC-SHA256 under salt over the canonical bytes of the detail, disclosures included.';
COMMENT ON COLUMN audit_entry.requested_id IS 'audit_set of the coordinates asked for; withheld_id, of those not shown in full.';
COMMENT ON COLUMN audit_entry.disclosed IS 'How many rows of audit_disclosure belong to this entry.';

CREATE TABLE audit_disclosure (
    sequence bigint NOT NULL,
    at timestamptz NOT NULL,
    ordinal integer NOT NULL,
    child_id bigint NOT NULL,
    set_id bigint NOT NULL,
    bases text[] NOT NULL,
    PRIMARY KEY (at, sequence, ordinal)
) PARTITION BY RANGE (at);
CREATE INDEX audit_disclosure_child ON audit_disclosure (child_id, at);
COMMENT ON TABLE audit_disclosure IS 'Which coordinates of which child an entry showed, in which form, on which bases.';

-- The shapes in which a writer sends rows: one array of these per table takes
-- a whole batch in one statement. They do not change with their tables, so that
-- an older writer goes on while a newer migration is in place.
CREATE TYPE audit_entry_v1 AS (
    sequence bigint,
    at timestamptz,
    version smallint,
    backdated boolean,
    entry_id uuid,
    commitment bytea,
    salt bytea,
    agency_id bigint,
    staff_id bigint,
    post_id bigint,
    agency_code text,
    staff_code text,
    system text,
    role text,
    purpose text,
    legal_basis text,
    ticket text,
    approval text,
    operation text,
    document_hash text,
    policy_version text,
    trace_id text,
    outcome text,
    reason text,
    client_ip text,
    break_glass boolean,
    requested_id bigint,
    withheld_id bigint,
    disclosed integer
);
CREATE TYPE audit_disclosure_v1 AS (
    sequence bigint,
    at timestamptz,
    ordinal integer,
    child_id bigint,
    set_id bigint,
    bases text[]
);

CREATE TABLE audit_hash (
    index bigint PRIMARY KEY,
    hash bytea NOT NULL
);
COMMENT ON TABLE audit_hash IS 'Hashes of the tree in the stored-hash order of golang.org/x/mod/sumdb/tlog.';

CREATE TABLE audit_head (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    size bigint NOT NULL,
    root bytea NOT NULL,
    frontier bytea NOT NULL,
    at timestamptz NOT NULL
) WITH (fillfactor = 20);
COMMENT ON TABLE audit_head IS 'Size, root and right edge of the tree, and the time of the newest entry that was not backdated.';
INSERT INTO audit_head (size, root, frontier, at)
VALUES (0, decode(repeat('00', 32), 'hex'), ''::bytea, 'epoch');

CREATE TABLE audit_checkpoint (
    size bigint PRIMARY KEY,
    root bytea NOT NULL,
    note text NOT NULL,
    at timestamptz NOT NULL
);
COMMENT ON TABLE audit_checkpoint IS 'Tree heads signed as C2SP checkpoints.';
COMMENT ON COLUMN audit_checkpoint.at IS 'Time of the newest entry under the checkpoint.';

-- Moves the head on. Everybody who appends calls this in the transaction of the
-- entries: the lock lasts until the commit, so nobody else can take the same
-- numbers, and TX001 tells a writer whose memory is behind to read the head.
-- +goose StatementBegin
CREATE FUNCTION audit_advance(old_size bigint, old_root bytea, new_size bigint, new_root bytea,
    new_frontier bytea, new_at timestamptz) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('synchronous_commit') = 'off' THEN
        RAISE EXCEPTION 'audit entries need synchronous_commit' USING ERRCODE = 'TX002';
    END IF;
    PERFORM pg_advisory_xact_lock(8389772276738711913);
    UPDATE audit_head SET size = new_size, root = new_root, frontier = new_frontier, at = new_at
    WHERE size = old_size AND root = old_root;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'audit head moved' USING ERRCODE = 'TX001';
    END IF;
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only: % on % refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'TX003';
END $$;
-- +goose StatementEnd

-- Destroying detail (retention, erasure) is the one change an entry may see:
-- the leaf stays, and a record of the destruction is appended with it.
-- +goose StatementBegin
CREATE FUNCTION audit_guard_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND current_setting('tongxin.audit_destroy', true) = 'on' AND NEW.salt IS NULL
        AND (NEW.sequence, NEW.at, NEW.version, NEW.backdated, NEW.entry_id, NEW.commitment)
          = (OLD.sequence, OLD.at, OLD.version, OLD.backdated, OLD.entry_id, OLD.commitment) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the audit log is append-only: % on % refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'TX003';
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION audit_guard_disclosure() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND current_setting('tongxin.audit_destroy', true) = 'on' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'the audit log is append-only: % on % refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'TX003';
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION audit_guard_head() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.size > OLD.size AND NEW.at >= OLD.at THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the audit head only grows: % refused', TG_OP USING ERRCODE = 'TX003';
END $$;
-- +goose StatementEnd

CREATE TRIGGER audit_guard BEFORE UPDATE OR DELETE ON audit_entry
    FOR EACH ROW EXECUTE FUNCTION audit_guard_entry();
CREATE TRIGGER audit_guard BEFORE UPDATE OR DELETE ON audit_disclosure
    FOR EACH ROW EXECUTE FUNCTION audit_guard_disclosure();
CREATE TRIGGER audit_guard BEFORE UPDATE OR DELETE ON audit_head
    FOR EACH ROW EXECUTE FUNCTION audit_guard_head();
CREATE TRIGGER audit_guard BEFORE UPDATE OR DELETE ON audit_set
    FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_guard BEFORE UPDATE OR DELETE ON audit_hash
    FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_guard BEFORE UPDATE OR DELETE ON audit_checkpoint
    FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_keep BEFORE TRUNCATE ON audit_entry EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_keep BEFORE TRUNCATE ON audit_disclosure EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_keep BEFORE TRUNCATE ON audit_head EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_keep BEFORE TRUNCATE ON audit_set EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_keep BEFORE TRUNCATE ON audit_hash EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_keep BEFORE TRUNCATE ON audit_checkpoint EXECUTE FUNCTION audit_refuse();

-- Makes the partitions of one month (UTC) when they are missing. Attaching a
-- ready table lets readers and writers of the log go on meanwhile.
-- +goose StatementBegin
CREATE FUNCTION audit_partition(month date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    starts timestamptz := date_trunc('month', month::timestamp) AT TIME ZONE 'UTC';
    ends timestamptz := (date_trunc('month', month::timestamp) + interval '1 month') AT TIME ZONE 'UTC';
    parent text;
    part text;
BEGIN
    PERFORM pg_advisory_xact_lock(8389772276738711914);
    FOREACH parent IN ARRAY ARRAY['audit_entry', 'audit_disclosure'] LOOP
        part := parent || to_char(month, '_YYYYMM');
        IF to_regclass(part) IS NULL THEN
            EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', part, parent);
            EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                parent, part, starts, ends);
            EXECUTE format('CREATE TRIGGER audit_keep BEFORE TRUNCATE ON %I EXECUTE FUNCTION audit_refuse()', part);
        END IF;
    END LOOP;
END $$;
-- +goose StatementEnd
