package e2e

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// listing is one connection as one caller asks for it.
type listing struct {
	caller, field, args string
}

// listings are the connections that these tests walk; orders with equal and
// with missing keys are among them.
var listings = map[string]listing{
	"children":              {"education-system", "children", ""},
	"children by birth":     {"supervisor", "children", "orderBy: {by: BIRTH_DATE, direction: DESC}"},
	"children by visit":     {"supervisor", "children", "orderBy: {by: LAST_VISITED}"},
	"children last visited": {"supervisor", "children", "orderBy: {by: LAST_VISITED, direction: DESC}"},
	"visits":                {"supervisor", "visits", ""},
	"dropout cases":         {"dps-phone-check", "dropoutCases", ""},
	"audit entries":         {"auditor", "auditEntries", `filter: {agencyCode: "JY", until: "2026-11-23T00:00:00+08:00"}`},
	"entries of an agency":  {"leader-access", "entriesOfMyAgency", `filter: {until: "2026-11-23T00:00:00+08:00"}`},
	"schools":               {"leader", "schools", ""},
	"divisions":             {"leader", "divisions", "filter: {level: VILLAGE}"},
	"posts":                 {"leader", "posts", "filter: {role: PSY}"},
}

// window is one page of a listing.
type window struct {
	Edges []struct {
		Cursor string
		Node   struct{ ID string }
	}
	Nodes    []struct{ ID string }
	PageInfo struct {
		HasNextPage, HasPreviousPage bool
		StartCursor, EndCursor       *string
	}
}

// document asks for one page of a listing.
func (l listing) document() string {
	args := strings.TrimPrefix(strings.Join([]string{l.args, "first: $first", "after: $after"}, ", "), ", ")
	return fmt.Sprintf(`query Page($first: Int!, $after: String) {
  list: %s(%s) { edges { cursor node { id } } nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }
}`, l.field, args)
}

// asker is the caller of a listing; the officer works the whole ledger.
func (l listing) asker(t *testing.T, h *hubtest.Hub) demo.Caller {
	t.Helper()
	c := h.Caller(t, l.caller)
	if l.field == "dropoutCases" {
		c.TicketCode = single[string](t, h, `SELECT k.code FROM ticket k JOIN staff s ON s.id = k.staff_id
WHERE s.code = $1 AND k.purpose = $2 AND k.child_id IS NULL`, c.StaffCode, c.Purpose)
	}
	return c
}

// turn asks for the page behind a cursor, "" for the first.
func (l listing) turn(t *testing.T, h *hubtest.Hub, c demo.Caller, first int, after string) hubtest.Response {
	t.Helper()
	vars := map[string]any{"first": first}
	if after != "" {
		vars["after"] = after
	}
	return h.Ask(t, c, hubtest.Question{Query: l.document(), Variables: vars})
}

// page reads a page that must be answered.
func (l listing) page(t *testing.T, h *hubtest.Hub, c demo.Caller, first int, after string) window {
	t.Helper()
	got := l.turn(t, h, c, first, after)
	var data struct{ List window }
	if err := json.Unmarshal(got.Data, &data); err != nil || len(got.Errors) > 0 {
		t.Fatalf("%s first %d after %q: %v: %.400s", l.field, first, after, err, got.Body)
	}
	return data.List
}

// walk follows the cursors to the end and gives the ids in order.
func (l listing) walk(t *testing.T, h *hubtest.Hub, first int) []string {
	t.Helper()
	c := l.asker(t, h)
	var ids []string
	after := ""
	for {
		p := l.page(t, h, c, first, after)
		checkPage(t, p, first, after != "")
		for _, n := range p.Nodes {
			ids = append(ids, n.ID)
		}
		if !p.PageInfo.HasNextPage {
			return ids
		}
		after = *p.PageInfo.EndCursor
	}
}

// checkPage holds what is true of every page.
func checkPage(t *testing.T, p window, first int, later bool) {
	t.Helper()
	if p.PageInfo.HasPreviousPage != later {
		t.Errorf("hasPreviousPage is %v on a page with a page before: %v", p.PageInfo.HasPreviousPage, later)
	}
	if n := len(p.Nodes); n > first || n != len(p.Edges) || p.PageInfo.HasNextPage && n != first {
		t.Fatalf("%d nodes and %d edges on a page of %d, hasNextPage %v", n, len(p.Edges), first, p.PageInfo.HasNextPage)
	}
	for i, e := range p.Edges {
		if e.Node.ID != p.Nodes[i].ID {
			t.Errorf("edge %d holds %s, node %s", i, e.Node.ID, p.Nodes[i].ID)
		}
	}
	if n := len(p.Edges); n > 0 && (*p.PageInfo.StartCursor != p.Edges[0].Cursor || *p.PageInfo.EndCursor != p.Edges[n-1].Cursor) {
		t.Error("startCursor and endCursor are not the cursors of the first and last edge")
	}
}

// TestPages_everyRowOnce walks each listing with small pages and with large
// ones: both give every row once, in the same order.
func TestPages_everyRowOnce(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	change(t, h, "UPDATE parameter SET value = '100000' WHERE name IN ('volume_day', 'volume_week')")
	for name, l := range listings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			large := l.walk(t, h, 100)
			seen := map[string]bool{}
			for _, id := range large {
				if seen[id] {
					t.Errorf("row %s comes twice", id)
				}
				seen[id] = true
			}
			size := max(2, len(large)/20)
			if diff := cmp.Diff(large, l.walk(t, h, size)); diff != "" || len(large) < 3 {
				t.Errorf("%d rows; pages of 100 (-) and of %d (+) differ:\n%s", len(large), size, diff)
			}
		})
	}
}

// TestPages_emptyPage asks for a page of none: it tells whether there are rows,
// and has no cursors.
func TestPages_emptyPage(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	for name, l := range listings {
		p := l.page(t, h, l.asker(t, h), 0, "")
		if len(p.Nodes) != 0 || !p.PageInfo.HasNextPage || p.PageInfo.StartCursor != nil || p.PageInfo.EndCursor != nil {
			t.Errorf("%s: a page of none is %+v", name, p)
		}
	}
}

// TestCursors_changed replaces each character of a cursor by another in turn.
func TestCursors_changed(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	for name, l := range listings {
		c := l.asker(t, h)
		cursor := *l.page(t, h, c, 1, "").PageInfo.EndCursor
		if name != "schools" { // one listing at every place, the others at three
			for _, at := range []int{0, len(cursor) / 2, len(cursor) - 1} {
				refusesCursor(t, name, l.turn(t, h, c, 1, altered(cursor, at)))
			}
			continue
		}
		for at := range cursor {
			refusesCursor(t, fmt.Sprintf("%s at %d", name, at), l.turn(t, h, c, 1, altered(cursor, at)))
		}
		refusesCursor(t, "cut short", l.turn(t, h, c, 1, cursor[:len(cursor)-4]))
		refusesCursor(t, "made longer", l.turn(t, h, c, 1, cursor+"AAAA"))
	}
}

// altered is a cursor with one character replaced by its neighbour.
func altered(cursor string, at int) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	next := alphabet[(strings.IndexByte(alphabet, cursor[at])+1)%len(alphabet)]
	return cursor[:at] + string(next) + cursor[at+1:]
}

func refusesCursor(t *testing.T, name string, got hubtest.Response) {
	t.Helper()
	if len(got.Errors) != 1 || got.Errors[0].Extensions.Code != "BAD_REQUEST" || len(got.Data) > 0 && string(got.Data) != "null" {
		t.Errorf("%s: the cursor is taken: %.300s", name, got.Body)
	}
}

// TestCursors_elsewhere uses a cursor where it was not given.
func TestCursors_elsewhere(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	for name, move := range map[string]struct{ from, to listing }{
		"another agency": {listing{"leader", "schools", ""}, listing{"auditor", "schools", ""}},
		"another supervisor": {
			listing{"supervisor", "children", ""}, listing{"director", "children", ""},
		},
		"another listing":   {listing{"leader", "schools", ""}, listing{"leader", "divisions", ""}},
		"with a filter":     {listing{"leader", "divisions", ""}, listing{"leader", "divisions", "filter: {level: VILLAGE}"}},
		"without a filter":  {listing{"leader", "divisions", "filter: {level: VILLAGE}"}, listing{"leader", "divisions", ""}},
		"another filter":    {listing{"leader", "divisions", "filter: {level: TOWNSHIP}"}, listing{"leader", "divisions", "filter: {level: VILLAGE}"}},
		"another order":     {listing{"supervisor", "children", "orderBy: {by: BIRTH_DATE}"}, listing{"supervisor", "children", "orderBy: {by: LAST_VISITED}"}},
		"another direction": {listing{"supervisor", "children", "orderBy: {by: BIRTH_DATE}"}, listing{"supervisor", "children", "orderBy: {by: BIRTH_DATE, direction: DESC}"}},
		"an order added":    {listing{"supervisor", "children", ""}, listing{"supervisor", "children", "orderBy: {by: BIRTH_DATE}"}},
		"another instant": {
			listing{"auditor", "auditEntries", `filter: {until: "2026-11-23T00:00:00+08:00"}`},
			listing{"auditor", "auditEntries", `filter: {until: "2026-11-22T00:00:00+08:00"}`},
		},
	} {
		cursor := *move.from.page(t, h, move.from.asker(t, h), 1, "").PageInfo.EndCursor
		refusesCursor(t, name, move.to.turn(t, h, move.to.asker(t, h), 1, cursor))
	}
}

// TestCursors_nested: the cursor of one child's visits opens neither another
// child's nor the worklist, and walks its own to the end.
func TestCursors_nested(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	c := h.Caller(t, "supervisor")
	const document = `query Visits($child: ID!, $first: Int!, $after: String) {
  child(id: $child) { list: visits(first: $first, after: $after) { edges { cursor node { id } } nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }
}`
	ask := func(child int64, first int, after string) hubtest.Response {
		vars := map[string]any{"child": h.ID(t, c, "Child", child), "first": first}
		if after != "" {
			vars["after"] = after
		}
		return h.Ask(t, c, hubtest.Question{Query: document, Variables: vars})
	}
	read := func(got hubtest.Response) window {
		var data struct{ Child struct{ List window } }
		if err := json.Unmarshal(got.Data, &data); err != nil || len(got.Errors) > 0 {
			t.Fatalf("%v: %.300s", err, got.Body)
		}
		return data.Child.List
	}
	all := read(ask(c.ChildID, 100, ""))
	var ids, want []string
	for _, n := range all.Nodes {
		want = append(want, n.ID)
	}
	for after, more := "", true; more; {
		p := read(ask(c.ChildID, 2, after))
		checkPage(t, p, 2, after != "")
		for _, n := range p.Nodes {
			ids = append(ids, n.ID)
		}
		if more = p.PageInfo.HasNextPage; more {
			after = *p.PageInfo.EndCursor
		}
	}
	if diff := cmp.Diff(want, ids); diff != "" || len(ids) < 3 {
		t.Errorf("one list (-) and pages of two (+) differ:\n%s", diff)
	}
	cursor := all.Edges[0].Cursor
	other := single[int64](t, h, `SELECT min(v.child_id) FROM visit v JOIN child k ON k.id = v.child_id
WHERE k.residence_township_id = (SELECT residence_township_id FROM child WHERE id = $1) AND k.id <> $1 AND k.shield = 'NONE'`, c.ChildID)
	refusesCursor(t, "another child", ask(other, 2, cursor))
	worklist := listing{"supervisor", "visits", ""}
	refusesCursor(t, "the worklist", worklist.turn(t, h, c, 2, cursor))
	refusesCursor(t, "from the worklist", ask(c.ChildID, 2, *worklist.page(t, h, c, 1, "").PageInfo.EndCursor))
}
