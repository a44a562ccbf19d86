package visitplan

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/chinatime"
)

func TestSlots(t *testing.T) {
	t.Parallel()
	today := time.Date(2026, 11, 23, 0, 0, 0, 0, chinatime.Zone()) // a Monday
	for setting, want := range map[string][]string{
		"1/3": {"2026-10-01/1 10-01–12-31"},
		"1/2": {"2026-11-01/1 11-01–12-31"},
		"1/1": {"2026-11-01/1 11-01–11-30", "2026-12-01/1 12-01–12-31"},
		"2/1": {"2026-11-01/2 11-16–11-30", "2026-12-01/1 12-01–12-15"},
		"1/W": {"2026-11-23/1 11-23–11-29", "2026-11-30/1 11-30–12-06", "2026-12-07/1 12-07–12-13"},
	} {
		got, err := slots(rule{parameter: "p"}, setting, today, 14)
		if err != nil {
			t.Fatal(err)
		}
		var lines []string
		for _, s := range got {
			lines = append(lines, fmt.Sprintf("%s %s–%s", s.name[2:], s.first.Format("01-02"), s.last.Format("01-02")))
		}
		if diff := cmp.Diff(want, lines); diff != "" {
			t.Errorf("%s (-want +got):\n%s", setting, diff)
		}
	}
}

func TestSlots_refusesWhatIsNoCadence(t *testing.T) {
	t.Parallel()
	for _, setting := range []string{"", "1", "1/0", "0/1", "x/1", "1/x", "9/1", "1/13", "-1/1"} {
		if got, err := slots(rule{parameter: "p"}, setting, time.Now(), 14); err == nil {
			t.Errorf("%q was taken for %v", setting, got)
		}
	}
}

// TestSlots_coverTheYear walks a year day by day: every day lies in exactly one slot.
func TestSlots_coverTheYear(t *testing.T) {
	t.Parallel()
	for _, setting := range []string{"1/3", "1/2", "1/1", "2/1", "1/W"} {
		for day := time.Date(2026, 1, 1, 0, 0, 0, 0, chinatime.Zone()); day.Year() == 2026; day = day.AddDate(0, 0, 1) {
			got, err := slots(rule{parameter: "p"}, setting, day, 0)
			if err != nil || len(got) != 1 || got[0].first.After(day) || got[0].last.Before(day) {
				t.Fatalf("%s on %s: %v, %v", setting, day.Format(time.DateOnly), got, err)
			}
		}
	}
}
