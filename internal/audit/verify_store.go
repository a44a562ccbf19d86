package audit

// The statements of Verify. They read the tables as they stand; nothing here
// trusts a constraint or an index to be intact in meaning.
const (
	readHeads = `-- name: ReadHeads
SELECT size, root, frontier, at, singleton FROM audit_head ORDER BY singleton DESC`

	readSets = `-- name: ReadSets
SELECT id, hash, coordinates, labels FROM audit_set ORDER BY id`

	readCheckpoints = `-- name: ReadCheckpoints
SELECT size, root, note, at FROM audit_checkpoint ORDER BY size`

	readCosignatures = `-- name: ReadCosignatures
SELECT s.size, s.signature, s.at, coalesce(w.name, ''), coalesce(w.key, ''), coalesce(c.note, '')
FROM audit_cosignature s LEFT JOIN audit_witness w ON w.id = s.witness_id LEFT JOIN audit_checkpoint c ON c.size = s.size
ORDER BY s.size, s.witness_id`

	readHashRange = `-- name: ReadHashRange
SELECT index, hash FROM audit_hash WHERE index >= $1 AND index < $2 ORDER BY index`

	readEntries = `-- name: ReadEntries
SELECT sequence, at, version, backdated, entry_id, commitment, salt, agency_id, staff_id, post_id,
    agency_code, staff_code, system, role, purpose, legal_basis, ticket, approval, operation,
    document_hash, policy_version, trace_id, outcome, reason, client_ip, break_glass,
    requested_id, withheld_id, disclosed
FROM audit_entry WHERE sequence >= $1 AND sequence < $2 ORDER BY sequence, at`

	readPacked = `-- name: ReadPacked
SELECT sequence, at, part, set_id, bases, ordinals, child_ids FROM audit_packed
WHERE at >= $1 AND at <= $2 AND sequence >= $3 AND sequence < $4
ORDER BY sequence, part, at`

	foreignEntries = `-- name: ForeignEntries
SELECT sequence FROM audit_entry WHERE sequence < 0 OR sequence >= $1 ORDER BY sequence LIMIT 1001`

	foreignDisclosures = `-- name: ForeignDisclosures
SELECT d.sequence FROM audit_packed d
WHERE NOT EXISTS (SELECT 1 FROM audit_entry e WHERE e.at = d.at AND e.sequence = d.sequence)
ORDER BY d.sequence LIMIT 1001`

	foreignHashes = `-- name: ForeignHashes
SELECT index FROM audit_hash WHERE index < 0 OR index >= $1 ORDER BY index LIMIT 1001`
)
