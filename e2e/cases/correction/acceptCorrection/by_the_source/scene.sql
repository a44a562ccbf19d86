DELETE FROM correction_request;
INSERT INTO correction_request (id, child_id, coordinate, state, raised_on, due_on, agency_id, author_id, author_agency_id, record_id, old_hash, reason, proposed)
SELECT 9001, 1, 'Child.sex', 'ROUTED', '2026-11-20', '2026-12-04', a.id, s.id, s.agency_id, 1, coordinate_hash('child', 'sex', 'id = $1', 1), '与户口簿不一致', 'MALE'
FROM agency a, staff s WHERE a.code = 'MZ' AND s.code = (SELECT min(code) FROM staff WHERE code LIKE '测试DIR%');
