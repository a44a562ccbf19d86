-- answer: page dropoutCases 6
-- shape: id ledger stage foundOn dueOn absentRunDays# child{id name sex lastVisitedOn enrolment{grade# classNo# status absentRunDays# absentSince school{code name}} guardians#}
SELECT d.id, d.ledger, d.stage, d.found_on, d.due_on, d.absent_run_days,
       c.id, c.name, c.sex, (SELECT max(v.visited_on) FROM visit v WHERE v.child_id = c.id),
       e.grade, e.class_no, e.status, e.absent_run_days, e.absent_since, s.code, s.name,
       COALESCE((SELECT json_agg(json_build_object('name', x.name, 'relation', x.relation, 'workplaceCity', x.workplace_city)
           ORDER BY x.id) FROM guardian x WHERE x.child_id = c.id), '[]')
FROM (SELECT * FROM dropout_case d
      WHERE d.cancelled_on IS NULL AND (d.found_on, d.id) < ($2::date, $1::bigint)
      ORDER BY d.found_on DESC, d.id DESC LIMIT 51) d
JOIN child c ON c.id = d.child_id
LEFT JOIN enrolment e ON e.child_id = c.id AND e.current
LEFT JOIN school s ON s.id = e.school_id
ORDER BY d.found_on DESC, d.id DESC
