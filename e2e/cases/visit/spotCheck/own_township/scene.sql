INSERT INTO visit (id, child_id, kind, state, planned_on, visitor_id, synthetic, mode, visited_on, informant_relation, child_seen, living_rating, family_rating, guardianship_rating, mental_rating, add_to_focus, concerns)
SELECT 900011, 351, 'GENERAL_ROUND', 'CHECKED', '2026-11-25', p.staff_id, true, 'HOME', '2026-11-23', 'MOTHER', true, 'GOOD', 'GOOD', 'GOOD', 'GOOD', true, ARRAY['MENTAL']
FROM child c JOIN post p ON p.role = 'DIR' AND p.division_id = c.residence_village_id AND p.valid_to IS NULL WHERE c.id = 351;
