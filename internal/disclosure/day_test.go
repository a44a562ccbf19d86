package disclosure

import (
	"testing"
	"time"

	"github.com/tongxin-hub/tongxin/internal/pgtest"
)

// TestTurned_asTheDatabaseReckons holds the birth dates of those who completed an
// age against the database's own arithmetic, every day of nine years.
func TestTurned_asTheDatabaseReckons(t *testing.T) {
	t.Parallel()
	_, db := pgtest.New(t)
	for today := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC); today.Year() < 2029; today = today.AddDate(0, 0, 1) {
		for _, years := range []int{6, 14, 16, 18} {
			born := turned(today, years)
			if today.Month() != time.February && today.Day() != 1 {
				continue // nothing but February is of interest, and a day of every month
			}
			var had, next bool
			err := db.QueryRow(t.Context(), `SELECT $1::date >= $2::date + make_interval(years => $3), $1::date >= $2::date + 1 + make_interval(years => $3)`,
				today.Format(time.DateOnly), born, years).Scan(&had, &next)
			if err != nil {
				t.Fatal(err)
			}
			if !had || next {
				t.Errorf("on %s, %s is not the youngest of %d", today.Format(time.DateOnly), born, years)
			}
		}
	}
}

func TestDay_has(t *testing.T) {
	t.Parallel()
	d := dayOf(time.Date(2026, 11, 24, 16, 0, 0, 0, time.UTC)) // midnight in China
	for _, c := range []struct {
		after time.Duration
		want  bool
	}{{-1, false}, {0, true}, {24*time.Hour - 1, true}, {24 * time.Hour, false}} {
		if got := d.has(d.begins.Add(c.after)); got != c.want {
			t.Errorf("%v after midnight: %v", c.after, got)
		}
	}
}
