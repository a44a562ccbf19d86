package e2e

import (
	"slices"
	"testing"

	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// TestFragments_changeNothing asks the same with and without a fragment.
func TestFragments_changeNothing(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	c := h.Caller(t, "director")
	id := h.ID(t, c, "Child", c.ChildID)
	for _, root := range []string{`child(id: "` + id + `")`, `node(id: "` + id + `")`, `nodes(ids: ["` + id + `"])`, `childrenByIds(ids: ["` + id + `"])`} {
		plain := h.Ask(t, c, hubtest.Question{Query: `query Q { ` + root + ` { id } }`})
		for _, query := range []string{
			`query Q { ...F } fragment F on Query { ` + root + ` { id } }`, `query Q { ... on Query { ` + root + ` { ... { id } } } }`,
		} {
			answers(t, query, h.Ask(t, c, hubtest.Question{Query: query}), string(plain.Data))
		}
	}
}

// TestFilters_areOnRecord: what a filter tells of the children that it matched
// is on record, even where nothing of them was selected.
func TestFilters_areOnRecord(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	c := h.Caller(t, "supervisor")
	change(t, h, `UPDATE registration SET risk_level = 'RED' WHERE child_id = $1`, c.ChildID)
	for _, selection := range []string{"nodes { id }", "edges { cursor }", "pageInfo { hasNextPage startCursor }"} {
		got := h.Ask(t, c, hubtest.Question{Query: `query Q { children(first: 1, filter: {riskLevel: RED}, orderBy: {by: BIRTH_DATE, direction: ASC}) { ` + selection + ` } }`})
		e := last(t, h)
		for _, coordinate := range []string{"Registration.riskLevel", "Child.birthDate"} {
			if !slices.Contains(e.Requested, coordinate) {
				t.Errorf("{%s}: %s is not among what was asked: %v", selection, coordinate, e.Requested)
			}
		}
		if len(e.Shown) != 1 {
			t.Errorf("{%s}: %d children on record: %.300s", selection, len(e.Shown), got.Body)
		}
		for child, shown := range e.Shown {
			if shown["Registration.riskLevel"] != "FULL" {
				t.Errorf("{%s}: the log does not say that the risk level of child %d was told: %v", selection, child, shown)
			}
		}
	}
}
