-- The policy versions that were ever in force, each with its whole text.

-- +goose Up
CREATE TABLE policy_version (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    version text NOT NULL CHECK (version <> ''),
    files jsonb NOT NULL,
    activated_at timestamptz NOT NULL DEFAULT now(),
    activated_by text NOT NULL
);
CREATE INDEX ON policy_version (activated_at DESC, id DESC);
COMMENT ON TABLE policy_version IS 'Policy versions in the order they came into force; the newest row is in force. Kept for ever.';
