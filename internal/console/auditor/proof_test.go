package auditor

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/tlog"
)

// tree is a log of some leaves with its stored hashes.
func tree(t *testing.T, n int64) (leaves, stored []tlog.Hash, root tlog.Hash) {
	t.Helper()
	read := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(indexes))
		for i, x := range indexes {
			out[i] = stored[x]
		}
		return out, nil
	})
	for i := range n {
		data := fmt.Appendf(nil, "leaf %d", i)
		hashes, err := tlog.StoredHashes(i, data, read)
		if err != nil {
			t.Fatal(err)
		}
		leaves, stored = append(leaves, tlog.RecordHash(data)), append(stored, hashes...)
	}
	root, err := tlog.TreeHash(n, read)
	if err != nil {
		t.Fatal(err)
	}
	return leaves, stored, root
}

// TestClimb: every leaf of every tree reaches the root, by the way that another
// implementation gives, and no changed way does.
func TestClimb(t *testing.T) {
	t.Parallel()
	for size := int64(1); size <= 33; size++ {
		leaves, stored, want := tree(t, size)
		for i, leaf := range leaves {
			way, err := tlog.ProveRecord(size, int64(i), tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
				out := make([]tlog.Hash, len(indexes))
				for k, x := range indexes {
					out[k] = stored[x]
				}
				return out, nil
			}))
			if err != nil {
				t.Fatal(err)
			}
			got, hops, err := climb(leaf, int64(i), size, way)
			if diff := cmp.Diff(want, got); diff != "" || err != nil || len(hops) != len(way) {
				t.Fatalf("leaf %d of %d: %v, %d steps: %s", i, size, err, len(hops), diff)
			}
			for k := range way {
				bent := append([]tlog.Hash(nil), way...)
				bent[k][k%tlog.HashSize] ^= 1
				if got, _, err := climb(leaf, int64(i), size, bent); err == nil && got == want {
					t.Errorf("leaf %d of %d: a changed step %d leads to the root", i, size, k)
				}
			}
			for name, other := range map[string][]tlog.Hash{"longer": append(way, leaf), "shorter": way[:max(0, len(way)-1)]} {
				if got, _, err := climb(leaf, int64(i), size, other); err == nil && got == want && len(other) != len(way) {
					t.Errorf("leaf %d of %d: a %s way leads to the root", i, size, name)
				}
			}
			if got, _, err := climb(leaf, (int64(i)+1)%size, size, way); size > 1 && err == nil && got == want {
				t.Errorf("leaf %d of %d stands in the next place too", i, size)
			}
		}
	}
}
