INSERT INTO task (id, kind, subject, subject_id, staff_id, agency_id, opened_at, due_at, basis, for_role)
SELECT 900061, 'SAFETY_FIRE', 'visit', 1, s.id, s.agency_id, '2026-11-23', '2026-11-25', '设定值', 'DIR' FROM staff s WHERE s.code = '测试STA0001';
