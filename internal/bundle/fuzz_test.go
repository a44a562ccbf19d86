package bundle

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/cosignature"
)

// memory is a log without a database.
type memory struct {
	hashes []tlog.Hash
	leaves [][]byte
	signer note.Signer
	own    []*cosignature.Cosigner
	keys   Keys
}

// ReadHashes implements tlog.HashReader.
func (m *memory) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		out[i] = m.hashes[index]
	}
	return out, nil
}

// newMemory writes n entries, one a second.
func newMemory(tb testing.TB, n, witnesses int) *memory {
	tb.Helper()
	secret, public, err := note.GenerateKey(strings.NewReader(strings.Repeat("0123456789abcdef", 4)), origin)
	check(tb, err)
	m := &memory{leaves: make([][]byte, 0, n), hashes: make([]tlog.Hash, 0, 2*n)}
	m.signer, err = note.NewSigner(secret)
	check(tb, err)
	m.keys.Log, err = note.NewVerifier(public)
	check(tb, err)
	var all []cosignature.Witness
	for i := range witnesses {
		name := "witness" + string(rune('a'+i)) + ".example.test"
		secret, err := cosignature.Generate(strings.NewReader(strings.Repeat(name, 9)), name)
		check(tb, err)
		own, err := cosignature.NewCosigner(secret, func() time.Time { return time.Unix(1_800_000_000, 0) })
		check(tb, err)
		w, err := cosignature.NewWitness(own.VerifierKey())
		check(tb, err)
		m.own, all = append(m.own, own), append(all, w)
	}
	m.keys.Witnesses, err = cosignature.NewQuorum(witnesses, all)
	check(tb, err)
	var carry edge
	for i := range n {
		leaf := binary.BigEndian.AppendUint64([]byte{1, 0}, uint64(i))              //nolint:gosec // small
		leaf = binary.BigEndian.AppendUint64(leaf, uint64(1_800_000_000+i)*1e6)     //nolint:gosec // small
		id, commitment := sha256.Sum256(leaf), sha256.Sum256(append(leaf, leaf...)) //nolint:gocritic // any bytes will do
		leaf = append(append(leaf, id[:16]...), commitment[:]...)
		m.leaves = append(m.leaves, leaf)
		m.grow(&carry, tlog.RecordHash(leaf))
	}
	return m
}

// grow stores the hashes that a leaf completes.
func (m *memory) grow(e *edge, leaf tlog.Hash) {
	m.hashes = append(m.hashes, leaf)
	h, last := leaf, len(e.roots)-1
	for n := e.size; n&1 == 1; n >>= 1 {
		h = tlog.NodeHash(e.roots[last], h)
		m.hashes = append(m.hashes, h)
		last--
	}
	e.add(0, leaf)
}

// note signs and cosigns the tree of a size.
func (m *memory) note(tb testing.TB, size int64) []byte {
	tb.Helper()
	root, err := tlog.TreeHash(size, m)
	check(tb, err)
	text := audit.Checkpoint{Origin: origin, Size: size, Root: root}.Text()
	signed, err := note.Sign(&note.Note{Text: text}, m.signer)
	check(tb, err)
	for _, own := range m.own {
		line, err := own.Sign(text)
		check(tb, err)
		signed = append(signed, line...)
	}
	return signed
}

// bundle writes one with a checkpoint behind every so many entries.
func (m *memory) bundle(tb testing.TB, from, to, every int64) []byte {
	tb.Helper()
	var out bytes.Buffer
	o := newOutput(&out)
	h := header{origin: origin, from: from, to: to}
	o.write([]byte(h.text()))
	before, top := from/every*every, (to+every-1)/every*every
	if before > 0 {
		o.record('B', m.note(tb, before))
	}
	node := func(letter byte, from, to int64) {
		hashes, err := m.ReadHashes(indexes(cover(from, to)))
		check(tb, err)
		o.record(letter, joined(hashes))
	}
	node(left, 0, from)
	for n := from; n < to; n++ {
		hash := tlog.RecordHash(m.leaves[n])
		o.record(entry, hash[:], m.leaves[n])
		if (n+1)%every == 0 && n+1 != top {
			o.record(checkpoint, m.note(tb, n+1))
		}
	}
	o.record(head, m.note(tb, top))
	node(right, to, top)
	if before > 0 {
		way, err := tlog.ProveTree(top, before, m)
		check(tb, err)
		o.record(proof, joined(way))
	}
	check(tb, o.finish())
	return out.Bytes()
}

// FuzzVerify: no bytes but those that were written are sound, and none make the
// verifier fail otherwise.
func FuzzVerify(f *testing.F) {
	m := newMemory(f, 40, 1)
	sound := map[string]bool{}
	for _, r := range [][3]int64{{0, 4, 2}, {5, 9, 4}, {8, 16, 8}, {17, 18, 10}, {0, 1, 40}} {
		data := m.bundle(f, r[0], r[1], r[2])
		report, err := Verify(bytes.NewReader(data), m.keys)
		if err != nil || !report.OK() {
			f.Fatalf("seed %v: %v\n%s", r, err, report.String())
		}
		sound[string(data)] = true
		f.Add(data)
		head, parts := apart(f, data)
		for i := range parts { // pieces with digests that fit
			f.Add(together(head, append(append([]part(nil), parts[:i]...), parts[i+1:]...)))
		}
	}
	for _, h := range []header{{origin: origin, from: 0, to: 1 << 62}, {origin: origin, from: 1 << 62, to: 1<<62 + 1}, {origin: "x", from: 0, to: 1, details: true}} {
		f.Add([]byte(h.text()))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		report, err := Verify(bytes.NewReader(data), m.keys)
		if err != nil {
			t.Fatal(err)
		}
		_ = report.String()
		// A digest can be computed anew, so a checkpoint less may be sound; entries may not.
		if report.OK() && !sound[string(data)] && !subset(t, data, sound) {
			t.Errorf("%q is sound", data)
		}
	})
}

// subset says whether data is a bundle that was written, but for checkpoints that
// were left out or said twice.
func subset(t *testing.T, data []byte, sound map[string]bool) bool {
	t.Helper()
	strip := func(data []byte) string {
		head, parts := apart(t, data)
		var rest []part
		for _, p := range parts {
			if p.letter != checkpoint {
				rest = append(rest, p)
			}
		}
		return string(together(head, rest))
	}
	for known := range sound {
		if strip([]byte(known)) == strip(data) {
			return true
		}
	}
	return false
}

// BenchmarkVerify is a million entries, cosigned by three witnesses.
func BenchmarkVerify(b *testing.B) {
	const n = 1_000_000
	m := newMemory(b, n, 3)
	for _, every := range []int64{100, 1000} {
		data := m.bundle(b, 0, n, every)
		b.Run(fmt.Sprintf("checkpoint=%d", every), func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				report, err := Verify(bytes.NewReader(data), m.keys)
				if err != nil || !report.OK() || report.Entries != n {
					b.Fatalf("%v\n%s", err, report.String())
				}
			}
			b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s/million")
		})
	}
}
