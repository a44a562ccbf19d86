DELETE FROM task WHERE subject = 'psych_referral';
DELETE FROM psych_referral WHERE child_id = 10;
