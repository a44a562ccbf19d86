package statistics_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tongxin-hub/tongxin/internal/pgtest"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

func begin(tb testing.TB, pool *pgxpool.Pool, level pgx.TxIsoLevel) pgx.Tx {
	tb.Helper()
	tx, err := pool.BeginTx(tb.Context(), pgx.TxOptions{IsoLevel: level})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = tx.Rollback(context.Background()) }) // tb.Context has ended by now
	return tx
}

// exit takes every fourth child off the register: no count stays what it was.
func exit(tb testing.TB, db postgres.Beginner) {
	tb.Helper()
	err := postgres.InTx(tb.Context(), db, func(tx pgx.Tx) error {
		_, err := tx.Exec(tb.Context(), `UPDATE registration SET status = 'EXITED' WHERE child_id % 4 = 0`)
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
}

func commit(tb testing.TB, tx pgx.Tx) {
	tb.Helper()
	if err := tx.Commit(tb.Context()); err != nil {
		tb.Fatal(err)
	}
}

// TestKeepCounts_besideAWriter goes through the orders in which a keeper and a
// writer can meet, at every isolation the writer may have. Nobody waits in any of
// them: each test is one goroutine.
func TestKeepCounts_besideAWriter(t *testing.T) {
	t.Parallel()
	total := func(tb testing.TB, db database) string {
		tb.Helper()
		return one[string](tb.Context(), tb, db, `SELECT shown FROM child_counts($1, 'HARDSHIP', 'AGE_BAND') ORDER BY id DESC LIMIT 1`, today)
	}
	orders := map[string]func(tb testing.TB, pool *pgxpool.Pool, writer pgx.Tx){
		"the writer looked before counts were kept": func(tb testing.TB, pool *pgxpool.Pool, writer pgx.Tx) {
			tb.Helper()
			_ = total(tb, writer)
			keepAll(tb.Context(), tb, pool)
			exit(tb, writer)
			mustBeRight(tb.Context(), tb, writer, "the change, seen by the writer")
			commit(tb, writer)
		},
		"the writer commits after counts were kept": func(tb testing.TB, pool *pgxpool.Pool, writer pgx.Tx) {
			tb.Helper()
			exit(tb, writer)
			keepAll(tb.Context(), tb, pool)
			mustBeRight(tb.Context(), tb, pool, "a change not yet committed")
			mustBeRight(tb.Context(), tb, writer, "the change, seen by the writer")
			commit(tb, writer)
		},
		"the writer commits while counts are kept": func(tb testing.TB, pool *pgxpool.Pool, writer pgx.Tx) {
			tb.Helper()
			keeper := begin(tb, pool, pgx.ReadCommitted)
			_ = total(tb, writer)
			keepAll(tb.Context(), tb, keeper)
			exit(tb, writer)
			commit(tb, writer)
			commit(tb, keeper)
		},
		"the writer changes before and commits while counts are kept": func(tb testing.TB, pool *pgxpool.Pool, writer pgx.Tx) {
			tb.Helper()
			exit(tb, writer)
			keeper := begin(tb, pool, pgx.ReadCommitted)
			keepAll(tb.Context(), tb, keeper)
			commit(tb, writer)
			mustBeRight(tb.Context(), tb, keeper, "a change that the keeper has not counted")
			commit(tb, keeper)
		},
		"a reader looked before counts were kept and changed": func(tb testing.TB, pool *pgxpool.Pool, writer pgx.Tx) {
			tb.Helper()
			reader := begin(tb, pool, pgx.RepeatableRead)
			before := total(tb, reader)
			keepAll(tb.Context(), tb, pool)
			exit(tb, writer)
			commit(tb, writer)
			keepAll(tb.Context(), tb, pool)
			if got := total(tb, reader); got != before {
				tb.Errorf("a reader's snapshot moved from %s to %s", before, got)
			}
			mustBeRight(tb.Context(), tb, reader, "a change that the reader does not see")
		},
	}
	for name, meet := range orders {
		for _, level := range []pgx.TxIsoLevel{pgx.ReadCommitted, pgx.RepeatableRead, pgx.Serializable} {
			t.Run(name+", "+string(level), func(t *testing.T) {
				t.Parallel()
				pool := district(t)
				keepAll(t.Context(), t, pool)
				before := total(t, pool)
				meet(t, pool, begin(t, pool, level))
				mustBeRight(t.Context(), t, pool, "the change")
				if after := total(t, pool); after == before {
					t.Errorf("still %s hardship children are counted", after)
				}
				keepAll(t.Context(), t, pool)
				mustBeRight(t.Context(), t, pool, "keeping anew")
			})
		}
	}
}

func TestKeepCounts_oneAtATime(t *testing.T) {
	t.Parallel()
	pool := district(t)
	first := begin(t, pool, pgx.ReadCommitted)
	keepAll(t.Context(), t, first)
	if one[bool](t.Context(), t, pool, `SELECT keep_counts($1, 'HARDSHIP', 'SEX')`, today) {
		t.Error("a second one kept counts beside the first")
	}
	commit(t, first)
	keepAll(t.Context(), t, pool)

	later := begin(t, pool, pgx.RepeatableRead)
	if _, err := later.Exec(t.Context(), `SELECT keep_counts($1, 'HARDSHIP', 'SEX')`, today); err == nil {
		t.Error("counts were kept by an old snapshot")
	}
}

// TestKeepCounts_storm lets writers, keepers and readers loose on one district.
func TestKeepCounts_storm(t *testing.T) {
	t.Parallel()
	url, pool := pgtest.NewFrom(t, "counted", plant(children))
	own, err := postgres.Open(t.Context(), url, postgres.Options{Application: "writers", MaxConns: 4})
	if err != nil {
		t.Fatal(err)
	}
	defer own.Close()
	ctx := t.Context()
	const changesEach, writers = 60, 4
	var busy, rest sync.WaitGroup
	var fromKept, kept atomic.Int64
	written := make(chan struct{})
	for w := range writers {
		level := []pgx.TxIsoLevel{pgx.ReadCommitted, pgx.RepeatableRead}[w%2]
		busy.Go(func() {
			for n := range changesEach {
				write(ctx, t, own, level, w*children/writers+n)
				// All of them wait now and then until a count was there: else none ever is.
				for was := fromKept.Load(); n%20 == 19 && fromKept.Load() == was; {
					one[int](ctx, t, pool, `SELECT 1`)
				}
			}
		})
	}
	until := func(work func(n int)) {
		rest.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-written:
					return
				default:
					work(n)
				}
			}
		})
	}
	for range 2 {
		until(func(n int) {
			if one[bool](ctx, t, pool, `SELECT keep_counts($1, $2, 'SEX')`, today, populations[n%4]) {
				kept.Add(1)
			}
		})
		until(func(n int) {
			if one[bool](ctx, t, pool, isKept, today, populations[n%4], "SEX") {
				fromKept.Add(1)
			}
			if n := one[int](ctx, t, pool, wrong, today, populations[n%4], "SEX"); n != 0 {
				t.Errorf("%d lines are not what is so", n)
			}
		})
	}
	busy.Wait()
	close(written)
	rest.Wait()
	mustBeRight(ctx, t, pool, "the storm")
	keepAll(ctx, t, pool)
	mustBeRight(ctx, t, pool, "keeping after the storm")
	if fromKept.Load() == 0 || kept.Load() < 10 {
		t.Errorf("only %d times counts were kept, and %d times there", kept.Load(), fromKept.Load())
	}
}

// write takes children off the register or back, and flags one, in one transaction.
func write(ctx context.Context, t *testing.T, pool *pgxpool.Pool, level pgx.TxIsoLevel, n int) {
	t.Helper()
	tx, err := pool.BeginTx(ctx, pgx.TxOptions{IsoLevel: level})
	if err == nil {
		defer func() { _ = tx.Rollback(ctx) }()
		_, err = tx.Exec(ctx, `UPDATE registration SET status = CASE status WHEN 'EXITED' THEN 'REGISTERED' ELSE 'EXITED' END, left_behind = true
			WHERE child_id IN (1 + $1, 1 + ($1 + 7) % 240)`, n%children)
	}
	if err == nil {
		_, err = tx.Exec(ctx, `UPDATE enrolment SET edu_left_behind_flag = NOT edu_left_behind_flag WHERE child_id = 1 + $1`, n%children)
	}
	if err == nil {
		err = tx.Commit(ctx)
	}
	// Two writers of one child: the later of two snapshots gives way.
	if code := postgres.Code(err); err != nil && code != "40001" {
		t.Errorf("write: %v", err)
	}
}
