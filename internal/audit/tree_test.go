package audit

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

// reference is the definition of RFC 6962, section 2.1, word for word.
func reference(leaves [][]byte) tlog.Hash {
	switch len(leaves) {
	case 0:
		return tlog.Hash{} // the head of an empty log, by our own convention
	case 1:
		return sha256.Sum256(append([]byte{0}, leaves[0]...))
	}
	k := 1
	for 2*k < len(leaves) {
		k *= 2
	}
	left, right := reference(leaves[:k]), reference(leaves[k:])
	return sha256.Sum256(append(append([]byte{1}, left[:]...), right[:]...))
}

// stored is the tree's hashes in memory.
type stored []tlog.Hash

// ReadHashes implements tlog.HashReader.
func (s stored) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for i, n := range indexes {
		if n >= int64(len(s)) {
			return nil, fmt.Errorf("no hash %d", n)
		}
		hashes[i] = s[n]
	}
	return hashes, nil
}

func TestFrontier(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		leaves := rapid.SliceOfN(rapid.SliceOfN(rapid.Byte(), 0, 4), 0, 70).Draw(t, "leaves")
		var f frontier
		var hashes stored
		for n, data := range leaves {
			want, err := tlog.StoredHashes(int64(n), data, hashes)
			if err != nil {
				t.Fatal(err)
			}
			var got []tlog.Hash
			f.append(tlog.RecordHash(data), func(h tlog.Hash) { got = append(got, h) })
			if d := cmp.Diff(want, got); d != "" {
				t.Fatalf("stored hashes of leaf %d: %s", n, d)
			}
			hashes = append(hashes, got...)
		}
		root := f.root()
		if want := reference(leaves); want != root {
			t.Fatalf("root of %d leaves: want %v, got %v", len(leaves), want, root)
		}
		if int64(len(hashes)) != tlog.StoredHashCount(f.size) {
			t.Fatalf("%d stored hashes at size %d", len(hashes), f.size)
		}
		again, err := parseFrontier(f.size, f.bytes(), root[:])
		if err != nil {
			t.Fatal(err)
		}
		if again.root() != root || again.size != f.size {
			t.Fatal("the frontier does not survive the database")
		}
	})
}

func TestFrontier_damaged(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.Int64Range(1, 300).Draw(t, "size")
		var f frontier
		for n := range size {
			f.append(tlog.RecordHash([]byte{byte(n), byte(n >> 8)}), func(tlog.Hash) {})
		}
		root, edge := f.root(), f.bytes()
		switch rapid.IntRange(0, 3).Draw(t, "damage") {
		case 0:
			edge[rapid.IntRange(0, len(edge)-1).Draw(t, "byte")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		case 1:
			root[rapid.IntRange(0, len(root)-1).Draw(t, "byte")] ^= 1
		case 2:
			edge = edge[:len(edge)-1]
		case 3:
			size = -size
		}
		if _, err := parseFrontier(size, edge, root[:]); !errors.Is(err, errHead) {
			t.Fatalf("want %v, got %v", errHead, err)
		}
	})
}

func TestFrontier_clone(t *testing.T) {
	t.Parallel()
	var f frontier
	for n := range 11 {
		before := f.root()
		c := f.clone()
		c.append(tlog.RecordHash([]byte{byte(n)}), func(tlog.Hash) {})
		c.append(tlog.RecordHash([]byte{255}), func(tlog.Hash) {})
		if f.root() != before {
			t.Fatalf("a clone of size %d shares memory", n)
		}
		f.append(tlog.RecordHash([]byte{byte(n)}), func(tlog.Hash) {})
	}
}
