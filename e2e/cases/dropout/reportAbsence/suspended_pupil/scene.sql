DELETE FROM persuasion_visit WHERE dropout_case_id = 9001;
DELETE FROM dropout_order WHERE child_id = 10;
DELETE FROM dropout_case WHERE child_id = 10;
UPDATE enrolment SET status = 'ENROLLED', special_placement = 'NONE', not_in_school_category = NULL, absent_run_days = 6, absent_since = '2026-11-16',
    absence_category = 'UNKNOWN' WHERE child_id = 10 AND current;
UPDATE enrolment SET status = 'SUSPENDED' WHERE child_id = 10 AND current;
