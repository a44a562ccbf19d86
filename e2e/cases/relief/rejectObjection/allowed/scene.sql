DELETE FROM relief_application WHERE child_id = 10 OR id = 9001;
DELETE FROM task WHERE ticket_id IN (SELECT id FROM ticket WHERE code LIKE 'RL-CASE-%');
DELETE FROM ticket WHERE code LIKE 'RL-CASE-%';
DELETE FROM post WHERE approval_ref = 'AP-case';
INSERT INTO relief_application (id, child_id, state, handler_id, reason, urgent, amount, applicant_relation, publicity)
SELECT 9001, 10, 'OBJECTED', (SELECT id FROM staff WHERE code = '测试SUP0002'), 'EXPENDITURE', false, 1500, 'FATHER', 'PUBLIC';
INSERT INTO ticket (code, kind, purpose, staff_id, agency_id, child_id, reason, opened_at)
SELECT 'RL-CASE-' || s.code, 'RELIEF_APPLICATION', 'TEMP_RELIEF', s.id, s.agency_id, 10, '临时救助申请', '2026-11-20' FROM staff s WHERE s.code IN ('测试SUP0002', '测试CM0001', '测试STA0001');
UPDATE relief_application SET notice_from = '2026-11-20', notice_until = '2026-11-25' WHERE id = 9001;
