UPDATE guardianship SET version = 1, agreement_signed_on = '2026-11-01' WHERE child_id = 1;
