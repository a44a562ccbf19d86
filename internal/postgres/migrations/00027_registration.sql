-- Survey, registration and leaving the register: who nominated, claimed and verified a
-- child, what the home check found of the definition, the definitions by version, and
-- what the nightly job has told. New columns may be null; registration and guardian are
-- locked for a moment.

-- +goose Up
ALTER TABLE registration
    ADD COLUMN nominated_by bigint REFERENCES staff,
    ADD COLUMN nominated_on date,
    ADD COLUMN claimed_by bigint REFERENCES staff,
    ADD COLUMN claimed_on date,
    ADD COLUMN verified_by bigint REFERENCES staff,
    ADD COLUMN verified_on date,
    ADD COLUMN away_reach text,
    ADD COLUMN capacity_evidence text,
    ADD COLUMN parent_home_since date,
    ADD COLUMN reject_reason text,
    ADD COLUMN confirmed_by bigint REFERENCES staff,
    ADD COLUMN ticket_id bigint REFERENCES ticket,
    ADD COLUMN exit_evidence text,
    ADD COLUMN exited_by bigint REFERENCES staff,
    ADD COLUMN left_behind_ended_on date,
    ADD COLUMN left_behind_ended_by text,
    ADD COLUMN age_notice_on date,
    ADD COLUMN return_notice_on date,
    ADD COLUMN reverify_notice_on date,
    ADD COLUMN error_told_at timestamptz;
COMMENT ON COLUMN registration.claimed_by IS 'The director who took the nomination over; a candidate with it is being verified at home.';
COMMENT ON COLUMN registration.away_reach IS 'How far the absent parents work: SAME_COUNTY, SAME_CITY (another district of it) or BEYOND_CITY.';
COMMENT ON COLUMN registration.parent_home_since IS 'Since when one parent is back, as a home check found; after the months of the definition the supervisor decides.';
COMMENT ON COLUMN registration.left_behind_ended_on IS 'Since when the child is left behind no more, though another file of the register goes on.';
COMMENT ON COLUMN registration.error_told_at IS 'When those who had read an entry that was an error were told.';
CREATE INDEX registration_reverify ON registration (reverify_on) WHERE status = 'REGISTERED';

CREATE TABLE definition_version (
    code text PRIMARY KEY,
    months integer NOT NULL CHECK (months > 0),
    age_limit integer NOT NULL CHECK (age_limit > 0),
    valid_from date NOT NULL,
    valid_to date,
    basis text NOT NULL
);
COMMENT ON TABLE definition_version IS 'Definitions of a left-behind child: how many months, until which age, in force from when. Several are countable at once; the parameter definition_in_force names the one that registers.';
INSERT INTO definition_version (code, months, age_limit, valid_from, basis) VALUES
    ('HB-2024', 3, 16, '2024-01-01', '湖北省2024年口径 · Hubei 2024'),
    ('MCA-2024', 6, 16, '2024-01-01', '2024年全国摸底口径 · national survey 2024');

INSERT INTO parameter (name, value, basis) VALUES
    ('definition_in_force', 'HB-2024', '设定值：登记所用的定义版本 · cfg: the definition that registers'),
    ('register_claim_days', '5', '设定值：认领工作日 · cfg: working days to claim a nomination'),
    ('register_verify_days', '10', '设定值：入户核实工作日 · cfg: working days of the home check'),
    ('register_confirm_days', '5', '设定值：督导员确认工作日 · cfg: working days of the supervisor'),
    ('register_batch_days', '60', '设定值：摸排批次天数 · cfg: days of a survey that a nomination opens'),
    ('register_remind_days', '1', '设定值：逾期提醒本人 · cfg: days late until a reminder'),
    ('register_raise_days', '3', '设定值：逾期上报 · cfg: days late until it goes up'),
    ('register_reverify_days', '10', '设定值：复核工作日 · cfg: working days of a verification anew'),
    ('register_reverify_months', '6', '设定值：至少每6个月复核 · cfg: verified anew at least every so many months'),
    ('register_age_notice_days', '30', '设定值：年满16周岁前告知儿童主任的天数 · cfg: days before the sixteenth birthday'),
    ('register_follow_days', '90', '设定值：退出后三个月回访 · cfg: the call after leaving the register'),
    ('register_told_days', '5', '设定值：收到告知后办理工作日 · cfg: working days to act on a notice');

-- The next verification: after so many months, and at 1 March and 1 September, the
-- beginning of terms, if that is sooner.
-- +goose StatementBegin
CREATE FUNCTION next_reverify(day date) RETURNS date LANGUAGE sql STABLE AS $$
    SELECT least((day + (SELECT value::integer FROM parameter WHERE name = 'register_reverify_months') * interval '1 month')::date,
        (SELECT min(d) FROM unnest(ARRAY[make_date(extract(year FROM day)::integer, 3, 1), make_date(extract(year FROM day)::integer, 9, 1),
            make_date(extract(year FROM day)::integer + 1, 3, 1)]) d WHERE d > day))
$$;
-- +goose StatementEnd

-- Whether what was found at home is left behind under a definition on a day. Work in
-- another district of the same city counts only where the county says so.
-- +goose StatementBegin
CREATE FUNCTION definition_met(definition text, since date, reach text, reason text, birth date, day date) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT coalesce(bool_and(
        reason IN ('BOTH_AWAY', 'ONE_AWAY_OTHER_UNABLE')
        AND since <= day - v.months * interval '1 month'
        AND birth > day - v.age_limit * interval '1 year'
        AND (reach IS NULL OR reach = 'BEYOND_CITY'
          OR reach = 'SAME_CITY' AND (SELECT p.value FROM parameter p WHERE p.name = 'same_city_cross_district_counts') = 'true')), false)
    FROM definition_version v WHERE v.code = definition AND v.valid_from <= day AND (v.valid_to IS NULL OR v.valid_to >= day)
$$;
-- +goose StatementEnd

-- Under which definitions a registration counts on a day. It reads settings alone:
-- what is known of the child is handed in.
-- +goose StatementBegin
CREATE FUNCTION counted_under(registered boolean, since date, reach text, reason text, day date) RETURNS text[] LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT coalesce(array_agg(v.code ORDER BY v.months, v.code), '{}') FROM definition_version v
    WHERE registered AND definition_met(v.code, since, reach, reason, day, day)
$$;
-- +goose StatementEnd

-- The definition of a count names its version.
ALTER FUNCTION count_definition(text) RENAME TO count_definition_text;
-- +goose StatementBegin
CREATE FUNCTION count_definition(population text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE population WHEN 'LEFT_BEHIND_3' THEN 'HB-2024：' WHEN 'LEFT_BEHIND_6' THEN 'MCA-2024：' ELSE '' END || count_definition_text(population)
$$;
-- +goose StatementEnd
