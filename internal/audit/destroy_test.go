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

// destroy empties entries from one sequence to before another.
func (l *log) destroy(t *testing.T, w *audit.Writer, from, to int64) error {
	t.Helper()
	return postgres.InTx(t.Context(), l.pool, func(tx pgx.Tx) error {
		_, err := w.DestroyTx(t.Context(), tx, from, to, audit.Entry{
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
	if err := l.destroy(t, w, 1, 4); err != nil {
		t.Fatal(err)
	}
	// The record itself outlives a second destruction that names it.
	if err := l.destroy(t, w, 4, 7); err != nil {
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
	wantUnavailable(t, l.destroy(t, w, 3, 3))
	l.open(t) // the self-test takes it as it is
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
