DELETE FROM dropout_report;
INSERT INTO dropout_report (school_id, first_day, opened_at) SELECT school_id, '2026-10-01', '2026-11-01' FROM enrolment WHERE child_id = 10 AND current;
INSERT INTO dropout_report (first_day, opened_at) VALUES ('2026-07-01', '2026-10-01');
