package task_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/jobs"
	"github.com/tongxin-hub/tongxin/internal/pgtest"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/task"
	"github.com/tongxin-hub/tongxin/policy"
)

// call is a kind whose lateness reminds, then goes to the supervisor.
var call = task.Kind{
	Code: "CALL_HOME", Text: flow.Text{ZH: "打电话", EN: "call home"}, Due: "test_due", Unit: flow.WorkingDays,
	Ladder: []task.Rung{{After: "test_first"}, {After: "test_second", Role: "SUP"}},
}

// village is a child, its director (1) and the township's supervisor (2).
const village = `
INSERT INTO division (id, code, name, level, parent_id) VALUES (1, '1', 'd', 'DISTRICT', NULL), (2, '2', 't', 'TOWNSHIP', 1), (3, '3', 'v', 'VILLAGE', 2), (4, '4', 'w', 'VILLAGE', 2);
INSERT INTO agency (id, code, name, kind, division_id) VALUES (1, 'A', 'a', 'TOWNSHIP', 2);
INSERT INTO staff (id, code, agency_id, display_name, kind) VALUES (1, 'dir', 1, 'd', 'PERSON'), (2, 'sup', 1, 's', 'PERSON'), (3, 'other', 1, 'o', 'PERSON'), (4, 'gone', 1, 'g', 'PERSON');
INSERT INTO post (staff_id, role, agency_id, division_id, valid_from, valid_to, authorised_until, approval_ref) VALUES
    (1, 'DIR', 1, 3, '2026-01-01', NULL, '2027-01-01', 'x'), (2, 'SUP', 1, 2, '2026-01-01', NULL, '2027-01-01', 'x'),
    (3, 'DIR', 1, 4, '2026-01-01', NULL, '2027-01-01', 'x'), (4, 'DIR', 1, 3, '2026-02-01', '2026-03-01', '2027-01-01', 'x');
INSERT INTO child (id, sex, birth_date, residence_village_id, residence_township_id) VALUES (1, 'MALE', '2015-01-01', 3, 2);
INSERT INTO parameter (name, value, basis) VALUES ('test_due', '2', '设定值'), ('test_first', '1', '设定值'), ('test_second', '3', '设定值');`

// silent takes no entry: escalation changes no record of a child.
type silent struct{ t *testing.T }

func (s silent) AppendTx(context.Context, postgres.Tx, audit.Entry) (audit.Receipt, error) {
	s.t.Error("an escalation was put on record as a change of children")
	return audit.Receipt{}, nil
}

func at(day string) time.Time {
	when, err := time.Parse(time.RFC3339, day+"T10:00:00+08:00")
	if err != nil {
		panic(err)
	}
	return when
}

func setup(t *testing.T) *pgxpool.Pool {
	t.Helper()
	_, db := pgtest.New(t)
	if _, err := db.Exec(t.Context(), village); err != nil {
		t.Fatal(err)
	}
	return db
}

func exec(t *testing.T, db *pgxpool.Pool, sql string) {
	t.Helper()
	if _, err := db.Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
}

func inTx(t *testing.T, db *pgxpool.Pool, do func(tx postgres.Tx) error) {
	t.Helper()
	if err := postgres.InTx(t.Context(), db, do); err != nil {
		t.Fatal(err)
	}
}

// tasks lists who has what open until when, and how far it has gone up.
func tasks(t *testing.T, db *pgxpool.Pool) []string {
	t.Helper()
	rows, err := db.Query(t.Context(), `SELECT concat_ws(' ', staff_id, kind, to_char(due_at AT TIME ZONE 'Asia/Shanghai', 'MM-DD HH24:MI'), rung, raised_by IS NOT NULL)
		FROM task WHERE done_at IS NULL ORDER BY id`)
	if err != nil {
		t.Fatal(err)
	}
	out, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestTasks_goUpUntilTheyAreDone(t *testing.T) {
	t.Parallel()
	db := setup(t)
	friday := at("2026-11-20")
	for range 2 { // a repetition opens nothing
		inTx(t, db, func(tx postgres.Tx) error {
			return task.Open(t.Context(), tx, task.New{Kind: call, Child: 1, Subject: "visit", SubjectID: 9, Staff: 1, From: friday})
		})
	}
	step := func(day string, want ...string) {
		t.Helper()
		if err := jobs.Run(t.Context(), db, silent{t}, task.Escalation([]task.Kind{call}), at(day)); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, tasks(t, db), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("tasks on %s (-want +got):\n%s", day, diff)
		}
	}
	const due = "11-25 00:00" // two working days after a Friday, at the end of the day
	step("2026-11-25", "1 CALL_HOME "+due+" 0 f")
	step("2026-11-26", "1 CALL_HOME "+due+" 1 f")
	step("2026-11-28", "1 CALL_HOME "+due+" 2 f", "2 CALL_HOME 12-02 00:00 0 t")
	step("2026-12-01", "1 CALL_HOME "+due+" 2 f", "2 CALL_HOME 12-02 00:00 0 t") // the ladder has no more rungs
	inTx(t, db, func(tx postgres.Tx) error {
		return task.Finish(t.Context(), tx, task.Subject{Table: "visit", ID: 9}, 1, at("2026-12-01"), call)
	})
	step("2026-12-20")
}

// TestTasks_endWithTheHead: beyond every rung whoever leads the agency hears, once, who is
// late, and neither with what nor about whom; an agency without a leader is answered for
// by the one above it, a school by its bureau, and a leader by the committee's office.
func TestTasks_endWithTheHead(t *testing.T) {
	t.Parallel()
	db := setup(t)
	if _, err := db.Exec(t.Context(), `INSERT INTO agency (id, code, name, kind, division_id) VALUES (2, 'B', 'b', 'CIVIL_AFFAIRS', 1);
		INSERT INTO staff (id, code, agency_id, display_name, kind) VALUES (5, 'office', 2, 'o', 'PERSON'), (6, 'head', 1, 'h', 'PERSON');
		INSERT INTO post (staff_id, role, agency_id, division_id, valid_from, authorised_until, approval_ref) VALUES (5, 'STA', 2, 1, '2026-01-01', '2027-01-01', 'x')`); err != nil {
		t.Fatal(err)
	}
	lateWith := func(staff, subject int64) {
		inTx(t, db, func(tx postgres.Tx) error {
			return task.Open(t.Context(), tx, task.New{Kind: call, Child: 1, Subject: "child", SubjectID: subject, Staff: staff, From: at("2026-03-02")})
		})
	}
	late := func(subject int64) { lateWith(1, subject) }
	told := func(day string) []string {
		for range 4 {
			if err := jobs.Run(t.Context(), db, silent{t}, task.Escalation([]task.Kind{call, task.Late()}), at(day)); err != nil {
				t.Fatal(err)
			}
		}
		var out []string
		if err := db.QueryRow(t.Context(), `SELECT coalesce(array_agg(concat_ws(' ', staff_id, subject, subject_id, child_id) ORDER BY id), '{}') FROM task WHERE kind = 'LATE_WORK'`).Scan(&out); err != nil {
			t.Fatal(err)
		}
		return out
	}
	late(1)
	late(2)
	if diff := cmp.Diff([]string{"5 staff 1"}, told("2026-03-20")); diff != "" {
		t.Errorf("without a leader (-want +got):\n%s", diff)
	}
	if _, err := db.Exec(t.Context(), `INSERT INTO post (staff_id, role, agency_id, division_id, valid_from, authorised_until, approval_ref) VALUES (6, 'STA', 1, 2, '2026-01-01', '2027-01-01', 'x')`); err != nil {
		t.Fatal(err)
	}
	late(3)
	if diff := cmp.Diff([]string{"5 staff 1", "6 staff 1"}, told("2026-03-20")); diff != "" {
		t.Errorf("with one (-want +got):\n%s", diff)
	}
	exec(t, db, `INSERT INTO agency (id, code, name, kind, division_id) VALUES (3, 'E', 'e', 'EDUCATION', 1), (4, 'S', 's', 'SCHOOL', 2);
		INSERT INTO staff (id, code, agency_id, display_name, kind) VALUES (7, 'bureau', 3, 'b', 'PERSON'), (8, 'teacher', 4, 't', 'PERSON');
		INSERT INTO post (staff_id, role, agency_id, division_id, valid_from, authorised_until, approval_ref) VALUES (7, 'STA', 3, 1, '2026-01-01', '2027-01-01', 'x')`)
	lateWith(8, 4) // a teacher, for whose school the bureau answers
	lateWith(6, 5) // the head, for whom the committee's office does
	if diff := cmp.Diff([]string{"5 staff 1", "6 staff 1", "7 staff 8", "5 staff 6"}, told("2026-03-20")); diff != "" {
		t.Errorf("whoever answers for them (-want +got):\n%s", diff)
	}
}

func TestFinish_onlyWhatIsMeant(t *testing.T) {
	t.Parallel()
	db := setup(t)
	other := call
	other.Code = "WRITE_HOME"
	now := at("2026-11-20")
	inTx(t, db, func(tx postgres.Tx) error {
		for _, n := range []task.New{
			{Kind: call, Subject: "visit", SubjectID: 1, Staff: 1, From: now},
			{Kind: other, Subject: "visit", SubjectID: 1, Staff: 1, From: now},
			{Kind: call, Subject: "visit", SubjectID: 2, Staff: 1, From: now},
			{Kind: call, Subject: "referral", SubjectID: 1, Staff: 3, From: now},
		} {
			if err := task.Open(t.Context(), tx, n); err != nil {
				return err
			}
		}
		return task.Finish(t.Context(), tx, task.Subject{Table: "visit", ID: 1}, 1, now, call)
	})
	want := []string{"1 WRITE_HOME 11-25 00:00 0 f", "1 CALL_HOME 11-25 00:00 0 f", "3 CALL_HOME 11-25 00:00 0 f"}
	if diff := cmp.Diff(want, tasks(t, db)); diff != "" {
		t.Errorf("tasks (-want +got):\n%s", diff)
	}
}

// district is a case manager (5) from May on, the head of civil affairs (6) from April
// on, and one of the schools (7), who hears of nothing here.
const district = `
INSERT INTO agency (id, code, name, kind, division_id) VALUES (2, 'C', 'c', 'CIVIL_AFFAIRS', 1), (3, 'E', 'e', 'EDUCATION', 1);
INSERT INTO staff (id, code, agency_id, display_name, kind) VALUES (5, 'cm', 2, 'c', 'PERSON'), (6, 'head', 2, 'h', 'PERSON'), (7, 'head2', 3, 'h', 'PERSON');
INSERT INTO post (staff_id, role, agency_id, division_id, valid_from, authorised_until, approval_ref) VALUES
    (5, 'CM', 2, 1, '2026-05-01', '2027-01-01', 'x'), (6, 'STA', 2, 1, '2026-04-01', '2027-01-01', 'x'), (7, 'STA', 3, 1, '2026-04-02', '2027-01-01', 'x');`

// TestEnd_withWhatWentUp: a late task goes up once, whoever has it; the raise ends with
// the last late task, and with it the work item by which the supervisor read the record.
func TestEnd_withWhatWentUp(t *testing.T) {
	t.Parallel()
	db := setup(t)
	late := call
	late.Ladder = []task.Rung{{After: "test_first", Role: "SUP"}}
	late.Admit = func(ctx context.Context, tx postgres.Tx, to task.Up) (id int64, err error) {
		err = tx.QueryRow(ctx, `INSERT INTO ticket (code, kind, purpose, staff_id, agency_id, child_id, opened_at) VALUES ('V', 'VISIT_TASK', 'VISIT', $1, 1, $2, $3)
			ON CONFLICT (code) DO UPDATE SET closed_at = NULL RETURNING id`, to.Staff, to.Child, to.Now).Scan(&id)
		return id, err
	}
	open := func(staff int64, day string) {
		inTx(t, db, func(tx postgres.Tx) error {
			return task.Open(t.Context(), tx, task.New{Kind: late, Child: 1, Subject: "visit", SubjectID: 9, Staff: staff, From: at(day)})
		})
	}
	up := func(day string) {
		t.Helper()
		if err := jobs.Run(t.Context(), db, silent{t}, task.Escalation([]task.Kind{late}), at(day)); err != nil {
			t.Fatal(err)
		}
	}
	left := func(want ...string) {
		t.Helper()
		rows, err := db.Query(t.Context(), `SELECT concat_ws(' ', staff_id, CASE WHEN raised_by IS NOT NULL THEN 'above' END) FROM task WHERE done_at IS NULL
			UNION ALL SELECT 'item ' || staff_id FROM ticket WHERE closed_at IS NULL ORDER BY 1`)
		if err != nil {
			t.Fatal(err)
		}
		got, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("what is left (-want +got):\n%s", diff)
		}
	}
	end := func(staff int64) {
		t.Helper()
		inTx(t, db, func(tx postgres.Tx) error {
			var id int64
			if err := tx.QueryRow(t.Context(), `SELECT id FROM task WHERE staff_id = $1 AND done_at IS NULL`, staff).Scan(&id); err != nil {
				return err
			}
			_, err := task.End(t.Context(), tx, id, staff, at("2026-12-01"), late)
			return err
		})
	}
	open(1, "2026-11-20")
	open(3, "2026-11-20")
	open(4, "2026-11-26") // is not late
	up("2026-11-27")
	left("1", "2 above", "3", "4", "item 2")
	end(1)
	left("2 above", "3", "4", "item 2")
	inTx(t, db, func(tx postgres.Tx) error {
		return task.FinishOwn(t.Context(), tx, task.Subject{Table: "visit", ID: 9}, 3, at("2026-12-01"), late)
	})
	left("4")
	up("2026-12-02")
	left("2 above", "4", "item 2")
	end(2) // who is above may be the first to see to it
	left("4")
	end(4)
	left()
}

func TestHolder(t *testing.T) {
	t.Parallel()
	db := setup(t)
	exec(t, db, district)
	is := func(role policy.Role, day string, want task.InPost) {
		t.Helper()
		if want.Staff != 0 && want.Role != role {
			want.For = role
		}
		inTx(t, db, func(tx postgres.Tx) error {
			got, err := task.Holder(t.Context(), tx, role, 1, at(day))
			if got != want {
				t.Errorf("%s on %s: %v, want %v", role, day, got, want)
			}
			return err
		})
	}
	director, supervisor, manager, head := task.InPost{Staff: 1, Role: policy.DIR}, task.InPost{Staff: 2, Role: policy.SUP}, task.InPost{Staff: 5, Role: policy.CM}, task.InPost{Staff: 6, Role: policy.STA}
	is(policy.DIR, "2026-11-20", director)                                // of the child's village, not of the next one
	is(policy.DIR, "2026-02-28", task.InPost{Staff: 4, Role: policy.DIR}) // the newer post, while it lasted
	is(policy.DIR, "2026-03-01", director)                                // but not on the day on which it was left
	is(policy.SUP, "2026-11-20", supervisor)
	is(policy.DIR, "2025-11-20", task.InPost{})
	is(policy.HT, "2026-11-20", manager)
	is(policy.HT, "2026-04-20", head)
	is(policy.DPO, "2026-11-20", head)

	exec(t, db, `INSERT INTO conflict_declaration (staff_id, child_id, kind, declared_on) VALUES (1, 1, 'KIN', '2026-11-01')`)
	is(policy.DIR, "2026-11-20", supervisor) // kin do not hear
	exec(t, db, `UPDATE post SET valid_to = '2026-11-20' WHERE staff_id = 2`)
	is(policy.SUP, "2026-11-19", supervisor)
	is(policy.SUP, "2026-11-20", manager)
	is(policy.DIR, "2026-11-20", manager)
	exec(t, db, `UPDATE post SET authorised_until = '2026-11-19' WHERE staff_id = 5`)
	is(policy.DIR, "2026-11-20", head)
	inTx(t, db, func(tx postgres.Tx) error { // what nobody may stand in for
		got, err := task.HolderBut(t.Context(), tx, policy.DIR, 1, 0, at("2026-11-20"))
		if got != 0 {
			t.Errorf("the director is %d, want nobody", got)
		}
		return err
	})
}

// TestEscalation_passesOverVacantRungs: what the supervisor is late with, or what should
// go to a supervisor who is not there, is the next one's at once, and once only.
func TestEscalation_passesOverVacantRungs(t *testing.T) {
	t.Parallel()
	db := setup(t)
	exec(t, db, district)
	up := task.Kind{
		Code: "CALL_HOME", Text: call.Text, Due: "test_due", Unit: flow.WorkingDays,
		Ladder: []task.Rung{{After: "test_first", Role: policy.SUP}, {After: "test_second", Role: policy.CM}},
	}
	exec(t, db, `UPDATE post SET valid_to = '2026-11-26' WHERE staff_id = 2`)
	inTx(t, db, func(tx postgres.Tx) error {
		return task.Open(t.Context(), tx, task.New{Kind: up, Child: 1, Subject: "visit", SubjectID: 9, Staff: 1, From: at("2026-11-20")})
	})
	for _, day := range []string{"2026-11-26", "2026-11-28"} {
		if err := jobs.Run(t.Context(), db, silent{t}, task.Escalation([]task.Kind{up}), at(day)); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"1 CALL_HOME 11-25 00:00 2 f", "5 CALL_HOME 12-01 00:00 0 t"}
	if diff := cmp.Diff(want, tasks(t, db)); diff != "" {
		t.Errorf("tasks (-want +got):\n%s", diff)
	}
}

func TestOpen_needsItsDeadline(t *testing.T) {
	t.Parallel()
	db := setup(t)
	unset := call
	unset.Due = "nobody_set_this"
	err := postgres.InTx(t.Context(), db, func(tx postgres.Tx) error {
		return task.Open(t.Context(), tx, task.New{Kind: unset, Subject: "visit", SubjectID: 1, Staff: 1, From: at("2026-11-20")})
	})
	if err == nil {
		t.Error("a task without a deadline was opened, or silently not")
	}
}
