-- What auditors search by, worked out behind the answers (audit_follow), so that no
-- answer pays for it: postings of each entry under what it can be found by, findings
-- of the auditors' standing questions, totals per person and day and per system and
-- hour; and what the edge counted, to be held against the log.
--
-- Takes no lock on a table that is in use but a short one on audit_entry, for its
-- trigger. The previous binary writes none of these; the follower of the new one
-- begins at the first entry and catches up.

-- +goose Up
CREATE TABLE audit_key (
    key bigint NOT NULL,
    at timestamptz NOT NULL,
    sequence bigint NOT NULL,
    PRIMARY KEY (key, at, sequence)
);
CREATE INDEX audit_key_at ON audit_key USING brin (at);
COMMENT ON TABLE audit_key IS 'Under what an entry is found: log_key of its ticket, address, document, operation, role, purpose, outcome, bases, L4 coordinates. In the order of time under each key. Kept by audit_follow.';

CREATE TABLE audit_address (
    address text PRIMARY KEY CHECK (address <> '')
);
COMMENT ON TABLE audit_address IS 'Every client address that the log knows, so that a network is found by its addresses. Kept by audit_follow.';

CREATE TABLE audit_finding (
    question text NOT NULL,
    at timestamptz NOT NULL,
    sequence bigint NOT NULL,
    child_id bigint NOT NULL,
    agency_code text NOT NULL,
    staff_code text NOT NULL,
    role text NOT NULL,
    purpose text NOT NULL,
    ticket text NOT NULL,
    rule text NOT NULL,
    PRIMARY KEY (question, at, sequence, child_id)
);
CREATE INDEX audit_finding_at ON audit_finding USING brin (at);
COMMENT ON TABLE audit_finding IS 'Entries that answer a standing question of the auditors, by the records as they were when the entry was followed. Says which rule, never what a record holds. Kept by audit_follow.';
COMMENT ON COLUMN audit_finding.child_id IS '0 where the entry showed no child.';

CREATE TABLE audit_day (
    day date NOT NULL,
    agency_id bigint NOT NULL,
    agency_code text NOT NULL,
    staff_id bigint NOT NULL,
    staff_code text NOT NULL,
    operations integer NOT NULL,
    child_views bigint NOT NULL,
    reveals integer NOT NULL,
    denied integer NOT NULL,
    not_found integer NOT NULL,
    failed integer NOT NULL,
    l4 integer NOT NULL,
    night integer NOT NULL,
    break_glass integer NOT NULL,
    PRIMARY KEY (day, staff_code, agency_code)
);
CREATE INDEX audit_day_staff ON audit_day (staff_code, day);
CREATE INDEX audit_day_reveals ON audit_day (day, staff_code, agency_code) WHERE reveals > 0;
COMMENT ON TABLE audit_day IS 'What one person did on one day (Asia/Shanghai), counted. l4: operations that showed something of class L4; night: 22:00 to 6:00. Kept by audit_follow.';

CREATE TABLE audit_hour (
    hour timestamptz NOT NULL,
    agency_code text NOT NULL,
    system text NOT NULL,
    entries bigint NOT NULL,
    PRIMARY KEY (hour, agency_code, system)
);
COMMENT ON TABLE audit_hour IS 'Entries of requests, per system and hour: what the log has, to be held against edge_count. Kept by audit_follow.';

CREATE TABLE audit_purpose (
    staff_id bigint NOT NULL,
    purpose text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (staff_id, purpose)
);
COMMENT ON TABLE audit_purpose IS 'When each person last asked for each purpose: who has had but one for an hour need not be looked at for two. Kept by audit_follow.';

CREATE TABLE watched_child (
    child_id bigint PRIMARY KEY REFERENCES child,
    kind text NOT NULL DEFAULT 'PUBLIC_FIGURE' CHECK (kind IN ('PUBLIC_FIGURE', 'STAFF_FAMILY')),
    since date NOT NULL DEFAULT current_date,
    until date
);
COMMENT ON TABLE watched_child IS 'Children whose file tempts the curious: of people in public life, of staff. Says nothing about the child to anybody who reads the file; the district decides who is listed.';

CREATE TABLE edge_process (
    id uuid PRIMARY KEY,
    started_at timestamptz NOT NULL,
    written_at timestamptz NOT NULL,
    ended_at timestamptz
);
COMMENT ON TABLE edge_process IS 'Processes that answer requests. One without ended_at that writes no more was killed, and its last counts with it.';

CREATE TABLE edge_count (
    process_id uuid NOT NULL REFERENCES edge_process,
    hour timestamptz NOT NULL,
    agency_code text NOT NULL,
    system text NOT NULL,
    answered bigint NOT NULL,
    PRIMARY KEY (hour, agency_code, system, process_id)
);
COMMENT ON TABLE edge_count IS 'Answers with an entry, counted by the server as they left, by the hour of the entry: not taken from the log.';

CREATE VIEW deciding.emergency_review AS
    SELECT staff_id, opened_at, expires_at, justified_at IS NOT NULL AS justified, reviewed_at IS NOT NULL AS reviewed FROM emergency_access;
CREATE VIEW deciding.session_delivered AS SELECT counsellor_id AS staff_id, held_on FROM counselling_session;
CREATE VIEW deciding.visit_delivered AS SELECT visitor_id AS staff_id, visited_on AS held_on FROM visit WHERE visited_on IS NOT NULL;
CREATE VIEW deciding.agency_day AS
    SELECT day, agency_id, agency_code, sum(operations) AS operations, sum(child_views) AS child_views, sum(reveals) AS reveals, sum(denied) AS denied,
        sum(not_found) AS not_found, sum(l4) AS l4, sum(night) AS night, sum(break_glass) AS break_glass, count(*) AS people
    FROM audit_day GROUP BY day, agency_id, agency_code;
CREATE INDEX counselling_session_counsellor ON counselling_session (counsellor_id, held_on);

-- +goose StatementBegin
CREATE FUNCTION log_key(kind text, value text) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
SELECT hashtextextended(kind || ':' || value, 0)
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION log_key IS 'The key under which an entry is posted. Whoever looks one up compares the value itself as well.';

-- A text that is no address or network is none, and no error.
-- +goose StatementBegin
CREATE FUNCTION log_network(value text) RETURNS inet LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    RETURN value::inet;
EXCEPTION WHEN invalid_text_representation THEN
    RETURN NULL;
END $$;
-- +goose StatementEnd

-- The id of an entry as a receipt writes it; null for anything else, and no error.
-- +goose StatementBegin
CREATE FUNCTION log_entry(value text) RETURNS uuid LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
SELECT CASE WHEN value ~ '^[0-9a-f]{32}$' THEN value::uuid END
$$;
-- +goose StatementEnd

-- Works through the entries first <= sequence < beyond, once each, in order. Each part
-- reads the entries anew: they are few, and found by their times and numbers.
-- +goose StatementBegin
CREATE FUNCTION audit_follow(first bigint, beyond bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    lo timestamptz;
    hi timestamptz;
BEGIN
    SELECT min(e.at), max(e.at) INTO lo, hi FROM audit_entry e WHERE e.sequence >= first AND e.sequence < beyond;
    PERFORM audit_post(first, beyond, lo, hi);
    PERFORM audit_total(first, beyond, lo, hi);
    PERFORM audit_judge(first, beyond, lo, hi);
    PERFORM audit_judge_tasks(first, beyond, lo, hi);
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION audit_post(first bigint, beyond bigint, lo timestamptz, hi timestamptz) RETURNS void LANGUAGE sql AS $$
INSERT INTO audit_address (address)
SELECT DISTINCT e.client_ip FROM audit_entry e
WHERE e.sequence >= first AND e.sequence < beyond AND e.at BETWEEN lo AND hi AND e.client_ip <> ''
ON CONFLICT DO NOTHING;

WITH e AS (
    SELECT * FROM audit_entry x WHERE x.sequence >= first AND x.sequence < beyond AND x.at BETWEEN lo AND hi AND x.salt IS NOT NULL
), d AS MATERIALIZED (
    SELECT DISTINCT x.at, x.sequence, x.set_id, x.bases FROM audit_disclosure x
    WHERE x.sequence >= first AND x.sequence < beyond AND x.at BETWEEN lo AND hi
), sensitive AS MATERIALIZED (
    SELECT s.id, array_agg(c.name) AS names
    FROM (SELECT DISTINCT d.set_id FROM d) u JOIN audit_set s ON s.id = u.set_id CROSS JOIN unnest(s.coordinates) n JOIN coordinate c ON c.name = n
    WHERE c.class = 'L4' GROUP BY s.id
)
INSERT INTO audit_key (key, at, sequence)
SELECT DISTINCT k.key, k.at, k.sequence FROM (
    SELECT log_key('ticket', ticket), at, sequence FROM e WHERE ticket <> ''
    UNION ALL SELECT log_key('address', client_ip), at, sequence FROM e WHERE client_ip <> ''
    UNION ALL SELECT log_key('document', document_hash), at, sequence FROM e WHERE document_hash <> ''
    UNION ALL SELECT log_key('role', role), at, sequence FROM e WHERE role <> ''
    UNION ALL SELECT log_key('purpose', purpose), at, sequence FROM e WHERE purpose <> ''
    UNION ALL SELECT log_key('operation', operation), at, sequence FROM e WHERE operation <> ''
    UNION ALL SELECT log_key('outcome', outcome), at, sequence FROM e WHERE outcome NOT IN ('ALLOWED', 'PARTLY_WITHHELD')
    UNION ALL SELECT log_key('break-glass', ''), at, sequence FROM e WHERE break_glass
    UNION ALL SELECT log_key('class', 'L4'), d.at, d.sequence FROM d JOIN sensitive s ON s.id = d.set_id
    UNION ALL SELECT log_key('coordinate', n), d.at, d.sequence FROM d JOIN sensitive s ON s.id = d.set_id CROSS JOIN unnest(s.names) n
    UNION ALL SELECT log_key('basis', b), d.at, d.sequence FROM d CROSS JOIN unnest(d.bases) b
) k (key, at, sequence)
ON CONFLICT DO NOTHING;
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION audit_total(first bigint, beyond bigint, lo timestamptz, hi timestamptz) RETURNS void LANGUAGE sql AS $$
INSERT INTO audit_day AS a (day, agency_id, agency_code, staff_id, staff_code, operations, child_views, reveals, denied, not_found, failed, l4, night, break_glass)
SELECT (e.at AT TIME ZONE 'Asia/Shanghai')::date, max(e.agency_id), e.agency_code, max(e.staff_id), e.staff_code, count(*), sum(e.disclosed),
    count(*) FILTER (WHERE e.outcome = 'REVEALED'), count(*) FILTER (WHERE e.outcome = 'DENIED'),
    count(*) FILTER (WHERE e.outcome = 'NOT_FOUND'), count(*) FILTER (WHERE e.outcome = 'FAILED'),
    count(*) FILTER (WHERE EXISTS (SELECT FROM audit_key k WHERE k.key = log_key('class', 'L4') AND k.at = e.at AND k.sequence = e.sequence)),
    count(*) FILTER (WHERE extract(hour FROM e.at AT TIME ZONE 'Asia/Shanghai') NOT BETWEEN 6 AND 21),
    count(*) FILTER (WHERE e.break_glass)
FROM audit_entry e
WHERE e.sequence >= first AND e.sequence < beyond AND e.at BETWEEN lo AND hi AND e.salt IS NOT NULL AND e.operation <> 'audit.destroy'
GROUP BY 1, e.agency_code, e.staff_code
ON CONFLICT (day, staff_code, agency_code) DO UPDATE SET
    operations = a.operations + excluded.operations, child_views = a.child_views + excluded.child_views,
    reveals = a.reveals + excluded.reveals, denied = a.denied + excluded.denied, not_found = a.not_found + excluded.not_found,
    failed = a.failed + excluded.failed, l4 = a.l4 + excluded.l4, night = a.night + excluded.night, break_glass = a.break_glass + excluded.break_glass;

-- Requests have a trace; what a job or a command writes has none, and made-up history is backdated.
INSERT INTO audit_hour AS a (hour, agency_code, system, entries)
SELECT date_trunc('hour', e.at), e.agency_code, e.system, count(*) FROM audit_entry e
WHERE e.sequence >= first AND e.sequence < beyond AND e.at BETWEEN lo AND hi AND e.trace_id <> '' AND NOT e.backdated
GROUP BY 1, 2, 3
ON CONFLICT (hour, agency_code, system) DO UPDATE SET entries = a.entries + excluded.entries;

INSERT INTO audit_purpose AS a (staff_id, purpose, at)
SELECT e.staff_id, e.purpose, max(e.at) FROM audit_entry e
WHERE e.sequence >= first AND e.sequence < beyond AND e.at BETWEEN lo AND hi AND e.staff_id <> 0 AND e.disclosed > 0
GROUP BY 1, 2
ON CONFLICT (staff_id, purpose) DO UPDATE SET at = greatest(a.at, excluded.at);
$$;
-- +goose StatementEnd

-- Who, where and with what standing. Days are those of Asia/Shanghai; whether a post
-- stands is decided as the register decides it.
-- +goose StatementBegin
CREATE FUNCTION audit_judge(first bigint, beyond bigint, lo timestamptz, hi timestamptz) RETURNS void LANGUAGE sql AS $$
WITH e AS MATERIALIZED (
    SELECT x.at, x.sequence, x.agency_id, x.staff_id, x.post_id, x.agency_code, x.staff_code, x.role, x.purpose, x.ticket,
           (x.at AT TIME ZONE 'Asia/Shanghai')::date AS day
    FROM audit_entry x
    WHERE x.sequence >= first AND x.sequence < beyond AND x.at BETWEEN lo AND hi AND x.salt IS NOT NULL AND x.staff_id <> 0
), d AS MATERIALIZED (
    SELECT e.*, x.child_id FROM e JOIN audit_disclosure x ON x.at = e.at AND x.sequence = e.sequence
), found (question, at, sequence, child_id, agency_code, staff_code, role, purpose, ticket, rule) AS (
    SELECT 'OUTSIDE_AREA', d.at, d.sequence, d.child_id, d.agency_code, d.staff_code, d.role, d.purpose, d.ticket, r.rule
    FROM d JOIN post p ON p.id = d.post_id JOIN child c ON c.id = d.child_id
    CROSS JOIN LATERAL (SELECT CASE
        WHEN d.role = 'DIR' AND c.residence_village_id IS DISTINCT FROM p.division_id THEN 'NOT_IN_VILLAGE'
        WHEN d.role = 'SUP' AND c.residence_township_id IS DISTINCT FROM p.division_id THEN 'NOT_IN_TOWNSHIP'
        WHEN d.role = 'HD' AND p.clinic_id IS NOT NULL AND c.residence_township_id IS DISTINCT FROM
            (SELECT k.division_id FROM clinic k WHERE k.id = p.clinic_id) THEN 'NOT_IN_CLINIC_AREA'
        WHEN d.role IN ('HT', 'PSY', 'HD') AND p.school_id IS NOT NULL AND NOT EXISTS
            (SELECT FROM enrolment n WHERE n.child_id = d.child_id AND n.current AND n.school_id = p.school_id) THEN 'NOT_IN_SCHOOL'
        END) r (rule)
    WHERE d.role IN ('DIR', 'SUP', 'HD', 'HT', 'PSY')
    UNION ALL
    SELECT 'WITHOUT_STANDING', e.at, e.sequence, coalesce(x.child_id, 0), e.agency_code, e.staff_code, e.role, e.purpose, e.ticket, r.rule
    FROM e JOIN staff s ON s.id = e.staff_id LEFT JOIN post p ON p.id = e.post_id LEFT JOIN contract k ON k.id = p.contract_id
    CROSS JOIN LATERAL (SELECT CASE
        WHEN s.vetted_until IS NULL OR s.vetted_until < e.day THEN 'VETTING_EXPIRED'
        WHEN p.valid_to <= e.day THEN 'POST_ENDED'
        WHEN p.authorised_until < e.day THEN 'AUTHORISATION_EXPIRED'
        WHEN k.valid_to < e.day THEN 'CONTRACT_EXPIRED'
        END) r (rule)
    LEFT JOIN audit_disclosure x ON r.rule IS NOT NULL AND x.at = e.at AND x.sequence = e.sequence
    UNION ALL
    SELECT 'SEVERAL_PURPOSES', d.at, d.sequence, d.child_id, d.agency_code, d.staff_code, d.role, d.purpose, d.ticket, r.rule
    FROM d CROSS JOIN LATERAL (
        SELECT string_agg(DISTINCT x.purpose, ' ' ORDER BY x.purpose) FROM audit_disclosure y
        JOIN audit_entry x ON x.at = y.at AND x.sequence = y.sequence
        WHERE y.child_id = d.child_id AND y.at > d.at - interval '1 hour' AND y.at <= d.at AND y.sequence < d.sequence
          AND x.at > d.at - interval '1 hour' AND x.at <= d.at AND x.staff_id = d.staff_id AND x.purpose <> d.purpose) r (rule)
    WHERE (SELECT count(*) > 0 FROM audit_purpose u WHERE u.staff_id = d.staff_id AND u.purpose <> d.purpose AND u.at > d.at - interval '1 hour')
    UNION ALL
    SELECT 'OF_COLLEAGUES', d.at, d.sequence, d.child_id, d.agency_code, d.staff_code, d.role, d.purpose, d.ticket, r.rule
    FROM d CROSS JOIN LATERAL (
        SELECT CASE WHEN q.staff_id = d.staff_id THEN 'OWN_' || q.kind ELSE 'COLLEAGUES_' || q.kind END
        FROM conflict_declaration q JOIN staff s ON s.id = q.staff_id
        WHERE q.child_id = d.child_id AND s.agency_id = d.agency_id AND (q.kind = 'KIN' OR q.staff_id = d.staff_id)
          AND q.declared_on <= d.day AND (q.ended_on IS NULL OR q.ended_on > d.day)
        UNION ALL
        SELECT w.kind FROM watched_child w WHERE w.child_id = d.child_id AND w.since <= d.day AND (w.until IS NULL OR w.until >= d.day)
        ORDER BY 1 LIMIT 1) r (rule)
)
INSERT INTO audit_finding (question, at, sequence, child_id, agency_code, staff_code, role, purpose, ticket, rule)
SELECT question, at, sequence, child_id, agency_code, staff_code, role, purpose, ticket, rule FROM found WHERE rule IS NOT NULL
ON CONFLICT DO NOTHING;
$$;
-- +goose StatementEnd

-- What the access hung on: cases and work items.
-- +goose StatementBegin
CREATE FUNCTION audit_judge_tasks(first bigint, beyond bigint, lo timestamptz, hi timestamptz) RETURNS void LANGUAGE sql AS $$
WITH e AS MATERIALIZED (
    SELECT x.at, x.sequence, x.staff_id, x.agency_code, x.staff_code, x.role, x.purpose, x.ticket,
           (x.at AT TIME ZONE 'Asia/Shanghai')::date AS day
    FROM audit_entry x
    WHERE x.sequence >= first AND x.sequence < beyond AND x.at BETWEEN lo AND hi AND x.salt IS NOT NULL AND x.staff_id <> 0 AND x.disclosed > 0
      AND (x.ticket <> '' OR x.purpose IN ('CASE_MGMT', 'RIGHTS_CASE'))
), s AS MATERIALIZED (
    SELECT e.*, k.code AS task, k.opened_at, k.closed_at, k.staff_id AS task_staff, k.child_id AS task_child, x.child_id
    FROM e LEFT JOIN ticket k ON k.code = e.ticket JOIN audit_disclosure x ON x.at = e.at AND x.sequence = e.sequence
), found (question, at, sequence, child_id, agency_code, staff_code, role, purpose, ticket, rule) AS (
    SELECT 'AFTER_CLOSURE', s.at, s.sequence, s.child_id, s.agency_code, s.staff_code, s.role, s.purpose, s.ticket, CASE
        WHEN s.closed_at < s.at THEN 'TASK_CLOSED'
        WHEN s.purpose = 'CASE_MGMT'
            AND EXISTS (SELECT FROM care_case k WHERE k.child_id = s.child_id AND k.assignee_id = s.staff_id AND k.closed_on < s.day)
            AND NOT EXISTS (SELECT FROM care_case k WHERE k.child_id = s.child_id AND k.assignee_id = s.staff_id AND k.opened_on <= s.day AND (k.closed_on IS NULL OR k.closed_on >= s.day))
            THEN 'CARE_CASE_CLOSED'
        WHEN s.purpose = 'RIGHTS_CASE'
            AND EXISTS (SELECT FROM rights_case k WHERE k.child_id = s.child_id AND k.assignee_id = s.staff_id AND k.closed_on < s.day)
            AND NOT EXISTS (SELECT FROM rights_case k WHERE k.child_id = s.child_id AND k.assignee_id = s.staff_id AND (k.opened_on IS NULL OR k.opened_on <= s.day) AND (k.closed_on IS NULL OR k.closed_on >= s.day))
            THEN 'RIGHTS_CASE_CLOSED'
        END
    FROM s
    UNION ALL
    SELECT 'NEVER_OPENED', s.at, s.sequence, s.child_id, s.agency_code, s.staff_code, s.role, s.purpose, s.ticket, CASE
        WHEN s.task IS NULL THEN 'NO_SUCH_TASK'
        WHEN s.opened_at > s.at THEN 'OPENED_LATER'
        WHEN s.task_staff <> s.staff_id THEN 'TASK_OF_ANOTHER_PERSON'
        WHEN s.task_child <> s.child_id THEN 'TASK_OF_ANOTHER_CHILD'
        END
    FROM s WHERE s.ticket <> ''
)
INSERT INTO audit_finding (question, at, sequence, child_id, agency_code, staff_code, role, purpose, ticket, rule)
SELECT question, at, sequence, child_id, agency_code, staff_code, role, purpose, ticket, rule FROM found WHERE rule IS NOT NULL
ON CONFLICT DO NOTHING;
$$;
-- +goose StatementEnd

-- What is destroyed in the log is destroyed here in the same statement.
-- +goose StatementBegin
CREATE FUNCTION audit_forget() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    lo timestamptz;
    hi timestamptz;
BEGIN
    SELECT min(g.at), max(g.at) INTO lo, hi FROM gone g;
    DELETE FROM audit_key k USING gone g WHERE k.at BETWEEN lo AND hi AND k.at = g.at AND k.sequence = g.sequence;
    DELETE FROM audit_finding f USING gone g WHERE f.at BETWEEN lo AND hi AND f.at = g.at AND f.sequence = g.sequence;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER audit_forget AFTER UPDATE ON audit_entry REFERENCING NEW TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION audit_forget();
