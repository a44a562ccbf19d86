package measure_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tongxin-hub/tongxin/internal/emergency"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/flow/flowtest"
	"github.com/tongxin-hub/tongxin/internal/measure"
	"github.com/tongxin-hub/tongxin/internal/pgtest"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/task"
)

// district is a child that is hidden altogether, its two handlers (1 a case manager, 2 a
// rights officer), two other case managers (3, 4), and the township's supervisor (5).
const district = `
INSERT INTO division (id, code, name, level, parent_id) VALUES (1, '1', 'd', 'DISTRICT', NULL), (2, '2', 't', 'TOWNSHIP', 1), (3, '3', 'v', 'VILLAGE', 2);
INSERT INTO agency (id, code, name, kind, division_id) VALUES (1, 'A', 'a', 'CIVIL_AFFAIRS', 1);
INSERT INTO staff (id, code, agency_id, display_name, kind, vetted_until) SELECT i, 's' || i, 1, 's' || i, 'PERSON', '2027-12-31' FROM generate_series(1, 5) i;
INSERT INTO post (staff_id, role, agency_id, division_id, valid_from, authorised_until, approval_ref) VALUES
    (1, 'CM', 1, 1, '2026-01-01', '2027-12-31', 'x'), (2, 'RP', 1, 1, '2026-01-01', '2027-12-31', 'x'), (3, 'CM', 1, 1, '2026-02-01', '2027-12-31', 'x'),
    (4, 'CM', 1, 1, '2026-01-01', '2027-12-31', 'x'), (5, 'SUP', 1, 2, '2026-01-01', '2027-12-31', 'x');
INSERT INTO child (id, sex, birth_date, residence_village_id, residence_township_id, shield) VALUES (1, 'MALE', '2015-01-01', 3, 2, 'FULL');
INSERT INTO shield_handler (child_id, staff_id, named_on) VALUES (1, 1, '2026-01-05'), (1, 2, '2026-01-05');`

var now = time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)

func actor(staff int64, role string) measure.Actor {
	return measure.Actor{Staff: staff, Agency: 1, Role: role, Now: now, Today: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)}
}

func setup(t *testing.T) *pgxpool.Pool {
	t.Helper()
	_, db := pgtest.New(t)
	if _, err := db.Exec(t.Context(), district); err != nil {
		t.Fatal(err)
	}
	return db
}

// bench is one transaction in which a test works.
type bench struct {
	t  *testing.T
	tx postgres.Tx
}

func (b bench) exec(sql string, args ...any) {
	b.t.Helper()
	if _, err := b.tx.Exec(b.t.Context(), sql, args...); err != nil {
		b.t.Fatalf("%s: %v", sql, err)
	}
}

// is demands what a query says, as text.
func (b bench) is(what, want, sql string) {
	b.t.Helper()
	var got string
	if err := b.tx.QueryRow(b.t.Context(), sql).Scan(&got); err != nil || got != want {
		b.t.Errorf("%s: %q, %v, want %q", what, got, err, want)
	}
}

// tasks demands who has what to do.
func (b bench) tasks(what, want string) {
	b.t.Helper()
	b.is(what, want, `SELECT coalesce(string_agg(kind || ' ' || staff_id || ' ' || coalesce(child_id, 0), ', ' ORDER BY kind, staff_id), '') FROM task WHERE done_at IS NULL`)
}

// looks lets the clock look on a day.
func (b bench) looks(day time.Time) {
	b.t.Helper()
	for _, job := range measure.Jobs() {
		for more := true; more; {
			done, err := job.Step(b.t.Context(), b.tx, day)
			if err != nil {
				b.t.Fatal(err)
			}
			more = done.More
		}
	}
}

// makes makes a move on the newest version, with facts that are in order.
func (b bench) makes(a measure.Actor, name string, id int64, to string) (measure.Done, error) {
	b.t.Helper()
	s := measure.Step{Measure: id, Note: "经两人商议，情况属实，按程序办理。"}
	if err := b.tx.QueryRow(b.t.Context(), `SELECT version FROM measure WHERE id = $1`, id).Scan(&s.Version); err != nil {
		b.t.Fatal(err)
	}
	switch name {
	case measure.KeepMove:
		return measure.Keep(b.t.Context(), b.tx, a, s)
	case measure.ProposeMove:
		return measure.Propose(b.t.Context(), b.tx, a, measure.Lifting{Step: s, To: to})
	case measure.SignMove:
		return measure.Sign(b.t.Context(), b.tx, a, s)
	}
	return measure.Replace(b.t.Context(), b.tx, a, measure.Replacement{Step: s, Successor: to})
}

// in does something in a transaction that is taken back.
func in(t *testing.T, db *pgxpool.Pool, do func(b bench)) {
	t.Helper()
	_, _ = flowtest.TakenBack(t, db, func(tx postgres.Tx) (string, error) {
		do(bench{t, tx})
		return "", nil
	})
}

// TestMachine_everyMove makes every move in every state by everybody.
func TestMachine_everyMove(t *testing.T) {
	t.Parallel()
	people := map[string]measure.Actor{
		"case manager": actor(1, "CM"), "rights officer": actor(2, "RP"), "another case manager": actor(3, "CM"), "supervisor": actor(5, "SUP"),
	}
	flowtest.EveryMove(t, measure.Machine(), setup(t), flowtest.Trial{
		People: []string{"case manager", "rights officer", "another case manager", "supervisor"}, Made: 10, Refused: 38,
		Try: func(tx postgres.Tx, a flowtest.Attempt) (string, error) {
			b := bench{t, tx}
			b.exec(`UPDATE measure SET state = $1::text, lift_by = CASE WHEN $1::text <> 'STANDING' THEN 1 END, lift_to = CASE WHEN $1::text <> 'STANDING' THEN 'NONE' END WHERE id = 1`, a.State)
			to := ""
			if a.Move == measure.ReplaceMove { // the first case manager has left, another comes
				b.exec(`DELETE FROM shield_handler WHERE staff_id = (SELECT CASE WHEN $1 = 1 THEN 2 ELSE 1 END)`, people[a.Who].Staff)
				to = "s4"
			}
			got, err := b.makes(people[a.Who], a.Move, 1, to)
			return got.State, err
		},
		Want: func(a flowtest.Attempt) string {
			switch {
			case a.Who == "another case manager" || a.Who == "supervisor":
				return string(fault.NotFound)
			case a.Who == "rights officer" && a.Move == measure.ProposeMove:
				return string(fault.Forbidden)
			case a.Who == "case manager" && a.Move == measure.SignMove && a.State == measure.Proposed:
				return string(fault.Forbidden) // signed first
			}
			return a.Leads(measure.Machine(), true)
		},
	})
	flowtest.AgreesWithThePolicy(t, measure.Machine())
}

// TestLift_opensAgain: a shield that hides everything is narrowed and then ended, each by
// two; what it hid opens again to whoever works with the child and to break-glass.
func TestLift_opensAgain(t *testing.T) {
	t.Parallel()
	in(t, setup(t), func(b bench) {
		found := func(what, emergencies, holder string) {
			b.t.Helper()
			_, err := emergency.Open(t.Context(), b.tx, emergency.New{Child: 1, Staff: 5, Agency: 1, Reason: "孩子有危险，须立即联系。", Now: now})
			code := ""
			if err != nil {
				code = string(fault.CodeOf(err))
			}
			staff, holding := task.Holder(t.Context(), b.tx, "SUP", 1, now)
			if diff := cmp.Diff([]string{emergencies, holder}, []string{code, fmt.Sprint(staff, holding)}); diff != "" {
				b.t.Errorf("%s (-want +got):\n%s", what, diff)
			}
		}
		found("while it hides everything", string(fault.NotFound), "{0  } <nil>")
		if _, err := b.makes(actor(1, "CM"), measure.ProposeMove, 1, "FULL"); fault.CodeOf(err) != fault.BadRequest {
			t.Errorf("widened: %v", err)
		}
		b.exec(`INSERT INTO protection_order (child_id, valid_from, valid_to) VALUES (1, '2026-06-01', '2026-11-23')`)
		if _, err := b.makes(actor(1, "CM"), measure.ProposeMove, 1, ""); fault.CodeOf(err) != fault.Conflict {
			t.Errorf("ended under a protection order: %v", err)
		}
		for _, x := range []struct {
			who  measure.Actor
			move string
			to   string
		}{{actor(1, "CM"), measure.ProposeMove, "ADDRESS"}, {actor(2, "RP"), measure.SignMove, ""}} {
			if _, err := b.makes(x.who, x.move, 1, x.to); err != nil {
				t.Fatal(x.move, err)
			}
		}
		b.is("the narrower one", "ADDRESS STANDING 2", `SELECT c.shield || ' ' || m.state || ' ' || (SELECT count(*) FROM shield_handler) FROM child c JOIN measure m ON m.child_id = c.id AND m.id = 2`)
		found("with the address hidden", "", "{5 SUP } <nil>")
		b.exec(`UPDATE protection_order SET valid_to = '2026-11-22'`)
		b.exec(`INSERT INTO temporary_custody (id, child_id, started_on) VALUES (7, 1, '2026-11-01')`)
		for _, id := range []int64{2, 3} { // the shield, then the placement
			if _, err := b.makes(actor(1, "CM"), measure.ProposeMove, id, ""); err != nil {
				t.Fatal(err)
			}
			b.tasks("to sign", "MEASURE_SIGN 2 1")
			if _, err := b.makes(actor(2, "RP"), measure.SignMove, id, ""); err != nil {
				t.Fatal(err)
			}
			b.tasks("signed", "")
			b.is("handlers", map[int64]string{2: "2", 3: "0"}[id], `SELECT count(*)::text FROM shield_handler`)
		}
		b.is("afterwards", "NONE 2026-11-23", `SELECT shield || ' ' || (SELECT ended_on FROM temporary_custody) FROM child`)
	})
}

// TestReplace_everybodyLeft: both handlers of a hidden child have left their posts. A case
// manager is told that a handler is missing and not of whom; named, the manager has the
// child and its report, names the second, and the other lost it.
func TestReplace_everybodyLeft(t *testing.T) {
	t.Parallel()
	in(t, setup(t), func(b bench) {
		b.exec(`INSERT INTO mandatory_report (id, child_id, state, received_on, handler_id, sealed_handler_id, second_handler_id) VALUES (1, 1, 'PLAN', '2026-01-05', 1, 1, 2)`)
		b.exec(`INSERT INTO task (kind, child_id, subject, subject_id, staff_id, agency_id, opened_at, due_at, basis) VALUES ('REPORT_FEEDBACK', 1, 'mandatory_report', 1, 1, 1, now(), now(), 'x')`)
		b.looks(now)
		b.tasks("while both serve", "REPORT_FEEDBACK 1 1")
		b.exec(`UPDATE post SET valid_to = '2026-11-01' WHERE staff_id IN (1, 2)`)
		b.looks(now)
		b.tasks("when both have left", "MEASURE_HANDLER 3 0, REPORT_FEEDBACK 1 1")
		b.exec(`SELECT set_config('tongxin.staff', '3', true)`)
		b.is("what the manager sees", "s1、s2 of ?", `SELECT handlers || ' of ' || coalesce(child_id::text, '?') || coalesce(note, '') FROM measure_case`)
		if _, err := b.makes(actor(3, "CM"), measure.KeepMove, 1, ""); fault.CodeOf(err) != fault.NotFound {
			t.Errorf("kept by whoever is not named: %v", err)
		}
		if _, err := b.makes(actor(3, "CM"), measure.ReplaceMove, 1, "s5"); fault.CodeOf(err) != fault.BadRequest {
			t.Errorf("a supervisor is named: %v", err)
		}
		if _, err := b.makes(actor(3, "CM"), measure.ReplaceMove, 1, "s3"); err != nil {
			t.Fatal(err)
		}
		b.is("the report", "3 3 2", `SELECT handler_id || ' ' || sealed_handler_id || ' ' || second_handler_id FROM mandatory_report`)
		b.looks(now)
		b.tasks("with one of two", "MEASURE_HANDLER 3 1, REPORT_FEEDBACK 3 1")
		if _, err := b.makes(actor(3, "CM"), measure.ReplaceMove, 1, "s4"); err != nil {
			t.Fatal(err)
		}
		b.looks(now)
		b.tasks("with two", "REPORT_FEEDBACK 3 1")
		b.is("who handles the child", "3, 4", `SELECT string_agg(staff_id::text, ', ' ORDER BY staff_id) FROM shield_handler`)
		b.is("whose it is no more", "true", `SELECT deciding.hidden(1, 1)::text`)

		b.exec(`UPDATE task SET done_at = now()`)
		b.looks(now.AddDate(0, 0, 89))
		b.tasks("before the review", "")
		b.looks(now.AddDate(0, 0, 90))
		b.tasks("at the review", "MEASURE_REVIEW 3 1")
		if _, err := b.makes(actor(3, "CM"), measure.KeepMove, 1, ""); err != nil {
			t.Fatal(err)
		}
		b.tasks("kept", "")
		b.is("the next review", "2027-02-21", `SELECT review_on::text FROM measure`)
	})
}

// TestTrigger_everyShield: whatever sets or takes back a shield, there is a measure to
// review as long as it stands, and none afterwards.
func TestTrigger_everyShield(t *testing.T) {
	t.Parallel()
	in(t, setup(t), func(b bench) {
		for _, x := range [][2]string{{"ADDRESS", "1"}, {"NONE", "0"}, {"FULL", "1"}, {"FULL", "1"}, {"NONE", "0"}} {
			b.exec(`UPDATE child SET shield = $1`, x[0])
			b.is(x[0], x[1], `SELECT count(*)::text FROM measure`)
		}
	})
}
