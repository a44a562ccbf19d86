package page

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/flow"
)

// TestAhead: what leads on comes first, what leads nowhere after it, what leads back last.
func TestAhead(t *testing.T) {
	t.Parallel()
	m := flow.Machine{States: []flow.State{{Code: "A"}, {Code: "B"}, {Code: "C"}, {Code: "Z"}}}
	moves := []flow.Move{{Name: "back", To: "A"}, {Name: "stay", To: "B"}, {Name: "stay, dated", To: "B", Due: "days"}, {Name: "end", To: "Z"}, {Name: "on", To: "C"}}
	var got []string
	for len(moves) > 0 {
		best := 0
		for i := range moves {
			if ahead(m, "B", moves[i]) < ahead(m, "B", moves[best]) {
				best = i
			}
		}
		got = append(got, moves[best].Name)
		moves = append(moves[:best], moves[best+1:]...)
	}
	if diff := cmp.Diff([]string{"on", "end", "stay, dated", "stay", "back"}, got); diff != "" {
		t.Error(diff)
	}
}
