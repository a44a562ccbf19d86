package e2e

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// giveTask puts a task about the caller's child into somebody's inbox.
const giveTask = `INSERT INTO task (kind, child_id, subject, subject_id, staff_id, agency_id, opened_at, due_at, basis)
SELECT $1, $2, 'dropout_case', 1, s.id, s.agency_id, '2026-11-01', '2026-11-22', '设定值' FROM staff s WHERE s.code = $3`

// taskPage is a page of tasks as a client reads it.
type taskPage struct {
	Nodes []struct {
		Kind    string
		Overdue bool
		Child   *struct{ ID, Name string }
	}
	PageInfo struct {
		EndCursor   *string
		HasNextPage bool
	}
}

func (p taskPage) kinds() []string {
	var out []string
	for _, n := range p.Nodes {
		out = append(out, n.Kind)
	}
	return out
}

// askTasks asks for a page of inbox or changes.
func askTasks(t *testing.T, h *hubtest.Hub, c demo.Caller, field, after, child string) taskPage {
	t.Helper()
	query := fmt.Sprintf(`query Tasks($after: String) { page: %s(first: 2, after: $after) { nodes { kind overdue %s } pageInfo { endCursor hasNextPage } } }`, field, child)
	variables := map[string]any{}
	if after != "" {
		variables["after"] = after
	}
	got := h.Ask(t, c, hubtest.Question{Query: query, Variables: variables})
	var data struct{ Page taskPage }
	if err := json.Unmarshal(got.Data, &data); err != nil || len(got.Errors) > 0 {
		t.Fatalf("%s: %s", field, got.Body)
	}
	return data.Page
}

func TestInbox_isOnesOwn(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	officer, director := h.Caller(t, "dps-phone-check"), h.Caller(t, "director")
	change(t, h, giveTask, "READ_THIS", officer.ChildID, officer.StaffCode)
	change(t, h, giveTask, "NOT_THIS", officer.ChildID, director.StaffCode)

	page := askTasks(t, h, officer, "inbox", "", "child { id name }")
	if diff := cmp.Diff([]string{"READ_THIS"}, page.kinds()); diff != "" {
		t.Fatalf("inbox (-want +got):\n%s", diff)
	}
	if n := page.Nodes[0]; !n.Overdue || n.Child == nil || n.Child.Name == "" {
		t.Errorf("the task is %+v", n)
	}
	// Of a child out of reach the task tells nothing, not even that there is one.
	next := h.Caller(t, "director-next-village")
	change(t, h, giveTask, "FAR_AWAY", officer.ChildID, next.StaffCode)
	if n := askTasks(t, h, next, "inbox", "", "child { id name }").Nodes[0]; n.Child != nil {
		t.Errorf("the director of the next village was shown %+v", n.Child)
	}
}

// TestChanges_missNothing commits out of turn: who follows the changes sees each one
// once, whatever commits late.
func TestChanges_missNothing(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	officer := h.Caller(t, "dps-phone-check")
	late, err := h.DB.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := late.Exec(t.Context(), giveTask, "LATE", officer.ChildID, officer.StaffCode); err != nil {
		t.Fatal(err)
	}
	change(t, h, giveTask, "SOON", officer.ChildID, officer.StaffCode)
	var seen []string
	after := ""
	follow := func() {
		t.Helper()
		for {
			page := askTasks(t, h, officer, "changes", after, "")
			seen = append(seen, page.kinds()...)
			if page.PageInfo.EndCursor != nil {
				after = *page.PageInfo.EndCursor
			}
			if !page.PageInfo.HasNextPage {
				return
			}
		}
	}
	follow()
	if len(seen) != 0 {
		t.Errorf("%v was told while an earlier change was under way", seen)
	}
	if err := late.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	change(t, h, giveTask, "LAST", officer.ChildID, officer.StaffCode)
	for len(seen) < 3 && t.Context().Err() == nil { // another database's transaction may still hold back the last
		follow()
	}
	change(t, h, `UPDATE task SET done_at = '2026-11-23', next_rung_at = NULL WHERE kind = 'SOON'`)
	for len(seen) < 4 && t.Context().Err() == nil {
		follow()
	}
	slices.Sort(seen)
	if diff := cmp.Diff([]string{"LAST", "LATE", "SOON", "SOON"}, seen); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
}
