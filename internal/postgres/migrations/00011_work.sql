-- What every change of records stands on: keys that make a repeated mutation give
-- the first answer, the calendar of working days, how far each follower of the log
-- has come, and the coordinates with their classes. The new index on audit_set
-- locks that small table while it is built.

-- +goose Up
CREATE TABLE change_key (
    staff_id bigint NOT NULL REFERENCES staff,
    mutation text NOT NULL CHECK (mutation <> ''),
    key text NOT NULL CHECK (key <> '' AND length(key) <= 64),
    input bytea NOT NULL CHECK (octet_length(input) = 32),
    result jsonb,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (staff_id, mutation, key)
);
CREATE INDEX change_key_at ON change_key (at);
COMMENT ON TABLE change_key IS 'One mutation of one caller under the key that the client chose: a repetition gets the first answer and changes nothing.';
COMMENT ON COLUMN change_key.input IS 'SHA-256 of the input: the same key with another input is refused.';

CREATE TABLE calendar_exception (
    day date PRIMARY KEY,
    working boolean NOT NULL,
    note text NOT NULL DEFAULT ''
);
COMMENT ON TABLE calendar_exception IS 'Days on which the published calendar differs from Monday to Friday: holidays, and the working days that make up for them (调休).';

-- The day n working days after a day; n = 0 is the day itself.
-- +goose StatementBegin
CREATE FUNCTION working_day_after(from_day date, n integer) RETURNS date LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN n <= 0 THEN from_day ELSE (
        SELECT d::date FROM generate_series(from_day + 1, from_day + 3 * n + 60, interval '1 day') d
        LEFT JOIN calendar_exception e ON e.day = d::date
        WHERE coalesce(e.working, extract(isodow FROM d) < 6)
        ORDER BY d OFFSET n - 1 LIMIT 1) END
$$;
-- +goose StatementEnd

CREATE TABLE follower (
    name text PRIMARY KEY CHECK (name <> ''),
    sequence bigint NOT NULL DEFAULT 0 CHECK (sequence >= 0),
    at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE follower IS 'Who works through the log behind the answers, and the number of the entry that is next.';

CREATE TABLE coordinate (
    name text PRIMARY KEY CHECK (name <> ''),
    class text NOT NULL CHECK (class ~ '^L[1-4]$'),
    owner text NOT NULL,
    zh text NOT NULL,
    grp text NOT NULL
);
COMMENT ON TABLE coordinate IS 'Every coordinate that a policy in force has known: sensitivity class, owner, label, group of the matrix. Kept when a coordinate leaves the schema, because the log still names it.';

CREATE INDEX audit_set_coordinates ON audit_set USING gin (coordinates);
