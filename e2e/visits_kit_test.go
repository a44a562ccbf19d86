package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// outcome is the payload of a mutation.
type outcome struct {
	State, Entry string
	Version      int
	UserErrors   []struct {
		Code string
		Path []string
	}
}

// said is what a payload came to in short: its state, or code and place of its error.
func (o outcome) said() string {
	if len(o.UserErrors) > 0 {
		return o.UserErrors[0].Code + " " + strings.Join(o.UserErrors[0].Path, ".")
	}
	return o.State
}

// inputsAlike are inputs that several mutations share.
var inputsAlike = map[string]string{
	"declineMove": "ClaimMove", "confirmArrival": "Arrival", "denyArrival": "Arrival",
	"releasePupil": "SchoolTransferMove", "proveArrival": "SchoolTransferMove", "withdrawSchoolTransfer": "SchoolTransferMove",
}

var versionMembers = map[string]string{"confirmRisk": "version", "answerConcern": ""}

// do makes a mutation with a key of its own, unless the input names one.
func do(t *testing.T, h *hubtest.Hub, c demo.Caller, mutation string, input map[string]any) outcome {
	t.Helper()
	with := map[string]any{"key": fmt.Sprintf("key-%d", hired.Add(1))}
	maps.Copy(with, input)
	members, special := versionMembers[mutation]
	if !special {
		members = "state version"
	}
	name := strings.ToUpper(mutation[:1]) + mutation[1:]
	in := name
	if alike := inputsAlike[mutation]; alike != "" {
		in = alike
	}
	got := h.Ask(t, c, hubtest.Question{
		Query:     fmt.Sprintf("mutation %s($in: %sInput!) { out: %s(input: $in) { %s entry userErrors { code path } } }", name, in, mutation, members),
		Variables: map[string]any{"in": with},
	})
	var data struct{ Out outcome }
	if err := json.Unmarshal(got.Data, &data); err != nil || len(got.Errors) > 0 {
		t.Fatalf("%s: %s", mutation, got.Body)
	}
	if data.Out.Entry == "" {
		t.Errorf("%s is not on record: %s", mutation, got.Body)
	}
	return data.Out
}

// expect makes a mutation that has to come to something.
func expect(t *testing.T, h *hubtest.Hub, c demo.Caller, mutation string, input map[string]any, want string) outcome {
	t.Helper()
	got := do(t, h, c, mutation, input)
	if got.said() != want {
		t.Fatalf("%s: %s, want %s", mutation, got.said(), want)
	}
	return got
}

// holder is whoever holds a post in reach of a child.
func holder(t *testing.T, h *hubtest.Hub, role, purpose string, child int64) demo.Caller {
	t.Helper()
	c := demo.Caller{Role: role, Purpose: purpose}
	const find = `SELECT s.code, a.code FROM post p JOIN staff s ON s.id = p.staff_id JOIN agency a ON a.id = s.agency_id JOIN child c ON c.id = $2
		LEFT JOIN enrolment e ON e.child_id = c.id AND e.current LEFT JOIN school_class k ON k.id = e.class_id
		WHERE p.role = $1 AND p.valid_to IS NULL AND s.kind = 'PERSON' AND CASE $1 WHEN 'DIR' THEN p.division_id = c.residence_village_id
			WHEN 'SUP' THEN p.division_id = c.residence_township_id WHEN 'HT' THEN s.id = k.homeroom_staff_id
			WHEN 'PSY' THEN p.school_id = e.school_id ELSE true END ORDER BY p.valid_from DESC, p.id LIMIT 1`
	if err := h.DB.QueryRow(t.Context(), find, role, child).Scan(&c.StaffCode, &c.AgencyCode); err != nil {
		t.Fatalf("no %s: %v", role, err)
	}
	return c
}

// staffed gives a child a director, a supervisor and a teacher of agencies that can
// sign in here.
func staffed(t *testing.T, h *hubtest.Hub, child int64) {
	t.Helper()
	hire(t, h, post{agency: "ZJ003", role: "DIR", division: where(t, h, child, "village"), from: "2026-11-20"})
	hire(t, h, post{agency: "ZJ002", role: "SUP", division: where(t, h, child, "township"), from: "2026-11-20"})
	teacher := hire(t, h, post{agency: h.Caller(t, "class-teacher").AgencyCode, role: "HT", school: where(t, h, child, "school"), from: "2026-11-20"})
	change(t, h, `UPDATE school_class SET homeroom_staff_id = $1 WHERE id = (SELECT class_id FROM enrolment WHERE child_id = $2 AND current)`, staffID(t, h, teacher), child)
}

// todo is a task as its holder reads it.
type todo struct {
	ID, Kind, Ticket string
	Child            *struct{ ID, Name string }
}

// inboxOf reads somebody's tasks, about one child or about none.
func inboxOf(t *testing.T, h *hubtest.Hub, c demo.Caller) []todo {
	t.Helper()
	got := h.Ask(t, c, hubtest.Question{Query: `query Inbox { inbox(first: 100) { nodes { id kind ticket } } }`})
	var data struct{ Inbox struct{ Nodes []todo } }
	if err := json.Unmarshal(got.Data, &data); err != nil {
		t.Fatalf("inbox: %s", got.Body)
	}
	return data.Inbox.Nodes
}

// toDo finds the task of a kind in an inbox.
func toDo(t *testing.T, h *hubtest.Hub, c demo.Caller, kind string) todo {
	t.Helper()
	list := inboxOf(t, h, c)
	for _, task := range list {
		if task.Kind == kind {
			return task
		}
	}
	t.Fatalf("%s has no task %s, but %+v", c.Role, kind, list)
	return todo{}
}

// kindsOf are the kinds of tasks that somebody has because of a visit.
func kindsOf(t *testing.T, h *hubtest.Hub, c demo.Caller, visit int64) []string {
	t.Helper()
	return single[[]string](t, h, `SELECT coalesce(array_agg(k.kind || CASE WHEN k.child_id IS NULL THEN ' -' ELSE '' END ORDER BY k.kind), '{}') FROM task k JOIN staff s ON s.id = k.staff_id
		WHERE s.code = $1 AND k.done_at IS NULL AND (k.subject = 'visit' AND k.subject_id = $2 OR k.subject = 'registration' AND k.subject_id = (SELECT child_id FROM visit WHERE id = $2))`, c.StaffCode, visit)
}

// comeUp lets a child's visit come up: the plan has one, and its day is near.
func comeUp(t *testing.T, h *hubtest.Hub, child int64) (visit int64, director demo.Caller) {
	t.Helper()
	visit = single[int64](t, h, `SELECT id FROM visit WHERE child_id = $1 AND state IN ('PLANNED', 'ASSIGNED') AND visitor_id IN
		(SELECT p.staff_id FROM post p JOIN child c ON c.residence_village_id = p.division_id WHERE p.role = 'DIR' AND c.id = $1) ORDER BY id LIMIT 1`, child)
	change(t, h, `UPDATE visit SET planned_on = '2026-11-28', visitor_id = NULL, second_visitor_id = NULL WHERE id = $1`, visit)
	h.RunJobs(t)
	director = holder(t, h, "DIR", "VISIT", child)
	director.TicketCode = single[string](t, h, `SELECT k.code FROM visit v JOIN ticket k ON k.id = v.ticket_id WHERE v.id = $1`, visit)
	return visit, director
}

// form is the short form of a visit with nothing to report.
func form(t *testing.T, h *hubtest.Hub, c demo.Caller, visit int64, version int, more map[string]any) map[string]any {
	t.Helper()
	out := map[string]any{
		"id": h.ID(t, c, "Visit", visit), "version": version, "mode": "HOME", "visitedOn": today, "placeKind": "HOME", "childSeen": true,
		"informantRelation": "PATERNAL_GRANDMOTHER", "livingRating": "GOOD", "familyRating": "GOOD", "guardianshipRating": "GOOD", "mentalRating": "GOOD",
	}
	maps.Copy(out, more)
	return out
}

// at names a visit at a version.
func at(t *testing.T, h *hubtest.Hub, c demo.Caller, visit int64, version int) map[string]any {
	t.Helper()
	return map[string]any{"id": h.ID(t, c, "Visit", visit), "version": version}
}

func versionOf(t *testing.T, h *hubtest.Hub, visit int64) int {
	t.Helper()
	return single[int](t, h, `SELECT version FROM visit WHERE id = $1`, visit)
}

// reads holds the entries of a story, as a file would be read, against what happened.
func reads(t *testing.T, h *hubtest.Hub, from int64, want []string) {
	t.Helper()
	var got []string
	for _, e := range entries(t, h, from) {
		got = append(got, strings.TrimSpace(e.Role+" "+e.Operation+" "+e.Outcome+" "+e.Reason))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the file reads (-want +got):\n%s", diff)
	}
}
