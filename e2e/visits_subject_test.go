package e2e

import (
	"testing"

	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// TestVisit_ofAnotherType: the number of a child in reach is the number of somebody
// else's visit too. Its id opens the child and no visit.
func TestVisit_ofAnotherType(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	sup := holder(t, h, "SUP", "VISIT_SUPERVISION", demo.Bailu)
	change(t, h, `UPDATE visit SET state = 'SUBMITTED', child_id = (SELECT min(c.id) FROM child c
		WHERE c.residence_township_id <> (SELECT residence_township_id FROM child WHERE id = $1)) WHERE id = $1`, demo.Bailu)
	const stands = `SELECT state || ' ' || version FROM visit WHERE id = $1`
	before := single[string](t, h, stands, demo.Bailu)
	id := h.ID(t, sup, "Child", demo.Bailu)
	version := single[int](t, h, `SELECT version FROM visit WHERE id = $1`, demo.Bailu)
	expect(t, h, sup, "checkVisit", map[string]any{"id": id, "version": version}, "NOT_FOUND input")
	if after := single[string](t, h, stands, demo.Bailu); after != before {
		t.Errorf("the visit of a child out of reach went from %s to %s", before, after)
	}
}
