package bundle

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/cosignature"
	"github.com/tongxin-hub/tongxin/internal/fault"
)

// TestExport_sameBytes: the same period has the same bytes, also after the log
// has grown, and every range of a log is sound.
func TestExport_sameBytes(t *testing.T) {
	t.Parallel()
	l := newLog(t)
	for _, n := range []int{3, 1, 7, 300, 2} {
		l.grow(t, n)
	}
	orders := []Order{
		{From: 0, To: 313},
		{From: 0, To: 1},
		{From: 3, To: 4},
		{From: 5, To: 20},
		{From: 4, To: 311},
		{From: 312, To: 313},
		{From: 100, To: 200, Cosigned: 1},
		{From: 2, To: 9, Details: true},
		{From: 0, To: 313, Details: true},
	}
	var first [][]byte
	for _, o := range orders {
		data := l.export(t, o)
		l.mustBeSound(t, data, o.To-o.From)
		first = append(first, data)
	}
	l.grow(t, 5000)
	for i, o := range orders {
		if !bytes.Equal(first[i], l.export(t, o)) {
			t.Errorf("%+v: other bytes after the log has grown", o)
		}
	}
	l.mustBeSound(t, l.export(t, Order{From: 0, To: 5313}), 5313)
	l.mustBeSound(t, l.export(t, Order{From: 250, To: 5000}), 4750)
}

func TestVerify_report(t *testing.T) {
	t.Parallel()
	l := newLog(t)
	for range 4 {
		l.grow(t, 5)
	}
	l.destroy(t, 8, 10)
	l.grow(t, 0)
	got := l.verify(t, l.export(t, Order{From: 6, To: 14, Details: true}))
	if got.First.IsZero() || got.Last.Before(got.First) {
		t.Errorf("time %v to %v", got.First, got.Last)
	}
	got.First, got.Last, got.Root = time.Time{}, time.Time{}, [32]byte{}
	want := Report{
		From: 6, To: 14, Entries: 8, Details: 6, Destroyed: 2, Checkpoints: 3, Before: 5, Size: 15,
		CosignedBy: []cosignature.Met{{Name: "witness.example.test", At: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if !strings.Contains(got.String(), "the bundle is sound") {
		t.Error(got.String())
	}
}

// TestExport_refuses what could not be proven.
func TestExport_refuses(t *testing.T) {
	t.Parallel()
	l := newLog(t)
	l.grow(t, 5)
	for _, o := range []Order{{From: 0, To: 6}, {From: 0, To: 5, Cosigned: 2}} {
		err := audit.Read(t.Context(), l.db, func(x *audit.Excerpt) error { return Export(t.Context(), x, &bytes.Buffer{}, o) })
		if fault.CodeOf(err) != fault.NotFound {
			t.Errorf("%+v: %v", o, err)
		}
	}
	for _, o := range []Order{{From: 3, To: 3}, {From: -1, To: 3}, {From: 4, To: 3}} {
		if err := audit.Read(t.Context(), l.db, func(x *audit.Excerpt) error { return Export(t.Context(), x, &bytes.Buffer{}, o) }); err == nil {
			t.Errorf("%+v: no error", o)
		}
	}
}

// TestExport_holdsNobody: without details, nothing of a bundle tells about people.
func TestExport_holdsNobody(t *testing.T) {
	t.Parallel()
	l := newLog(t)
	l.grow(t, 9)
	data := l.export(t, Order{From: 0, To: 9})
	for _, word := range []string{"Child", "own_township", "ALLOWED", "Children"} {
		if bytes.Contains(data, []byte(word)) {
			t.Errorf("the bundle says %q", word)
		}
	}
	if whole := l.export(t, Order{From: 0, To: 9, Details: true}); !bytes.Contains(whole, []byte("own_township")) {
		t.Error("with details, it does not")
	}
}

func TestVerify_Show(t *testing.T) {
	t.Parallel()
	l := newLog(t)
	l.grow(t, 9)
	for _, details := range []bool{false, true} {
		var sequences, children []int64
		k := l.keys
		k.Show = func(x audit.Leaf, e *audit.Entry) error {
			sequences = append(sequences, x.Sequence)
			if e != nil {
				children = append(children, e.Disclosures[0].ChildID)
				want := []audit.Shown{{Coordinate: "Child.name", Form: "FULL"}}
				if diff := cmp.Diff(want, e.Disclosures[0].Shown.Shown()); diff != "" || !slices.Contains(e.Requested, "Child.name") {
					t.Errorf("%s, requested %v", diff, e.Requested)
				}
			}
			return nil
		}
		_, err := Verify(bytes.NewReader(l.export(t, Order{From: 2, To: 5, Details: details})), k)
		check(t, err)
		if diff := cmp.Diff([]int64{2, 3, 4}, sequences); diff != "" {
			t.Error(diff)
		}
		if want := []int64{1002, 1003, 1004}; details && !slices.Equal(want, children) {
			t.Errorf("children %v", children)
		}
	}
	k := l.keys
	stop := errors.New("stop")
	k.Show = func(audit.Leaf, *audit.Entry) error { return stop }
	if _, err := Verify(bytes.NewReader(l.export(t, Order{From: 2, To: 5})), k); !errors.Is(err, stop) {
		t.Error(err)
	}
}

// TestVerify_otherKeys: a bundle proves nothing under the key of another log, and
// no quorum is met by somebody else's witness.
func TestVerify_otherKeys(t *testing.T) {
	t.Parallel()
	l, other := newLog(t), newLog(t)
	l.grow(t, 9)
	data := l.export(t, Order{From: 2, To: 5})
	report, err := Verify(bytes.NewReader(data), Keys{Log: other.keys.Log})
	check(t, err)
	if !has(report, audit.CheckpointWrong) {
		t.Error(report.String())
	}
	report, err = Verify(bytes.NewReader(data), Keys{Log: l.keys.Log, Witnesses: other.keys.Witnesses})
	check(t, err)
	if !has(report, audit.QuorumMissing) || len(report.Findings) != 1 {
		t.Error(report.String())
	}
	l.grow(t, 1)
	l.exec(t, `SET session_replication_role = replica; DELETE FROM audit_cosignature WHERE size = 10`)
	if report := l.verify(t, l.export(t, Order{From: 9, To: 10})); !has(report, audit.QuorumMissing) {
		t.Errorf("not cosigned: %s", report.String())
	}
}

// TestVerify_rewrittenByTheOperator: with all keys of the hub a new history is
// sound in itself; the checkpoint that a witness keeps shows the fork.
func TestVerify_rewrittenByTheOperator(t *testing.T) {
	t.Parallel()
	l := newLog(t)
	l.grow(t, 7)
	var kept string
	check(t, l.db.QueryRow(t.Context(), `SELECT note || signature FROM audit_checkpoint JOIN audit_cosignature USING (size)`).Scan(&kept))
	check(t, l.writer.Close(t.Context()))
	l.exec(t, `SET session_replication_role = replica;
		DELETE FROM audit_entry; DELETE FROM audit_packed; DELETE FROM audit_hash; DELETE FROM audit_checkpoint; DELETE FROM audit_cosignature;
		UPDATE audit_head SET size = 0, root = decode(repeat('00', 32), 'hex'), frontier = '', at = 'epoch'`)
	l.open(t)
	l.grow(t, 7)
	l.grow(t, 5)
	l.keys.Trusted = nil
	whole, rest := l.export(t, Order{From: 0, To: 12}), l.export(t, Order{From: 9, To: 12})
	l.mustBeSound(t, whole, 12)
	l.keys.Trusted = [][]byte{[]byte(kept)}
	for name, data := range map[string][]byte{"the whole log": whole, "what follows": rest} {
		report := l.verify(t, data)
		if !slices.ContainsFunc(report.Findings, func(f audit.Finding) bool { return f.Problem == audit.CheckpointForked && f.Sequence == 7 }) {
			t.Errorf("%s: %s", name, report.String())
		}
	}
	l.grow(t, 3)
	report := l.verify(t, l.export(t, Order{From: 13, To: 15}))
	if diff := cmp.Diff([]int64{7}, report.Untested); diff != "" || !report.OK() {
		t.Errorf("out of reach: %s %s", diff, report.String())
	}
	l.keys.Trusted = [][]byte{[]byte("forged")}
	if report := l.verify(t, whole); !has(report, audit.CheckpointWrong) {
		t.Error("a trusted checkpoint that nobody signed is taken")
	}
}

// TestExport_tamperedDatabase: what was changed behind the log's back is named.
func TestExport_tamperedDatabase(t *testing.T) {
	t.Parallel()
	l := newLog(t)
	l.grow(t, 9)
	l.exec(t, `SET session_replication_role = replica; UPDATE audit_entry SET commitment = set_byte(commitment, 0, get_byte(commitment, 0) # 1) WHERE sequence = 4`)
	report := l.verify(t, l.export(t, Order{From: 0, To: 9}))
	if len(report.Findings) != 1 || report.Findings[0].Problem != audit.LeafChanged || report.Findings[0].Sequence != 4 {
		t.Error(report.String())
	}
	l.exec(t, `UPDATE audit_entry SET staff_id = 77 WHERE sequence = 6`)
	report = l.verify(t, l.export(t, Order{From: 5, To: 9, Details: true}))
	if len(report.Findings) != 1 || report.Findings[0].Problem != audit.EntryChanged || report.Findings[0].Sequence != 6 {
		t.Error(report.String())
	}
	l.exec(t, `DELETE FROM audit_entry WHERE sequence = 3`)
	err := audit.Read(t.Context(), l.db, func(x *audit.Excerpt) error {
		return Export(context.WithoutCancel(t.Context()), x, &bytes.Buffer{}, Order{From: 0, To: 9})
	})
	if err == nil || !strings.Contains(err.Error(), "entry 3 is missing") {
		t.Errorf("a gap: %v", err)
	}
}
