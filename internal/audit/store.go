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
SELECT sequence, at, version, backdated, entry_id, commitment, salt, agency_id, staff_id, post_id,
    agency_code, staff_code, system, role, purpose, legal_basis, ticket, approval, operation,
    document_hash, policy_version, trace_id, outcome, reason, client_ip, break_glass, requested_id,
    withheld_id, disclosed
FROM unnest($1::audit_entry_v1[])`

	insertPacked = `-- name: InsertPacked
INSERT INTO audit_packed (sequence, at, part, set_id, bases, ordinals, child_ids)
SELECT sequence, at, part, set_id, bases, ordinals, child_ids FROM unnest($1::audit_packed_v1[])`

	findShapes = `-- name: FindShapes
SELECT typname::text, oid, typarray FROM pg_type
WHERE oid IN ('audit_entry_v1'::regtype, 'audit_packed_v1'::regtype) ORDER BY oid`

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

	// limitSeen keeps somebody who has locked the log from holding up whoever
	// has to be counted: the connection goes on, and the server waits no longer
	// than the caller.
	limitSeen = `-- name: LimitSeen
SELECT set_config('lock_timeout', '1500', true)`

	selectSeen = `-- name: Seen
SELECT d.child_id, bool_or(e.at >= $3)
FROM audit_entry e JOIN audit_disclosure d ON d.at = e.at AND d.sequence = e.sequence
WHERE e.staff_id = $1 AND e.at >= $2 AND d.at >= $2
GROUP BY d.child_id ORDER BY d.child_id`
)
