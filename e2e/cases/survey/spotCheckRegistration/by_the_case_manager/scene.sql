UPDATE registration SET status = 'REGISTERED', kinds = '{LEFT_BEHIND}', spot_drawn = true, spot_asked_on = '2026-11-20', version = 1 WHERE child_id = 351;
INSERT INTO survey_batch (division_id, opens_on, closes_on) SELECT residence_village_id, '2026-11-01', '2026-12-31' FROM child WHERE id = 351;
INSERT INTO ticket (code, kind, purpose, staff_id, agency_id, child_id, opened_at)
SELECT 'SB-SPOT-1', 'SURVEY_BATCH', 'REGISTER_VERIFY', s.id, s.agency_id, 351, '2026-11-01' FROM staff s WHERE s.code = '测试CM0004' ON CONFLICT DO NOTHING;
