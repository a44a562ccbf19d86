DELETE FROM school_transfer WHERE child_id = 12;
INSERT INTO school_transfer (child_id, from_school_id, to_school_id, reference, state, started_on, due_at, version)
SELECT 12, e.school_id, p.school_id, 'CONFIRM001', 'RELEASED', '2026-11-16', '2026-11-30', 2 FROM enrolment e, enrolment n JOIN school_class k ON k.id = n.class_id JOIN post p ON p.staff_id = k.homeroom_staff_id AND p.role = 'HT' WHERE e.child_id = 12 AND e.current AND n.child_id = 10 AND n.current LIMIT 1;
UPDATE enrolment SET status = 'TRANSFERRING_OUT', absence_paused_on = '2026-11-16' WHERE child_id = 12 AND current;
