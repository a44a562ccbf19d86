package audit

// The statements that write and read the log. audit_advance holds the lock that
// all appenders share; lockLog is the same lock for those who must read the
// head before they know what to append.
const (
	begin  = "BEGIN"
	finish = "COMMIT"
	undo   = "ROLLBACK"

	lockLog = `-- name: LockLog
SELECT pg_advisory_xact_lock(8389772276738711913)`

	readHead = `-- name: ReadHead
SELECT size, root, frontier, at FROM audit_head`

	// limitTx bounds the wait for the lock inside a caller's transaction, and
	// keeps the server from cancelling the commit that follows: a cancelled
	// wait for replication would look like success.
	limitTx = `-- name: LimitTx
SELECT set_config('lock_timeout', $1, true), set_config('statement_timeout', '0', true)`

	advance = `-- name: Advance
SELECT audit_advance($1, $2, $3, $4, $5, $6)`

	insertEntries = `-- name: InsertEntries
INSERT INTO audit_entry (sequence, at, version, backdated, entry_id, commitment, salt,
    agency_id, staff_id, post_id, agency_code, staff_code, system, role, purpose, legal_basis,
    ticket, approval, operation, document_hash, policy_version, trace_id, outcome, reason,
    client_ip, break_glass, requested_id, withheld_id, disclosed)
SELECT $1::bigint + e.n - 1, e.at, $2::smallint, $3::boolean, e.entry_id, e.commitment, e.salt,
    e.agency_id, e.staff_id, e.post_id, e.agency_code, e.staff_code, e.system, e.role, e.purpose,
    e.legal_basis, e.ticket, e.approval, e.operation, e.document_hash, e.policy_version,
    e.trace_id, e.outcome, e.reason, e.client_ip, e.break_glass, e.requested_id, e.withheld_id,
    e.disclosed
FROM unnest($4::timestamptz[], $5::uuid[], $6::bytea[], $7::bytea[], $8::bigint[], $9::bigint[],
    $10::bigint[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[],
    $17::text[], $18::text[], $19::text[], $20::text[], $21::text[], $22::text[], $23::text[],
    $24::text[], $25::text[], $26::boolean[], $27::bigint[], $28::bigint[], $29::integer[])
    WITH ORDINALITY AS e (at, entry_id, commitment, salt, agency_id, staff_id, post_id, agency_code,
    staff_code, system, role, purpose, legal_basis, ticket, approval, operation, document_hash,
    policy_version, trace_id, outcome, reason, client_ip, break_glass, requested_id, withheld_id,
    disclosed, n)`

	// Bases travel as one text per row, because an array of arrays must be a
	// rectangle; basisSeparator cannot stand in a name.
	insertDisclosures = `-- name: InsertDisclosures
INSERT INTO audit_disclosure (sequence, at, ordinal, child_id, set_id, bases)
SELECT d.sequence, d.at, d.ordinal, d.child_id, d.set_id, string_to_array(d.bases, E'\x1f')
FROM unnest($1::bigint[], $2::timestamptz[], $3::integer[], $4::bigint[], $5::bigint[], $6::text[])
    AS d (sequence, at, ordinal, child_id, set_id, bases)`

	insertHashes = `-- name: InsertHashes
INSERT INTO audit_hash (index, hash)
SELECT $1::bigint + h.n - 1, h.hash FROM unnest($2::bytea[]) WITH ORDINALITY AS h (hash, n)`

	insertSet = `-- name: InsertSet
INSERT INTO audit_set (hash, coordinates, labels) VALUES ($1, $2, $3) ON CONFLICT (hash) DO NOTHING`

	findSets = `-- name: FindSets
SELECT id, hash FROM audit_set WHERE hash = ANY ($1) ORDER BY id`

	makePartition = `-- name: MakePartition
SELECT audit_partition($1)`

	readHashes = `-- name: ReadHashes
SELECT index, hash FROM audit_hash WHERE index = ANY ($1) ORDER BY index`

	insertCheckpoint = `-- name: InsertCheckpoint
INSERT INTO audit_checkpoint (size, root, note, at)
SELECT $1::bigint, $2::bytea, $3::text, e.at FROM audit_entry e WHERE e.sequence = $1::bigint - 1
ON CONFLICT (size) DO NOTHING`

	latestCheckpoint = `-- name: LatestCheckpoint
SELECT size, root, note FROM audit_checkpoint ORDER BY size DESC LIMIT 1`

	selectSeen = `-- name: Seen
SELECT DISTINCT d.child_id
FROM audit_entry e JOIN audit_disclosure d ON d.at = e.at AND d.sequence = e.sequence
WHERE e.staff_id = $1 AND e.at >= $2 AND d.at >= $2
ORDER BY d.child_id`
)

// basisSeparator joins the bases of one disclosure on their way to the server.
const basisSeparator = "\x1f"
