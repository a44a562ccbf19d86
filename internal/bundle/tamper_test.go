package bundle

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/tongxin-hub/tongxin/internal/audit"
)

// sample is a bundle with a checkpoint before, two within, one at the end, and
// something behind it.
func sample(t *testing.T, to int64, details bool) (*testLog, []byte) {
	t.Helper()
	l := newLog(t)
	for _, n := range []int{3, 2, 3, 4} { // checkpoints at 3, 5, 8, 12
		l.grow(t, n)
	}
	if details {
		l.destroy(t, 6, 7)
		l.grow(t, 0)
	}
	data := l.export(t, Order{From: 4, To: to, Details: details})
	l.mustBeSound(t, data, to-4)
	return l, data
}

// TestVerify_everyByte: no byte of a bundle can be changed unseen, and where it is
// one of an entry, the entry is named.
func TestVerify_everyByte(t *testing.T) {
	t.Parallel()
	for _, details := range []bool{false, true} {
		t.Run(fmt.Sprintf("details %v", details), func(t *testing.T) {
			t.Parallel()
			l, data := sample(t, 7, details)
			owner := owners(t, data)
			for i := range data {
				spoilt := bytes.Clone(data)
				spoilt[i] ^= 1 << (i % 8)
				report := l.verify(t, spoilt)
				switch {
				case report.OK():
					t.Errorf("byte %d of record %s: a flipped bit is not found", i, owner[i])
				case owner[i].of >= 0 && !names(report, owner[i].of):
					t.Errorf("byte %d of record %s: the entry is not named:\n%s", i, owner[i], report.String())
				}
			}
			for n := 0; n < len(data); n += 11 {
				if report := l.verify(t, data[:n]); report.OK() {
					t.Errorf("cut to %d bytes: not found", n)
				} else if owner[n].of >= 0 && !names(report, owner[n].of) {
					t.Errorf("cut within record %s: the entry is not named:\n%s", owner[n], report.String())
				}
			}
			if report := l.verify(t, append(bytes.Clone(data), 0)); report.OK() {
				t.Error("a byte behind the end is not found")
			}
		})
	}
}

// owners says for every byte to which record it belongs.
func owners(t *testing.T, data []byte) []part {
	t.Helper()
	head, parts := apart(t, data)
	all := slices.Repeat([]part{{letter: '-', of: -1}}, len(head))
	for _, p := range parts {
		all = append(all, slices.Repeat([]part{p}, 5+len(p.content))...)
	}
	return all
}

// String names the record.
func (p part) String() string { return fmt.Sprintf("%c of entry %d", p.letter, p.of) }

// TestVerify_everyRecord: whoever takes records away, doubles, swaps or forges
// them and computes the digest anew is found, and the entry is named.
func TestVerify_everyRecord(t *testing.T) {
	t.Parallel()
	for _, details := range []bool{false, true} {
		t.Run(fmt.Sprintf("details %v", details), func(t *testing.T) {
			t.Parallel()
			l, data := sample(t, 10, details)
			head, parts := apart(t, data)
			if !bytes.Equal(together(head, parts), data) {
				t.Fatal("the test does not put a bundle together as it was")
			}
			for i, p := range parts[:len(parts)-1] {
				for what, changed := range tampered(parts, i) {
					report := l.verify(t, together(head, changed))
					switch {
					case report.OK():
						t.Errorf("%s %s: not found", p, what)
					case p.of >= 0 && !named(report, p.of, what):
						t.Errorf("%s %s: the entry is not named:\n%s", p, what, report.String())
					}
				}
				// A checkpoint within the period that is left out is the digest's to find: the
				// tree is proven without it.
				if p.letter != checkpoint {
					if report := l.verify(t, together(head, slices.Delete(slices.Clone(parts), i, i+1))); report.OK() {
						t.Errorf("%s deleted: not found", p)
					} else if p.of >= 0 && !names(report, p.of) {
						t.Errorf("%s deleted: the entry is not named:\n%s", p, report.String())
					}
				}
			}
		})
	}
}

// named says whether a report leads to the entry that something was done to. An
// entry that is sound in itself lies between two checkpoints; one that was moved
// has passed all those from the first on; one that changed places with a
// checkpoint is found by that.
func named(r Report, sequence int64, what string) bool {
	switch what {
	case "forged":
		return slices.ContainsFunc(r.Findings, func(f audit.Finding) bool {
			var after int64
			_, err := fmt.Sscanf(f.Detail, "the entries from %d on", &after)
			return f.Problem == audit.CheckpointForked && err == nil && after <= sequence && sequence < f.Sequence
		})
	case "moved to the front":
		return slices.ContainsFunc(r.Findings, func(f audit.Finding) bool { return 4 <= f.Sequence && f.Sequence <= sequence })
	case "swapped with C":
		return has(r, audit.CheckpointWrong) || names(r, sequence)
	}
	return names(r, sequence)
}

// tampered is what can be done to a record besides leaving it out.
func tampered(parts []part, i int) map[string][]part {
	all := map[string][]part{
		"doubled":   slices.Insert(slices.Clone(parts), i, parts[i]),
		"emptied":   replaced(parts, i, part{letter: parts[i].letter}),
		"lengthier": replaced(parts, i, part{letter: parts[i].letter, content: append(bytes.Clone(parts[i].content), 0)}),
		"relabeled": replaced(parts, i, part{letter: '?', content: parts[i].content}),
	}
	switch parts[i].letter {
	case set: // a set more, or twice, or earlier, says nothing
		delete(all, "doubled")
		return all
	case left, right:
		if len(parts[i].content) == 0 {
			delete(all, "emptied")
		}
	case destroyed:
		delete(all, "emptied")
	case entry:
		all["forged"] = replaced(parts, i, part{letter: entry, content: forged(parts[i].content)})
		all["renumbered"] = replaced(parts, i, part{letter: entry, content: renumbered(parts[i].content, parts[i].of+1)})
		if parts[i].of > 4 {
			all["moved to the front"] = slices.Insert(slices.Delete(slices.Clone(parts), i, i+1), 2, parts[i])
		}
	case checkpoint:
		delete(all, "doubled") // says twice what is true
	}
	if next := parts[i+1]; next.letter != parts[i].letter || next.letter == entry {
		what := "swapped"
		if next.letter == checkpoint {
			what = "swapped with C"
		}
		if next.letter != set && next.letter != end {
			all[what] = replaced(replaced(parts, i, next), i+1, parts[i])
		}
	}
	return all
}

func replaced(parts []part, i int, p part) []part {
	out := slices.Clone(parts)
	out[i] = p
	return out
}

// TestVerify_moreEntries: nothing can be put in or behind the range.
func TestVerify_moreEntries(t *testing.T) {
	t.Parallel()
	l, data := sample(t, 10, false)
	head, parts := apart(t, data)
	last := slices.IndexFunc(parts, func(p part) bool { return p.of == 9 })
	for sequence, want := range map[int64]int64{10: 10, 11: 11, 3: 3, 0: 0, 7: 7} {
		more := slices.Insert(slices.Clone(parts), last+1, part{letter: entry, content: renumbered(parts[last].content, sequence)})
		if report := l.verify(t, together(head, more)); !names(report, want) {
			t.Errorf("entry %d put in behind the last: %s", sequence, report.String())
		}
	}
	// The range in the header is what the entries are counted by.
	for _, h := range []header{
		{origin: origin, from: 4, to: 11}, {origin: origin, from: 4, to: 9}, {origin: origin, from: 5, to: 10},
		{origin: origin, from: 3, to: 10}, {origin: origin, from: 4, to: 10, details: true}, {origin: "other", from: 4, to: 10},
	} {
		if report := l.verify(t, together(h.text(), parts)); report.OK() {
			t.Errorf("header %q: not found", h.text())
		}
	}
}

// TestVerify_forgedBetweenCheckpoints: what is sound in itself and not what was
// signed is found between the two checkpoints around it.
func TestVerify_forgedBetweenCheckpoints(t *testing.T) {
	t.Parallel()
	l, data := sample(t, 10, false)
	head, parts := apart(t, data)
	i := slices.IndexFunc(parts, func(p part) bool { return p.of == 6 })
	report := l.verify(t, together(head, replaced(parts, i, part{letter: entry, content: forged(parts[i].content)})))
	if len(report.Findings) != 1 || report.Findings[0].Problem != audit.CheckpointForked || report.Findings[0].Sequence != 8 ||
		report.Findings[0].Detail != "the entries from 5 on are not those that were signed" {
		t.Error(report.String())
	}
}
