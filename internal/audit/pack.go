package audit

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// maxPart is the most children of one packed row: with twelve bytes a child such a row
// fits into a page of the table, and nothing of it is compressed or put aside.
const maxPart = 512

// part is a packed row: the children of one entry that were shown one set on the same
// bases. Its ordinals, in rising order, are their places among the disclosures.
type part struct {
	setID    int64
	bases    []string
	ordinals []int32
}

// pack groups disclosures, each with the id of its set, in the order in which a group
// first appears. Neighbours are mostly alike, so the last group is looked at first.
func pack(disclosures []shownTo, setIDs []int64) []part {
	var parts []part
	newest := map[alike]int{} // where the next of a group goes
	last := -1
	for i := range disclosures {
		setID, bases := setIDs[i], disclosures[i].bases
		if last < 0 || parts[last].setID != setID || !sameBases(parts[last].bases, bases) {
			var known bool
			if last, known = newest[alikeOf(setID, bases)]; !known {
				last = -1
			}
		}
		if last < 0 || len(parts[last].ordinals) == maxPart {
			last = len(parts)
			parts = append(parts, part{setID: setID, bases: bases})
			newest[alikeOf(setID, bases)] = last
		}
		parts[last].ordinals = append(parts[last].ordinals, int32(i)) //nolint:gosec // below maxDisclosures
	}
	return parts
}

// alike names a group. Bases hold no NUL.
type alike struct {
	setID int64
	bases string
}

func alikeOf(setID int64, bases []string) alike {
	return alike{setID: setID, bases: strings.Join(bases, "\x00")}
}

func sameBases(a, b []string) bool { return sameSlice(a, b) || slices.Equal(a, b) }

// disclosureRow is one child of a packed row.
type disclosureRow struct {
	sequence, childID, setID int64
	at                       time.Time
	ordinal                  int32
	bases                    []string
}

// astray is the ordinal of what stands in a row that no writer makes.
const astray = -1

// unpack lists the children of the rows of one entry, which come in the order of their
// parts, by their ordinals. A row that was changed in a way that would leave the children
// what they are (its number, the order within it) is not let through.
func unpack(parts []packedRow) []disclosureRow {
	var out []disclosureRow
	before := int32(-1)
	for n := range parts {
		p := &parts[n]
		straight := p.straight(n, before)
		for i := range max(1, len(p.children), len(p.ordinals)) {
			d := disclosureRow{sequence: p.sequence, at: p.at, setID: p.setID, bases: p.bases, ordinal: astray}
			if straight {
				d.childID, d.ordinal = p.children[i], p.ordinals[i]
			}
			out = append(out, d)
		}
		if straight {
			before = p.ordinals[0]
		}
	}
	slices.SortStableFunc(out, func(a, b disclosureRow) int { return cmp.Compare(a.ordinal, b.ordinal) })
	return out
}

// straight says that p is the n'th row, behind one that begins at before, and that its
// children stand in their order.
func (p *packedRow) straight(n int, before int32) bool {
	if int(p.part) != n || len(p.ordinals) == 0 || len(p.ordinals) != len(p.children) || p.ordinals[0] <= before {
		return false
	}
	for i := 1; i < len(p.ordinals); i++ {
		if p.ordinals[i] <= p.ordinals[i-1] {
			return false
		}
	}
	return true
}
