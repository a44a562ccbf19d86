package audit

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/tlog"
)

// formatVersion is the format of leaf and detail that is written today. A
// verifier keeps every older format; the vectors in testdata hold it to that.
const formatVersion = 1

// maxText is the longest text an entry keeps, in bytes.
const maxText = 512

// flagBackdated marks, in the leaf, an entry that did not have to follow the
// clock of the log.
const flagBackdated = 1

// detail is everything the commitment covers, in the shape both the writer
// (from an Entry) and the verifier (from the tables) can produce.
type detail struct {
	id          [16]byte
	agencyID    int64
	staffID     int64
	postID      int64
	texts       [textCount]string
	breakGlass  bool
	requested   [sha256.Size]byte
	withheld    [sha256.Size]byte
	disclosures []shownTo
}

// shownTo is a disclosure by the hash of its set.
type shownTo struct {
	childID int64
	bases   []string
	shown   [sha256.Size]byte
}

// textCount is the number of text fields of an entry, in the order of texts.
const textCount = 15

// texts lists the text fields of e in canonical order, made safe to store.
func (e *Entry) texts() [textCount]string {
	t := [textCount]string{
		e.AgencyCode, e.StaffCode, e.System, e.Role, e.Purpose, e.LegalBasis, e.Ticket,
		e.Approval, e.Operation, e.DocumentHash, e.PolicyVersion, e.TraceID, e.Outcome,
		e.Reason, e.ClientIP,
	}
	for i := range t {
		t[i] = clean(t[i])
	}
	return t
}

// append writes the canonical bytes of format 1: fixed order, fixed width
// numbers (big endian), every text and list behind its length. Two different
// details never have the same bytes.
func (d *detail) append(b []byte) []byte {
	b = append(b, formatVersion)
	b = append(b, d.id[:]...)
	b = appendInt64(b, d.agencyID)
	b = appendInt64(b, d.staffID)
	b = appendInt64(b, d.postID)
	for _, t := range d.texts {
		b = appendString(b, t)
	}
	b = appendBool(b, d.breakGlass)
	b = append(b, d.requested[:]...)
	b = append(b, d.withheld[:]...)
	b = appendUint32(b, len(d.disclosures))
	for i := range d.disclosures {
		x := &d.disclosures[i]
		b = appendInt64(b, x.childID)
		b = appendUint32(b, len(x.bases))
		for _, name := range x.bases {
			b = appendString(b, name)
		}
		b = append(b, x.shown[:]...)
	}
	return b
}

// commit binds canonical detail under salt. The salt keeps a guess at the
// detail from being tested against the published leaf.
func commit(salt, canonical []byte) (c [sha256.Size]byte) {
	m := hmac.New(sha256.New, salt)
	m.Write(canonical)
	m.Sum(c[:0])
	return c
}

// leaf is what the tree hashes: nothing in it tells about people.
type leaf struct {
	version    byte
	backdated  bool
	sequence   int64
	at         time.Time
	id         [16]byte
	commitment [sha256.Size]byte
}

// leafSize is the length of a leaf's bytes.
const leafSize = 2 + 8 + 8 + 16 + sha256.Size

// bytes is the leaf as published: version, flags, sequence, microseconds since
// 1970, entry id, commitment.
func (l *leaf) bytes() []byte {
	b := make([]byte, 0, leafSize)
	var flags byte
	if l.backdated {
		flags = flagBackdated
	}
	b = append(b, l.version, flags)
	b = appendInt64(b, l.sequence)
	b = appendInt64(b, l.at.UnixMicro())
	b = append(b, l.id[:]...)
	return append(b, l.commitment[:]...)
}

// hash is the leaf's hash in the tree.
func (l *leaf) hash() tlog.Hash { return tlog.RecordHash(l.bytes()) }

// clean makes a text safe to store and to print: PostgreSQL takes no NUL and
// no broken UTF-8, and one hostile name must not fail its neighbours' batch.
func clean(s string) string {
	if len(s) > maxText {
		s = s[:maxText]
		for i := 0; i < utf8.UTFMax && len(s) > 0; i++ {
			if r, n := utf8.DecodeLastRuneInString(s); r != utf8.RuneError || n > 1 {
				break
			}
			s = s[:len(s)-1]
		}
	}
	if strings.IndexByte(s, 0) >= 0 {
		s = strings.ReplaceAll(s, "\x00", "\uFFFD")
	}
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	return s
}

func appendInt64(b []byte, v int64) []byte {
	return binary.BigEndian.AppendUint64(b, uint64(v)) //nolint:gosec // its bits, also of a negative number
}

func appendUint32(b []byte, n int) []byte {
	return binary.BigEndian.AppendUint32(b, uint32(n)) //nolint:gosec // a length, bounded by maxText and maxDisclosures
}

func appendString(b []byte, s string) []byte { return append(appendUint32(b, len(s)), s...) }

func appendBool(b []byte, v bool) []byte {
	if v {
		return append(b, 1)
	}
	return append(b, 0)
}
