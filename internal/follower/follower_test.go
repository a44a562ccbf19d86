package follower_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tongxin-hub/tongxin/internal/follower"
	"github.com/tongxin-hub/tongxin/internal/pgtest"
)

// followed is a log of a size, and a table of the entries that were worked on.
func followed(t *testing.T, size int64) *pgxpool.Pool {
	t.Helper()
	_, db := pgtest.New(t)
	_, err := db.Exec(t.Context(), `CREATE TABLE worked (sequence bigint)`)
	if err == nil {
		_, err = db.Exec(t.Context(), `UPDATE audit_head SET size = $1`, size)
	}
	if err != nil {
		t.Fatal(err)
	}
	return db
}

func deps(db *pgxpool.Pool) follower.Deps {
	return follower.Deps{
		DB: db, Name: "test", Batch: 7, Every: time.Millisecond, Log: slog.New(slog.DiscardHandler),
		Work: func(ctx context.Context, tx pgx.Tx, from, to int64) error {
			_, err := tx.Exec(ctx, `INSERT INTO worked SELECT generate_series($1::bigint, $2::bigint - 1)`, from, to)
			return err
		},
	}
}

// onceEach fails unless the entries 0 to size-1 were worked on once each.
func onceEach(t *testing.T, db *pgxpool.Pool, size int64) {
	t.Helper()
	var n, distinct, most int64
	if err := db.QueryRow(t.Context(), `SELECT count(*), count(DISTINCT sequence), max(sequence) FROM worked`).Scan(&n, &distinct, &most); err != nil {
		t.Fatal(err)
	}
	if n != size || distinct != size || most != size-1 {
		t.Errorf("%d entries were worked on, %d distinct, the last is %d; want %d", n, distinct, most, size)
	}
}

func TestCatchUp_worksOnEachOnce(t *testing.T) {
	t.Parallel()
	db := followed(t, 50)
	for range 2 {
		if err := follower.CatchUp(t.Context(), deps(db)); err != nil {
			t.Fatal(err)
		}
	}
	onceEach(t, db, 50)
}

func TestCatchUp_severalHubs(t *testing.T) {
	t.Parallel()
	db := followed(t, 500)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			// Whoever finds another at work leaves it to that one.
			if err := follower.CatchUp(t.Context(), deps(db)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if err := follower.CatchUp(t.Context(), deps(db)); err != nil {
		t.Fatal(err)
	}
	onceEach(t, db, 500)
}

func TestCatchUp_afterAFailure(t *testing.T) {
	t.Parallel()
	db := followed(t, 40)
	broken, d := errors.New("broken"), deps(db)
	work := d.Work
	d.Work = func(ctx context.Context, tx pgx.Tx, from, to int64) error {
		if err := work(ctx, tx, from, to); err != nil {
			return err
		}
		if from >= 14 {
			return broken
		}
		return nil
	}
	if err := follower.CatchUp(t.Context(), d); !errors.Is(err, broken) {
		t.Fatalf("got %v", err)
	}
	if err := follower.CatchUp(t.Context(), deps(db)); err != nil {
		t.Fatal(err)
	}
	onceEach(t, db, 40)
}

func TestStart_follows(t *testing.T) {
	t.Parallel()
	db := followed(t, 20)
	worked := make(chan int64, 100)
	d := deps(db)
	work := d.Work
	d.Work = func(ctx context.Context, tx pgx.Tx, from, to int64) error {
		worked <- to
		return work(ctx, tx, from, to)
	}
	f := follower.Start(t.Context(), d)
	for to := int64(0); to < 20; to = <-worked {
	}
	if err := f.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	// The server may still be undoing a batch that was cut off.
	for next := int64(0); next < 20; {
		if err := follower.CatchUp(t.Context(), deps(db)); err != nil {
			t.Fatal(err)
		}
		if err := db.QueryRow(t.Context(), `SELECT sequence FROM follower`).Scan(&next); err != nil {
			t.Fatal(err)
		}
	}
	onceEach(t, db, 20)
}
