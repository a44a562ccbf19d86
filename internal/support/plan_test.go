package support_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/identity"
	"github.com/tongxin-hub/tongxin/internal/pgtest"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/support"
)

// village is a director (1), a supervisor (2), a case manager (3) and a social worker
// (4) with open cases, a director in conflict (5), and a child.
const village = `
INSERT INTO division (id, code, name, level, parent_id) VALUES (1, '1', 'd', 'DISTRICT', NULL), (2, '2', 't', 'TOWNSHIP', 1), (3, '3', 'v', 'VILLAGE', 2);
INSERT INTO agency (id, code, name, kind, division_id) VALUES (1, 'A', 'a', 'TOWNSHIP', 2);
INSERT INTO staff (id, code, agency_id, display_name, kind, vetted_until) SELECT i, 's' || i, 1, 's' || i, 'PERSON', '2027-06-30' FROM generate_series(1, 6) i;
INSERT INTO post (staff_id, role, agency_id, division_id, valid_from, authorised_until, approval_ref) VALUES
    (1, 'DIR', 1, 3, '2026-01-01', '2027-12-31', 'x'), (2, 'SUP', 1, 2, '2026-01-01', '2027-12-31', 'x'), (3, 'CM', 1, 1, '2026-01-01', '2027-12-31', 'x'),
    (4, 'SW', 1, 1, '2026-01-01', '2027-12-31', 'x'), (5, 'DIR', 1, 3, '2026-01-01', '2027-12-31', 'x'), (6, 'STA', 1, 1, '2026-01-01', '2027-12-31', 'x');
INSERT INTO child (id, sex, birth_date, residence_village_id, residence_township_id) VALUES (1, 'MALE', '2016-01-01', 3, 2);
INSERT INTO care_case (child_id, assignee_id, opened_on) VALUES (1, 3, '2026-01-01'), (1, 4, '2026-01-01');
INSERT INTO conflict_declaration (staff_id, child_id, kind, declared_on) VALUES (5, 1, 'KIN', '2026-01-01');
INSERT INTO support_plan (id, child_id, service, state, author_id, responsible_id, review_on, due_on) VALUES (9, 1, 'EDUCATION', 'OPEN', 3, 1, '2026-12-20', '2027-06-01');
INSERT INTO support_step (plan_id, no, what, due_on) VALUES (9, 1, '联系学校', '2026-12-01');`

func setup(t *testing.T) *pgxpool.Pool {
	t.Helper()
	_, db := pgtest.New(t)
	if _, err := db.Exec(t.Context(), village); err != nil {
		t.Fatal(err)
	}
	return db
}

// by is somebody in a post, about the plan.
func by(staff int64, role string) disclosure.Decided {
	return disclosure.Decided{
		Access: &disclosure.Access{
			Caller: identity.Caller{Agency: identity.Agency{ID: 1}, Staff: identity.Staff{ID: staff, Code: "s"}}, Post: identity.Post{Role: role},
			Now: time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC),
		},
		SubjectID: 9, ChildID: 1,
	}
}

// move makes a move by its name, with facts that are in order.
func move(ctx context.Context, tx postgres.Tx, d disclosure.Decided, name string, version int) (disclosure.Changed, error) {
	switch name {
	case support.AcceptMove:
		return support.Accept(ctx, tx, d, version)
	case support.ReturnMove:
		return support.Return(ctx, tx, d, support.Returning{Version: version, Reason: "下月起调离本村"})
	case support.AssignMove:
		return support.Assign(ctx, tx, d, support.Assignment{Version: version, Responsible: "s2"})
	case support.StepMove:
		return support.ReportStep(ctx, tx, d, support.Report{Version: version, Step: 1, DoneOn: "2026-11-22", Result: "DONE"})
	case support.ReviewMove:
		return support.Review(ctx, tx, d, support.Look{Version: version, Progress: "SLOW", NextOn: "2027-01-10", Steps: []support.Step{{What: "再次家访", DueOn: "2026-12-15"}}})
	case support.CompleteMove:
		return support.Complete(ctx, tx, d, support.Completion{Version: version, Outcome: "按期返校，情绪稳定。"})
	default:
		return support.Drop(ctx, tx, d, support.Dropping{Version: version, Reason: "NO_NEED"})
	}
}

// TestMoves_everyStateMoveAndPerson: each either leads where the machine says, or is
// refused with a code of the closed list, and then nothing has changed.
func TestMoves_everyStateMoveAndPerson(t *testing.T) {
	t.Parallel()
	db := setup(t)
	m := support.Machine()
	doers := map[string]bool{support.AcceptMove: true, support.ReturnMove: true, support.StepMove: true}
	for _, state := range m.States {
		for _, x := range m.Moves {
			for staff, role := range map[int64]string{1: "DIR", 2: "SUP", 3: "CM", 4: "SW"} {
				want, _ := m.Next(state.Code, x.Name)
				code := fault.Code("")
				switch {
				case want == "":
					code = fault.Conflict
				case doers[x.Name] && staff != 1:
					code = fault.Forbidden
				case x.Name == support.CompleteMove:
					code = fault.Conflict // a step is open
				}
				err := inTx(t, db, func(tx postgres.Tx) error {
					if _, err := tx.Exec(t.Context(), `UPDATE support_plan SET state = $1 WHERE id = 9`, state.Code); err != nil {
						return err
					}
					done, err := move(t.Context(), tx, by(staff, role), x.Name, 1)
					if err == nil && done.Result.(support.Result).State != want { //nolint:forcetypeassert // what the area returns
						err = fmt.Errorf("came to %+v", done.Result)
					}
					return err
				})
				if got := fault.CodeOf(err); got != code && (err != nil || code != "") {
					t.Errorf("%s in %s by %s: %v, want %q", x.Name, state.Code, role, err, code)
				}
			}
		}
	}
}

// inTx does the work and takes it back.
func inTx(t *testing.T, db *pgxpool.Pool, work func(tx postgres.Tx) error) error {
	t.Helper()
	tx, err := db.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(context.Background()) }()
	return work(tx)
}

// proposal is a plan that is in order.
func proposal() support.New {
	return support.New{
		Service: "EDUCATION", Aim: "期末前补齐落下的课程", Responsible: "s1", ReviewOn: "2026-12-20", DueOn: "2027-02-01",
		Steps: []support.Step{{What: "联系学校安排课后辅导", DueOn: "2026-12-01"}, {What: "每周电话回访", DueOn: "2027-01-15"}},
	}
}

func TestPropose_refusesByTheMemberToMend(t *testing.T) {
	t.Parallel()
	db := setup(t)
	for want, spoil := range map[string]func(n *support.New){
		"":                        func(*support.New) {},
		"BAD_REQUEST aim":         func(n *support.New) { n.Aim = "电话 1000 0000 000" },
		"BAD_REQUEST steps":       func(n *support.New) { n.Steps = nil },
		"BAD_REQUEST dueOn":       func(n *support.New) { n.DueOn = "2026-11-01" },
		"BAD_REQUEST reviewOn":    func(n *support.New) { n.ReviewOn = "2027-06-01" },
		"BAD_REQUEST responsible": func(n *support.New) { n.Responsible = "s6" },
	} {
		n := proposal()
		spoil(&n)
		err := inTx(t, db, func(tx postgres.Tx) error {
			_, err := support.Propose(t.Context(), tx, by(3, "CM"), n)
			return err
		})
		got := ""
		if err != nil {
			got = string(fault.CodeOf(err)) + " " + fault.Public(err).Member
		}
		if got != want {
			t.Errorf("got %q (%v), want %q", got, err, want)
		}
	}
	inConflict := proposal()
	inConflict.Responsible = "s5"
	restricted := proposal()
	restricted.Service = support.Correction
	for _, c := range []struct {
		by   disclosure.Decided
		n    support.New
		want fault.Code
	}{{by(3, "CM"), inConflict, fault.BadRequest}, {by(2, "SUP"), restricted, fault.Forbidden}, {by(3, "CM"), restricted, fault.BadRequest}} {
		err := inTx(t, db, func(tx postgres.Tx) error {
			_, err := support.Propose(t.Context(), tx, c.by, c.n)
			return err
		})
		if fault.CodeOf(err) != c.want {
			t.Errorf("%s by %s: %v, want %s", c.n.Service, c.by.Post.Role, err, c.want)
		}
	}
}

// TestTasks_followThePlan: who has to do what by when at every step, and the work
// item that opens the file for it.
func TestTasks_followThePlan(t *testing.T) {
	t.Parallel()
	db := setup(t)
	tasks := func() []string {
		rows, err := db.Query(t.Context(), `SELECT s.code || ' ' || k.kind || ' ' || to_char(k.due_at AT TIME ZONE 'Asia/Shanghai' - interval '1 second', 'MM-DD') || CASE WHEN k.ticket_id IS NULL THEN '' ELSE ' ticket' END
			FROM task k JOIN staff s ON s.id = k.staff_id WHERE k.done_at IS NULL ORDER BY k.kind, s.code`)
		if err != nil {
			t.Fatal(err)
		}
		list, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	var at support.Result
	do := func(want []string, work func(tx postgres.Tx) (disclosure.Changed, error)) {
		t.Helper()
		err := postgres.InTx(t.Context(), db, func(tx postgres.Tx) error {
			done, err := work(tx)
			if err == nil {
				at, _ = done.Result.(support.Result)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, tasks()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	me := func(staff int64, role string) disclosure.Decided {
		d := by(staff, role)
		d.SubjectID = at.ID
		return d
	}
	do([]string{"s1 SUPPORT_ACCEPT 11-30 ticket"}, func(tx postgres.Tx) (disclosure.Changed, error) {
		return support.Propose(t.Context(), tx, by(3, "CM"), proposal())
	})
	do([]string{"s3 SUPPORT_ASSIGN 11-26"}, func(tx postgres.Tx) (disclosure.Changed, error) {
		return support.Return(t.Context(), tx, me(1, "DIR"), support.Returning{Version: at.Version, Reason: "孩子常住镇上"})
	})
	do([]string{"s2 SUPPORT_ACCEPT 11-30"}, func(tx postgres.Tx) (disclosure.Changed, error) {
		return support.Assign(t.Context(), tx, me(3, "CM"), support.Assignment{Version: at.Version, Responsible: "s2"})
	})
	do([]string{"s3 SUPPORT_REVIEW 12-20", "s2 SUPPORT_STEP 12-01"}, func(tx postgres.Tx) (disclosure.Changed, error) {
		return support.Accept(t.Context(), tx, me(2, "SUP"), at.Version)
	})
	do([]string{"s3 SUPPORT_REVIEW 12-20", "s2 SUPPORT_STEP 01-15"}, func(tx postgres.Tx) (disclosure.Changed, error) {
		return support.ReportStep(t.Context(), tx, me(2, "SUP"), support.Report{Version: at.Version, Step: 1, DoneOn: "2026-11-23", Result: "DONE"})
	})
	do([]string{"s3 SUPPORT_REVIEW 01-10", "s2 SUPPORT_STEP 01-15"}, func(tx postgres.Tx) (disclosure.Changed, error) {
		return support.Review(t.Context(), tx, me(3, "CM"), support.Look{Version: at.Version, Progress: "ON_TRACK", NextOn: "2027-01-10"})
	})
	do([]string{"s3 SUPPORT_REVIEW 01-10"}, func(tx postgres.Tx) (disclosure.Changed, error) {
		return support.ReportStep(t.Context(), tx, me(2, "SUP"), support.Report{Version: at.Version, Step: 2, DoneOn: "2026-11-23", Result: "PARTLY", Note: "已通话两次"})
	})
	do([]string{}, func(tx postgres.Tx) (disclosure.Changed, error) {
		return support.Complete(t.Context(), tx, me(3, "CM"), support.Completion{Version: at.Version, Outcome: "课程已补齐。"})
	})
	if diff := cmp.Diff(support.Result{ID: at.ID, State: support.Done, Version: 8}, at); diff != "" {
		t.Error(diff)
	}
}

// TestMoves_atOnce: of two who move a plan that both have read, one is told that the
// other was first.
func TestMoves_atOnce(t *testing.T) {
	t.Parallel()
	db := setup(t)
	codes := make(chan fault.Code, 2)
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() {
			err := postgres.InTx(t.Context(), db, func(tx postgres.Tx) error {
				_, err := support.Drop(t.Context(), tx, by(3, "CM"), support.Dropping{Version: 1, Reason: "MOVED"})
				return err
			})
			if err == nil {
				codes <- ""
				return
			}
			codes <- fault.CodeOf(err)
		})
	}
	both.Wait()
	if a, b := <-codes, <-codes; a+b != fault.Conflict {
		t.Errorf("got %q and %q", a, b)
	}
}
