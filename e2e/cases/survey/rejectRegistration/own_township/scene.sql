UPDATE registration SET status = 'REGISTERED', left_behind = true, kinds = '{LEFT_BEHIND}', exit_reason = NULL, exited_on = NULL, claimed_by = NULL, version = 1 WHERE child_id IN (1, 10, 351);
UPDATE registration SET status = 'VERIFYING', care_reason = 'BOTH_AWAY', left_behind_since = '2026-01-01', away_reach = 'BEYOND_CITY' WHERE child_id = 351;
INSERT INTO survey_batch (division_id, opens_on, closes_on) SELECT residence_village_id, '2026-11-01', '2026-12-31' FROM child WHERE id = 351;
INSERT INTO ticket (code, kind, purpose, staff_id, agency_id, child_id, opened_at)
SELECT 'SB-CASE-3', 'SURVEY_BATCH', 'REGISTER_VERIFY', s.id, s.agency_id, 351, '2026-11-01' FROM staff s WHERE s.id = (SELECT p.staff_id FROM post p JOIN child c ON c.residence_township_id = p.division_id WHERE c.id = 10 AND p.role = 'SUP' AND p.valid_to IS NULL ORDER BY p.valid_from DESC, p.id LIMIT 1) ON CONFLICT DO NOTHING;
