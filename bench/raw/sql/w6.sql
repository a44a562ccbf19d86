-- answer: list childCounts
-- shape: townshipCode township category value#
WITH cut AS MATERIALIZED (
    SELECT ($1::date - interval '6 years')::date AS six, ($1::date - interval '14 years')::date AS fourteen,
           ($1::date - interval '16 years')::date AS sixteen, ($1::date - interval '3 months')::date AS since
), n AS MATERIALIZED (
    SELECT c.residence_township_id AS township,
           CASE WHEN c.birth_date > (SELECT six FROM cut) THEN 0 WHEN c.birth_date > (SELECT fourteen FROM cut) THEN 1 ELSE 2 END AS band,
           count(*) AS n
    FROM registration r
    JOIN child c ON c.id = r.child_id
    WHERE r.status = 'REGISTERED' AND r.left_behind AND r.left_behind_since <= (SELECT since FROM cut)
      AND c.birth_date > (SELECT sixteen FROM cut)
    GROUP BY 1, 2
)
SELECT d.code, d.name, (ARRAY['AGE_0_5', 'AGE_6_13', 'AGE_14_15'])[n.band + 1], n.n
FROM n
JOIN division d ON d.id = n.township
ORDER BY 1, 3
