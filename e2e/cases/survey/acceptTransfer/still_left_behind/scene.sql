UPDATE registration SET status = 'REGISTERED', left_behind = true, kinds = '{LEFT_BEHIND}', exit_reason = NULL, exited_on = NULL, claimed_by = NULL, version = 1 WHERE child_id = 351;
DELETE FROM transfer_message;
DELETE FROM transfer_request WHERE child_id = 351;
INSERT INTO transfer_request (id, child_id, from_area, to_area, state, kind, incoming, hub, packet_id, agency, contact)
SELECT 900013, c.id, '990117001901', d.code, 'SENT', 'STILL_LEFT_BEHIND', true, 'there.example', 'case-13', '测试镇', '个案管理岗 027-00000000' FROM child c JOIN division d ON d.id = c.residence_village_id WHERE c.id = 351;
