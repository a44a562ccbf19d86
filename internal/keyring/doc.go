// Package keyring keeps the hub's key material in one directory: the key of the
// pairwise child identifiers, the master secret of the agencies' join tokens,
// and the key that signs checkpoints of the audit log.
package keyring
