-- The ledger of a district of three thousand left-behind children holds three
-- open cases; a worklist of fifty needs more. Every eighth pupil of compulsory
-- age gets one, all from a formula: the same district makes the same cases.
WITH last AS (SELECT coalesce(max(id), 0) AS id FROM dropout_case),
pupil AS (
    SELECT c.id, row_number() OVER (ORDER BY c.id) AS n,
           (SELECT s.id FROM staff s WHERE s.code LIKE '测试DPS%' ORDER BY s.id LIMIT 1) AS officer
    FROM child c
    JOIN enrolment e ON e.child_id = c.id AND e.current AND e.stage IN ('PRIMARY', 'JUNIOR')
    WHERE c.shield = 'NONE'
      AND NOT EXISTS (SELECT 1 FROM dropout_case d WHERE d.child_id = c.id)
      AND NOT EXISTS (SELECT 1 FROM registration r WHERE r.child_id = c.id AND r.status = 'EXITED')
)
INSERT INTO dropout_case (id, child_id, ledger, stage, found_on, reason, absent_run_days, responsible_persons,
    due_on, author_id, author_agency_id, recorded_on, synthetic)
SELECT last.id + p.n, p.id, 'SUSPECTED', (ARRAY['PHONE_CHECK', 'HOME_VISIT', 'SUSPECTED'])[1 + p.n % 3],
       $1::date - (p.n % 61)::int, (ARRAY['FAMILY', 'INTERNET', 'OTHER'])[1 + p.n % 3], 3 + (p.n % 20)::int,
       ARRAY[s.code], $1::date + 5, s.id, s.agency_id, $1::date - (p.n % 61)::int, true
FROM pupil p
JOIN staff s ON s.id = p.officer
CROSS JOIN last
WHERE p.n % 8 = 0
