UPDATE dropout_case SET cancelled_on = '2026-11-20' WHERE child_id = 10;
DELETE FROM school_transfer WHERE child_id = 10;
UPDATE enrolment SET status = 'ENROLLED' WHERE child_id = 10 AND current;
