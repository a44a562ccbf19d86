package policy_test

import (
	"testing"

	"github.com/tongxin-hub/tongxin/policy"
)

func load(t testing.TB) *policy.Policy {
	t.Helper()
	p, err := policy.Load()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestLoad(t *testing.T) {
	p := load(t)
	t.Log(p.Version(), len(p.Pairs()), len(p.Coordinates()), len(p.Lines()))
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		load(b)
	}
}
