-- answer: page children
-- shape: id birthYearMonth age# ageBand enrolment{status isAttending# academicStatus}
SELECT c.id, to_char(c.birth_date, 'YYYY-MM'), extract(year FROM age($2::date, c.birth_date))::int, age_band(c.birth_date, $2::date),
       e.status, (e.status IN ('ENROLLED', 'RESUMED'))::text, academic_status(e.status, e.stage)
FROM child c
LEFT JOIN LATERAL (SELECT e.status, e.stage FROM enrolment e WHERE e.child_id = c.id AND e.current OFFSET 0) e ON true
LEFT JOIN LATERAL (SELECT r.status, r.exited_on FROM registration r WHERE r.child_id = c.id OFFSET 0) r ON true
WHERE c.id > $1::bigint AND c.shield <> 'FULL'
  AND (c.birth_date <= $2::date - interval '6 years' AND c.birth_date > $2::date - interval '16 years'
       OR e.stage IN ('PRIMARY', 'JUNIOR')
       OR (SELECT true FROM dropout_case d WHERE d.child_id = c.id LIMIT 1))
  AND NOT coalesce(r.status = 'EXITED' AND r.exited_on < $2::date, false)
ORDER BY c.id
LIMIT 51
