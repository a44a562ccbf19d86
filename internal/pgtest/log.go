package pgtest

import (
	"os"
	"testing"
)

// ServerLog is what the database server of this test binary has written into its own
// log. It is not to be had of a server that the environment names.
func ServerLog(tb testing.TB) (text string, found bool) {
	tb.Helper()
	c, err := running()
	if err != nil {
		tb.Fatalf("pgtest: %v", err)
	}
	if c.log == "" {
		return "", false
	}
	raw, err := os.ReadFile(c.log) // our own server's
	if err != nil {
		tb.Fatalf("pgtest: %v", err)
	}
	return string(raw), true
}
