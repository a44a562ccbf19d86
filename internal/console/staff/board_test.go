package staff

import (
	"strings"
	"testing"

	"github.com/tongxin-hub/tongxin/internal/console/page"
)

// TestTiles: every township has its number in words, and one of which something is held
// back says so.
func TestTiles(t *testing.T) {
	t.Parallel()
	bars := []page.Bar{{Name: "甲镇", Shown: "120", Value: 120}, {Name: "乙<街>", Shown: "≥ 7", Value: 7, Held: true}, {Name: "丙", Shown: "≥ 0", Held: true}}
	for name, drawn := range map[string]string{"tiles": string(tiles("人数", bars)), "bars": string(page.Bars("人数", 150, 400, bars))} {
		for _, want := range []string{"甲镇", "120", "≥ 7", "乙&lt;街&gt;", `role="img" aria-label="人数"`} {
			if !strings.Contains(drawn, want) {
				t.Errorf("%s: no %q in %s", name, want, drawn)
			}
		}
		if strings.Contains(drawn, "style=") || strings.Contains(drawn, "127") {
			t.Errorf("%s: a style, or a total that gives small cells away: %s", name, drawn)
		}
	}
	if strings.Count(string(tiles("x", bars)), `class="held"`) != 2 || tiles("x", nil) != "" || page.Bars("x", 150, 400, nil) != "" {
		t.Error("what is held back is not told from what is not")
	}
}
