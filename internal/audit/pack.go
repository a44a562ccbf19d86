package audit

import (
	"cmp"
	"slices"
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

// lookBack is how many of the last parts are tried for a child. One that fits into an
// older part gets a new part all the same: a page of many ways is not searched for each.
const lookBack = 16

// pack groups disclosures, each with the id of its set, in the order in which a group
// first appears.
func pack(disclosures []shownTo, setIDs []int64) []part {
	var parts []part
	last := -1
	for i := range disclosures {
		setID, bases := setIDs[i], disclosures[i].bases
		if last < 0 || !parts[last].takes(setID, bases) { // neighbours are mostly alike
			last = find(parts, setID, bases)
		}
		if last < 0 {
			last = len(parts)
			parts = append(parts, part{setID: setID, bases: bases})
		}
		parts[last].ordinals = append(parts[last].ordinals, int32(i))
	}
	return parts
}

// find is the part that takes a child, -1 for none.
func find(parts []part, setID int64, bases []string) int {
	for n := len(parts) - 1; n >= max(0, len(parts)-lookBack); n-- {
		if parts[n].takes(setID, bases) {
			return n
		}
	}
	return -1
}

// takes says that a child that was shown the set on the bases goes into p.
func (p *part) takes(setID int64, bases []string) bool {
	return p.setID == setID && len(p.ordinals) < maxPart && sameBases(p.bases, bases)
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
