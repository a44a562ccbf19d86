-- The review list: what rules need to know of each access, what they found, and the
-- reviews of break-glass accesses. New tables and functions; emergency_access gets a
-- trigger and enrolment two small indexes, for which they are locked for a moment.

-- +goose Up
INSERT INTO parameter (name, value, basis) VALUES
    ('review_answer_days', '5', 'county setting: working days in which a person answers a question about an access'),
    ('review_night_from', '22', 'domain rule: night is 22:00 to 06:00'),
    ('review_night_to', '6', 'domain rule: night is 22:00 to 06:00'),
    ('review_night_children', '10', 'county setting: so many children in one night are a batch'),
    ('review_area_attempts', '8', 'county setting: so many files not found by one post with an area of its own'),
    ('review_reach_attempts', '8', 'county setting: so many files not found by any other person'),
    ('review_attempt_days', '30', 'county setting: days within which attempts are counted'),
    ('review_class_attempts', '3', 'county setting: so many files not found on one day by a teacher who had another class before'),
    ('review_lapsed_attempts', '3', 'county setting: so many attempts of a post that has lapsed'),
    ('review_closed_reads', '3', 'county setting: so many reads or attempts after closure'),
    ('review_closed_days', '30', 'domain rule: the longest time that a purpose outlives its work item'),
    ('review_purposes', '3', 'county setting: so many purposes of one person for one child'),
    ('review_purpose_minutes', '60', 'domain rule: within one hour'),
    ('review_sample', '500', 'county setting: one access in so many that standing jurisdiction alone explains is looked at'),
    ('review_keep_days', '400', 'county setting: days for which the facts of accesses are kept for the rules'),
    ('break_glass_justify_hours', '24', 'domain rule: justified in 24 hours'),
    ('break_glass_review_days', '3', 'domain rule: reviewed in 3 working days');

-- What explains an access: a work item (a case, a task, a grant, the own class, a
-- ticket), else the post's standing jurisdiction, else nothing.
-- +goose StatementBegin
CREATE FUNCTION explained_by(bases text[], ticket text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT coalesce(
    (SELECT b FROM unnest(bases) WITH ORDINALITY AS x (b, n)
     WHERE b LIKE 'grant\_%' OR b IN ('ledger_open', 'home_visit_stage', 'placement_stage', 'own_class', 'open_referral', 'screening_list',
        'crisis', 'assigned_case', 'district_search', 'open_application', 'enrolled_family', 'home_session', 'referred_family',
        'pairing_consent', 'rights_case', 'report_handler', 'named_handler', 'sealed_handler', 'open_visit', 'activity_day',
        'survey_batch', 'emergency', 'rights_request', 'correction_steward', 'own_hand', 'my_card')
     ORDER BY n LIMIT 1),
    (SELECT b FROM unnest(bases) WITH ORDINALITY AS x (b, n) WHERE b IN ('closed_case', 'ledger_closed') ORDER BY n LIMIT 1),
    CASE WHEN ticket <> '' THEN 'ticket' END,
    (SELECT b FROM unnest(bases) WITH ORDINALITY AS x (b, n)
     WHERE b IN ('own_village', 'own_township', 'compulsory_age', 'own_school', 'own_pupil', 'resident', 'own_agency')
     ORDER BY n LIMIT 1))
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION explanation(explained_by text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT CASE
    WHEN explained_by IS NULL THEN 'NONE'
    WHEN explained_by IN ('own_village', 'own_township', 'compulsory_age', 'own_school', 'own_pupil', 'resident', 'own_agency') THEN 'STANDING'
    ELSE 'WORK_ITEM' END
$$;
-- +goose StatementEnd

CREATE TABLE access_fact (
    sequence bigint NOT NULL,
    child_id bigint NOT NULL,
    at timestamptz NOT NULL,
    staff_id bigint NOT NULL,
    agency_id bigint NOT NULL,
    post_id bigint NOT NULL,
    role text NOT NULL,
    purpose text NOT NULL,
    ticket text NOT NULL,
    outcome text NOT NULL,
    reason text NOT NULL,
    explained_by text,
    l4 boolean NOT NULL,
    night boolean NOT NULL,
    break_glass boolean NOT NULL,
    PRIMARY KEY (sequence, child_id)
);
CREATE INDEX access_fact_staff ON access_fact (staff_id, at);
CREATE INDEX access_fact_attempt ON access_fact (staff_id, at) WHERE child_id = 0;
CREATE INDEX access_fact_closed ON access_fact (staff_id, at) WHERE explained_by = 'closed_case';
CREATE INDEX access_fact_at ON access_fact (at);
COMMENT ON TABLE access_fact IS 'What the rules of the review list need of an entry: one row for each child that was shown, one without a child (0) for an attempt.';
COMMENT ON COLUMN access_fact.reason IS 'The code of a refusal, of attempts only; never the words of a person.';
COMMENT ON COLUMN access_fact.l4 IS 'Some coordinate of class L4 was shown in full.';

-- Classes of earlier terms, which only the rules look for.
CREATE INDEX enrolment_former_class ON enrolment (class_id) WHERE NOT current;
CREATE INDEX enrolment_former_child ON enrolment (child_id) WHERE NOT current;

CREATE TABLE canary_child (
    child_id bigint PRIMARY KEY REFERENCES child ON DELETE CASCADE,
    placed_on date NOT NULL DEFAULT current_date
);
COMMENT ON TABLE canary_child IS 'Made-up children nobody has work with: whoever opens one was looking around.';

CREATE TABLE review_rule (
    code text PRIMARY KEY CHECK (code ~ '^[A-Z][A-Z0-9_]{1,40}$'),
    place integer NOT NULL,
    zh text NOT NULL,
    en text NOT NULL,
    ground text NOT NULL
);
COMMENT ON TABLE review_rule IS 'The rules that put accesses on the review list, as the hub last ran them.';

CREATE TABLE review_item (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    rule text NOT NULL REFERENCES review_rule,
    staff_id bigint NOT NULL,
    staff_code text NOT NULL,
    agency_code text NOT NULL,
    child_id bigint NOT NULL,
    state text NOT NULL DEFAULT 'OPEN',
    first_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    entry_count integer NOT NULL,
    opened_at timestamptz NOT NULL,
    question text,
    asked_at timestamptz,
    answer_due timestamptz,
    answer text,
    answered_at timestamptz,
    ruling text,
    ruled_by text,
    ruled_at timestamptz
);
CREATE INDEX review_item_place ON review_item (rule, staff_id, child_id);
CREATE INDEX review_item_staff ON review_item (staff_id);
CREATE INDEX review_item_newest ON review_item (last_at DESC, id DESC);
COMMENT ON TABLE review_item IS 'Accesses of one person that one rule found, together: asked about, answered, justified or called misuse.';
COMMENT ON COLUMN review_item.child_id IS 'The child it is about; 0: several or none.';

CREATE TABLE review_entry (
    item_id bigint NOT NULL REFERENCES review_item,
    rule text NOT NULL,
    sequence bigint NOT NULL,
    child_id bigint NOT NULL,
    at timestamptz NOT NULL,
    role text NOT NULL,
    purpose text NOT NULL,
    ticket text NOT NULL,
    outcome text NOT NULL,
    reason text NOT NULL,
    bases text[] NOT NULL,
    explained_by text,
    l4 boolean NOT NULL,
    PRIMARY KEY (rule, sequence, child_id)
);
CREATE INDEX review_entry_item ON review_entry (item_id, at, sequence, child_id);
CREATE INDEX review_entry_at ON review_entry (at);
COMMENT ON TABLE review_entry IS 'An access on the review list, as it stood then: what is kept of it outlives the facts.';

CREATE TABLE emergency_review (
    id bigint PRIMARY KEY REFERENCES emergency_access ON DELETE CASCADE,
    staff_id bigint NOT NULL REFERENCES staff,
    child_id bigint NOT NULL,
    state text NOT NULL,
    opened_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    reason text NOT NULL,
    notified_at timestamptz NOT NULL,
    justify_due timestamptz NOT NULL,
    review_due timestamptz NOT NULL,
    justification text,
    justified_at timestamptz,
    ruling text,
    reviewed_by text,
    reviewed_at timestamptz
);
CREATE INDEX emergency_review_staff ON emergency_review (staff_id) WHERE state IN ('NOTIFIED', 'JUSTIFIED');
COMMENT ON TABLE emergency_review IS 'The review of one break-glass access: what it was for, whether that was right, and until when both are to be said.';

CREATE TABLE review_event (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    item_id bigint REFERENCES review_item,
    emergency_id bigint REFERENCES emergency_review ON DELETE CASCADE,
    at timestamptz NOT NULL,
    staff_code text NOT NULL,
    move text NOT NULL,
    from_state text NOT NULL,
    to_state text NOT NULL,
    statement text NOT NULL,
    CHECK ((item_id IS NULL) <> (emergency_id IS NULL))
);
CREATE INDEX review_event_item ON review_event (item_id);
CREATE INDEX review_event_emergency ON review_event (emergency_id);
COMMENT ON TABLE review_event IS 'Every move of a review: who, when, with what words.';

-- The end of the n-th working day after an instant, in China.
-- +goose StatementBegin
CREATE FUNCTION working_days_end(since timestamptz, n integer) RETURNS timestamptz LANGUAGE sql STABLE AS $$
SELECT (working_day_after((since AT TIME ZONE 'Asia/Shanghai')::date, n) + 1)::timestamp AT TIME ZONE 'Asia/Shanghai'
$$;
-- +goose StatementEnd

-- No break-glass without its review: the record is made with the access.
-- +goose StatementBegin
CREATE FUNCTION review_emergency() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO emergency_review (id, staff_id, child_id, state, opened_at, expires_at, reason, notified_at, justify_due, review_due, justified_at, reviewed_at)
    VALUES (NEW.id, NEW.staff_id, NEW.child_id,
        CASE WHEN NEW.reviewed_at IS NOT NULL THEN 'OK' WHEN NEW.justified_at IS NOT NULL THEN 'JUSTIFIED' ELSE 'NOTIFIED' END,
        NEW.opened_at, NEW.expires_at, NEW.reason, NEW.opened_at,
        NEW.opened_at + (SELECT value FROM parameter WHERE name = 'break_glass_justify_hours')::int * interval '1 hour',
        working_days_end(NEW.opened_at, (SELECT value FROM parameter WHERE name = 'break_glass_review_days')::int),
        NEW.justified_at, NEW.reviewed_at);
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER review_emergency AFTER INSERT ON emergency_access FOR EACH ROW EXECUTE FUNCTION review_emergency();

INSERT INTO emergency_review (id, staff_id, child_id, state, opened_at, expires_at, reason, notified_at, justify_due, review_due, justified_at, reviewed_at)
SELECT id, staff_id, child_id,
    CASE WHEN reviewed_at IS NOT NULL THEN 'OK' WHEN justified_at IS NOT NULL THEN 'JUSTIFIED' ELSE 'NOTIFIED' END,
    opened_at, expires_at, reason, opened_at, opened_at + interval '24 hours', working_days_end(opened_at, 3), justified_at, reviewed_at
FROM emergency_access;

-- What a person sees of reviews of the own accesses, and nobody else's.
CREATE VIEW my_question AS
SELECT id, rule, child_id, state, first_at, last_at, entry_count, question, asked_at, answer_due, answer, answered_at
FROM review_item
WHERE asked_at IS NOT NULL AND staff_id = nullif(current_setting('tongxin.staff', true), '')::bigint;

CREATE VIEW my_emergency AS
SELECT id, child_id, state, opened_at, justify_due, review_due, justification, justified_at, reviewed_at
FROM emergency_review
WHERE staff_id = nullif(current_setting('tongxin.staff', true), '')::bigint;

-- What the list came to in a period, by rule and over all (the row without a rule).
-- An access counts once however many rules found it. What was called misuse was
-- found; what else was flagged was flagged beside it.
-- +goose StatementBegin
CREATE FUNCTION review_report(since timestamptz, until timestamptz, moment timestamptz)
RETURNS TABLE (place integer, rule text, title text, ground text, items integer, open integer, asked integer, answered integer,
    justified integer, misuse integer, overdue integer, accesses integer, flagged integer, flagged_beside integer, beside_share numeric)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
WITH flags AS (
    SELECT e.rule, e.item_id, e.sequence, e.child_id, i.state, i.answer_due
    FROM review_entry e JOIN review_item i ON i.id = e.item_id
    WHERE e.at >= since AND e.at < until
), looked AS (
    SELECT count(*) AS n FROM access_fact a WHERE a.at >= since AND a.at < until
), sums AS (
    SELECT f.rule, grouping(f.rule) AS total, count(DISTINCT item_id) AS items,
        count(DISTINCT item_id) FILTER (WHERE state = 'OPEN') AS open, count(DISTINCT item_id) FILTER (WHERE state = 'ASKED') AS asked,
        count(DISTINCT item_id) FILTER (WHERE state = 'ANSWERED') AS answered, count(DISTINCT item_id) FILTER (WHERE state = 'JUSTIFIED') AS justified,
        count(DISTINCT item_id) FILTER (WHERE state = 'MISUSE') AS misuse,
        count(DISTINCT item_id) FILTER (WHERE state = 'ASKED' AND answer_due < moment) AS overdue,
        count(DISTINCT (sequence, child_id)) AS flagged,
        count(DISTINCT (sequence, child_id)) FILTER (WHERE state = 'MISUSE') AS misused
    FROM flags f GROUP BY ROLLUP (f.rule)
), known AS (
    SELECT r.place, r.code, r.zh || ' ' || r.en AS title, r.ground, 0 AS total FROM review_rule r
    UNION ALL SELECT 0, NULL, '合计 all rules', '', 1
)
SELECT k.place, k.code, k.title, k.ground, coalesce(s.items, 0)::int, coalesce(s.open, 0)::int, coalesce(s.asked, 0)::int,
    coalesce(s.answered, 0)::int, coalesce(s.justified, 0)::int, coalesce(s.misuse, 0)::int, coalesce(s.overdue, 0)::int,
    l.n::int, coalesce(s.flagged, 0)::int, coalesce(s.flagged - s.misused, 0)::int,
    round(100.0 * coalesce(s.flagged - s.misused, 0) / greatest(l.n, 1), 3)
FROM known k LEFT JOIN sums s ON s.total = k.total AND s.rule IS NOT DISTINCT FROM k.code CROSS JOIN looked l
ORDER BY k.place
$$;
-- +goose StatementEnd
