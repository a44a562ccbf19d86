package safeguard_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/flow/flowtest"
	"github.com/tongxin-hub/tongxin/internal/handover"
	"github.com/tongxin-hub/tongxin/internal/jobs"
	"github.com/tongxin-hub/tongxin/internal/pgtest"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/report"
	"github.com/tongxin-hub/tongxin/internal/safeguard"
	"github.com/tongxin-hub/tongxin/internal/task"
)

// district is a child in class 1 and case of a report (1) that the case manager (1) handles
// and the supervisor (3) looks after; another case manager (2), the homeroom teacher (4),
// teacher of another class (5), a rights officer (6), the village's director (7), one for
// the next village (8), and a counsellor without a referral (9).
const district = `
INSERT INTO division (id, code, name, level, parent_id) VALUES (1, '1', 'd', 'DISTRICT', NULL), (2, '2', 't', 'TOWNSHIP', 1), (3, '3', 'v', 'VILLAGE', 2), (4, '4', 'w', 'VILLAGE', 2);
INSERT INTO agency (id, code, name, kind, division_id) VALUES (1, 'A', 'a', 'CIVIL_AFFAIRS', 1);
INSERT INTO staff (id, code, agency_id, display_name, kind, vetted_until) SELECT i, 's' || i, 1, 's' || i, 'PERSON', '2027-12-31' FROM generate_series(1, 9) i;
INSERT INTO school (id, code, name, agency_id, division_id) VALUES (1, 'S', 's', 1, 1);
INSERT INTO term (id, code, starts_on, ends_on) VALUES (1, '2026-1', '2026-09-01', '2027-01-31');
INSERT INTO school_class (id, school_id, term_id, grade, class_no, homeroom_staff_id) VALUES (1, 1, 1, 3, 1, 4), (2, 1, 1, 3, 2, 5);
INSERT INTO post (staff_id, role, agency_id, division_id, school_id, valid_from, authorised_until, approval_ref) VALUES
    (1, 'CM', 1, 1, NULL, '2026-01-01', '2027-12-31', 'x'), (2, 'CM', 1, 1, NULL, '2026-02-01', '2027-12-31', 'x'), (3, 'SUP', 1, 2, NULL, '2026-01-01', '2027-12-31', 'x'),
    (4, 'HT', 1, NULL, 1, '2026-01-01', '2027-12-31', 'x'), (5, 'HT', 1, NULL, 1, '2026-01-01', '2027-12-31', 'x'), (6, 'RP', 1, 1, NULL, '2026-01-01', '2027-12-31', 'x'),
    (7, 'DIR', 1, 3, NULL, '2026-01-01', '2027-12-31', 'x'), (8, 'DIR', 1, 4, NULL, '2026-01-01', '2027-12-31', 'x'), (9, 'PSY', 1, NULL, 1, '2026-01-01', '2027-12-31', 'x');
INSERT INTO child (id, sex, birth_date, residence_village_id, residence_township_id) VALUES (1, 'MALE', '2015-01-01', 3, 2);
INSERT INTO enrolment (child_id, school_id, class_id, current) VALUES (1, 1, 1, true);
INSERT INTO mandatory_report (id, child_id, state, received_on, planned_on, unquiet_on, handler_id, sealed_handler_id, supervisor_id) VALUES (1, 1, 'FOLLOW_UP', '2026-11-01', '2026-11-20', '2026-11-20', 1, 1, 3);
ALTER TABLE protection_step ALTER id RESTART WITH 7;`

var now = time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)

func actor(staff int64, role string) flow.Actor {
	return flow.Actor{Staff: staff, Agency: 1, Role: role, Now: now, Today: day(0)}
}

// day is so many days from the day of the tests.
func day(n int) time.Time { return time.Date(2026, 11, 23+n, 0, 0, 0, 0, time.UTC) }

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

func in(t *testing.T, db *pgxpool.Pool, do func(b bench)) {
	t.Helper()
	_, _ = flowtest.TakenBack(t, db, func(tx postgres.Tx) (string, error) {
		do(bench{t, tx})
		return "", nil
	})
}

func (b bench) exec(sql string) {
	b.t.Helper()
	if _, err := b.tx.Exec(b.t.Context(), sql); err != nil {
		b.t.Fatalf("%s: %v", sql, err)
	}
}

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
	b.is(what, want, `SELECT coalesce(string_agg(kind || ' ' || staff_id || ' ' || to_char(due_at AT TIME ZONE 'Asia/Shanghai', 'MM-DD'), ', ' ORDER BY kind, staff_id), '') FROM task WHERE done_at IS NULL`)
}

// plan plans a step of school support, as the case manager.
func (b bench) plan(owner string, due int) error {
	b.t.Helper()
	return safeguard.Plan(b.t.Context(), b.tx, actor(1, "CM"), safeguard.Report{ID: 1, Child: 1}, "steps",
		[]safeguard.New{{Kind: "SCHOOL", Words: "每天放学前看一眼孩子", Owner: owner, Due: day(due)}})
}

// words is a move on the version that stands.
func words(step int64, version int) safeguard.Move {
	return safeguard.Move{Step: step, Version: version, Note: "情况已核实"}
}

// TestMachine_everyMove makes every move in every state by everybody: the owner works on
// the step, the case manager of the report decides about it, and nobody else hears of it.
func TestMachine_everyMove(t *testing.T) {
	t.Parallel()
	m := safeguard.Machine()
	const owner, manager, other, supervisor = 4, 1, 5, 3
	flowtest.Everybody(t, m, setup(t), flowtest.Case{
		People: []flowtest.Person{
			flowtest.Who("owner", "HT", owner), flowtest.Who("manager", "CM", manager), flowtest.Who("another teacher", "HT", other),
			flowtest.Who("another manager", "CM", 2), flowtest.Who("supervisor", "SUP", supervisor),
		},
		Stand: func(ctx context.Context, tx postgres.Tx, a flowtest.Attempt) error {
			_, err := tx.Exec(ctx, `INSERT INTO protection_step (id, report_id, kind, words, owner_id, owner_role, due_on, state) VALUES (1, 1, 'SCHOOL', '看望', 4, 'HT', '2026-12-20', $1)`, a.State)
			return err
		},
		Make: func(ctx context.Context, tx postgres.Tx, p flowtest.Person, move string) (string, error) {
			a, to := actor(p.Staff, p.Role), words(1, 1)
			switch move {
			case safeguard.DoMove:
				done, err := safeguard.Do(ctx, tx, a, to)
				return done.State, err
			case safeguard.FollowMove:
				done, err := safeguard.Follow(ctx, tx, a, safeguard.Look{Move: to, Quiet: true})
				return done.State, err
			case safeguard.DropMove:
				done, err := safeguard.Drop(ctx, tx, a, to)
				return done.State, err
			}
			done, err := safeguard.Reassign(ctx, tx, a, safeguard.Reassignment{Move: to, Owner: "s7"})
			return done.State, err
		},
		Stored: `SELECT state FROM protection_step WHERE id = 1`, Made: 4,
		Otherwise: func(p flowtest.Person, a flowtest.Attempt) string {
			works := a.Move == safeguard.DoMove || a.Move == safeguard.FollowMove
			switch {
			case p.Staff != owner && p.Staff != manager && p.Staff != supervisor:
				return string(fault.NotFound)
			case works && p.Staff != owner:
				return a.Barred(m)
			}
			return ""
		},
	})
	flowtest.AgreesWithThePolicy(t, m)
}

// TestPlan_owners: who has to do with the child already may own a step, and nobody else;
// of a child that is hidden altogether only its named handlers.
func TestPlan_owners(t *testing.T) {
	t.Parallel()
	in(t, setup(t), func(b bench) {
		owns := func(what string, want ...string) {
			b.t.Helper()
			var got []string
			for i := range 9 {
				code := fmt.Sprintf("s%d", i+1)
				switch err := b.plan(code, 5); {
				case err == nil:
					got = append(got, code)
				case fault.CodeOf(err) != fault.BadRequest:
					b.t.Fatal(err)
				}
				b.exec(`DELETE FROM task; DELETE FROM protection_step`)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				b.t.Errorf("%s (-want +got):\n%s", what, diff)
			}
		}
		owns("anybody", "s1", "s3", "s4", "s7")
		b.exec(`INSERT INTO psych_referral (child_id, assignee_id, opened_on) VALUES (1, 9, '2026-11-20'); INSERT INTO rights_case (child_id, assignee_id, opened_on, state) VALUES (1, 6, '2026-11-20', 'OPEN');
			INSERT INTO care_case (child_id, assignee_id, opened_on) VALUES (1, 2, '2026-11-20'); INSERT INTO conflict_declaration (staff_id, child_id, kind, declared_on) VALUES (7, 1, 'KIN', '2026-01-01')`)
		owns("with cases, and a director who is kin", "s1", "s2", "s3", "s4", "s6", "s9")
		b.exec(`UPDATE staff SET vetted_until = '2026-11-22' WHERE id = 2; UPDATE post SET valid_to = '2026-11-23' WHERE staff_id = 3; UPDATE term SET ends_on = '2026-11-22'`)
		owns("whose vetting, post or term is over", "s1", "s6", "s9")
		b.exec(`UPDATE child SET shield = 'FULL'; INSERT INTO shield_handler (child_id, staff_id, named_on) VALUES (1, 1, '2026-11-20'), (1, 6, '2026-11-20')`)
		owns("hidden altogether", "s1", "s6")
	})
}

// TestPlan_refuses what cannot be kept, in the row that is to be mended.
func TestPlan_refuses(t *testing.T) {
	t.Parallel()
	in(t, setup(t), func(b bench) {
		good := safeguard.New{Kind: "SCHOOL", Words: "每天放学前看一眼孩子", Owner: "s4", Due: day(0)}
		for member, spoil := range map[string]func(n *safeguard.New){
			"steps.1.words": func(n *safeguard.New) { n.Words = "看" },
			"steps.1.dueOn": func(n *safeguard.New) { n.Due = day(181) },
			"steps.1.owner": func(n *safeguard.New) { n.Owner = "s8" },
		} {
			bad := good
			spoil(&bad)
			err := safeguard.Plan(t.Context(), b.tx, actor(1, "CM"), safeguard.Report{ID: 1, Child: 1}, "steps", []safeguard.New{good, bad})
			if fault.CodeOf(err) != fault.BadRequest || fault.Public(err).Member != member {
				t.Errorf("%s: %v", member, err)
			}
		}
		if err := b.plan("s4", -1); fault.CodeOf(err) != fault.BadRequest {
			t.Errorf("for yesterday: %v", err)
		}
		b.exec(`INSERT INTO protection_step (report_id) SELECT 1 FROM generate_series(1, 20)`)
		if err := b.plan("s4", 5); fault.CodeOf(err) != fault.BadRequest || fault.Public(err).Member != "steps" {
			t.Errorf("a twenty-first step: %v", err)
		}
	})
}

// TestStep_untilItIsDone: the owner is asked weekly in the first month and monthly then,
// tells of a new risk, is late and goes up to the case manager who handles the report; the
// plan closes when the last step is done or dropped.
func TestStep_untilItIsDone(t *testing.T) {
	t.Parallel()
	in(t, setup(t), func(b bench) {
		must := func(made safeguard.Made, err error) safeguard.Made {
			b.t.Helper()
			if err != nil {
				b.t.Fatal(err)
			}
			return made
		}
		if err := b.plan("s4", 40); err != nil {
			t.Fatal(err)
		}
		b.tasks("planned", "PROTECTION_FOLLOW_UP 4 12-01, PROTECTION_STEP 4 01-03")
		b.exec(`UPDATE mandatory_report SET closing_by = 3; INSERT INTO task (kind, subject, subject_id, staff_id, agency_id, opened_at, due_at, basis) VALUES ('REPORT_SIGN', 'mandatory_report', 1, 3, 1, '2026-11-22', '2026-11-25', 'x')`)
		teacher := actor(4, "HT")
		step := must(safeguard.Follow(t.Context(), b.tx, teacher, safeguard.Look{Move: words(7, 1)}))
		b.is("a new risk takes back the signature and begins the quiet time", "2026-11-23 ", `SELECT unquiet_on || ' ' || coalesce(closing_by::text, '') FROM mandatory_report`)
		b.tasks("a new risk", "PROTECTION_FOLLOW_UP 4 12-01, PROTECTION_STEP 4 01-03, REPORT_RISK 1 11-24")
		teacher.Now, teacher.Today = now.AddDate(0, 0, 28), day(28)
		step = must(safeguard.Follow(t.Context(), b.tx, teacher, safeguard.Look{Move: words(7, step.Version), Quiet: true}))
		b.tasks("nothing more to follow up before the day", "PROTECTION_STEP 4 01-03, REPORT_RISK 1 11-24")
		if _, err := safeguard.Do(t.Context(), b.tx, teacher, words(7, step.Version-1)); fault.CodeOf(err) != fault.Conflict {
			t.Errorf("on an old version: %v", err)
		}
		if err := safeguard.AllDone(t.Context(), b.tx, 1); fault.CodeOf(err) != fault.Conflict || fault.Public(err).ZH != "保护方案还有1个步骤未落实，请先落实或取消。" {
			t.Errorf("closed with an open step: %v", err)
		}
		late := now.AddDate(0, 0, 44)
		for range 2 {
			if _, err := task.Escalation(append(safeguard.Kinds(), task.Late())).Step(t.Context(), b.tx, late); err != nil {
				t.Fatal(err)
			}
		}
		b.is("late, it is the handler's", "1 true", `SELECT string_agg(staff_id || ' ' || (raised_by IS NOT NULL), ', ') FROM task WHERE kind = 'PROTECTION_STEP' AND staff_id <> 4 AND done_at IS NULL`)
		step = must(safeguard.Reassign(t.Context(), b.tx, actor(1, "CM"), safeguard.Reassignment{Move: words(7, step.Version), Owner: "s7", Due: day(50)}))
		b.is("given to the director", "7 DIR 2027-01-12 PLANNED", `SELECT owner_id || ' ' || owner_role || ' ' || due_on || ' ' || state FROM protection_step`)
		if _, err := safeguard.Do(t.Context(), b.tx, teacher, words(7, step.Version)); fault.CodeOf(err) != fault.NotFound {
			t.Errorf("the former owner: %v", err)
		}
		must(safeguard.Do(t.Context(), b.tx, actor(7, "DIR"), words(7, step.Version)))
		b.is("nothing is left to do of the step", "0", `SELECT count(*)::text FROM task WHERE subject = 'protection_step' AND done_at IS NULL`)
		b.is("the report tells", "followProtectionStep followProtectionStep reassignProtectionStep doProtectionStep", `SELECT string_agg(move, ' ' ORDER BY id) FROM report_step`)
		if err := safeguard.AllDone(t.Context(), b.tx, 1); err != nil {
			t.Error(err)
		}
	})
}

// TestStep_inHand: the view shows an open step to its owner and to handler and supervisor
// of the report; nothing of it where the child is hidden, and nothing once the report has
// left the child.
func TestStep_inHand(t *testing.T) {
	t.Parallel()
	in(t, setup(t), func(b bench) {
		if err := b.plan("s4", 5); err != nil {
			t.Fatal(err)
		}
		seen := func(what, want string) {
			b.t.Helper()
			b.is(what, want, `SELECT coalesce(string_agg(i::text, ' ' ORDER BY i), '') FROM generate_series(1, 9) i WHERE deciding.has_protection_step(7, i)`)
		}
		seen("planned", "1 3 4")
		b.exec(`SET LOCAL tongxin.staff = '4'`)
		b.is("what the owner sees", "1 SCHOOL s4 true", `SELECT child_id || ' ' || kind || ' ' || owner || ' ' || mine FROM my_protection_step`)
		b.exec(`UPDATE child SET shield = 'FULL'; INSERT INTO shield_handler (child_id, staff_id, named_on) VALUES (1, 1, '2026-11-20')`)
		seen("hidden altogether", "1")
		b.is("what the owner sees then", "0", `SELECT count(*)::text FROM my_protection_step`)
		if _, err := safeguard.Do(t.Context(), b.tx, actor(4, "HT"), words(7, 1)); fault.CodeOf(err) != fault.NotFound {
			t.Errorf("the owner, of a hidden child: %v", err)
		}
		b.exec(`UPDATE child SET shield = 'NONE'; UPDATE mandatory_report SET child_id = NULL`)
		seen("of no child", "")
	})
}

// silent keeps no entry.
type silent struct{}

func (silent) AppendTx(context.Context, postgres.Tx, audit.Entry) (audit.Receipt, error) {
	return audit.Receipt{}, nil
}

// TestHandOver: a step goes with the post of its owner, and with a named handler who is
// replaced; where the post is vacant whoever stands in does it.
func TestHandOver(t *testing.T) {
	t.Parallel()
	db := setup(t)
	err := postgres.InTx(t.Context(), db, func(tx postgres.Tx) error {
		b := bench{t, tx}
		for _, owner := range []string{"s4", "s7", "s1"} {
			if err := b.plan(owner, 5); err != nil {
				return err
			}
		}
		b.exec(`UPDATE school_class SET homeroom_staff_id = 5 WHERE id = 1; UPDATE post SET valid_to = '2026-11-24' WHERE staff_id IN (4, 7)`)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := jobs.Run(t.Context(), db, silent{}, handover.Leaving(), now.AddDate(0, 0, 1)); err != nil {
		t.Fatal(err)
	}
	in(t, db, func(b bench) {
		const owners = `SELECT string_agg(owner_id || ' ' || owner_role, ', ' ORDER BY id) FROM protection_step`
		const tasked = `SELECT string_agg(staff_id::text, ' ' ORDER BY subject_id) FROM task WHERE kind = 'PROTECTION_STEP' AND done_at IS NULL`
		b.is("owners", "5 HT, 7 DIR, 1 CM", owners)
		b.is("tasks", "5 3 1", tasked)
		if err := report.HandOver(t.Context(), b.tx, actor(1, "CM"), report.Heir{Child: 1, From: 1, To: 2}); err != nil {
			t.Fatal(err)
		}
		b.is("owners after a handler was replaced", "5 HT, 7 DIR, 2 CM", owners)
		if done, err := safeguard.Do(t.Context(), b.tx, actor(3, "SUP"), words(8, 1)); err != nil || done.State != safeguard.Done {
			t.Errorf("the supervisor, in the vacant post of the director: %+v, %v", done, err)
		}
		b.is("tasks afterwards", "5 2", tasked)
	})
}
