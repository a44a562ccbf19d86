package staff

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestDraw: every township has its number in words, and one whose number is held back
// says so; where they lie is taken as given, or the order of the codes.
func TestDraw(t *testing.T) {
	t.Parallel()
	list := []tile{{Name: "甲镇", Shown: "120", Value: 120, Column: 3, Row: 1}, {Name: "乙<街>", Shown: "*", Held: true, Column: 1, Row: 2}}
	drawn := string(draw("人数", list))
	for _, want := range []string{"甲镇", "120", ">*<", "乙&lt;街&gt;", `role="img" aria-label="人数"`, `viewBox="0 0 384 140"`, `x="256" y="0"`} {
		if !strings.Contains(drawn, want) {
			t.Errorf("no %q in %s", want, drawn)
		}
	}
	if strings.Contains(drawn, "style=") || strings.Count(drawn, `class="held"`) != 1 || draw("x", nil) != "" {
		t.Errorf("a style, or what is held back is not told from what is not: %s", drawn)
	}
	for name, list := range map[string][]tile{"no place": {{Column: 2, Row: 2}, {}, {}}, "one place for two": {{Column: 1, Row: 1}, {Column: 1, Row: 1}, {Column: 5, Row: 5}}} {
		across, down := settle(list)
		if diff := cmp.Diff([]tile{{Column: 1, Row: 1}, {Column: 2, Row: 1}, {Column: 1, Row: 2}}, list); diff != "" || across != 2 || down != 2 {
			t.Errorf("%s: %d %d %s", name, across, down, diff)
		}
	}
}

// TestLine: a quarter that is held back leaves a gap and says so.
func TestLine(t *testing.T) {
	t.Parallel()
	drawn := string(line("近八个季度", []point{{"2026Q1", "100", 100, false}, {"2026Q2", "*", 0, true}, {"2026Q3", "95", 95, false}, {"2026Q4", "90", 90, false}}))
	if strings.Count(drawn, "<circle") != 3 || strings.Count(drawn, "M") != 3 || !strings.Contains(drawn, ">*<") || strings.Contains(drawn, "style=") || line("x", nil) != "" {
		t.Error(drawn)
	}
}
