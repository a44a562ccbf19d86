DELETE FROM action_card WHERE referral_id IS NOT NULL;
DELETE FROM psych_referral WHERE child_id = 6 OR id = 9001;
UPDATE ticket SET closed_at = NULL WHERE code = 'PR-00001';
UPDATE psychology SET in_crisis = false WHERE child_id = 6;
INSERT INTO psych_referral (id, child_id, state, opened_on, to_school_id, author_id, guardian_informed_on, consent_basis, level, urgent, referred_on, unreachable_tries)
SELECT 9001, c.id, 'FLAGGED', '2026-11-19', e.school_id, NULL, NULL, NULL, NULL, true, '2026-11-20', 2
FROM child c LEFT JOIN enrolment e ON e.child_id = c.id AND e.current WHERE c.id = 6;
DELETE FROM emergency_review WHERE staff_id IN (SELECT staff_id FROM post WHERE role = 'PSY');
INSERT INTO emergency_access (child_id, staff_id, reason, opened_at, expires_at)
SELECT 6, p.staff_id, '监护人联系不上，须立即就医', '2026-11-23 06:00+08', '2026-11-24 06:00+08' FROM post p JOIN enrolment e ON e.school_id = p.school_id AND e.current
WHERE e.child_id = 6 AND p.role = 'PSY';
