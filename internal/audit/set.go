package audit

import (
	"cmp"
	"crypto/sha256"
	"slices"
)

// Shown is one coordinate and the form it was shown in.
type Shown struct {
	// Coordinate is Type.field; Form is FULL, MASKED or REVEALABLE.
	Coordinate, Form string
}

// Set is an immutable set of coordinates with a label each (a form, a reason
// or nothing). Pages of children shown alike share one Set, which the log
// stores once under its content hash, so a disclosure is a short row.
type Set struct {
	items []Shown
	hash  [sha256.Size]byte
}

// setDomain keeps hashes of sets apart from every other hash.
const setDomain = "tongxin/audit/set/v1\n"

// emptySet is what was shown when nothing but existence was.
var emptySet = NewSet(nil)

// NewSet sorts shown and drops repetitions; the argument stays the caller's.
func NewSet(shown []Shown) *Set {
	items := make([]Shown, len(shown))
	for i, s := range shown {
		items[i] = Shown{Coordinate: clean(s.Coordinate), Form: clean(s.Form)}
	}
	slices.SortFunc(items, func(a, b Shown) int {
		return cmp.Or(cmp.Compare(a.Coordinate, b.Coordinate), cmp.Compare(a.Form, b.Form))
	})
	items = slices.Compact(items)
	return &Set{items: items, hash: hashSet(items)}
}

// Shown returns a copy of the set in its canonical order.
func (s *Set) Shown() []Shown { return slices.Clone(s.items) }

// Hash is the content hash under which the log stores the set.
func (s *Set) Hash() [sha256.Size]byte { return s.hash }

// hashSet hashes items as they stand: Verify must not mend what it reads.
func hashSet(items []Shown) [sha256.Size]byte { return sha256.Sum256(setBytes(items)) }

// setBytes are the canonical bytes of a set, behind its domain.
func setBytes(items []Shown) []byte {
	b := make([]byte, 0, 64+48*len(items))
	b = append(b, setDomain...)
	b = appendUint32(b, len(items))
	for _, s := range items {
		b = appendString(b, s.Coordinate)
		b = appendString(b, s.Form)
	}
	return b
}

// requestedSet is the set of Entry.Requested.
func requestedSet(coordinates []string) *Set {
	if len(coordinates) == 0 {
		return emptySet
	}
	items := make([]Shown, len(coordinates))
	for i, c := range coordinates {
		items[i].Coordinate = c
	}
	return NewSet(items)
}

// withheldSet is the set of Entry.Withheld.
func withheldSet(withheld []Withheld) *Set {
	if len(withheld) == 0 {
		return emptySet
	}
	items := make([]Shown, len(withheld))
	for i, w := range withheld {
		items[i] = Shown{Coordinate: w.Coordinate, Form: w.Reason}
	}
	return NewSet(items)
}
