INSERT INTO transfer_request (id, child_id, from_area, to_area, state, kind, summary, handed_by)
SELECT 900002, c.id, f.code, t.code, 'SENT', 'WITHIN', '随祖母迁居，请上门核实。', (SELECT p.staff_id FROM post p JOIN child c ON c.residence_township_id = p.division_id WHERE c.id = 10 AND p.role = 'SUP' AND p.valid_to IS NULL ORDER BY p.valid_from DESC, p.id LIMIT 1)
FROM child c JOIN division f ON f.id = c.residence_village_id JOIN child q ON q.id = 1 JOIN division t ON t.id = q.residence_village_id WHERE c.id = 361;
INSERT INTO task (id, kind, subject, subject_id, staff_id, agency_id, opened_at, due_at, basis)
SELECT 900002, 'MOVE_CLAIM', 'transfer_request', 900002, s.id, s.agency_id, '2026-11-20', '2026-11-30', 'cfg' FROM staff s WHERE s.id = (SELECT p.staff_id FROM post p JOIN child c ON c.residence_village_id = p.division_id WHERE c.id = 1 AND p.role = 'DIR' AND p.valid_to IS NULL ORDER BY p.valid_from DESC, p.id LIMIT 1);
