package bundle

import (
	"crypto/sha256"
	"errors"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/cosignature"
)

// entry takes the next entry and grows the tree by it.
func (v *verifier) entry(content []byte) {
	if len(content) < tlog.HashSize {
		v.broken("the entry is too short")
		return
	}
	stored, bytes := tlog.Hash(content[:tlog.HashSize]), content[tlog.HashSize:]
	l, err := audit.ParseLeaf(bytes)
	intact := stored == tlog.RecordHash(bytes)
	switch {
	case intact && err == nil && l.Sequence > v.next && l.Sequence < v.to:
		v.report.add(audit.EntryMissing, v.next, "up to %d", l.Sequence-1)
		v.next, v.lost = l.Sequence, true
	case intact && err == nil && l.Sequence != v.next, v.next >= v.to:
		v.report.add(audit.EntryForeign, l.Sequence, "it stands where %d should", v.next)
		v.wait(l)
		return
	case !intact:
		v.report.add(audit.LeafChanged, v.next, "")
	case err != nil:
		v.report.add(audit.EntryUnreadable, v.next, "%v", err)
	}
	if intact && err == nil {
		v.time(l)
	}
	l.Sequence = v.next
	v.report.Entries++
	v.next++
	// The tree grows by the stored hash, so that one changed leaf does not make the
	// checkpoints behind it look wrong.
	v.tree.add(0, stored)
	v.met()
	v.wait(l)
}

// wait keeps the entry until its detail has come.
func (v *verifier) wait(l audit.Leaf) {
	v.leaf = &l
	if !v.details {
		v.show(nil)
	}
}

// time notes the time of an entry, which never runs backwards.
func (v *verifier) time(l audit.Leaf) {
	if v.report.Entries == 0 {
		v.report.First = l.At
	}
	v.report.Last = l.At
	if l.Backdated {
		return
	}
	if l.At.Before(v.latest) {
		v.report.add(audit.TimeBackwards, l.Sequence, "")
		return
	}
	v.latest = l.At
}

// detail checks that the waiting entry committed to this.
func (v *verifier) detail(content []byte) {
	l := v.leaf
	if len(content) < 1 || len(content) < 1+int(content[0]) {
		v.report.add(audit.EntryChanged, l.Sequence, "malformed detail")
		v.show(nil)
		return
	}
	salt, canonical := content[1:1+content[0]], content[1+content[0]:]
	e, id, sets, err := audit.ParseDetail(canonical)
	switch {
	case !l.Commits(salt, canonical):
		v.report.add(audit.EntryChanged, l.Sequence, "commitment")
	case err != nil:
		v.report.add(audit.EntryChanged, l.Sequence, "%v", err)
	case id != l.EntryID:
		v.report.add(audit.EntryChanged, l.Sequence, "it is about another entry")
	case !v.named(&e, sets):
		v.report.add(audit.SetChanged, l.Sequence, "a set that it names is missing or changed")
	default:
		v.report.Details++
		e.At = l.At
		v.show(&e)
		return
	}
	v.show(nil)
}

// named fills in the sets that a detail names, requested, withheld and one for each
// child; false if one is missing.
func (v *verifier) named(e *audit.Entry, sets [][sha256.Size]byte) bool {
	for i, hash := range sets {
		items, found := v.sets[hash]
		if !found {
			return false
		}
		switch i {
		case 0:
			for _, s := range items {
				e.Requested = append(e.Requested, s.Coordinate)
			}
		case 1:
			for _, s := range items {
				e.Withheld = append(e.Withheld, audit.Withheld{Coordinate: s.Coordinate, Reason: s.Form})
			}
		default:
			e.Disclosures[i-2].Shown = audit.NewSet(items)
		}
	}
	return true
}

// show hands the waiting entry on.
func (v *verifier) show(detail *audit.Entry) {
	l := v.leaf
	v.leaf = nil
	if v.Show != nil && v.err == nil {
		v.err = v.Show(*l, detail)
	}
}

// signed opens a checkpoint of this log. Where size is not -1 it must have it.
func (v *verifier) signed(content []byte, size int64) (audit.Checkpoint, bool) {
	at := size
	if at < 0 {
		at = v.next
	}
	c, err := audit.OpenCheckpoint(content, v.Log, v.known...)
	wrong := err != nil
	if wrong { // whose signature is it
		c, err = audit.OpenCheckpoint(content, v.Log)
	}
	switch {
	case err != nil:
		v.report.add(audit.CheckpointWrong, at, "not signed by %s", v.Log.Name())
		return c, false
	case c.Origin != v.origin:
		v.report.add(audit.CheckpointWrong, c.Size, "it is of log %q", c.Origin)
		return c, false
	case size >= 0 && c.Size != size:
		v.report.add(audit.CheckpointWrong, c.Size, "it stands behind entry %d", size-1)
		return c, false
	}
	v.report.Checkpoints++
	if wrong {
		v.cosigned(content, c.Size)
	}
	return c, true
}

// cosigned says which known witness's line does not hold.
func (v *verifier) cosigned(content []byte, size int64) {
	text, lines, _ := cosignature.Split(string(content))
	for _, w := range v.Witnesses.Witnesses {
		var none *note.UnverifiedNoteError // of this witness there is no line
		if _, err := cosignature.Find(text, lines, w.Verifier); err != nil && !errors.As(err, &none) {
			v.report.add(audit.CosignatureWrong, size, "not signed by %s", w.Name)
		}
	}
}

// compare holds the tree against a checkpoint of its size.
func (v *verifier) compare(c audit.Checkpoint) {
	if v.lost {
		return
	}
	if v.tree.size != c.Size || v.tree.root() != c.Root {
		v.report.add(audit.CheckpointForked, c.Size, "the entries from %d on are not those that were signed", v.good)
		v.lost = true
		return
	}
	v.good = max(v.good, c.Size)
}

// met compares the trusted checkpoints of the tree's present size.
func (v *verifier) met() {
	roots, found := v.trusted[v.tree.size]
	if !found || v.lost || v.tree.size == 0 {
		return
	}
	delete(v.trusted, v.tree.size)
	for _, root := range roots {
		v.compare(audit.Checkpoint{Size: v.tree.size, Root: root})
	}
}

// hashes grows the tree by the subtrees between two leaves.
func (v *verifier) hashes(content []byte, from, to int64) {
	hashes, ok := hashesOf(content)
	all := cover(from, to)
	if !ok || len(hashes) != len(all) {
		v.broken("%d bytes of hashes for the entries from %d to %d", len(content), from, to)
		return
	}
	if v.lost {
		return
	}
	for i, s := range all {
		v.tree.add(s.level, hashes[i])
	}
}

// held compares the trusted checkpoints of the size of the one before the range:
// the proof at the end shows that its tree is held.
func (v *verifier) held() {
	for _, root := range v.trusted[v.before.Size] {
		if root != v.before.Root {
			v.report.add(audit.CheckpointForked, v.before.Size, "it is not the checkpoint that was kept")
		}
	}
	delete(v.trusted, v.before.Size)
}

// trust adds the checkpoints from outside.
func (v *verifier) trust() {
	for _, signed := range v.Trusted {
		c, err := audit.OpenCheckpoint(signed, v.Log)
		if err != nil || c.Origin != v.origin {
			v.report.add(audit.CheckpointWrong, -1, "trusted checkpoint not signed by %s", v.Log.Name())
			continue
		}
		v.trusted[c.Size] = append(v.trusted[c.Size], c.Root)
	}
}

// errNote: the text is no signed checkpoint.
var errNote = errors.New("malformed checkpoint")

// parse reads a signed checkpoint without checking any signature.
func parse(signed string) (c audit.Checkpoint, lines string, err error) {
	text, lines, found := cosignature.Split(signed)
	if !found {
		return c, "", errNote
	}
	c, err = audit.ParseCheckpoint(text)
	return c, lines, err
}
