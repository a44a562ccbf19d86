package keyringtest

import (
	"crypto/sha256"
	"math/rand/v2"
	"testing"

	"github.com/tongxin-hub/tongxin/internal/keyring"
)

// New returns the ring of a seed. Nobody may use it outside tests: whoever
// knows the seed knows the keys.
func New(tb testing.TB, seed string) *keyring.Ring {
	tb.Helper()
	ring, err := keyring.Generate(rand.NewChaCha8(sha256.Sum256([]byte(seed))))
	if err != nil {
		tb.Fatalf("keyringtest: %v", err)
	}
	return ring
}
