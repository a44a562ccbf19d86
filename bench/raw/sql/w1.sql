-- answer: one child
-- shape: id name sex birthYearMonth age# ageBand hasHukou# enrolment{stage grade# classNo# status boarding}
SELECT c.id, c.name, c.sex, to_char(c.birth_date, 'YYYY-MM'), extract(year FROM age($2::date, c.birth_date))::int,
       age_band(c.birth_date, $2::date), (c.hukou_type <> 'NONE')::text, e.stage, e.grade, e.class_no, e.status, e.boarding
FROM child c
LEFT JOIN enrolment e ON e.child_id = c.id AND e.current
WHERE c.id = $1::bigint
