-- Following the log with less work: parts are planned for the times of their batch
-- and not for every month that there is; postings are put in the order of their keys,
-- into an index that has nothing to check, because an entry is followed exactly once;
-- what needs a look at records is asked of those children and posts that can come into
-- question. New are postings of the sets that an entry showed, so that it is found by
-- any coordinate, and of children who were shown something of class L4.
--
-- The postings that are there are kept, and the new ones made for the entries that were
-- followed. The follower of the search leaves off while this runs, 30 s for a million
-- entries on a machine with other work; nobody else waits but for a moment at its end, when
-- the old index of audit_key goes. The previous binary goes on, and finds by what it found
-- before.

-- +goose Up
-- No batch is under way while the postings of what was followed are made: the last one
-- is waited for, and nobody begins another.
SELECT f.sequence FROM follower f WHERE f.name = 'audit search' FOR UPDATE;

INSERT INTO audit_key (key, at, sequence)
SELECT DISTINCT k.key, k.at, k.sequence FROM (
    SELECT log_key('set', d.set_id::text), d.at, d.sequence FROM audit_disclosure d
    WHERE d.sequence < (SELECT f.sequence FROM follower f WHERE f.name = 'audit search')
    UNION ALL
    SELECT log_key('child-l4', d.child_id::text), d.at, d.sequence FROM audit_disclosure d
    WHERE d.sequence < (SELECT f.sequence FROM follower f WHERE f.name = 'audit search')
      AND d.set_id = ANY (ARRAY(SELECT s.id FROM audit_set s WHERE s.coordinates && ARRAY(SELECT c.name FROM coordinate c WHERE c.class = 'L4')))
) k (key, at, sequence) ORDER BY 1, 2, 3;

CREATE INDEX audit_key_order ON audit_key (key, at, sequence);
ALTER TABLE audit_key DROP CONSTRAINT audit_key_pkey;
COMMENT ON TABLE audit_key IS 'Under what an entry is found: log_key of its ticket, address, document, operation, role, purpose, outcome, bases, sets, L4 coordinates, and children who were shown L4. In the order of time under each key. Kept by audit_follow.';

-- The time of the oldest and the newest entry of a batch. Behind a fence: the planner
-- would look for the oldest in the order of time, through the whole log.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION audit_follow(first bigint, beyond bigint) RETURNS void LANGUAGE plpgsql SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    lo timestamptz;
    hi timestamptz;
BEGIN
    SELECT min(x.at), max(x.at) INTO lo, hi FROM (SELECT e.at FROM audit_entry e WHERE e.sequence >= first AND e.sequence < beyond OFFSET 0) x;
    PERFORM audit_post(first, beyond, lo, hi);
    PERFORM audit_total(first, beyond, lo, hi);
    PERFORM audit_judge(first, beyond, lo, hi);
    PERFORM audit_judge_tasks(first, beyond, lo, hi);
END $$;
-- +goose StatementEnd

-- Two kinds of keys may fall together, if somebody has found a name that does: DISTINCT
-- keeps the entry from being found twice, and costs nothing in this order.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION audit_post(first bigint, beyond bigint, lo timestamptz, hi timestamptz) RETURNS void LANGUAGE plpgsql SET plan_cache_mode = force_custom_plan AS $$
BEGIN
INSERT INTO audit_address (address)
SELECT x.address FROM (SELECT DISTINCT e.client_ip FROM audit_entry e
    WHERE e.sequence >= first AND e.sequence < beyond AND e.at BETWEEN lo AND hi AND e.client_ip <> '') x (address)
WHERE NOT EXISTS (SELECT FROM audit_address a WHERE a.address = x.address)
ON CONFLICT DO NOTHING;

WITH d AS MATERIALIZED (
    SELECT DISTINCT x.at, x.sequence, x.set_id, x.bases FROM audit_disclosure x
    WHERE x.sequence >= first AND x.sequence < beyond AND x.at BETWEEN lo AND hi
), s AS MATERIALIZED (
    SELECT u.set_id, l4.keys
    FROM (SELECT DISTINCT d.set_id FROM d) u JOIN audit_set s ON s.id = u.set_id CROSS JOIN LATERAL (
        SELECT array_agg(log_key('coordinate', c.name)) || log_key('class', 'L4')
        FROM unnest(s.coordinates) n JOIN coordinate c ON c.name = n WHERE c.class = 'L4' HAVING count(*) > 0) l4 (keys)
)
INSERT INTO audit_key (key, at, sequence)
SELECT DISTINCT k.key, k.at, k.sequence FROM (
    SELECT u.key, e.at, e.sequence
    FROM audit_entry e CROSS JOIN LATERAL unnest(ARRAY[
        CASE WHEN e.ticket <> '' THEN log_key('ticket', e.ticket) END, CASE WHEN e.client_ip <> '' THEN log_key('address', e.client_ip) END,
        CASE WHEN e.document_hash <> '' THEN log_key('document', e.document_hash) END, CASE WHEN e.operation <> '' THEN log_key('operation', e.operation) END,
        CASE WHEN e.role <> '' THEN log_key('role', e.role) END, CASE WHEN e.purpose <> '' THEN log_key('purpose', e.purpose) END,
        CASE WHEN e.outcome NOT IN ('ALLOWED', 'PARTLY_WITHHELD') THEN log_key('outcome', e.outcome) END,
        CASE WHEN e.break_glass THEN log_key('break-glass', '') END]) u (key)
    WHERE e.sequence >= first AND e.sequence < beyond AND e.at BETWEEN lo AND hi AND e.salt IS NOT NULL AND u.key IS NOT NULL
    UNION ALL SELECT log_key('set', d.set_id::text), d.at, d.sequence FROM d
    UNION ALL SELECT log_key('basis', b), d.at, d.sequence FROM d CROSS JOIN unnest(d.bases) b
    UNION ALL SELECT u.key, d.at, d.sequence FROM d JOIN s ON s.set_id = d.set_id CROSS JOIN unnest(s.keys) u (key)
    UNION ALL SELECT log_key('child-l4', x.child_id::text), x.at, x.sequence FROM audit_disclosure x JOIN s ON s.set_id = x.set_id
        WHERE x.sequence >= first AND x.sequence < beyond AND x.at BETWEEN lo AND hi
) k (key, at, sequence) ORDER BY 1, 2, 3;
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION audit_total(first bigint, beyond bigint, lo timestamptz, hi timestamptz) RETURNS void LANGUAGE plpgsql SET plan_cache_mode = force_custom_plan AS $$
BEGIN
INSERT INTO audit_day AS a (day, agency_id, agency_code, staff_id, staff_code, operations, child_views, reveals, denied, not_found, failed, l4, night, break_glass)
SELECT (e.at AT TIME ZONE 'Asia/Shanghai')::date, max(e.agency_id), e.agency_code, max(e.staff_id), e.staff_code, count(*), sum(e.disclosed),
    count(*) FILTER (WHERE e.outcome = 'REVEALED'), count(*) FILTER (WHERE e.outcome = 'DENIED'),
    count(*) FILTER (WHERE e.outcome = 'NOT_FOUND'), count(*) FILTER (WHERE e.outcome = 'FAILED'),
    count(*) FILTER (WHERE e.sequence IN (SELECT k.sequence FROM audit_key k
        WHERE k.key = log_key('class', 'L4') AND k.at BETWEEN lo AND hi AND k.sequence >= first AND k.sequence < beyond)),
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
ON CONFLICT (staff_id, purpose) DO UPDATE SET at = excluded.at WHERE a.at < excluded.at;

INSERT INTO audit_clock AS a (day, hour, purpose, operations, child_views, withheld)
SELECT (e.at AT TIME ZONE 'Asia/Shanghai')::date, extract(hour FROM e.at AT TIME ZONE 'Asia/Shanghai')::smallint, e.purpose, count(*), sum(e.disclosed),
    count(*) FILTER (WHERE e.outcome = 'PARTLY_WITHHELD')
FROM audit_entry e
WHERE e.sequence >= first AND e.sequence < beyond AND e.at BETWEEN lo AND hi AND e.salt IS NOT NULL AND e.staff_code <> ''
GROUP BY 1, 2, 3
ON CONFLICT (day, hour, purpose) DO UPDATE SET
    operations = a.operations + excluded.operations, child_views = a.child_views + excluded.child_views, withheld = a.withheld + excluded.withheld;
END $$;
-- +goose StatementEnd

-- Who, where and with what standing. Whether a child was shown for another purpose is
-- asked of what the person was shown within the hour, by the index of the person. Days
-- are those of Asia/Shanghai; whether a post stands is decided as the register decides it.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION audit_judge(first bigint, beyond bigint, lo timestamptz, hi timestamptz) RETURNS void LANGUAGE plpgsql SET plan_cache_mode = force_custom_plan AS $$
BEGIN
WITH e AS MATERIALIZED (
    SELECT x.at, x.sequence, x.agency_id, x.staff_id, x.post_id, x.agency_code, x.staff_code, x.role, x.purpose, x.ticket,
           (x.at AT TIME ZONE 'Asia/Shanghai')::date AS day
    FROM audit_entry x
    WHERE x.sequence >= first AND x.sequence < beyond AND x.at BETWEEN lo AND hi AND x.salt IS NOT NULL AND x.staff_id <> 0
), shown AS MATERIALIZED (
    SELECT x.sequence, x.child_id FROM audit_disclosure x WHERE x.sequence >= first AND x.sequence < beyond AND x.at BETWEEN lo AND hi
), area AS (
    SELECT e.*, p.division_id, p.school_id, p.clinic_id, k.division_id AS clinic_division_id
    FROM e JOIN post p ON p.id = e.post_id LEFT JOIN clinic k ON k.id = p.clinic_id
    WHERE e.role IN ('DIR', 'SUP', 'HD', 'HT', 'PSY')
), standing AS (
    SELECT e.*, CASE
        WHEN s.vetted_until IS NULL OR s.vetted_until < e.day THEN 'VETTING_EXPIRED'
        WHEN p.valid_to <= e.day THEN 'POST_ENDED'
        WHEN p.authorised_until < e.day THEN 'AUTHORISATION_EXPIRED'
        WHEN k.valid_to < e.day THEN 'CONTRACT_EXPIRED'
        END AS rule
    FROM e JOIN staff s ON s.id = e.staff_id LEFT JOIN post p ON p.id = e.post_id LEFT JOIN contract k ON k.id = p.contract_id
), changing AS MATERIALIZED (
    SELECT e.staff_id, min(e.at) - interval '1 hour' AS since FROM e
    WHERE EXISTS (SELECT FROM audit_purpose u WHERE u.staff_id = e.staff_id AND u.purpose <> e.purpose AND u.at > e.at - interval '1 hour')
    GROUP BY e.staff_id
), seen AS MATERIALIZED (
    SELECT c.staff_id, x.purpose, x.at, x.sequence, y.child_id
    FROM changing c CROSS JOIN LATERAL (SELECT z.purpose, z.at, z.sequence FROM audit_entry z
        WHERE z.staff_id = c.staff_id AND z.at > c.since AND z.at > lo - interval '1 hour' AND z.at <= hi AND z.sequence < beyond AND z.disclosed > 0 OFFSET 0) x
    CROSS JOIN LATERAL (SELECT o.child_id FROM audit_disclosure o
        WHERE o.at = x.at AND o.sequence = x.sequence AND o.at > lo - interval '1 hour' AND o.at <= hi OFFSET 0) y
), found (question, at, sequence, child_id, agency_code, staff_code, role, purpose, ticket, rule) AS (
    SELECT 'OUTSIDE_AREA', d.at, d.sequence, shown.child_id, d.agency_code, d.staff_code, d.role, d.purpose, d.ticket, CASE
        WHEN d.role = 'DIR' AND c.residence_village_id IS DISTINCT FROM d.division_id THEN 'NOT_IN_VILLAGE'
        WHEN d.role = 'SUP' AND c.residence_township_id IS DISTINCT FROM d.division_id THEN 'NOT_IN_TOWNSHIP'
        WHEN d.role = 'HD' AND d.clinic_id IS NOT NULL AND c.residence_township_id IS DISTINCT FROM d.clinic_division_id THEN 'NOT_IN_CLINIC_AREA'
        WHEN d.role IN ('HT', 'PSY', 'HD') AND d.school_id IS NOT NULL AND NOT EXISTS
            (SELECT FROM enrolment n WHERE n.child_id = c.id AND n.current AND n.school_id = d.school_id) THEN 'NOT_IN_SCHOOL'
        END
    FROM area d JOIN shown ON shown.sequence = d.sequence JOIN child c ON c.id = shown.child_id
    UNION ALL
    SELECT 'WITHOUT_STANDING', d.at, d.sequence, coalesce(shown.child_id, 0), d.agency_code, d.staff_code, d.role, d.purpose, d.ticket, d.rule
    FROM standing d LEFT JOIN shown ON shown.sequence = d.sequence WHERE d.rule IS NOT NULL
    UNION ALL
    SELECT 'SEVERAL_PURPOSES', d.at, d.sequence, shown.child_id, d.agency_code, d.staff_code, d.role, d.purpose, d.ticket,
        string_agg(DISTINCT n.purpose, ' ' ORDER BY n.purpose)
    FROM e d JOIN shown ON shown.sequence = d.sequence JOIN seen n ON n.staff_id = d.staff_id AND n.child_id = shown.child_id AND n.purpose <> d.purpose
        AND n.at > d.at - interval '1 hour' AND n.at <= d.at AND n.sequence < d.sequence
    GROUP BY 2, 3, 4, 5, 6, 7, 8, 9
    UNION ALL
    SELECT 'OF_COLLEAGUES', d.at, d.sequence, d.child_id, d.agency_code, d.staff_code, d.role, d.purpose, d.ticket, min(d.rule)
    FROM (
        SELECT e.*, q.child_id, CASE WHEN q.staff_id = e.staff_id THEN 'OWN_' || q.kind ELSE 'COLLEAGUES_' || q.kind END AS rule
        FROM e JOIN shown ON shown.sequence = e.sequence JOIN conflict_declaration q ON q.child_id = shown.child_id JOIN staff s ON s.id = q.staff_id
        WHERE s.agency_id = e.agency_id AND (q.kind = 'KIN' OR q.staff_id = e.staff_id)
          AND q.declared_on <= e.day AND (q.ended_on IS NULL OR q.ended_on > e.day)
        UNION ALL
        SELECT e.*, w.child_id, w.kind
        FROM e JOIN shown ON shown.sequence = e.sequence JOIN watched_child w ON w.child_id = shown.child_id
        WHERE w.since <= e.day AND (w.until IS NULL OR w.until >= e.day)) d
    GROUP BY 2, 3, 4, 5, 6, 7, 8, 9
)
INSERT INTO audit_finding (question, at, sequence, child_id, agency_code, staff_code, role, purpose, ticket, rule)
SELECT question, at, sequence, child_id, agency_code, staff_code, role, purpose, ticket, rule FROM found WHERE rule IS NOT NULL
ON CONFLICT DO NOTHING;
END $$;
-- +goose StatementEnd

-- What the access hung on: cases and work items.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION audit_judge_tasks(first bigint, beyond bigint, lo timestamptz, hi timestamptz) RETURNS void LANGUAGE plpgsql SET plan_cache_mode = force_custom_plan AS $$
BEGIN
WITH e AS MATERIALIZED (
    SELECT x.at, x.sequence, x.staff_id, x.agency_code, x.staff_code, x.role, x.purpose, x.ticket, (x.at AT TIME ZONE 'Asia/Shanghai')::date AS day,
           k.code AS task, k.opened_at, k.closed_at, k.staff_id AS task_staff, k.child_id AS task_child
    FROM audit_entry x LEFT JOIN ticket k ON k.code = x.ticket
    WHERE x.sequence >= first AND x.sequence < beyond AND x.at BETWEEN lo AND hi AND x.salt IS NOT NULL AND x.staff_id <> 0 AND x.disclosed > 0
      AND (x.ticket <> '' OR x.purpose IN ('CASE_MGMT', 'RIGHTS_CASE'))
), s AS MATERIALIZED (
    SELECT e.*, x.child_id FROM e JOIN audit_disclosure x ON x.sequence = e.sequence
    WHERE x.sequence >= first AND x.sequence < beyond AND x.at BETWEEN lo AND hi
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
END $$;
-- +goose StatementEnd
