package e2e

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// TestByIds_asAsked: an answer to a list of ids has each child, or null, at the place
// where it was asked for, with what is its own, whatever the order and however often.
func TestByIds_asAsked(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	c := officer(t, h, false)
	children := reachable(t, h, 12)
	born := map[string]string{}
	var ids []string
	for _, child := range children {
		id := h.ID(t, c, "Child", child)
		ids = append(ids, id)
		born[id] = single[string](t, h, `SELECT to_char(birth_date, 'YYYY-MM') FROM child WHERE id = $1`, child)
	}
	ids = append(ids, h.ID(t, c, "Child", missingID), ids[3], ids[7], h.ID(t, c, "School", 1))
	random := rand.New(rand.NewPCG(1, 5))
	for range 20 {
		random.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
		got := h.Ask(t, c, hubtest.Question{
			Query:     `query Some($ids: [ID!]!) { childrenByIds(ids: $ids) { id birthYearMonth guardians { id } } nodes(ids: $ids) { id } }`,
			Variables: map[string]any{"ids": ids},
		})
		var data struct {
			Children []*struct{ ID, BirthYearMonth string } `json:"childrenByIds"`
			Nodes    []*struct{ ID string }
		}
		if err := json.Unmarshal(got.Data, &data); err != nil || len(data.Children) != len(ids) || len(data.Nodes) != len(ids) {
			t.Fatalf("%v: %.300s", err, got.Body)
		}
		for i, id := range ids {
			child := data.Children[i]
			if want, known := born[id]; known != (child != nil) || known && (child.ID != id || child.BirthYearMonth != want) {
				t.Errorf("place %d of %v: %+v, want %s", i, slices.Index(ids, id), child, want)
			}
			if node := data.Nodes[i]; node != nil && node.ID != id {
				t.Errorf("node %d is another: %+v", i, node)
			}
		}
	}
}
