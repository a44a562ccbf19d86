DELETE FROM task WHERE subject = 'consultation' AND subject_id = 9101;
DELETE FROM action_card WHERE consultation_id = 9101;
DELETE FROM disclosure_grant WHERE consultation_id = 9101;
DELETE FROM ticket WHERE consultation_id = 9101;
DELETE FROM consultation_use WHERE consultation_id = 9101;
DELETE FROM consultation_person WHERE consultation_id = 9101;
DELETE FROM consultation_field WHERE consultation_id = 9101;
DELETE FROM consultation WHERE id = 9101;
INSERT INTO consultation (id, child_id, topic, reason, state, proposed_at, proposer_id, convenor_id, version)
SELECT 9101, 6, '照护安排', '需教育、妇联共同安排。', 'PROPOSED', '2026-11-22 09:00+08', s.id, s.id, 3 FROM staff s WHERE s.code = '测试CM0001';
INSERT INTO consultation_field (consultation_id, field, wanted, agency_id, answer)
SELECT 9101, 'D.narrative', '{Visit.livingText}', id, NULL FROM agency WHERE code = 'MZ';
INSERT INTO consultation_person (consultation_id, staff_id, pledged_at) SELECT 9101, id, '2026-11-22 10:00+08' FROM staff WHERE code = '测试RP0001';
INSERT INTO ticket (code, kind, purpose, staff_id, agency_id, child_id, reason, opened_at, consultation_id)
SELECT 'KC-' || code, 'GRANT', 'CONSULTATION', id, agency_id, 6, '适时协商', '2026-11-22 09:00+08', 9101 FROM staff WHERE code IN ('测试CM0001', '测试STEWARD0001', '测试DPO0001', '测试RP0001');
