-- Who asks, of whom, and what they are shown. Everybody mostly reads the children of
-- the own area, under an own work item that stays open.
DO $do$
BEGIN
    FOR i IN 0..24 LOOP
        PERFORM audit_partition((now() - make_interval(months => i))::date);
    END LOOP;
END $do$;
CREATE TEMP TABLE biglog_worker AS
WITH w AS (
    SELECT s.id AS staff_id, s.code AS staff_code, a.id AS agency_id, a.code AS agency_code, p.id AS post_id, p.role, p.contract_id,
        CASE p.role WHEN 'DIR' THEN 'VISIT' WHEN 'SUP' THEN 'VISIT_SUPERVISION' WHEN 'CM' THEN 'CASE_MGMT' WHEN 'SW' THEN 'CASE_MGMT' WHEN 'REL' THEN 'TEMP_RELIEF'
            WHEN 'DPS' THEN 'DROPOUT_PREVENTION' WHEN 'HT' THEN 'CLASS_CARE' WHEN 'PSY' THEN 'PSYCH_SUPPORT' WHEN 'HD' THEN 'CHILD_HEALTH'
            WHEN 'FE' THEN 'FAMILY_EDU' ELSE 'RIGHTS_CASE' END AS purpose,
        CASE WHEN p.role IN ('DIR', 'SUP') THEN ARRAY(SELECT c.id FROM child c WHERE p.division_id IN (c.residence_village_id, c.residence_township_id) ORDER BY c.id LIMIT 500)
            WHEN p.school_id IS NOT NULL THEN ARRAY(SELECT e.child_id FROM enrolment e WHERE e.school_id = p.school_id AND e.current ORDER BY e.child_id LIMIT 500)
            WHEN p.clinic_id IS NOT NULL THEN ARRAY(SELECT c.id FROM child c JOIN clinic k ON k.id = p.clinic_id AND k.division_id = c.residence_township_id ORDER BY c.id LIMIT 500)
            ELSE ARRAY(SELECT c.id FROM child c ORDER BY c.id LIMIT 500) END AS children
    FROM post p JOIN staff s ON s.id = p.staff_id JOIN agency a ON a.id = s.agency_id
    WHERE p.role IN ('DIR', 'SUP', 'CM', 'SW', 'REL', 'DPS', 'HT', 'PSY', 'HD', 'FE', 'RP') AND s.kind = 'PERSON' AND p.valid_to IS NULL
)
SELECT row_number() OVER (ORDER BY staff_id, post_id) - 1 AS n, w.*, 'BL-' || staff_id AS ticket FROM w WHERE cardinality(children) > 0;
INSERT INTO ticket (code, kind, purpose, staff_id, agency_id, reason, opened_at, closed_at)
SELECT DISTINCT ON (ticket) ticket, 'BENCH', purpose, staff_id, agency_id, '', now() - interval '3 years', now() + interval '1 year' FROM biglog_worker
ORDER BY ticket, n
ON CONFLICT DO NOTHING;
INSERT INTO audit_set (hash, coordinates, labels)
SELECT sha256(convert_to('biglog ' || i, 'UTF8')), c.names, array_fill('FULL'::text, ARRAY[cardinality(c.names)])
FROM generate_series(0, 399) i CROSS JOIN LATERAL (SELECT array_agg(x.name ORDER BY x.name) AS names FROM (
    (SELECT k.name FROM coordinate k WHERE k.class IN ('L2', 'L3') AND k.name ~ '^(Child|Guardian|Caregiver|Registration|Visit|Enrolment)\.' ORDER BY md5(k.name || i) LIMIT 14)
    UNION ALL (SELECT k.name FROM coordinate k WHERE k.class = 'L4' AND i % 10 = 0 ORDER BY md5(k.name || i) LIMIT 2)) x) c
ON CONFLICT DO NOTHING;
CREATE TEMP TABLE biglog_set AS
SELECT row_number() OVER (ORDER BY s.id) - 1 AS n, s.id FROM audit_set s
WHERE s.hash IN (SELECT sha256(convert_to('biglog ' || i, 'UTF8')) FROM generate_series(0, 399) i)
