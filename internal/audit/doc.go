// Package audit keeps the tamper-evident log of every access: an entry is
// durable before the data it covers may leave, the entries form an RFC 6962
// tree whose signed checkpoints nobody can go back on, and Verify says exactly
// which entry is wrong.
//
// # How the log stands in the database
//
// An entry is split in two. Its leaf (format version, sequence, time, entry
// id, commitment) is what the tree hashes and what may be published. Its
// detail (who, why, which children, which coordinates) stays in the hub and is
// bound to the leaf by the commitment, an HMAC under a random salt. Destroying
// detail and salt therefore leaves every proof intact and tells nothing.
//
// The sequence is consecutive from 0. audit_entry is partitioned by month, and
// a unique key of a partitioned table must hold the partition key, so no index
// alone can promise that. The promise rests on three things that hold together:
// every appender takes one advisory lock and moves the single row of audit_head
// from (size, root) to the next one in the transaction of its entries; the
// hash of leaf n has one place in audit_hash, which is not partitioned; and
// Verify counts.
//
// The triggers of the migration refuse to change or remove what was written.
// A superuser can switch them off; that is what the tree and the checkpoints
// kept outside the database are for.
package audit
