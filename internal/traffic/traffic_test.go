package traffic_test

import (
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tongxin-hub/tongxin/internal/pgtest"
	"github.com/tongxin-hub/tongxin/internal/traffic"
)

var at = time.Date(2026, 11, 23, 9, 59, 59, 0, time.UTC)

// start counts for a process that writes only at its end.
func start(t *testing.T, db *pgxpool.Pool, process string, every time.Duration) *traffic.Counter {
	t.Helper()
	c, err := traffic.Start(t.Context(), traffic.Deps{
		DB: db, Process: process, Now: func() time.Time { return at }, Every: every, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

type row struct {
	Hour           string
	Agency, System string
	Answered       int64
}

func counted(t *testing.T, db *pgxpool.Pool) []row {
	t.Helper()
	rows, err := db.Query(t.Context(), `SELECT to_char(hour AT TIME ZONE 'UTC', 'HH24'), agency_code, system, sum(answered)::bigint
		FROM edge_count GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`)
	if err != nil {
		t.Fatal(err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[row])
	if err != nil {
		t.Fatal(err)
	}
	return list
}

const (
	first  = "00000000000000000000000000000001"
	second = "00000000000000000000000000000002"
)

// TestCounter: what many count at once is all there, by the hour of the entry, over
// two processes.
func TestCounter(t *testing.T) {
	t.Parallel()
	_, db := pgtest.New(t)
	a, b := start(t, db, first, time.Hour), start(t, db, second, time.Millisecond)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 100 {
				a.Count("MZ", "console", at)
				b.Count("MZ", "console", at.Add(time.Second))
				b.Count("JY", "", at)
			}
		})
	}
	all.Wait()
	for _, c := range []*traffic.Counter{a, b} {
		if err := c.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	want := []row{{"09", "JY", "", 800}, {"09", "MZ", "console", 800}, {"10", "MZ", "console", 800}}
	if diff := cmp.Diff(want, counted(t, db)); diff != "" {
		t.Error(diff)
	}
	var ended int
	if err := db.QueryRow(t.Context(), `SELECT count(ended_at) FROM edge_process`).Scan(&ended); err != nil || ended != 2 {
		t.Errorf("%d processes have ended: %v", ended, err)
	}
}

// TestCounter_databaseGone: a process that cannot write any more stops, and looks
// killed, because its last counts are lost.
func TestCounter_databaseGone(t *testing.T) {
	t.Parallel()
	_, db := pgtest.New(t)
	c := start(t, db, first, time.Hour)
	c.Count("MZ", "console", at)
	if _, err := db.Exec(t.Context(), `ALTER TABLE edge_count RENAME TO elsewhere`); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	var ended bool
	if err := db.QueryRow(t.Context(), `SELECT ended_at IS NOT NULL FROM edge_process`).Scan(&ended); err != nil || ended {
		t.Errorf("ended: %v, %v", ended, err)
	}
}
