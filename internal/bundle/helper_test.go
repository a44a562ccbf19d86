package bundle

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/audit/audittest"
	"github.com/tongxin-hub/tongxin/internal/cosignature"
	"github.com/tongxin-hub/tongxin/internal/pgtest"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

const origin = "bundle.example.test/log"

// testLog is a log in a database, with its keys and one witness.
type testLog struct {
	url     string
	db      *pgxpool.Pool
	options audit.Options
	writer  *audit.Writer
	own     *cosignature.Cosigner
	keys    Keys
}

func newLog(tb testing.TB) *testLog {
	tb.Helper()
	url, pool := pgtest.New(tb)
	o := audittest.Options(tb, origin)
	l := &testLog{url: url, db: pool, keys: Keys{Log: o.Verifier}, options: o}
	l.own = newCosigner(tb, "witness.example.test")
	l.keys.Witnesses = quorumOf(tb, l.own)
	l.open(tb)
	return l
}

func newCosigner(tb testing.TB, name string) *cosignature.Cosigner {
	tb.Helper()
	secret, err := cosignature.Generate(rand.Reader, name)
	check(tb, err)
	own, err := cosignature.NewCosigner(secret, func() time.Time { return time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC) })
	check(tb, err)
	return own
}

func quorumOf(tb testing.TB, own *cosignature.Cosigner) cosignature.Quorum {
	tb.Helper()
	w, err := cosignature.NewWitness(own.VerifierKey())
	check(tb, err)
	q, err := cosignature.NewQuorum(1, []cosignature.Witness{w})
	check(tb, err)
	return q
}

func (l *testLog) open(tb testing.TB) {
	tb.Helper()
	l.writer = audittest.Open(tb, l.url, l.options)
}

// grow adds n entries about children, has the tree signed and the witness cosign.
func (l *testLog) grow(tb testing.TB, n int) {
	tb.Helper()
	entries := make([]audit.Entry, n)
	for i := range entries {
		entries[i] = audit.Entry{
			AgencyID: 1, StaffID: int64(i), Operation: "Children", Outcome: audit.Allowed, Requested: []string{"Child.name", fmt.Sprint("Child.f", i%3)},
			Disclosures: []audit.Disclosure{{
				ChildID: int64(1000 + i), Bases: []string{"own_township"}, Shown: audit.NewSet([]audit.Shown{{Coordinate: "Child.name", Form: "FULL"}}),
			}},
		}
	}
	_, err := l.writer.AppendBatch(tb.Context(), entries)
	check(tb, err)
	c, err := l.writer.Checkpoint(tb.Context())
	check(tb, err)
	line, err := l.own.Sign(c.Text())
	check(tb, err)
	l.exec(tb, `INSERT INTO audit_witness (name, key) VALUES ('witness.example.test', $1) ON CONFLICT DO NOTHING`, l.own.VerifierKey())
	l.exec(tb, `INSERT INTO audit_cosignature SELECT $1, id, $2, '2026-11-23 10:00Z' FROM audit_witness`, c.Size, line)
}

func (l *testLog) exec(tb testing.TB, sql string, args ...any) {
	tb.Helper()
	_, err := l.db.Exec(tb.Context(), sql, args...)
	check(tb, err)
}

// destroy empties the details of some entries, on record.
func (l *testLog) destroy(tb testing.TB, from, to int64) {
	tb.Helper()
	check(tb, postgres.InTx(tb.Context(), l.db, func(tx pgx.Tx) error {
		_, err := l.writer.DestroyTx(tb.Context(), tx, [][2]int64{{from, to}}, audit.Entry{Reason: "time is over"})
		return err
	}))
}

// export makes a bundle.
func (l *testLog) export(tb testing.TB, o Order) []byte {
	tb.Helper()
	var out bytes.Buffer
	check(tb, audit.Read(tb.Context(), l.db, func(x *audit.Excerpt) error { return Export(tb.Context(), x, &out, o) }))
	return out.Bytes()
}

// verify reads a bundle.
func (l *testLog) verify(tb testing.TB, data []byte) Report {
	tb.Helper()
	report, err := Verify(bytes.NewReader(data), l.keys)
	check(tb, err)
	return report
}

// mustBeSound demands no finding and so many entries.
func (l *testLog) mustBeSound(tb testing.TB, data []byte, entries int64) {
	tb.Helper()
	if report := l.verify(tb, data); !report.OK() || report.Entries != entries {
		tb.Errorf("want %d sound entries:\n%s", entries, report.String())
	}
}

// part is one record of a bundle, taken apart to be tampered with.
type part struct {
	letter  byte
	content []byte
	// of is the entry that the record belongs to, -1 for none.
	of int64
}

// apart takes a bundle to pieces.
func apart(tb testing.TB, data []byte) (head string, parts []part) {
	tb.Helper()
	in := newInput(bytes.NewReader(data))
	h, err := in.header()
	check(tb, err)
	at := h.from - 1
	for {
		letter, content, err := in.next()
		if err != nil {
			if _, err := in.r.ReadByte(); !errors.Is(err, io.EOF) {
				tb.Fatal("not read to the end")
			}
			return h.text(), parts
		}
		p := part{letter, bytes.Clone(content), -1}
		if letter == entry {
			at++
		}
		if letter == entry || letter == detail || letter == destroyed {
			p.of = at
		}
		parts = append(parts, p)
	}
}

// together puts a bundle together again, with a digest that fits: who tampers can
// compute it too.
func together(head string, parts []part) []byte {
	var out bytes.Buffer
	o := newOutput(&out)
	o.write([]byte(head))
	for _, p := range parts {
		if p.letter != end {
			o.record(p.letter, p.content)
		}
	}
	_ = o.finish() // into memory
	return out.Bytes()
}

// names says whether a finding is about entry sequence.
func names(r Report, sequence int64) bool {
	return slices.ContainsFunc(r.Findings, func(f audit.Finding) bool { return f.Sequence == sequence })
}

// has says whether there is a finding of a problem.
func has(r Report, p audit.Problem) bool {
	return slices.ContainsFunc(r.Findings, func(f audit.Finding) bool { return f.Problem == p })
}

// forged is an entry that is sound in itself, in the place of another.
func forged(content []byte) []byte {
	leaf := bytes.Clone(content[sha256.Size:])
	leaf[len(leaf)-1] ^= 1
	h := sha256.Sum256(append([]byte{0}, leaf...))
	return append(h[:], leaf...)
}

// renumbered is an entry that is sound in itself, with another number.
func renumbered(content []byte, sequence int64) []byte {
	leaf := bytes.Clone(content[sha256.Size:])
	binary.BigEndian.PutUint64(leaf[2:], uint64(sequence))
	h := sha256.Sum256(append([]byte{0}, leaf...))
	return append(h[:], leaf...)
}

func check(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}
