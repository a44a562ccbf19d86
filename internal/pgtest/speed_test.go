package pgtest_test

import (
	"testing"

	"github.com/tongxin-hub/tongxin/internal/pgtest"
)

// BenchmarkNew is what every database test pays before its first statement.
func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		pgtest.New(b)
	}
}
