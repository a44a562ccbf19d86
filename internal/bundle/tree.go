package bundle

import (
	"math/bits"

	"golang.org/x/mod/sumdb/tlog"
)

// subtree is a complete one: 2^level leaves from n·2^level on.
type subtree struct {
	level int
	n     int64
}

// cover lists the complete subtrees that stand side by side from one leaf to
// before another, as large as they can be.
func cover(from, to int64) []subtree {
	var all []subtree
	for from < to {
		level := bits.Len64(uint64(to-from)) - 1 //nolint:gosec // from < to
		if from > 0 {
			level = min(level, bits.TrailingZeros64(uint64(from)))
		}
		all = append(all, subtree{level, from >> level})
		from += 1 << level
	}
	return all
}

// indexes are where tlog stores the roots of subtrees.
func indexes(all []subtree) []int64 {
	out := make([]int64, len(all))
	for i, s := range all {
		out[i] = tlog.StoredHashIndex(s.level, s.n)
	}
	return out
}

// edge is the right edge of a tree: its complete subtrees, largest first. The
// verifier has its own, so that it repeats no mistake of the writer.
type edge struct {
	size  int64
	roots []tlog.Hash
}

// add puts a complete subtree of 2^level leaves behind the tree, which must end
// at a multiple of that.
func (e *edge) add(level int, h tlog.Hash) {
	e.size += 1 << level
	// Every bit that the addition carried over is a subtree that has its pair now.
	for carried := (e.size - 1<<level) >> level; carried&1 == 1; carried >>= 1 {
		last := len(e.roots) - 1
		h = tlog.NodeHash(e.roots[last], h)
		e.roots = e.roots[:last]
	}
	e.roots = append(e.roots, h)
}

// root is the hash of the tree, which has a leaf at least.
func (e *edge) root() tlog.Hash {
	h := e.roots[len(e.roots)-1]
	for i := len(e.roots) - 2; i >= 0; i-- {
		h = tlog.NodeHash(e.roots[i], h)
	}
	return h
}
