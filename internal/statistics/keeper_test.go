package statistics_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/pgtest"
	"github.com/tongxin-hub/tongxin/internal/statistics"
)

// hour is longer than any test: a keeper that works only when it is told to.
const hour = time.Hour

func keeper(tb testing.TB, deps statistics.Deps) *statistics.Keeper {
	tb.Helper()
	deps.Populations, deps.Dimensions = populations, dimensions
	if deps.Log == nil {
		deps.Log = slog.New(slog.DiscardHandler)
	}
	k := statistics.NewKeeper(tb.Context(), deps)
	tb.Cleanup(func() {
		if err := k.Close(context.Background()); err != nil { // tb.Context has ended by now
			tb.Error(err)
		}
	})
	return k
}

func TestKeeper_Keep(t *testing.T) {
	t.Parallel()
	pool := district(t)
	day := today
	k := keeper(t, statistics.Deps{DB: pool, Today: func() string { return day }, Every: hour})
	round := func(what, want string) {
		t.Helper()
		if err := k.Keep(t.Context()); err != nil {
			t.Fatal(err)
		}
		const kept = `SELECT coalesce(string_agg(DISTINCT k.as_of || ' ' || n, ', '), '') FROM count_kept k,
			LATERAL (SELECT count(DISTINCT (population, dimension)) AS n FROM count_kept WHERE as_of = k.as_of) x`
		if diff := cmp.Diff(want, one[string](t.Context(), t, pool, kept)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
		if one[bool](t.Context(), t, pool, `SELECT EXISTS (SELECT FROM count_change)`) {
			t.Errorf("%s: a change is left", what)
		}
		mustBeRight(t.Context(), t, pool, what)
	}
	version := func() string {
		return one[string](t.Context(), t, pool, `SELECT string_agg(DISTINCT xmin::text, ',') FROM count_kept`)
	}
	round("the first round", "2026-11-23 20")
	before := version()
	round("a round without a change", "2026-11-23 20")
	if diff := cmp.Diff(before, version()); diff != "" {
		t.Errorf("what had not changed was made anew: %s", diff)
	}
	exit(t, pool)
	round("a round after a change", "2026-11-23 20")
	if before == version() {
		t.Error("what had changed was not made anew")
	}
	day = "2026-11-24"
	round("the next day", "2026-11-23 20, 2026-11-24 20")
	day = "2026-11-25"
	round("the day after", "2026-11-24 20, 2026-11-25 20")
}

func TestKeeper_Keep_emptyHub(t *testing.T) {
	t.Parallel()
	_, pool := pgtest.New(t)
	k := keeper(t, statistics.Deps{DB: pool, Today: func() string { return today }, Every: hour})
	if err := k.Keep(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestKeeper_Keep_leavesItToAnother(t *testing.T) {
	t.Parallel()
	pool := district(t)
	other := begin(t, pool, pgx.ReadCommitted)
	one[bool](t.Context(), t, other, `SELECT keep_counts($1, 'HARDSHIP', 'SEX')`, today)
	k := keeper(t, statistics.Deps{DB: pool, Today: func() string { return today }, Every: hour})
	if err := k.Keep(t.Context()); err != nil {
		t.Error(err)
	}
	if n := one[int](t.Context(), t, pool, `SELECT count(*) FROM count_kept`); n != 0 {
		t.Errorf("%d lines were kept beside another hub", n)
	}
}

// broken refuses every question and says that it was asked.
type broken struct {
	statistics.Database
	asked chan struct{}
}

func (b broken) Query(ctx context.Context, _ string, _ ...any) (pgx.Rows, error) {
	select {
	case b.asked <- struct{}{}:
	case <-ctx.Done():
	}
	return nil, errors.New("out of reach")
}

func TestKeeper_goesOnAfterErrors(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer // read after Close, when nobody writes any more
	db := broken{asked: make(chan struct{})}
	k := keeper(t, statistics.Deps{
		DB: db, Today: func() string { return today }, Every: time.Millisecond, Log: slog.New(slog.NewTextHandler(&log, nil)),
	})
	for range 5 {
		<-db.asked
	}
	if err := k.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(log.String(), "out of reach"); n != 1 {
		t.Errorf("%d log lines of one outage:\n%s", n, log.String())
	}
}
