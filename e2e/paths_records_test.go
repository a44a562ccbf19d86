package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/config"
	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// records takes every record with an identifier out of a child's file.
func records(picks []pick, file any, into map[string]any) {
	switch v := file.(type) {
	case []any:
		for _, e := range v {
			records(picks, e, into)
		}
	case map[string]any:
		if id, ok := v["id"].(string); ok {
			into[id] = v
		}
		for _, p := range picks {
			if p.sub != nil {
				records(p.sub, v[p.key], into)
			}
		}
	}
}

// TestRecords_haveNoSecondWay asks with node and nodes for every record that is
// stored of a child, shown in the caller's file of it or not: what comes back is
// what the file shows of the record, and nothing for one that it does not show.
func TestRecords_haveNoSecondWay(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{Configure: func(c *config.Config) {
		c.Limits.Tokens, c.Limits.Nodes, c.Limits.Values = 1<<16, 1<<30, 1<<30
	}})
	w := newWorld(t, h)
	list := canaries(t, h)
	shown, hidden := 0, 0
	for _, key := range []string{"dps-phone-check", "class-teacher", "director", "supervisor", "case-manager", "contractor", "family-guide", "rights-officer", "consultation", "auditor"} {
		c := h.Caller(t, key)
		child := max(c.ChildID, 1)
		plant(t, h, list, child)
		open := map[string]any{}
		if c.ChildID != 0 {
			id := h.ID(t, c, "Child", child)
			records(whole("Child"), fileOf(t, h, c, path{fmt.Sprintf("child(id: %q)", id)}, text(whole("Child")), id)[0], open)
			delete(open, id)
		}
		for _, name := range slices.Sorted(maps.Keys(w.records)) {
			ids := w.storedOf(t, c, name, child)
			if len(ids) == 0 || !slices.Contains(published().Types[name].Interfaces, "Node") || name == "Child" {
				continue
			}
			got := h.Ask(t, c, hubtest.Question{
				Query:     "query Records($ids: [ID!]!) { nodes(ids: $ids) { ... on " + name + " { " + text(whole(name)) + "} } }",
				Variables: map[string]any{"ids": ids},
			})
			if len(got.Errors) > 0 {
				if got.Errors[0].Extensions.Code != "FORBIDDEN" {
					t.Errorf("%s, %s: %.300s", key, name, got.Body)
				}
				hidden += len(ids)
				continue
			}
			var answer struct{ Nodes []any }
			if err := json.Unmarshal(got.Data, &answer); err != nil {
				t.Fatal(err)
			}
			for i, id := range ids {
				if !reflect.DeepEqual(open[id], answer.Nodes[i]) {
					t.Errorf("%s, %s (-in the file +by nodes):\n%.1500s", key, name, cmp.Diff(open[id], answer.Nodes[i]))
				}
				if answer.Nodes[i] == nil {
					hidden++
				} else {
					shown++
				}
			}
		}
	}
	if shown < 50 || hidden < 100 {
		t.Errorf("%d records shown, %d hidden: too few to prove anything", shown, hidden)
	}
}

// storedOf are the identifiers, for a caller, of what is stored of a child as a
// type; of a part, what is stored below the child's records.
func (w *world) storedOf(t *testing.T, c demo.Caller, typename string, child int64) []string {
	t.Helper()
	r := w.records[typename]
	where := fmt.Sprintf("child_id = %d", child)
	if parent, below := parts[r.Table]; below {
		table, key, _ := strings.Cut(parent, ".")
		where = fmt.Sprintf("%s IN (SELECT id FROM %s WHERE child_id = %d)", key, table, child)
	}
	if r.Table == "child" {
		where = fmt.Sprintf("id = %d", child)
	}
	var out []string
	for _, id := range single[[]int64](t, w.h, fmt.Sprintf("SELECT coalesce(array_agg(%s), '{}') FROM (SELECT * FROM %s WHERE %s LIMIT 100) t", w.key(r), r.Table, where)) {
		out = append(out, w.h.ID(t, c, typename, id))
	}
	return out
}
