// Package keyringtest makes key material for tests: in memory, and the same for
// the same seed.
package keyringtest
