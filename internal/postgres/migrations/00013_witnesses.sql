-- Witnesses of the audit log: their keys, what they cosigned and how each of
-- them stands. Cosignatures are part of the log and never change; the state of a
-- witness does. Takes no lock on a table that exists.

-- +goose Up
CREATE TABLE audit_witness (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    key text NOT NULL UNIQUE
);
COMMENT ON TABLE audit_witness IS 'Every key that a cosignature of this log was ever checked with, in verifier key form; name is the name in the key.';

CREATE TABLE audit_cosignature (
    size bigint NOT NULL,
    witness_id bigint NOT NULL REFERENCES audit_witness,
    signature text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (size, witness_id)
);
COMMENT ON TABLE audit_cosignature IS 'Signature lines of witnesses on the checkpoint of a size (C2SP tlog-cosignature); at is the time that the witness signed.';

CREATE TABLE witness_state (
    witness_id bigint PRIMARY KEY REFERENCES audit_witness,
    configured boolean NOT NULL,
    size bigint NOT NULL DEFAULT 0,
    cosigned_at timestamptz,
    refused_at timestamptz,
    refused_size bigint,
    reason text
);
COMMENT ON TABLE witness_state IS 'How each witness stands: the newest tree it cosigned and, since then, its last refusal with the reason.';
COMMENT ON COLUMN witness_state.configured IS 'Whether the hub asks this witness now.';
COMMENT ON COLUMN witness_state.refused_at IS 'Null once the witness cosigns again.';

-- One row: where the log stands, for those who watch it.
CREATE VIEW log_status AS
SELECT 1::bigint AS id, h.size, c.size AS signed_size, c.at AS signed_at, split_part(c.note, E'\n', 1) AS key_name
FROM audit_head h
LEFT JOIN LATERAL (SELECT size, at, note FROM audit_checkpoint ORDER BY size DESC LIMIT 1) c ON true;
COMMENT ON VIEW log_status IS 'Size of the log and its newest signed checkpoint.';

CREATE VIEW log_witness AS
SELECT w.id, w.name, s.size, s.cosigned_at, s.refused_at, s.refused_size, s.reason
FROM witness_state s JOIN audit_witness w ON w.id = s.witness_id
WHERE s.configured;
COMMENT ON VIEW log_witness IS 'The witnesses that the hub asks now, with how each of them stands.';

CREATE TRIGGER audit_guard BEFORE UPDATE OR DELETE ON audit_witness
    FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_guard BEFORE UPDATE OR DELETE ON audit_cosignature
    FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_keep BEFORE TRUNCATE ON audit_witness EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_keep BEFORE TRUNCATE ON audit_cosignature EXECUTE FUNCTION audit_refuse();
