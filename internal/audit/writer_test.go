package audit_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

func TestWriter_Append(t *testing.T) {
	t.Parallel()

	t.Run("receipts are consecutive and the log verifies", func(t *testing.T) {
		t.Parallel()
		l := newLog(t)
		w := l.open(t)
		for i, r := range l.write(t, w, 9) {
			if r.Sequence != int64(i) || !validID(r.EntryID) || r.At.IsZero() {
				t.Errorf("receipt %d: %+v", i, r)
			}
		}
		l.mustBeSound(t, 9)
		if got := scalar[int64](t, l, `SELECT count(*) FROM audit_disclosure`); got != 27 {
			t.Errorf("want 27 disclosures, got %d", got)
		}
	})

	t.Run("what is stored is what was given", func(t *testing.T) {
		t.Parallel()
		l := newLog(t)
		e := entry(4)
		r, err := l.open(t).Append(t.Context(), e)
		if err != nil {
			t.Fatal(err)
		}
		got := audit.Entry{At: e.At}
		var requested []string
		err = l.pool.QueryRow(t.Context(), `SELECT agency_id, staff_id, post_id, agency_code, staff_code, system,
			role, purpose, legal_basis, ticket, approval, operation, document_hash, policy_version, trace_id, outcome,
			reason, client_ip, break_glass, s.coordinates FROM audit_entry e JOIN audit_set s ON s.id = e.requested_id
			WHERE e.at = $1`, r.At).Scan(&got.AgencyID, &got.StaffID, &got.PostID, &got.AgencyCode, &got.StaffCode,
			&got.System, &got.Role, &got.Purpose, &got.LegalBasis, &got.Ticket, &got.Approval, &got.Operation,
			&got.DocumentHash, &got.PolicyVersion, &got.TraceID, &got.Outcome, &got.Reason, &got.ClientIP,
			&got.BreakGlass, &requested)
		if err != nil {
			t.Fatal(err)
		}
		e.Requested, e.Withheld, e.Disclosures = nil, nil, nil
		if d := cmp.Diff(e, got); d != "" {
			t.Error(d)
		}
		if d := cmp.Diff([]string{"Child.address", "Child.extra-4", "Child.name", "Child.phone"}, requested); d != "" {
			t.Error(d)
		}
	})

	t.Run("a context that has ended is recorded all the same", func(t *testing.T) {
		t.Parallel()
		l := newLog(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := l.open(t).Append(ctx, entry(0)); err != nil {
			t.Error(err)
		}
		l.mustBeSound(t, 1)
	})

	t.Run("hostile texts are made safe and still verify", func(t *testing.T) {
		t.Parallel()
		l := newLog(t)
		w := l.open(t)
		for _, text := range []string{"a\x00b", "\xff\xfe", strings.Repeat("长", 400), "\x1f", "audit.destroy", ""} {
			e := entry(0)
			e.Operation, e.Reason, e.Requested = text, text, []string{text, "entry:0-9"}
			e.Disclosures[0].Bases = []string{text, "caller"}
			if _, err := w.Append(t.Context(), e); err != nil {
				t.Errorf("%q: %v", text, err)
			}
		}
		l.mustBeSound(t, 6)
		if got := scalar[int](t, l, `SELECT count(*) FROM audit_entry WHERE operation = 'audit.destroy'`); got != 0 {
			t.Error("a client's name passes for a record of destruction")
		}
	})

	t.Run("sets are stored once", func(t *testing.T) {
		t.Parallel()
		l := newLog(t)
		first, second := l.open(t), l.open(t)
		for _, w := range []*audit.Writer{first, second, first} {
			if _, err := w.Append(t.Context(), entry(1)); err != nil {
				t.Fatal(err)
			}
		}
		// empty, shown, requested, withheld
		if got := scalar[int](t, l, `SELECT count(*) FROM audit_set`); got != 4 {
			t.Errorf("want 4 sets, got %d", got)
		}
	})

	t.Run("time follows the clock and never runs backwards", func(t *testing.T) {
		t.Parallel()
		l := newLog(t)
		now := time.Date(2026, 11, 30, 23, 59, 59, 0, time.UTC)
		w := l.open(t, func(o *audit.Options) { o.Now = func() time.Time { return now } })
		var got []time.Time
		for _, at := range []time.Time{{}, now.Add(-time.Hour), now.Add(time.Hour), now} {
			e := entry(0)
			e.At = at
			r, err := w.Append(t.Context(), e)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, r.At)
		}
		if d := cmp.Diff([]time.Time{now, now, now, now}, got); d != "" {
			t.Error(d)
		}
		l.mustBeSound(t, 4)
	})
}

func TestWriter_AppendBatch(t *testing.T) {
	t.Parallel()
	l := newLog(t)
	w := l.open(t, func(o *audit.Options) { o.Backdated = true })
	start := time.Date(2025, 9, 1, 0, 0, 0, 0, time.UTC)
	entries := make([]audit.Entry, 1500)
	for i := range entries {
		entries[i] = entry(i % 7)
		entries[i].At = start.Add(time.Duration(i) * 5 * time.Hour)
	}
	receipts, err := w.AppendBatch(t.Context(), entries)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range receipts {
		if r.Sequence != int64(i) || !r.At.Equal(entries[i].At) {
			t.Fatalf("receipt %d: %+v", i, r)
		}
	}
	// The hub goes on where the history ends.
	if _, err := l.open(t).Append(t.Context(), entry(0)); err != nil {
		t.Fatal(err)
	}
	l.mustBeSound(t, 1501)
}

func TestWriter_manyProcesses(t *testing.T) {
	t.Parallel()
	l := newLog(t)
	writers := []*audit.Writer{l.open(t), l.open(t), l.open(t)}
	const each, callers = 12, 8
	var wg sync.WaitGroup
	errs := make(chan error, len(writers)*callers*each)
	for _, w := range writers {
		for c := range callers {
			wg.Go(func() {
				for i := range each {
					var err error
					if (c+i)%4 == 0 {
						err = postgres.InTx(t.Context(), l.pool, func(tx pgx.Tx) error {
							_, err := w.AppendTx(t.Context(), tx, entry(i))
							return err
						})
					} else {
						_, err = w.Append(t.Context(), entry(i))
					}
					errs <- err
				}
			})
		}
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
	l.mustBeSound(t, len(writers)*callers*each)
}

func TestWriter_AppendTx(t *testing.T) {
	t.Parallel()
	errStop := errors.New("stop")

	t.Run("commits with the change", func(t *testing.T) {
		t.Parallel()
		l := newLog(t)
		w := l.open(t)
		l.exec(t, `CREATE TABLE change (id int)`)
		err := postgres.InTx(t.Context(), l.pool, func(tx pgx.Tx) error {
			if _, err := tx.Exec(t.Context(), `INSERT INTO change VALUES (1)`); err != nil {
				return err
			}
			_, err := w.AppendTx(t.Context(), tx, entry(0))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		l.mustBeSound(t, 1)
	})

	t.Run("a rollback leaves no gap", func(t *testing.T) {
		t.Parallel()
		l := newLog(t)
		w := l.open(t)
		for i := range 4 {
			err := postgres.InTx(t.Context(), l.pool, func(tx pgx.Tx) error {
				r, err := w.AppendTx(t.Context(), tx, entry(i))
				if err == nil && r.Sequence != int64(i) {
					err = fmt.Errorf("want sequence %d, got %d", i, r.Sequence)
				}
				return errors.Join(err, errStop)
			})
			if !errors.Is(err, errStop) {
				t.Fatal(err)
			}
			r, err := w.Append(t.Context(), entry(i))
			if err != nil || r.Sequence != int64(i) {
				t.Fatalf("want sequence %d, got %d (%v)", i, r.Sequence, err)
			}
		}
		l.mustBeSound(t, 4)
	})

	t.Run("two entries of one transaction", func(t *testing.T) {
		t.Parallel()
		l := newLog(t)
		w := l.open(t)
		err := postgres.InTx(t.Context(), l.pool, func(tx pgx.Tx) error {
			for i := range 2 {
				if _, err := w.AppendTx(t.Context(), tx, entry(i)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		l.mustBeSound(t, 2)
	})
}

func TestWriter_Close(t *testing.T) {
	t.Parallel()
	l := newLog(t)
	w := l.open(t)
	var wg sync.WaitGroup
	accepted := make(chan audit.Receipt, 64)
	for i := range cap(accepted) {
		wg.Go(func() {
			if r, err := w.Append(t.Context(), entry(i%5)); err == nil {
				accepted <- r
			}
		})
	}
	if err := w.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	wg.Wait()
	close(accepted)
	size := scalar[int](t, l, `SELECT count(*) FROM audit_entry`)
	if size != len(accepted) {
		t.Errorf("want as many entries as receipts (%d), got %d", len(accepted), size)
	}
	l.mustBeSound(t, size)
	_, err := w.Append(t.Context(), entry(0))
	wantUnavailable(t, err)
	if size > 0 && scalar[int](t, l, `SELECT coalesce(max(size), 0) FROM audit_checkpoint`) != size {
		t.Error("the last checkpoint does not cover the log")
	}
}
