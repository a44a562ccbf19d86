-- What goes with packed rows: filing the children behind the answers, and a standing
-- question that no longer searches by child. Two functions; no lock on any table.

-- +goose Up

-- An answer leaves its children at the end of a list; they are filed in the index from
-- here, many at a time. How many pages of the list were filed.
CREATE FUNCTION audit_settle() RETURNS bigint LANGUAGE sql AS
'SELECT coalesce(sum(gin_clean_pending_list(i.inhrelid)), 0)::bigint FROM pg_inherits i WHERE i.inhparent = ''audit_packed_child''::regclass';
COMMENT ON FUNCTION audit_settle IS 'Files in the index audit_packed_child what waits beside it. What waits is found as well, only more slowly.';

-- Who, where and with what standing. Whether a child was shown for another purpose is
-- asked of what the person was shown within the hour, by the index of the person: the
-- index of children knows no time. Days are those of Asia/Shanghai; whether a post
-- stands is decided as the register decides it.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION audit_judge(first bigint, beyond bigint, lo timestamptz, hi timestamptz) RETURNS void LANGUAGE sql AS $$
WITH e AS MATERIALIZED (
    SELECT x.at, x.sequence, x.agency_id, x.staff_id, x.post_id, x.agency_code, x.staff_code, x.role, x.purpose, x.ticket,
           (x.at AT TIME ZONE 'Asia/Shanghai')::date AS day
    FROM audit_entry x
    WHERE x.sequence >= first AND x.sequence < beyond AND x.at BETWEEN lo AND hi AND x.salt IS NOT NULL AND x.staff_id <> 0
), d AS MATERIALIZED (
    SELECT e.*, x.child_id FROM e JOIN audit_disclosure x ON x.at = e.at AND x.sequence = e.sequence
        AND x.at BETWEEN lo AND hi AND x.sequence >= first AND x.sequence < beyond
), changing AS MATERIALIZED (
    SELECT e.staff_id, min(e.at) - interval '1 hour' AS since FROM e
    WHERE EXISTS (SELECT FROM audit_purpose u WHERE u.staff_id = e.staff_id AND u.purpose <> e.purpose AND u.at > e.at - interval '1 hour')
    GROUP BY e.staff_id
), seen AS MATERIALIZED (
    SELECT c.staff_id, x.purpose, x.at, x.sequence, y.child_id
    FROM changing c CROSS JOIN LATERAL (SELECT z.purpose, z.at, z.sequence FROM audit_entry z
        WHERE z.staff_id = c.staff_id AND z.at > c.since AND z.at <= hi AND z.sequence < beyond AND z.disclosed > 0 OFFSET 0) x
    JOIN audit_disclosure y ON y.at = x.at AND y.sequence = x.sequence
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
        AND x.at BETWEEN lo AND hi AND x.sequence >= first AND x.sequence < beyond
    UNION ALL
    SELECT 'SEVERAL_PURPOSES', d.at, d.sequence, d.child_id, d.agency_code, d.staff_code, d.role, d.purpose, d.ticket,
        string_agg(DISTINCT n.purpose, ' ' ORDER BY n.purpose)
    FROM d JOIN seen n ON n.staff_id = d.staff_id AND n.child_id = d.child_id AND n.purpose <> d.purpose
        AND n.at > d.at - interval '1 hour' AND n.at <= d.at AND n.sequence < d.sequence
    GROUP BY 2, 3, 4, 5, 6, 7, 8, 9
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
