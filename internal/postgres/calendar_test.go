package postgres_test

import (
	"testing"

	"github.com/tongxin-hub/tongxin/internal/pgtest"
)

func TestWorkingDayAfter(t *testing.T) {
	t.Parallel()
	_, db := pgtest.New(t)
	// A made-up holiday from Thursday the 1st to Wednesday the 7th, paid for with a Saturday.
	_, err := db.Exec(t.Context(), `INSERT INTO calendar_exception (day, working)
		SELECT d::date, false FROM generate_series(date '2026-10-01', date '2026-10-07', interval '1 day') d
		UNION ALL VALUES (date '2026-10-10', true)`)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		from string
		n    int
		want string
	}{
		{"2026-09-28", 0, "2026-09-28"},
		{"2026-09-28", 1, "2026-09-29"},
		{"2026-09-30", 1, "2026-10-08"},
		{"2026-09-30", 3, "2026-10-10"}, // the Saturday that is worked
		{"2026-09-30", 4, "2026-10-12"},
		{"2026-10-03", 1, "2026-10-08"},
		{"2026-11-20", 1, "2026-11-23"}, // over a weekend
		{"2026-01-01", 200, "2026-10-14"},
	} {
		var got string
		if err := db.QueryRow(t.Context(), `SELECT working_day_after($1::date, $2)::text`, c.from, c.n).Scan(&got); err != nil {
			t.Fatal(err)
		}
		if got != c.want {
			t.Errorf("%d working days after %s: %s, want %s", c.n, c.from, got, c.want)
		}
	}
}
