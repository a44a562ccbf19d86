package audit_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/fault"
)

func TestProve(t *testing.T) {
	t.Parallel()
	l := newLog(t)
	w := l.open(t)
	receipts := l.write(t, w, 11)

	t.Run("every entry, by either key, through JSON", func(t *testing.T) {
		t.Parallel()
		for _, r := range receipts {
			p, err := audit.Prove(t.Context(), l.pool, r.EntryID)
			if err != nil {
				t.Fatal(err)
			}
			same, err := audit.ProveSequence(t.Context(), l.pool, r.Sequence)
			if d := cmp.Diff(p, same); d != "" || err != nil {
				t.Error(d, err)
			}
			data, err := json.Marshal(p)
			if err != nil {
				t.Fatal(err)
			}
			read, err := audit.ParseProof(data)
			if err != nil {
				t.Fatal(err)
			}
			if c, err := read.Check(l.key); err != nil || c.Size != 11 {
				t.Errorf("entry %d: %+v %v", r.Sequence, c, err)
			}
			if got := (audit.Receipt{Sequence: p.Sequence, EntryID: p.EntryID, At: p.At}); got != r {
				t.Errorf("want %+v, got %+v", r, got)
			}
			if !strings.Contains(p.String(), r.EntryID) {
				t.Error("the human form does not name the entry")
			}
		}
	})

	t.Run("unknown entries", func(t *testing.T) {
		t.Parallel()
		for _, id := range []string{"", "no", strings.Repeat("0", 32), "'; DROP TABLE audit_entry; --"} {
			if _, err := audit.Prove(t.Context(), l.pool, id); fault.CodeOf(err) != fault.NotFound {
				t.Errorf("%q: %v", id, err)
			}
		}
		if _, err := audit.ProveSequence(t.Context(), l.pool, -1); fault.CodeOf(err) != fault.NotFound {
			t.Error(err)
		}
	})

	t.Run("any flipped bit and any changed number breaks it", func(t *testing.T) {
		t.Parallel()
		p, err := audit.Prove(t.Context(), l.pool, receipts[5].EntryID)
		if err != nil {
			t.Fatal(err)
		}
		data, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		for i := range data {
			for bit := range 8 {
				bent := append([]byte(nil), data...)
				bent[i] ^= 1 << bit
				read, err := audit.ParseProof(bent)
				if err != nil {
					continue
				}
				if _, err := read.Check(l.key); err == nil && !cmp.Equal(p, read) {
					t.Fatalf("byte %d, bit %d: a bent proof holds\n%s", i, bit, bent)
				}
			}
		}
	})

	t.Run("a key of another log", func(t *testing.T) {
		t.Parallel()
		p, err := audit.Prove(t.Context(), l.pool, receipts[0].EntryID)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Check(newLog(t).key); err == nil {
			t.Error("the proof holds under another key")
		}
	})
}

func TestProve_beforeTheCheckpoint(t *testing.T) {
	t.Parallel()
	l := newLog(t)
	w := l.open(t)
	for range 2 { // without any checkpoint, and behind the newest one
		r, err := w.Append(t.Context(), entry(0))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := audit.Prove(t.Context(), l.pool, r.EntryID); fault.CodeOf(err) != fault.Unavailable {
			t.Error(err)
		}
		if _, err := w.Checkpoint(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := audit.Prove(t.Context(), l.pool, r.EntryID); err != nil {
			t.Error(err)
		}
	}
}
