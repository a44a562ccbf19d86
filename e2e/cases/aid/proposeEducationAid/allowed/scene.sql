DELETE FROM education_aid WHERE child_id = 10;
