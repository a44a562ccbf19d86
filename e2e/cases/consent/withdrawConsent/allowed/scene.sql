INSERT INTO pairing (id, child_id, volunteer, volunteer_id, consent_ref, coordinator_id, state, contract_until, synthetic) VALUES (920018, 9, '爱心妈妈0001', 1, '同意-演示', (SELECT k.staff_id FROM ticket k WHERE k.code = 'PC-00001'), 'ACTIVE', '2027-05-01', true);
UPDATE ticket SET closed_at = NULL WHERE code = 'PC-00001';
