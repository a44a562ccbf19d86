DELETE FROM education_aid WHERE child_id = 10;
DELETE FROM task WHERE ticket_id IN (SELECT id FROM ticket WHERE kind = 'EDUCATION_AID');
DELETE FROM ticket WHERE kind = 'EDUCATION_AID';
INSERT INTO education_aid (id, child_id, kind, term_code, state, author_id, decider_id, consent_on, consent_relation)
SELECT 9001, 10, 'GRANT', m.code, 'RETURNED', (SELECT k.homeroom_staff_id FROM enrolment e JOIN school_class k ON k.id = e.class_id WHERE e.child_id = 10 AND e.current), (SELECT p.staff_id FROM post p WHERE p.role = 'DPS' ORDER BY p.id LIMIT 1), '2026-11-20', 'MOTHER' FROM term m WHERE '2026-11-23' BETWEEN m.starts_on AND m.ends_on;
INSERT INTO ticket (code, kind, purpose, staff_id, agency_id, child_id, reason, opened_at)
SELECT 'EA-CASE', 'EDUCATION_AID', 'DROPOUT_PREVENTION', s.id, s.agency_id, 10, '教育资助审批', '2026-11-20' FROM staff s WHERE s.id = (SELECT p.staff_id FROM post p WHERE p.role = 'DPS' ORDER BY p.id LIMIT 1);
