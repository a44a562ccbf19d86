-- answer: list childCounts
-- shape: townshipCode township category value#
SELECT d.code, d.name, coalesce(age_band(c.birth_date, $1::date), 'UNKNOWN'), count(*)
FROM child c
JOIN registration r ON r.child_id = c.id
JOIN division d ON d.id = c.residence_township_id
WHERE r.status = 'REGISTERED' AND r.left_behind AND $1::date < c.birth_date + interval '16 years'
  AND r.left_behind_since <= $1::date - interval '3 months'
GROUP BY 1, 2, 3
ORDER BY 1, 3
