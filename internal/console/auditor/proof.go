package auditor

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strconv"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/console/operations"
	"github.com/tongxin-hub/tongxin/internal/cosignature"
)

// hop is one step from the leaf to the root.
type hop struct {
	// Left says that the neighbour stands on the left.
	Left           bool
	Sibling, Comes string
}

// cosigner is a witness and what it says about the checkpoint.
type cosigner struct {
	Name string
	// At is when it cosigned, nil where it did not.
	At *string
}

// checked is a proof as the page has recomputed it.
type checked struct {
	// Problem is the key of the sentence that says what does not hold, empty if all does.
	Problem                     string
	Sequence, Size              int64
	Leaf, Root, Origin, LogKey  string
	Checkpoint                  string
	At                          time.Time
	Hops                        []hop
	Cosigners                   []cosigner
	Cosigned, Need, WitnessKeys int
}

// errHops: the way does not fit the tree.
var errHops = errors.New("the way does not fit the tree")

// climb goes from a leaf to the root as RFC 9162, 2.1.3.2 has it, and shows every step.
func climb(leaf tlog.Hash, index, size int64, way []tlog.Hash) (root tlog.Hash, hops []hop, err error) {
	if index < 0 || index >= size {
		return root, nil, errHops
	}
	root = leaf
	node, last := index, size-1
	for _, sibling := range way {
		if last == 0 {
			return root, hops, errHops
		}
		left := node&1 == 1 || node == last
		if left {
			root = above(sibling, root)
			for node&1 == 0 && node != 0 {
				node, last = node>>1, last>>1
			}
		} else {
			root = above(root, sibling)
		}
		hops = append(hops, hop{left, sibling.String(), root.String()})
		node, last = node>>1, last>>1
	}
	if last != 0 {
		return root, hops, errHops
	}
	return root, hops, nil
}

// above is the hash of two neighbours.
func above(left, right tlog.Hash) tlog.Hash {
	return sha256.Sum256(append(append([]byte{1}, left[:]...), right[:]...))
}

// check recomputes a proof about an entry: the leaf, each step, the root, the signature
// and the cosignatures. What the hub says of itself is taken for nothing but the keys.
func check(p *operations.ConsoleEntryProofEntryProof, sequence, entryID string) checked {
	out := checked{LogKey: p.LogKey, Checkpoint: p.Checkpoint, Need: p.Quorum, WitnessKeys: len(p.WitnessKeys)}
	bytes, err := base64.StdEncoding.DecodeString(p.Leaf)
	if err != nil {
		out.Problem = "proof.badleaf"
		return out
	}
	leaf, err := audit.ParseLeaf(bytes)
	if err != nil {
		out.Problem = "proof.badleaf"
		return out
	}
	out.Sequence, out.At = leaf.Sequence, leaf.At
	hash := tlog.RecordHash(bytes)
	out.Leaf = hash.String()
	if strconv.FormatInt(leaf.Sequence, 10) != sequence || leaf.EntryID != entryID {
		out.Problem = "proof.otherentry"
		return out
	}
	key, err := note.NewVerifier(p.LogKey)
	if err != nil {
		out.Problem = "proof.badkey"
		return out
	}
	signed, err := audit.OpenCheckpoint([]byte(p.Checkpoint), key)
	if err != nil {
		out.Problem = "proof.badsignature"
		return out
	}
	out.Size, out.Root, out.Origin = signed.Size, signed.Root.String(), signed.Origin
	way := make([]tlog.Hash, len(p.Hashes))
	for i, h := range p.Hashes {
		raw, err := base64.StdEncoding.DecodeString(h)
		if err != nil || len(raw) != tlog.HashSize {
			out.Problem = "proof.badway"
			return out
		}
		way[i] = tlog.Hash(raw)
	}
	root, hops, err := climb(hash, leaf.Sequence, signed.Size, way)
	out.Hops = hops
	switch {
	case err != nil, tlog.CheckRecord(way, signed.Size, signed.Root, leaf.Sequence, hash) != nil && root == signed.Root:
		out.Problem = "proof.badway"
	case root != signed.Root:
		out.Problem = "proof.otherroot"
	default:
		out.witnesses(p)
	}
	return out
}

// witnesses looks for the cosignature of each witness on the checkpoint.
func (c *checked) witnesses(p *operations.ConsoleEntryProofEntryProof) {
	text, lines, _ := cosignature.Split(p.Checkpoint)
	for _, key := range p.WitnessKeys {
		w, err := cosignature.NewWitness(key)
		if err != nil {
			c.Problem = "proof.badwitness"
			return
		}
		one := cosigner{Name: w.Name}
		if found, err := cosignature.Find(text, lines, w.Verifier); err == nil {
			at := found.At.Format(time.RFC3339)
			one.At = &at
			c.Cosigned++
		}
		c.Cosigners = append(c.Cosigners, one)
	}
}
