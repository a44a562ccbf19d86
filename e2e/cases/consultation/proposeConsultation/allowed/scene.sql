DELETE FROM care_case WHERE id = 990102;
INSERT INTO care_case (id, child_id, assignee_id, opened_on) SELECT 990102, 6, id, '2026-11-01' FROM staff WHERE code = '测试CM0001';
