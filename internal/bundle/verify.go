package bundle

import (
	"crypto/sha256"
	"errors"
	"io"
	"slices"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/cosignature"
)

// Keys are what an auditor has from elsewhere.
type Keys struct {
	// Log is the public key of the log.
	Log note.Verifier
	// Witnesses and how many of them must have cosigned; may be empty.
	Witnesses cosignature.Quorum
	// Trusted are signed checkpoints that were kept outside the hub.
	Trusted [][]byte
	// Show, where given, is called for every entry that was read, with its detail
	// if there is one that it committed to.
	Show func(l audit.Leaf, detail *audit.Entry) error

	// Record is the largest record that is read, 0 for what the format allows: who checks
	// bundles of strangers bounds what each of them takes.
	Record uint32
}

// Verify reads a bundle to its end and reports everything that is wrong with it.
// It needs nothing but the keys. An error means that Show failed.
func Verify(r io.Reader, k Keys) (Report, error) {
	v := &verifier{
		Keys: k, in: newInput(r), sets: map[[sha256.Size]byte][]audit.Shown{}, trusted: map[int64][]tlog.Hash{}, latest: time.Unix(0, 0),
	}
	for _, w := range k.Witnesses.Witnesses {
		v.known = append(v.known, w.Verifier)
	}
	if k.Record > 0 {
		v.in.most = k.Record
	}
	h, err := v.in.header()
	if err != nil {
		v.report.add(audit.BundleBroken, -1, "%v", err)
		return v.report, nil
	}
	v.header, v.next = h, h.from
	v.report.From, v.report.To = h.from, h.to
	if h.origin != k.Log.Name() {
		v.report.add(audit.CheckpointWrong, -1, "the bundle is of log %q, the key of %q", h.origin, k.Log.Name())
	}
	v.trust()
	for v.phase != over {
		letter, content, err := v.in.next()
		if err != nil {
			v.broken("%v", err)
			break
		}
		v.record(letter, content)
	}
	v.conclude()
	return v.report, v.err
}

// phases of a bundle: what may come next.
type phase int

const (
	atBefore  phase = iota // B or L
	atLeft                 // L
	atEntries              // S, E, D, X, C or H
	atRight                // R
	atProof                // P or Z
	atEnd                  // Z
	over
)

// verifier is the state of one Verify.
type verifier struct {
	Keys
	header
	in     *input
	report Report
	err    error

	phase phase
	tree  edge
	lost  bool  // the tree can no longer be followed
	next  int64 // number of the entry that must come
	good  int64 // size of the last checkpoint that was met

	leaf    *audit.Leaf     // waits for its detail
	known   []note.Verifier // of the witnesses
	sets    map[[sha256.Size]byte][]audit.Shown
	latest  time.Time
	trusted map[int64][]tlog.Hash

	before, top audit.Checkpoint
}

// broken ends the reading at the entry that is not complete, or was to come.
func (v *verifier) broken(format string, args ...any) {
	at := v.next
	if v.leaf != nil {
		at = v.leaf.Sequence
	}
	v.report.add(audit.BundleBroken, at, format, args...)
	v.phase, v.lost = over, true
}

// record takes one record, if it may stand here.
func (v *verifier) record(letter byte, content []byte) {
	switch {
	case letter == before && v.phase == atBefore:
		v.before, _ = v.signed(content, -1)
		if v.before.Size > v.from {
			v.report.add(audit.CheckpointWrong, v.before.Size, "it stands before entry %d", v.from)
		}
		v.report.Before, v.phase = v.before.Size, atLeft
		v.held()
	case letter == left && v.phase <= atLeft:
		v.phase = atEntries
		v.hashes(content, 0, v.from)
		v.met()
	case v.phase == atEntries:
		v.within(letter, content)
	case letter == right && v.phase == atRight:
		v.phase = atProof
		v.hashes(content, v.to, v.top.Size)
		v.compare(v.top)
		v.met()
	case letter == proof && v.phase == atProof && v.before.Size > 0:
		v.phase = atEnd
		v.prove(content)
	case letter == end && (v.phase == atEnd || v.phase == atProof && v.before.Size == 0):
		v.close(content)
	default:
		v.broken("record %q is out of place", letter)
	}
}

// within takes a record between the first entry and the last.
func (v *verifier) within(letter byte, content []byte) {
	if v.leaf != nil && letter != detail && letter != destroyed {
		v.report.add(audit.DetailGone, v.leaf.Sequence, "neither detail nor the word that it was destroyed")
		v.show(nil)
	}
	switch {
	case letter == set && v.details:
		items, err := audit.ParseSet(content)
		if err != nil {
			v.report.add(audit.SetChanged, v.next, "%v", err)
			return
		}
		v.sets[sha256.Sum256(content)] = items
	case letter == entry:
		v.entry(content)
	case letter == detail && v.leaf != nil && v.details:
		v.detail(content)
	case letter == destroyed && v.leaf != nil && len(content) == 0 && v.details:
		v.report.Destroyed++
		v.show(nil)
	case letter == checkpoint:
		if c, ok := v.signed(content, v.next); ok {
			v.compare(c)
		}
	case letter == head:
		v.head(content)
	case letter == detail || letter == destroyed: // of the entry before
		v.report.add(audit.EntryChanged, v.next-1, "record %q is out of place", letter)
	default:
		v.broken("record %q is out of place", letter)
	}
}

// head takes the checkpoint that everything rests on.
func (v *verifier) head(content []byte) {
	if v.next < v.to {
		v.report.add(audit.EntryMissing, v.next, "the bundle ends before entry %d", v.to)
		v.lost = true
	}
	c, ok := v.signed(content, -1)
	if ok && c.Size < v.to {
		v.report.add(audit.LogShorter, c.Size, "the checkpoint does not reach the range")
		ok = false
	}
	if !ok {
		v.broken("without a checkpoint nothing is proven")
		return
	}
	text, lines, _ := cosignature.Split(string(content))
	v.top, v.phase = c, atRight
	v.report.Size, v.report.Root, v.report.CosignedBy = c.Size, c.Root, v.Witnesses.Met(text, lines)
	if met := len(v.report.CosignedBy); met < v.Witnesses.Need {
		v.report.add(audit.QuorumMissing, c.Size, "%d of %d", met, v.Witnesses.Need)
	}
}

// prove checks that the tree of the checkpoint before is held.
func (v *verifier) prove(content []byte) {
	way, ok := hashesOf(content)
	switch {
	case !ok:
		v.report.add(audit.ProofWrong, v.before.Size, "malformed")
	case v.before.Size == v.top.Size && v.before.Root == v.top.Root && len(way) == 0:
	case tlog.CheckTree(way, v.top.Size, v.top.Root, v.before.Size, v.before.Root) != nil:
		v.report.add(audit.ProofWrong, v.before.Size, "")
	}
}

// close compares the digest and demands the end.
func (v *verifier) close(content []byte) {
	if string(content) != string(v.in.digest) {
		v.report.add(audit.BundleChanged, -1, "")
	}
	if _, err := v.in.r.ReadByte(); !errors.Is(err, io.EOF) {
		v.report.add(audit.BundleBroken, v.next, "something stands behind the end")
	}
	v.phase = over
}

// conclude says what only the end shows. Nothing counts as sound that was not held
// against the checkpoint.
func (v *verifier) conclude() {
	if v.report.OK() && (v.phase != over || v.top.Size == 0 || v.good != v.top.Size) {
		v.report.add(audit.CheckpointForked, v.top.Size, "the entries were not held against it")
	}
	for size := range v.trusted {
		v.report.Untested = append(v.report.Untested, size)
	}
	slices.Sort(v.report.Untested)
}
