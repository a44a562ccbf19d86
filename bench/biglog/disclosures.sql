INSERT INTO audit_disclosure (sequence, at, ordinal, child_id, set_id, bases)
SELECT e.sequence, e.at, d.i,
    p.children[1 + (hashint8extended(e.sequence * 10 + d.i, 4) & 1048575) % cardinality(p.children)], s.id,
    ARRAY[CASE WHEN p.role = 'DIR' THEN 'own_village' WHEN p.role = 'SUP' THEN 'own_township' WHEN p.role IN ('HT', 'PSY') THEN 'own_class' ELSE 'assigned_case' END]
FROM audit_entry e JOIN (SELECT DISTINCT ON (post_id) * FROM biglog_worker ORDER BY post_id) p ON p.post_id = e.post_id
CROSS JOIN generate_series(0, e.disclosed - 1) d (i)
JOIN biglog_set s ON s.n = ((hashtextextended(e.document_hash, 5) & 1048575) * 2 + (e.sequence & 1)) % 400
WHERE e.sequence >= $1::bigint - $3::bigint AND e.sequence < $2::bigint - $3::bigint
  AND e.at >= $4::timestamptz + $5::interval * $1::bigint AND e.at < $4::timestamptz + $5::interval * $2::bigint
