UPDATE dropout_case SET cancelled_on = '2026-11-20' WHERE child_id = 10;
DELETE FROM school_transfer WHERE child_id = 10;
UPDATE enrolment SET status = 'TRANSFERRING_OUT', absence_paused_on = '2026-11-16' WHERE child_id = 10 AND current;
INSERT INTO school_transfer (child_id, from_school_id, to_school_id, reference, state, started_on, due_at, version) SELECT 10, e.school_id, NULL, 'PROVE00001', 'RELEASED', '2026-11-16', '2026-11-30', 1 FROM enrolment e WHERE e.child_id = 10 AND e.current;
