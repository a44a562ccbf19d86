INSERT INTO visit (id, child_id, kind, state, planned_on, visitor_id, synthetic)
SELECT 900003, 220, 'GENERAL_ROUND', 'ASSIGNED', '2026-11-25', p.staff_id, true
FROM child c JOIN post p ON p.role = 'DIR' AND p.division_id = c.residence_village_id AND p.valid_to IS NULL WHERE c.id = 220;
