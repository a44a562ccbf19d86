package audit

import (
	"errors"
	"fmt"
	"math/bits"

	"golang.org/x/mod/sumdb/tlog"
)

// frontier is the right edge of the tree: the roots of its complete subtrees,
// largest first. It is all one needs to append and to know the root, so the
// writer never reads the tree back.
type frontier struct {
	size  int64
	nodes []tlog.Hash
}

// append adds a leaf and calls store with every hash that becomes final, in
// the order of the stored-hash index, beginning at tlog.StoredHashIndex(0, size).
func (f *frontier) append(leaf tlog.Hash, store func(tlog.Hash)) {
	h := leaf
	store(h)
	for n := f.size; n&1 == 1; n >>= 1 {
		last := len(f.nodes) - 1
		h = tlog.NodeHash(f.nodes[last], h)
		f.nodes = f.nodes[:last]
		store(h)
	}
	f.nodes = append(f.nodes, h)
	f.size++
}

// root is the tree hash of RFC 6962; of the empty tree, the zero hash.
func (f *frontier) root() tlog.Hash {
	if len(f.nodes) == 0 {
		return tlog.Hash{}
	}
	h := f.nodes[len(f.nodes)-1]
	for i := len(f.nodes) - 2; i >= 0; i-- {
		h = tlog.NodeHash(f.nodes[i], h)
	}
	return h
}

// clone is a copy that may be appended to without touching f.
func (f *frontier) clone() frontier {
	return frontier{size: f.size, nodes: append(make([]tlog.Hash, 0, len(f.nodes)+8), f.nodes...)}
}

// bytes is the frontier as audit_head keeps it.
func (f *frontier) bytes() []byte {
	b := make([]byte, 0, len(f.nodes)*tlog.HashSize)
	for _, h := range f.nodes {
		b = append(b, h[:]...)
	}
	return b
}

// errHead: the head row contradicts itself. The writer must not extend it.
var errHead = errors.New("audit head contradicts itself")

// parseFrontier reads what bytes wrote and holds it against size and root.
func parseFrontier(size int64, b, root []byte) (frontier, error) {
	f := frontier{size: size}
	if size < 0 || len(b) != bits.OnesCount64(uint64(size))*tlog.HashSize {
		return frontier{}, fmt.Errorf("%w: %d bytes of frontier at size %d", errHead, len(b), size)
	}
	for ; len(b) > 0; b = b[tlog.HashSize:] {
		f.nodes = append(f.nodes, tlog.Hash(b[:tlog.HashSize]))
	}
	if h := f.root(); string(h[:]) != string(root) {
		return frontier{}, fmt.Errorf("%w: root at size %d", errHead, size)
	}
	return f, nil
}
