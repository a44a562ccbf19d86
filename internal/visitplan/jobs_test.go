package visitplan_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/jobs"
	"github.com/tongxin-hub/tongxin/internal/pgtest"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/task"
	"github.com/tongxin-hub/tongxin/internal/visiting"
	"github.com/tongxin-hub/tongxin/internal/visitplan"
)

// village is a director (1), a supervisor (2), and a child of each risk; the fifth is
// green and on focus, the sixth kin of the director, the seventh not registered.
const village = `
INSERT INTO division (id, code, name, level, parent_id) VALUES (1, '1', 'd', 'DISTRICT', NULL), (2, '2', 't', 'TOWNSHIP', 1), (3, '3', 'v', 'VILLAGE', 2);
INSERT INTO agency (id, code, name, kind, division_id) VALUES (1, 'A', 'a', 'TOWNSHIP', 2);
INSERT INTO staff (id, code, agency_id, display_name, kind) VALUES (1, 'dir', 1, 'd', 'PERSON'), (2, 'sup', 1, 's', 'PERSON');
INSERT INTO post (staff_id, role, agency_id, division_id, valid_from, authorised_until, approval_ref) VALUES
    (1, 'DIR', 1, 3, '2026-01-01', '2027-12-31', 'x'), (2, 'SUP', 1, 2, '2026-01-01', '2027-12-31', 'x');
INSERT INTO child (id, sex, birth_date, residence_village_id, residence_township_id) SELECT n, 'MALE', '2016-01-01', 3, 2 FROM generate_series(1, 7) n;
INSERT INTO registration (child_id, status, risk_level, focus_since) VALUES (1, 'REGISTERED', 'GREEN', NULL), (2, 'REGISTERED', 'YELLOW', NULL),
    (3, 'REGISTERED', 'ORANGE', NULL), (4, 'REGISTERED', 'RED', NULL), (5, 'REGISTERED', 'GREEN', '2026-11-01'), (6, 'REGISTERED', 'GREEN', NULL), (7, 'CANDIDATE', 'RED', NULL);
INSERT INTO conflict_declaration (staff_id, child_id, kind, declared_on) VALUES (1, 6, 'KIN', '2026-01-01');`

// counter takes the entries and counts the children they name.
type counter struct{ entries, children int }

func (c *counter) AppendTx(_ context.Context, _ postgres.Tx, e audit.Entry) (audit.Receipt, error) {
	c.entries++
	c.children += len(e.Disclosures)
	return audit.Receipt{}, nil
}

// at is ten in the morning of a day in the district.
func at(tb testing.TB, day string) time.Time {
	tb.Helper()
	when, err := time.Parse(time.RFC3339, day+"T10:00:00+08:00")
	if err != nil {
		tb.Fatal(err)
	}
	return when
}

func exec(tb testing.TB, db *pgxpool.Pool, sql string, args ...any) {
	tb.Helper()
	if _, err := db.Exec(tb.Context(), sql, args...); err != nil {
		tb.Fatalf("%.80s: %v", sql, err)
	}
}

func lines(t *testing.T, db *pgxpool.Pool, sql string) []string {
	t.Helper()
	rows, err := db.Query(t.Context(), sql)
	if err != nil {
		t.Fatal(err)
	}
	out, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// night runs the jobs once.
func night(t *testing.T, db *pgxpool.Pool, when time.Time) *counter {
	t.Helper()
	log := &counter{}
	for _, job := range visitplan.Jobs() {
		if err := jobs.Run(t.Context(), db, log, job, when); err != nil {
			t.Fatal(err)
		}
	}
	return log
}

const slots = `SELECT v.child_id || ' ' || v.plan_slot FROM visit v ORDER BY v.child_id, v.plan_slot`

func TestPlan_followsTheRisk(t *testing.T) {
	t.Parallel()
	_, db := pgtest.New(t)
	exec(t, db, village)
	night(t, db, at(t, "2026-11-23"))
	want := []string{
		"1 visit_general_green/2026-10-01/1",
		"2 visit_focus_yellow/2026-11-01/1", "2 visit_general_yellow/2026-10-01/1",
		"3 visit_contact_orange/2026-11-01/2", "3 visit_contact_orange/2026-12-01/1", "3 visit_focus_orange/2026-11-01/1", "3 visit_focus_orange/2026-12-01/1",
		"4 visit_contact_red/2026-11-23/1", "4 visit_contact_red/2026-11-30/1", "4 visit_contact_red/2026-12-07/1",
		"4 visit_focus_red/2026-11-01/2", "4 visit_focus_red/2026-12-01/1",
		"5 visit_focus_yellow/2026-11-01/1", "5 visit_general_green/2026-10-01/1",
		"6 visit_general_green/2026-10-01/1",
	}
	if diff := cmp.Diff(want, lines(t, db, slots)); diff != "" {
		t.Errorf("planned (-want +got):\n%s", diff)
	}
	// Two go where the risk is red or the director is kin.
	for _, line := range lines(t, db, `SELECT concat_ws(' ', child_id, kind, second_visitor_id IS NOT NULL) FROM visit WHERE state = 'ASSIGNED' ORDER BY id`) {
		two := strings.HasPrefix(line, "4 FOCUS_VISIT") || strings.HasPrefix(line, "6 ")
		if strings.HasSuffix(line, " t") != two {
			t.Errorf("assigned: %s", line)
		}
	}
	if early := lines(t, db, `SELECT id::text FROM visit WHERE planned_on < '2026-11-23' OR planned_on > '2026-12-31'`); len(early) > 0 {
		t.Errorf("visits %v are planned for days outside their slot", early)
	}
}

func TestPlan_twicePlansNothingTwice(t *testing.T) {
	t.Parallel()
	_, db := pgtest.New(t)
	exec(t, db, village)
	night(t, db, at(t, "2026-11-23"))
	before := lines(t, db, slots)
	night(t, db, at(t, "2026-11-23"))                                         // the day's run has ended
	exec(t, db, `UPDATE visit_plan_run SET after_child = 0, ended_at = NULL`) // and even if it had not
	again := night(t, db, at(t, "2026-11-23"))
	if diff := cmp.Diff(before, lines(t, db, slots)); diff != "" || again.children != 0 {
		t.Errorf("the second run planned (-before +after):\n%s%d children are on record", diff, again.children)
	}
	if twice := lines(t, db, `SELECT subject_id::text FROM task WHERE kind = 'VISIT' GROUP BY subject_id HAVING count(*) > 1`); len(twice) > 0 {
		t.Errorf("visits %v have two tasks", twice)
	}
}

// TestPlan_brokenOffAnywhere cuts a run after each of its steps: what is left is the
// next run's, and nothing is doubled.
func TestPlan_brokenOffAnywhere(t *testing.T) {
	t.Parallel()
	_, db := pgtest.New(t)
	exec(t, db, village)
	exec(t, db, `INSERT INTO child (id, sex, birth_date, residence_village_id, residence_township_id) SELECT n, 'MALE', '2016-01-01', 3, 2 FROM generate_series(101, 1300) n`)
	exec(t, db, `INSERT INTO registration (child_id, status, risk_level) SELECT n, 'REGISTERED', 'GREEN' FROM generate_series(101, 1300) n`)
	cut := errors.New("cut")
	for n := range 4 {
		job := visitplan.Jobs()[0]
		step, steps := job.Step, 0
		job.Step = func(ctx context.Context, tx postgres.Tx, now time.Time) (jobs.Done, error) {
			done, err := step(ctx, tx, now)
			if steps++; steps > 1 && err == nil && n < 3 {
				err = cut
			}
			return done, err
		}
		if err := jobs.Run(t.Context(), db, &counter{}, job, at(t, "2026-11-23")); err != nil && !errors.Is(err, cut) {
			t.Fatal(err)
		}
	}
	if got := lines(t, db, `SELECT concat_ws(' ', children, ended_at IS NOT NULL, (SELECT count(*) FROM visit WHERE child_id > 100)) FROM visit_plan_run`); got[0] != "1206 t 1200" {
		t.Errorf("the run stands at %s", got[0])
	}
}

// TestAssign_opensTheWorkItem: task and work item begin with the assignment and end with
// the planned day.
func TestAssign_opensTheWorkItem(t *testing.T) {
	t.Parallel()
	_, db := pgtest.New(t)
	exec(t, db, village)
	exec(t, db, `INSERT INTO visit (id, child_id, kind, state, planned_on) VALUES (900, 1, 'GENERAL_ROUND', 'PLANNED', '2026-11-30')`)
	night(t, db, at(t, "2026-11-23"))
	want := []string{"900 ASSIGNED VISIT VISIT_TASK VISIT 2026-12-01 00:00"}
	got := lines(t, db, `SELECT concat_ws(' ', v.id, v.state, t.kind, k.kind, k.purpose, to_char(t.due_at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD HH24:MI'))
		FROM visit v JOIN task t ON t.subject = 'visit' AND t.subject_id = v.id JOIN ticket k ON k.id = v.ticket_id AND k.id = t.ticket_id AND k.child_id = v.child_id WHERE v.id = 900`)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("assigned (-want +got):\n%s", diff)
	}
}

// TestAssign_lateVisitsGoUp: a visit that is not made is the director's reminder after a
// day, the supervisor's task after three, the case manager's after seven.
func TestAssign_lateVisitsGoUp(t *testing.T) {
	t.Parallel()
	_, db := pgtest.New(t)
	exec(t, db, village)
	exec(t, db, `INSERT INTO staff (id, code, agency_id, display_name, kind) VALUES (3, 'cm', 1, 'c', 'PERSON')`)
	exec(t, db, `INSERT INTO post (staff_id, role, agency_id, division_id, valid_from, authorised_until, approval_ref) VALUES (3, 'CM', 1, 1, '2026-01-01', '2027-12-31', 'x')`)
	exec(t, db, `DELETE FROM registration WHERE child_id > 1`)
	exec(t, db, `INSERT INTO visit (id, child_id, kind, state, planned_on) VALUES (900, 1, 'GENERAL_ROUND', 'PLANNED', '2026-11-23')`)
	night(t, db, at(t, "2026-11-23"))
	late := task.Escalation(visiting.Kinds())
	for _, c := range []struct {
		day  string
		want []string
	}{
		{"2026-11-23", []string{"1 0"}},
		{"2026-11-25", []string{"1 1"}},
		{"2026-11-27", []string{"1 2", "2 0"}},
		{"2026-12-01", []string{"1 3", "2 0", "3 0"}},
	} {
		if err := jobs.Run(t.Context(), db, &counter{}, late, at(t, c.day)); err != nil {
			t.Fatal(err)
		}
		got := lines(t, db, `SELECT concat_ws(' ', staff_id, rung) FROM task WHERE subject = 'visit' AND subject_id = 900 AND done_at IS NULL ORDER BY staff_id`)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("on %s (-want +got):\n%s", c.day, diff)
		}
	}
}

// TestAssign_withoutADirector: where the post of the director is vacant, from the day on
// which it is left, the supervisor visits, and lateness goes up to the case manager; of
// a child without a decided risk somebody decides, and it is visited meanwhile.
func TestAssign_withoutADirector(t *testing.T) {
	t.Parallel()
	_, db := pgtest.New(t)
	exec(t, db, village)
	exec(t, db, `INSERT INTO staff (id, code, agency_id, display_name, kind) VALUES (3, 'cm', 1, 'c', 'PERSON')`)
	exec(t, db, `INSERT INTO post (staff_id, role, agency_id, division_id, valid_from, authorised_until, approval_ref) VALUES (3, 'CM', 1, 1, '2026-01-01', '2027-12-31', 'x')`)
	exec(t, db, `UPDATE post SET valid_to = '2026-11-23' WHERE role = 'DIR'`)
	exec(t, db, `DELETE FROM registration WHERE child_id > 1`)
	exec(t, db, `UPDATE registration SET risk_level = NULL`)
	exec(t, db, `INSERT INTO visit (id, child_id, kind, state, planned_on) VALUES (900, 1, 'URGENT', 'PLANNED', '2026-11-23')`)
	night(t, db, at(t, "2026-11-23"))
	exec(t, db, `UPDATE visit_plan_run SET after_child = 0, ended_at = NULL`)
	night(t, db, at(t, "2026-11-23"))
	if err := jobs.Run(t.Context(), db, &counter{}, task.Escalation(visiting.Kinds()), at(t, "2026-11-27")); err != nil {
		t.Fatal(err)
	}
	if err := jobs.Run(t.Context(), db, &counter{}, task.Escalation(visiting.Kinds()), at(t, "2026-11-27")); err != nil {
		t.Fatal(err)
	}
	want := []string{"2 VISIT t t DIR", "3 CONFIRM_RISK f t", "3 VISIT t f"}
	got := lines(t, db, `SELECT concat_ws(' ', staff_id, kind, subject_id = 900, ticket_id IS NOT NULL, for_role) FROM task WHERE done_at IS NULL AND subject_id IN (1, 900) ORDER BY 1`)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("tasks (-want +got):\n%s", diff)
	}
	if got := lines(t, db, `SELECT plan_slot FROM visit WHERE id <> 900`); len(got) != 1 || got[0] != "visit_general_green/2026-10-01/1" {
		t.Errorf("planned: %v", got)
	}
	if got := lines(t, db, `SELECT count(*)::text FROM ticket WHERE kind = 'DISTRICT_SEARCH'`); got[0] != "1" {
		t.Errorf("%s work items for one decision", got[0])
	}
}

// TestSample draws at least the county's share in every township, the same for whoever
// draws again, and closes the rest.
func TestSample(t *testing.T) {
	t.Parallel()
	draw := func() []string {
		_, db := pgtest.New(t)
		exec(t, db, village)
		exec(t, db, `INSERT INTO visit (id, child_id, kind, state, visited_on, assigned_at, visitor_id)
			SELECT n, 1 + n % 6, 'GENERAL_ROUND', 'CHECKED', '2026-11-20', '2026-11-10', 1 FROM generate_series(1001, 1250) n`)
		exec(t, db, `UPDATE visit_plan_run SET ended_at = now()`)
		night(t, db, at(t, "2026-11-23"))
		if left := lines(t, db, `SELECT id::text FROM visit WHERE id BETWEEN 1001 AND 1250 AND (sampled IS NULL OR state <> CASE WHEN sampled THEN 'CHECKED' ELSE 'CLOSED' END)`); len(left) > 0 {
			t.Errorf("visits %v are neither closed nor drawn", left)
		}
		return lines(t, db, `SELECT v.id::text FROM visit v JOIN task k ON k.subject = 'visit' AND k.subject_id = v.id AND k.kind = 'VISIT_SPOT_CHECK' AND k.staff_id = 2 WHERE v.sampled ORDER BY v.id`)
	}
	first := draw()
	if len(first) < 13 || len(first) > 14 {
		t.Errorf("%d of 250 were drawn", len(first))
	}
	if diff := cmp.Diff(first, draw()); diff != "" {
		t.Errorf("drawn again (-first +second):\n%s", diff)
	}
}

// TestNight_atOnce plans and gives out at the same time, while visitors are at work: in
// any order of locks, nobody is in a deadlock and everything is given out once.
func TestNight_atOnce(t *testing.T) {
	t.Parallel()
	_, db := pgtest.New(t)
	exec(t, db, village)
	exec(t, db, `INSERT INTO child (id, sex, birth_date, residence_village_id, residence_township_id) SELECT n, 'MALE', '2016-01-01', 3, 2 FROM generate_series(101, 1600) n`)
	exec(t, db, `INSERT INTO registration (child_id, status, risk_level) SELECT n, 'REGISTERED', 'RED' FROM generate_series(101, 1600) n`)
	exec(t, db, `INSERT INTO visit (child_id, kind, state, planned_on) SELECT 1701 - n, 'URGENT', 'PLANNED', '2026-11-23' FROM generate_series(101, 1600) n`)
	failed := make(chan error, 5)
	for _, job := range visitplan.Jobs()[:2] {
		for _, when := range []time.Time{at(t, "2026-11-23"), at(t, "2026-11-24")} {
			go func() { failed <- jobs.Run(t.Context(), db, &counter{}, job, when) }()
		}
	}
	go func() {
		var err error
		for child := 1600; child > 1500 && err == nil; child-- {
			_, err = db.Exec(t.Context(), `UPDATE visit SET version = version + 1 WHERE child_id = $1 AND kind = 'URGENT'`, child)
		}
		failed <- err
	}()
	for range cap(failed) {
		if err := <-failed; err != nil {
			t.Fatal(err)
		}
	}
	night(t, db, at(t, "2026-11-24"))
	if left := lines(t, db, `SELECT v.id::text FROM visit v WHERE v.child_id > 100 AND v.planned_on <= '2026-12-08' AND (v.state <> 'ASSIGNED' OR 1 <> (SELECT count(*) FROM ticket k WHERE k.id = v.ticket_id AND k.closed_at IS NULL)
		OR 1 <> (SELECT count(*) FROM task a WHERE a.subject = 'visit' AND a.subject_id = v.id AND a.done_at IS NULL AND a.ticket_id = v.ticket_id)) ORDER BY v.id`); len(left) > 0 {
		t.Errorf("%d visits are not given out once", len(left))
	}
}

// BenchmarkNight is the first night of a district of 50,000 children, when everything
// is planned and given out at once; a usual night has a fraction of it.
func BenchmarkNight(b *testing.B) {
	for b.Loop() {
		_, db := pgtest.New(b)
		exec(b, db, village)
		exec(b, db, `INSERT INTO child (id, sex, birth_date, residence_village_id, residence_township_id) SELECT n, 'MALE', '2016-01-01', 3, 2 FROM generate_series(101, 50100) n`)
		for from := 101; from < 50101; from += 1000 {
			exec(b, db, `INSERT INTO registration (child_id, status, risk_level)
				SELECT n, 'REGISTERED', CASE WHEN n % 50 = 0 THEN 'RED' WHEN n % 12 = 0 THEN 'ORANGE' WHEN n % 4 = 0 THEN 'YELLOW' ELSE 'GREEN' END FROM generate_series($1::bigint, $1 + 999) n`, from)
		}
		for _, job := range visitplan.Jobs() {
			began, log := time.Now(), &counter{}
			if err := jobs.Run(b.Context(), db, log, job, at(b, "2026-11-23")); err != nil {
				b.Fatal(err)
			}
			b.Logf("%s: %d steps, %d children, %v", job.Name, log.entries, log.children, time.Since(began).Round(time.Second))
		}
	}
}
