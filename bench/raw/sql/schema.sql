-- What the yardstick writes: its reveals (W7), and the audit row of contestant B.
CREATE SCHEMA IF NOT EXISTS bench;
CREATE TABLE IF NOT EXISTS bench.reveal (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    caregiver_id bigint NOT NULL,
    coordinate text NOT NULL,
    reason text NOT NULL,
    statement text NOT NULL
);
CREATE TABLE IF NOT EXISTS bench.access (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    subject text NOT NULL,
    purpose text NOT NULL,
    operation text NOT NULL,
    fields text NOT NULL,
    children bigint[] NOT NULL
);
