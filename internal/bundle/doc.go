// Package bundle writes and checks audit bundles: a period of the log with
// everything that proves it, for somebody who has the log's public key and the
// witnesses' keys, and neither database nor network.
//
// # Format
//
// A text header, closed by an empty line:
//
//	tongxin-audit-bundle/v1
//	origin <origin of the log>
//	range <number of the first entry> <number behind the last>
//	details <yes or no>
//
// Then records: a letter, the length of the content as a big-endian uint32, the
// content. They stand in this order, and the same period has the same bytes:
//
//	B  the newest checkpoint not beyond the range, if there is one
//	L  hashes of the complete subtrees left of the range, largest first
//	S  with details: canonical bytes of a set, before the first detail that names it
//	E  an entry: its hash in the tree, its leaf
//	D  with details: length of the salt (one byte), salt, canonical detail
//	X  with details, instead of D: the detail was destroyed
//	C  a checkpoint, behind the last entry of its tree
//	H  the checkpoint that everything rests on: the first that covers the range
//	R  hashes of the complete subtrees between the range and the size of H
//	P  the consistency proof from B to H (RFC 6962), if there is B
//	Z  SHA-256 of everything before
//
// Checkpoints are signed notes with the lines of all witnesses.
package bundle
