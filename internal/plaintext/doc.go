// Package plaintext says which words may stand in a record: some, not too many, and
// no number that could name somebody.
package plaintext
