package e2e

import (
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/dropout"
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// stands puts a case into a state in which nothing but the state is in the way.
func (p *play) stands(state string) {
	p.t.Helper()
	p.id, p.version = 9001, 1
	for _, sql := range []string{
		`DELETE FROM persuasion_visit WHERE dropout_case_id = 9001`, `DELETE FROM dropout_order WHERE child_id = 1`, `DELETE FROM dropout_case WHERE id = 9001`,
		`UPDATE ticket SET closed_at = NULL WHERE child_id = 1 AND kind = 'DROPOUT_CASE'`,
	} {
		change(p.t, p.h, sql)
	}
	change(p.t, p.h, `INSERT INTO dropout_case (id, child_id, ledger, stage, found_on, outcome, township_on, returned_on, watch_until, proposed_by,
			responsible_persons, cancelled_on, officer_id)
		VALUES (9001, 1, 'SCHOOL_AGE', $1, '2026-11-10', 'OPEN', '2026-11-11', '2026-10-12', '2026-11-09', $2, ARRAY[$3], CASE WHEN $1 = 'CANCELLED' THEN date '2026-11-20' END, $4)`,
		state, staffID(p.t, p.h, p.county), p.director.StaffCode, staffID(p.t, p.h, p.officer))
	change(p.t, p.h, `INSERT INTO persuasion_visit (dropout_case_id, visited_on, result) VALUES (9001, '2026-11-12', 'REFUSED')`)
	change(p.t, p.h, `INSERT INTO dropout_order (child_id, kind, issued_on, due_on) VALUES (1, 'ORDER', '2026-11-12', '2026-11-20')`)
}

// factsOf are what a mutation needs beside case and version.
var factsOf = map[string]map[string]any{
	"endAlert":         {"reason": "ILLNESS", "evidence": "SICK_NOTE"},
	"recordPersuasion": {"visitedOn": "2026-11-20", "placeKind": "HOME", "result": "UNDECIDED", "nextStep": "再次上门"},
	"reportInWriting":  {"reference": "示范校报〔2026〕1号"},
	"issueReturnOrder": {"kind": "ORDER", "dueOn": "2026-12-10"},
	"settleCase":       {"outcome": "TRANSFERRED", "evidence": "ENROLMENT_PROOF"},
}

// TestDropout_everyStateMoveRole tries every move in every state in every role over
// HTTP: it happens as the machine says, or is refused with a code.
func TestDropout_everyStateMoveRole(t *testing.T) {
	t.Parallel()
	p := opening(t)
	machine := dropout.Machine()
	mutations := map[string][]string{}
	for _, m := range machine.Moves {
		if m.Name != "reportAbsence" { // is about a child, not about a case
			mutations[m.Name] = m.Roles
		}
	}
	callers := []demo.Caller{p.teacher, p.director, p.township, p.officer}
	p.stands(dropout.Alert)
	for _, c := range callers {
		give(t, p.h, c, "DROPOUT_CASE", p.child)
	}
	for _, state := range machine.States[1:] {
		for name, roles := range mutations {
			for _, c := range callers {
				if got, want := p.tried(state.Code, name, c), expected(machine, state, name, slices.Contains(roles, c.Role)); got != want {
					t.Errorf("%s in %s by %s: want %s, got %s", name, state.Code, c.Role, want, got)
				}
			}
		}
	}
}

func (p *play) tried(state, name string, c demo.Caller) string {
	p.t.Helper()
	p.stands(state)
	got := p.move(c, name, factsOf[name])
	if len(got.UserErrors) > 0 {
		return got.UserErrors[0].Code
	}
	return got.State
}

func expected(m flow.Machine, state flow.State, name string, may bool) string {
	to, err := m.Next(state.Code, name)
	switch {
	case state.Final:
		return "NOT_FOUND"
	case !may:
		return "FORBIDDEN"
	case err != nil:
		return "CONFLICT"
	default:
		return to
	}
}

// TestDropout_atOnce: of many at the same version one makes the move; a repetition with
// its key is told the same and changes nothing.
func TestDropout_atOnce(t *testing.T) {
	t.Parallel()
	p := opening(t)
	p.stands(dropout.Alert)
	give(t, p.h, p.officer, "DROPOUT_CASE", p.child)
	id := p.h.ID(t, p.officer, "DropoutCase", p.id)
	race := func(facts func(i int) map[string]any) []string {
		said := make([]string, 6)
		var wg sync.WaitGroup
		for i := range said {
			wg.Go(func() { said[i] = makes(t, p.h, p.officer, "acceptAlert", facts(i)).said() })
		}
		wg.Wait()
		slices.Sort(said)
		return said
	}
	clash := "CONFLICT input.version"
	want := []string{clash, clash, clash, clash, clash, "PHONE_CHECK"}
	if diff := cmp.Diff(want, race(func(int) map[string]any { return map[string]any{"id": id, "version": 1} })); diff != "" {
		t.Errorf("six at once (-want +got):\n%s", diff)
	}
	p.stands(dropout.Alert)
	same := []string{"PHONE_CHECK", "PHONE_CHECK", "PHONE_CHECK", "PHONE_CHECK", "PHONE_CHECK", "PHONE_CHECK"}
	if diff := cmp.Diff(same, race(func(int) map[string]any { return map[string]any{"id": id, "version": 1, "key": "one"} })); diff != "" {
		t.Errorf("one key six times (-want +got):\n%s", diff)
	}
	if v := single[int](t, p.h, `SELECT version FROM dropout_case WHERE id = 9001`); v != 2 {
		t.Errorf("one key changed the case to version %d", v)
	}
}

// TestDropout_reportsComeDue: the clock asks each school for its month and the county for
// its quarter, once; handing in ends the task.
func TestDropout_reportsComeDue(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	const open = `SELECT count(*) FROM task WHERE kind IN ('DROPOUT_MONTH', 'DROPOUT_QUARTER') AND done_at IS NULL`
	h.RunJobs(t)
	asked := single[int](t, h, open)
	h.RunJobs(t)
	if again := single[int](t, h, open); asked < 2 || again != asked {
		t.Errorf("%d reports were asked for, then %d", asked, again)
	}
	c := h.Caller(t, "class-teacher")
	c.Purpose, c.TicketCode = "DROPOUT_PREVENTION", ""
	for _, want := range []string{"SUBMITTED", "CONFLICT input.month"} {
		if got := makes(t, h, c, "submitSchoolReport", map[string]any{"month": "2026-10-31"}).said(); got != want {
			t.Errorf("the month of a school: want %s, got %s", want, got)
		}
	}
	officer := h.Caller(t, "dps-phone-check")
	officer.TicketCode = ""
	if got := makes(t, h, officer, "submitCountyReview", map[string]any{"quarter": "2026-08-01"}).said(); got != "SUBMITTED" {
		t.Errorf("the quarter of the county: %s", got)
	}
	if left := single[int](t, h, open); left != asked-2 {
		t.Errorf("%d of %d tasks are left after two reports", left, asked)
	}
}
