DELETE FROM action_card WHERE referral_id IS NOT NULL;
DELETE FROM psych_referral WHERE child_id = 6 OR id = 9001;
UPDATE ticket SET closed_at = NULL WHERE code = 'PR-00001';
UPDATE psychology SET in_crisis = false WHERE child_id = 6;
INSERT INTO psych_referral (id, child_id, state, opened_on, to_school_id, author_id, guardian_informed_on, consent_basis, level, urgent, referred_on, unreachable_tries)
SELECT 9001, c.id, 'FLAGGED', '2026-11-19', e.school_id, NULL, NULL, NULL, NULL, false, '2026-11-20', 2
FROM child c LEFT JOIN enrolment e ON e.child_id = c.id AND e.current WHERE c.id = 6;
