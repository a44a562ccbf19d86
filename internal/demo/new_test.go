package demo_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/pgtest"
)

// TestNew makes up districts for every kind of day and for many seeds.
func TestNew(t *testing.T) {
	t.Parallel()
	for _, day := range []string{
		"2024-02-29", "2026-01-01", "2026-01-31", "2026-02-01", "2026-02-17", "2026-07-15", "2026-08-31", "2026-09-01", "2026-09-02", "2026-12-31",
	} {
		at, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		for seed := range uint64(6) {
			d := newDistrict(t, demo.Options{Seed: seed, Today: at})
			if len(d.Stories()) != 10 || len(d.Planted()) != 6 || len(d.Callers()) < 15 {
				t.Errorf("%s, seed %d: %d stories, %d misuses, %d callers", day, seed, len(d.Stories()), len(d.Planted()), len(d.Callers()))
			}
		}
	}
}

func TestNew_refuses(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]demo.Options{
		"no day":            {},
		"an unknown scale":  {Scale: "county", Today: today},
		"too few children":  {Scale: demo.Load, LeftBehind: 10, Today: today},
		"too many children": {Scale: demo.Load, LeftBehind: 50_000_000, Today: today},
	} {
		if _, err := demo.New(o); fault.CodeOf(err) != fault.BadRequest {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestNew_firstDayOfTerm fills the awkward day on which classes have just changed.
func TestNew_firstDayOfTerm(t *testing.T) {
	t.Parallel()
	o := small
	o.Today, o.LogEntries, o.Seed = time.Date(2027, time.September, 1, 8, 0, 0, 0, time.UTC), 2000, 3
	url, pool := pgtest.New(t)
	if err := fill(t.Context(), url, newDistrict(t, o)); err != nil {
		t.Fatal(err)
	}
	got := one[string](t, pool, `SELECT string_agg(shown, ' ' ORDER BY id) FROM figure('2027-09-01') WHERE id BETWEEN 3 AND 13`)
	if diff := cmp.Diff("15 649 0 100% 100% 12 38 95 61 300 288", got); diff != "" {
		t.Error(diff)
	}
	if n := one[int64](t, pool, `SELECT count(*) FROM term WHERE DATE '2027-09-01' BETWEEN starts_on AND ends_on`); n != 1 {
		t.Errorf("%d current terms", n)
	}
}
