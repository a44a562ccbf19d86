DELETE FROM relief_application WHERE child_id = 10 OR id = 9001;
