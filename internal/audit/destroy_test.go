package audit_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// destroy empties the entries of ranges.
func (l *log) destroy(t *testing.T, w *audit.Writer, ranges ...[2]int64) error {
	t.Helper()
	return postgres.InTx(t.Context(), l.pool, func(tx pgx.Tx) error {
		_, err := w.DestroyTx(t.Context(), tx, ranges, audit.Entry{
			StaffID: 9, Role: "DPO", LegalBasis: "retention", Outcome: audit.Allowed,
		})
		return err
	})
}

func TestWriter_DestroyTx(t *testing.T) {
	t.Parallel()
	l := newLog(t)
	w := l.open(t)
	receipts := l.write(t, w, 6)
	before, err := audit.Prove(t.Context(), l.pool, receipts[2].EntryID)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.destroy(t, w, [2]int64{1, 4}); err != nil {
		t.Fatal(err)
	}
	// The record itself outlives a second destruction that names it.
	if err := l.destroy(t, w, [2]int64{4, 7}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Checkpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
	report := l.verify(t)
	if !report.OK() || report.Entries != 8 || report.Destroyed != 5 || report.Disclosures != 3 {
		t.Error(report.String())
	}
	after, err := audit.Prove(t.Context(), l.pool, receipts[2].EntryID)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []audit.Proof{before, after} {
		if _, err := p.Check(l.key); err != nil {
			t.Error(err)
		}
	}
	if d := cmp.Diff(before.Leaf, after.Leaf); d != "" {
		t.Error(d)
	}
	wantUnavailable(t, l.destroy(t, w, [2]int64{3, 3}))
	wantUnavailable(t, l.destroy(t, w, [2]int64{-1, 3}))
	wantUnavailable(t, l.destroy(t, w))
	l.open(t) // the self-test takes it as it is
}

// TestWriter_DestroyTx_severalRanges leaves what lies between untouched; a record
// that names less than was emptied is found.
func TestWriter_DestroyTx_severalRanges(t *testing.T) {
	t.Parallel()
	l := newLog(t)
	w := l.open(t)
	l.write(t, w, 9)
	if err := l.destroy(t, w, audit.Ranges([]int64{0, 2, 3, 4, 7})...); err != nil {
		t.Fatal(err)
	}
	emptied := scalar[[]int64](t, l, `SELECT array_agg(sequence ORDER BY sequence) FROM audit_entry WHERE salt IS NULL`)
	if d := cmp.Diff([]int64{0, 2, 3, 4, 7}, emptied); d != "" {
		t.Error(d)
	}
	report := l.verify(t)
	if !report.OK() || report.Destroyed != 5 || report.Disclosures != 12 {
		t.Error(report.String())
	}
	l.exec(t, `SET session_replication_role = replica; DELETE FROM audit_packed WHERE sequence = 5;
		UPDATE audit_entry SET (salt, agency_id, staff_id, post_id, agency_code, staff_code, system, role, purpose, legal_basis, ticket,
			approval, operation, document_hash, policy_version, trace_id, outcome, reason, client_ip, break_glass, requested_id, withheld_id, disclosed)
		= (SELECT salt, agency_id, staff_id, post_id, agency_code, staff_code, system, role, purpose, legal_basis, ticket,
			approval, operation, document_hash, policy_version, trace_id, outcome, reason, client_ip, break_glass, requested_id, withheld_id, disclosed
			FROM audit_entry WHERE sequence = 4) WHERE sequence = 5`)
	want := []audit.Finding{{Problem: audit.DetailGone, Sequence: 5}}
	if d := cmp.Diff(want, l.verify(t).Findings); d != "" {
		t.Error(d)
	}
}

func TestRanges(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in   []int64
		want [][2]int64
	}{
		{nil, nil},
		{[]int64{7}, [][2]int64{{7, 8}}},
		{[]int64{0, 1, 2, 4, 6, 7}, [][2]int64{{0, 3}, {4, 5}, {6, 8}}},
	} {
		if d := cmp.Diff(c.want, audit.Ranges(c.in)); d != "" {
			t.Error(d)
		}
	}
}

func TestSeen(t *testing.T) {
	t.Parallel()
	l := newLog(t)
	start := time.Date(2026, 10, 31, 12, 0, 0, 0, time.UTC)
	w := l.open(t, func(o *audit.Options) { o.Backdated = true })
	show := func(after time.Duration, staff int64, children ...int64) {
		e := audit.Entry{At: start.Add(after), StaffID: staff, Outcome: audit.Allowed}
		for _, c := range children {
			e.Disclosures = append(e.Disclosures, audit.Disclosure{ChildID: c})
		}
		if _, err := w.Append(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	show(-time.Hour, 1, 10)
	show(0, 1, 11, 12)
	show(time.Hour, 2, 13)
	show(24*time.Hour, 1, 12, 14) // the next month's partition
	got, late, err := audit.Seen(t.Context(), l.pool, 1, start, start.Add(time.Hour))
	if d := cmp.Diff([][]int64{{11, 12, 14}, {12, 14}}, [][]int64{got, late}); d != "" || err != nil {
		t.Error(d, err)
	}
	got, _, err = audit.Seen(t.Context(), l.pool, 3, start, start)
	if len(got) != 0 || err != nil {
		t.Error(got, err)
	}
}

// TestSeen_usesTheIndexes keeps the limit on volume cheap on a full log.
func TestSeen_usesTheIndexes(t *testing.T) {
	t.Parallel()
	l := newLog(t)
	l.write(t, l.open(t), 3)
	tx, err := l.pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(t.Context()) }()
	if _, err := tx.Exec(t.Context(), `SET LOCAL enable_seqscan = off`); err != nil {
		t.Fatal(err)
	}
	rows, err := tx.Query(t.Context(), "EXPLAIN "+audit.SeenStatement, int64(1), time.Now().Add(-time.Hour), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	plan := strings.Join(lines, "\n")
	if strings.Contains(plan, "Seq Scan") || !strings.Contains(plan, "staff_id_at_idx") {
		t.Error(plan)
	}
}
