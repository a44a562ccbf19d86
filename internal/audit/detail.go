package audit

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
)

// errDetail: the bytes are no canonical detail or set of a known format.
var errDetail = errors.New("malformed detail")

// scanner takes canonical bytes apart; after the first lack it gives zeroes.
type scanner struct {
	rest []byte
	bad  bool
}

func (s *scanner) take(n int) []byte {
	if s.bad || n < 0 || n > len(s.rest) {
		s.bad = true
		return make([]byte, min(max(n, 0), 64))
	}
	out := s.rest[:n]
	s.rest = s.rest[n:]
	return out
}

func (s *scanner) int64() int64 {
	return int64(binary.BigEndian.Uint64(s.take(8))) //nolint:gosec // the writer's own bits back
}

// count reads a number of things that take at least size bytes each.
func (s *scanner) count(size int) int {
	n := int64(binary.BigEndian.Uint32(s.take(4)))
	if n*int64(size) > int64(len(s.rest)) {
		s.bad = true
		return 0
	}
	return int(n)
}

func (s *scanner) text() string { return string(s.take(s.count(1))) }

func (s *scanner) hash() [sha256.Size]byte {
	var h [sha256.Size]byte
	copy(h[:], s.take(sha256.Size))
	return h
}

func (s *scanner) bool() bool {
	b := s.take(1)[0]
	s.bad = s.bad || b > 1
	return b == 1
}

// parseDetail reads what append wrote, and nothing else.
func parseDetail(canonical []byte) (detail, error) {
	s := &scanner{rest: canonical}
	if s.take(1)[0] != formatVersion {
		return detail{}, errDetail
	}
	var d detail
	copy(d.id[:], s.take(len(d.id)))
	d.agencyID, d.staffID, d.postID = s.int64(), s.int64(), s.int64()
	for i := range d.texts {
		d.texts[i] = s.text()
	}
	d.breakGlass = s.bool()
	d.requested, d.withheld = s.hash(), s.hash()
	for range s.count(8 + 4 + sha256.Size) {
		x := shownTo{childID: s.int64()}
		for range s.count(4) {
			x.bases = append(x.bases, s.text())
		}
		x.shown = s.hash()
		d.disclosures = append(d.disclosures, x)
	}
	if s.bad || len(s.rest) > 0 {
		return detail{}, errDetail
	}
	return d, nil
}

// entry is what d says, but for its sets, and their hashes.
func (d *detail) entry() (Entry, [][sha256.Size]byte) {
	t := &d.texts
	e := Entry{
		AgencyID: d.agencyID, StaffID: d.staffID, PostID: d.postID, BreakGlass: d.breakGlass,
		AgencyCode: t[0], StaffCode: t[1], System: t[2], Role: t[3], Purpose: t[4], LegalBasis: t[5], Ticket: t[6],
		Approval: t[7], Operation: t[8], DocumentHash: t[9], PolicyVersion: t[10], TraceID: t[11], Outcome: t[12],
		Reason: t[13], ClientIP: t[14],
	}
	sets := [][sha256.Size]byte{d.requested, d.withheld}
	for _, x := range d.disclosures {
		e.Disclosures = append(e.Disclosures, Disclosure{ChildID: x.childID, Bases: x.bases})
		sets = append(sets, x.shown)
	}
	return e, sets
}

// ParseSet reads the canonical bytes of a set.
func ParseSet(b []byte) ([]Shown, error) {
	s := &scanner{rest: b}
	if string(s.take(len(setDomain))) != setDomain {
		return nil, errDetail
	}
	var items []Shown
	for range s.count(8) {
		items = append(items, Shown{Coordinate: s.text(), Form: s.text()})
	}
	if s.bad || len(s.rest) > 0 {
		return nil, errDetail
	}
	return items, nil
}
