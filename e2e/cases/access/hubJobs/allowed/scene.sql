INSERT INTO job_progress (name, started_at, done, expected, ended_at, checked_at) VALUES ('visit.plan', '2026-11-23T00:00:00+08', 500, 1200, NULL, '2026-11-22T00:03:00+08');
