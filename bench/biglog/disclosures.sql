INSERT INTO audit_packed (sequence, at, part, set_id, bases, ordinals, child_ids)
SELECT e.sequence, e.at, 0, s.id,
    ARRAY[CASE WHEN p.role = 'DIR' THEN 'own_village' WHEN p.role = 'SUP' THEN 'own_township' WHEN p.role IN ('HT', 'PSY') THEN 'own_class' ELSE 'assigned_case' END],
    d.ordinals, d.children
FROM audit_entry e JOIN (SELECT DISTINCT ON (post_id) * FROM biglog_worker ORDER BY post_id) p ON p.post_id = e.post_id
CROSS JOIN LATERAL (SELECT array_agg(i ORDER BY i) AS ordinals,
    array_agg(p.children[1 + (hashint8extended(e.sequence * 10 + i, 4) & 1048575) % cardinality(p.children)] ORDER BY i) AS children
    FROM generate_series(0, e.disclosed - 1) i) d
JOIN biglog_set s ON s.n = ((hashtextextended(e.document_hash, 5) & 1048575) * 2 + (e.sequence & 1)) % 400
WHERE e.sequence >= $1::bigint - $3::bigint AND e.sequence < $2::bigint - $3::bigint AND e.disclosed > 0
  AND e.at >= $4::timestamptz + $5::interval * $1::bigint AND e.at < $4::timestamptz + $5::interval * $2::bigint
