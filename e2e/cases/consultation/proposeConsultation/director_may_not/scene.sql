DELETE FROM task WHERE kind LIKE 'CONSULTATION_%' AND subject_id NOT IN (SELECT id FROM consultation);
