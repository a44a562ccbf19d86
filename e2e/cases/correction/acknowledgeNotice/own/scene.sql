INSERT INTO task (id, kind, subject, subject_id, staff_id, agency_id, opened_at, due_at, basis)
SELECT 9001, 'DATA_CORRECTED', 'correction_request', 1, s.id, s.agency_id, '2026-11-20T10:00:00+08:00', '2026-11-27T00:00:00+08:00', '测试'
FROM staff s JOIN school_class k ON k.homeroom_staff_id = s.id JOIN enrolment e ON e.class_id = k.id AND e.current WHERE e.child_id = 10;
