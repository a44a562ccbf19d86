WITH x AS (
    SELECT n, hashint8extended(n, 1) & 1048575 AS w, hashint8extended(n, 2) & 1048575 AS o, hashint8extended(n, 3) & 1048575 AS k
    FROM generate_series($1::bigint, $2::bigint - 1) n
)
INSERT INTO audit_entry (sequence, at, version, backdated, entry_id, commitment, salt, agency_id, staff_id, post_id, agency_code, staff_code, system, role, purpose,
    legal_basis, ticket, approval, operation, document_hash, policy_version, trace_id, outcome, reason, client_ip, break_glass, requested_id, withheld_id, disclosed)
SELECT x.n - $3::bigint, $4::timestamptz + $5::interval * x.n, 1, true, md5('biglog' || x.n)::uuid, sha256(int8send(x.n)), substr(sha256(int8send(-x.n)), 1, 16),
    p.agency_id, p.staff_id, p.post_id, p.agency_code, p.staff_code, CASE WHEN x.k % 3 = 0 THEN 'tongxin-mobile' ELSE 'tongxin-console' END, p.role,
    CASE WHEN x.k % 5000 = 1 THEN 'EMERGENCY' ELSE p.purpose END, '未保法',
    CASE WHEN x.k % 10 < 3 THEN '' WHEN x.k % 200 = 7 THEN 'BL-0' ELSE p.ticket END, '', 'Operation' || x.k % 40, md5('document' || p.role || x.k % 16), 'bench', md5('trace' || x.n),
    CASE WHEN x.o % 100 < 60 THEN 'ALLOWED' WHEN x.o % 100 < 88 THEN 'PARTLY_WITHHELD' WHEN x.o % 100 < 93 THEN 'NOT_FOUND' WHEN x.o % 100 < 96 THEN 'DENIED'
        WHEN x.o % 100 < 97 THEN 'FAILED' ELSE 'REVEALED' END,
    CASE WHEN x.o % 100 BETWEEN 93 AND 96 THEN 'FORBIDDEN' ELSE '' END,
    '10.' || p.agency_id % 200 || '.' || p.staff_id % 250 || '.' || 1 + x.k % 4, x.k % 5000 = 1, 0, 0,
    CASE WHEN x.o % 100 BETWEEN 88 AND 96 THEN 0 WHEN x.o % 100 >= 97 OR x.o % 5 > 0 THEN 1 ELSE 10 END
FROM x JOIN biglog_worker p ON p.n = x.w % (SELECT count(*) FROM biglog_worker)
