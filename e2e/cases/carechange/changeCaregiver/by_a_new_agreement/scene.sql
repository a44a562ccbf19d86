UPDATE guardianship SET version = 1 WHERE child_id = 1;
