package e2e

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// moved is the payload of a move of dropout prevention.
type moved struct {
	ID         string
	State      string
	Version    int
	UserErrors []struct {
		Code string
		Path []string
	}
}

// said is what a payload comes to: the state, or the code and where it is to be mended.
func (m moved) said() string {
	if len(m.UserErrors) > 0 {
		return m.UserErrors[0].Code + " " + strings.Join(m.UserErrors[0].Path, ".")
	}
	return m.State
}

// inputOf names the input of a mutation.
func inputOf(mutation string) string {
	switch mutation {
	case "reportAbsence", "endAlert", "recordPersuasion", "reportInWriting", "issueReturnOrder", "settleCase", "submitSchoolReport", "submitCountyReview":
		return strings.ToUpper(mutation[:1]) + mutation[1:] + "Input"
	}
	return "DropoutMoveInput"
}

// makes sends one mutation. Its key is fresh unless the facts hold one.
func makes(t *testing.T, h *hubtest.Hub, c demo.Caller, mutation string, facts map[string]any) moved {
	t.Helper()
	in := map[string]any{"key": fmt.Sprintf("k-%d", hired.Add(1))}
	for k, v := range facts {
		in[k] = v
	}
	got := h.Ask(t, c, hubtest.Question{
		Query:     fmt.Sprintf("mutation Move($in: %s!) { move: %s(input: $in) { id state version userErrors { code path } } }", inputOf(mutation), mutation),
		Variables: map[string]any{"in": in},
	})
	var data struct{ Move moved }
	if err := json.Unmarshal(got.Data, &data); err != nil || len(got.Errors) > 0 {
		t.Fatalf("%s: %s", mutation, got.Body)
	}
	return data.Move
}

// play is a case being played: who is in it, when it is, how far it has come.
type play struct {
	t                                            *testing.T
	h                                            *hubtest.Hub
	child                                        int64
	at                                           *atomic.Int64
	teacher, director, township, officer, county demo.Caller
	id                                           int64
	version                                      int
}

// opening is a play about 青禾-01 before anything has happened.
func opening(t *testing.T) *play {
	t.Helper()
	p := &play{t: t, child: demo.Qinghe, at: &atomic.Int64{}}
	p.h = hubtest.Start(t, hubtest.Options{Shift: func() time.Duration { return time.Duration(p.at.Load()) }})
	for _, sql := range []string{
		`DELETE FROM persuasion_visit WHERE dropout_case_id IN (SELECT id FROM dropout_case WHERE child_id = $1)`,
		`DELETE FROM dropout_case WHERE child_id = $1`, `DELETE FROM dropout_order WHERE child_id = $1`, `DELETE FROM action_card WHERE child_id = $1`,
		`DELETE FROM ticket WHERE child_id = $1 AND kind = 'DROPOUT_CASE'`,
		`UPDATE enrolment SET absent_run_days = 0, absent_since = NULL, absence_category = NULL, not_in_school_category = NULL, status = 'ENROLLED',
			special_placement = 'NONE' WHERE child_id = $1`,
	} {
		change(t, p.h, sql, p.child)
	}
	newest := post{agency: p.h.Caller(t, "class-teacher").AgencyCode, role: "HT", purpose: "DROPOUT_PREVENTION", from: "2026-11-02"}
	newest.school = where(t, p.h, p.child, "school")
	p.teacher = hire(t, p.h, newest)
	change(t, p.h, `UPDATE school_class SET homeroom_staff_id = $2 WHERE id = (SELECT class_id FROM enrolment WHERE child_id = $1 AND current)`,
		p.child, staffID(t, p.h, p.teacher))
	p.director = p.h.Caller(t, "director")
	p.director.Purpose, p.director.TicketCode = "DROPOUT_PREVENTION", ""
	p.township = hire(t, p.h, post{
		agency: "ZJ002", role: "SUP", purpose: "DROPOUT_PREVENTION", division: where(t, p.h, p.child, "township"), from: "2026-11-02",
	})
	p.officer = hire(t, p.h, post{agency: "JY", role: "DPS", purpose: "DROPOUT_PREVENTION", from: "2026-11-02"})
	p.county = hire(t, p.h, post{agency: "JY", role: "DPS", purpose: "DROPOUT_PREVENTION", from: "2026-11-01"})
	return p
}

// day moves the clock to ten in the morning of a day, and waits until the hub has
// confirmed its policy again.
func (p *play) day(day string) {
	p.t.Helper()
	to, err := time.Parse(time.RFC3339, day+"T10:00:00+08:00")
	if err != nil {
		p.t.Fatal(err)
	}
	p.at.Store(int64(to.Sub(hubtest.Day())))
	within(p.t, 20*time.Second, "the hub answers on "+day, func() bool {
		return len(p.h.Ask(p.t, p.officer, hubtest.Question{Query: "{ me { staffCode } }"}).Errors) == 0
	})
}

// absent has the teacher report.
func (p *play) absent(since, category string) moved {
	p.t.Helper()
	c := p.teacher
	c.Purpose = "CLASS_CARE"
	return makes(p.t, p.h, c, "reportAbsence", map[string]any{"child": p.h.ID(p.t, c, "Child", p.child), "absentSince": since, "category": category})
}

// move makes a move of the case by somebody, at the version last seen.
func (p *play) move(c demo.Caller, mutation string, facts map[string]any) moved {
	p.t.Helper()
	in := map[string]any{"id": p.h.ID(p.t, c, "DropoutCase", p.id), "version": p.version}
	for k, v := range facts {
		in[k] = v
	}
	got := makes(p.t, p.h, c, mutation, in)
	if len(got.UserErrors) == 0 {
		p.version = got.Version
	}
	return got
}

// went holds what a move said against what it should.
func (p *play) went(what string, got moved, want string) {
	p.t.Helper()
	if got.said() != want {
		p.t.Errorf("%s: want %q, got %q", what, want, got.said())
	}
}

// at0 makes a move at a version that is long past.
func (p *play) at0(c demo.Caller, mutation string) moved {
	p.t.Helper()
	return p.move(c, mutation, map[string]any{"version": 0})
}

// visit writes a home visit or persuasion down.
func (p *play) visit(c demo.Caller, on, result string) moved {
	p.t.Helper()
	return p.move(c, "recordPersuasion", map[string]any{
		"visitedOn": on, "placeKind": "HOME", "result": result, "nextStep": "继续联系照护人", "options": []string{"PSYCHOLOGY"},
	})
}

// has holds the open tasks of the case against a list of "kind who".
func (p *play) has(what string, want ...string) {
	p.t.Helper()
	got := single[[]string](p.t, p.h, `SELECT coalesce(array_agg(t.kind || ' ' || w.name ORDER BY t.kind, w.name), '{}') FROM task t
		JOIN staff s ON s.id = t.staff_id JOIN unnest($2::text[], $3::text[]) AS w (code, name) ON w.code = s.code
		WHERE t.subject = 'dropout_case' AND t.subject_id = $1 AND t.done_at IS NULL`, p.id,
		[]string{p.teacher.StaffCode, p.director.StaffCode, p.township.StaffCode, p.officer.StaffCode, p.county.StaffCode},
		[]string{"teacher", "director", "township", "officer", "county"})
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		p.t.Errorf("tasks %s (-want +got):\n%s", what, diff)
	}
}

// sees holds what a caller is shown of the child.
func (p *play) sees(what string, c demo.Caller, selection, data string) {
	p.t.Helper()
	answers(p.t, what, look(p.t, p.h, c, p.child, selection), data)
}

// shows holds which of the ledger's file are shown to a caller: the paths that hold a
// value, in order.
func (p *play) shows(what string, c demo.Caller, want string) {
	p.t.Helper()
	got := look(p.t, p.h, c, p.child, ledgerFile)
	var data map[string]any
	if err := json.Unmarshal(got.Data, &data); err != nil {
		p.t.Fatalf("%s: %s", what, got.Body)
	}
	var shown []string
	placesOf("", data["child"], &shown)
	slices.Sort(shown)
	if diff := cmp.Diff(want, strings.Join(slices.Compact(shown), " ")); diff != "" {
		p.t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// placesOf collects where a value stands; a masked one is marked.
func placesOf(at string, v any, out *[]string) {
	switch v := v.(type) {
	case map[string]any:
		for k, below := range v {
			placesOf(strings.TrimPrefix(at+"."+k, "."), below, out)
		}
	case []any:
		for _, below := range v {
			placesOf(at, below, out)
		}
	case string:
		if strings.Contains(v, "*") {
			at += "*"
		}
		*out = append(*out, at)
	case nil:
	default:
		*out = append(*out, at)
	}
}

// revealed opens the phone of the child's first caregiver.
func (p *play) revealed(what string, c demo.Caller) {
	p.t.Helper()
	id := single[int64](p.t, p.h, `SELECT min(id) FROM caregiver WHERE child_id = $1 AND phone IS NOT NULL`, p.child)
	got := p.h.Ask(p.t, c, hubtest.Question{
		Query: `mutation R($in: RevealFieldInput!) { revealField(input: $in) { value userErrors { code } } }`,
		Variables: map[string]any{"in": map[string]any{
			"id": p.h.ID(p.t, c, "Caregiver", id), "coordinate": "Caregiver.phone", "reason": "CONTACT", "statement": "联系照护人核实学生未到校的情况",
		}},
	})
	var data struct{ RevealField struct{ Value *string } }
	if err := json.Unmarshal(got.Data, &data); err != nil || data.RevealField.Value == nil {
		p.t.Errorf("%s: %s", what, got.Body)
	}
}

// file is the case as the log tells it: who did what, to what end.
func (p *play) file(from int64) string {
	p.t.Helper()
	var b strings.Builder
	for _, e := range entries(p.t, p.h, from) {
		if e.Operation != "Move" {
			continue
		}
		what := "-"
		if len(e.Requested) > 0 {
			what = strings.TrimPrefix(e.Requested[0], "Mutation.")
		}
		fmt.Fprintln(&b, e.Role, what, e.Outcome, e.Reason)
	}
	return b.String()
}
