DELETE FROM persuasion_visit WHERE dropout_case_id = 9001;
DELETE FROM dropout_order WHERE child_id = 10;
DELETE FROM dropout_case WHERE child_id = 10;
UPDATE enrolment SET status = 'ENROLLED', special_placement = 'NONE', not_in_school_category = NULL, absent_run_days = 6, absent_since = '2026-11-16',
    absence_category = 'UNKNOWN' WHERE child_id = 10 AND current;
INSERT INTO dropout_case (id, child_id, ledger, stage, found_on, reason, absent_run_days, outcome, township_on, returned_on, watch_until, proposed_by)
VALUES (9001, 10, 'SCHOOL_AGE', 'WRITTEN_REPORT', '2026-11-10', 'UNKNOWN', 6, 'OPEN', '2026-11-11', '2026-10-12', '2026-11-09',
    (SELECT staff_id FROM post WHERE role = 'DPS' ORDER BY id DESC LIMIT 1));
INSERT INTO persuasion_visit (dropout_case_id, visited_on, result) VALUES (9001, '2026-11-12', 'REFUSED');
INSERT INTO dropout_order (child_id, kind, issued_on, due_on) VALUES (10, 'ORDER', '2026-11-12', '2026-11-20');
