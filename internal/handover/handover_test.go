package handover_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/handover"
	"github.com/tongxin-hub/tongxin/internal/jobs"
	"github.com/tongxin-hub/tongxin/internal/pgtest"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// district is two villages: the director of the first (1), who is also the director of
// the second until the end, the supervisor (2), two case managers (3, 4) and the heads of
// the township (5) and of civil affairs (6). Child 1 lives in the first village, child 2 in the
// second, child 3 is shielded altogether.
const district = `
INSERT INTO division (id, code, name, level, parent_id) VALUES (1, '1', 'd', 'DISTRICT', NULL), (2, '2', 't', 'TOWNSHIP', 1), (3, '3', 'v', 'VILLAGE', 2), (4, '4', 'w', 'VILLAGE', 2);
INSERT INTO agency (id, code, name, kind, division_id) VALUES (1, 'A', 'a', 'TOWNSHIP', 2), (2, 'C', 'c', 'CIVIL_AFFAIRS', 1);
INSERT INTO staff (id, code, agency_id, display_name, kind) SELECT n, 's' || n, CASE WHEN n IN (3, 4, 6) THEN 2 ELSE 1 END, 's', 'PERSON' FROM generate_series(1, 7) n;
INSERT INTO post (id, staff_id, role, agency_id, division_id, valid_from, valid_to, authorised_until, approval_ref) VALUES
    (1, 1, 'DIR', 1, 3, '2026-01-01', '2026-11-23', '2027-12-31', 'x'), (2, 1, 'DIR', 1, 4, '2026-01-01', NULL, '2027-12-31', 'x'),
    (3, 2, 'SUP', 1, 2, '2026-01-01', NULL, '2027-12-31', 'x'), (4, 3, 'CM', 2, 1, '2026-05-01', NULL, '2027-12-31', 'x'),
    (5, 4, 'CM', 2, 1, '2026-01-01', NULL, '2027-12-31', 'x'), (6, 5, 'STA', 1, 2, '2026-01-01', NULL, '2027-12-31', 'x'), (7, 6, 'STA', 2, 1, '2026-01-01', NULL, '2027-12-31', 'x');
INSERT INTO child (id, sex, birth_date, residence_village_id, residence_township_id, shield) VALUES (1, 'MALE', '2016-01-01', 3, 2, 'NONE'), (2, 'MALE', '2016-01-01', 4, 2, 'NONE'), (3, 'MALE', '2016-01-01', 3, 2, 'FULL');
INSERT INTO ticket (id, code, kind, purpose, staff_id, agency_id, child_id, opened_at) VALUES (1, 'WT-1', 'VISIT_TASK', 'VISIT', 1, 1, 1, '2026-11-20'), (2, 'MR-1-3', 'REPORT', 'MANDATORY_REPORT', 3, 2, 1, '2026-11-20');
INSERT INTO task (id, kind, child_id, subject, subject_id, staff_id, agency_id, ticket_id, opened_at, due_at, basis) VALUES
    (901, 'VISIT', 1, 'visit', 1, 1, 1, 1, '2026-11-20', '2026-12-01', 'x'), (902, 'VISIT', 2, 'visit', 2, 1, 1, NULL, '2026-11-20', '2026-12-01', 'x'),
    (903, 'SAFETY_FIRE', NULL, 'visit', 1, 1, 1, NULL, '2026-11-20', '2026-12-01', 'x'), (904, 'CARE', 3, 'guardianship', 3, 1, 1, NULL, '2026-11-20', '2026-12-01', 'x'),
    (905, 'REPORT_ACCEPT', 1, 'mandatory_report', 1, 3, 2, 2, '2026-11-20', '2026-12-01', 'x');
INSERT INTO visit (id, child_id, kind, state, planned_on, visitor_id, ticket_id, assigned_at) VALUES (1, 1, 'URGENT', 'ASSIGNED', '2026-11-25', 1, 1, '2026-11-20'),
    (2, 2, 'URGENT', 'ASSIGNED', '2026-11-25', 1, NULL, '2026-11-20'), (3, 1, 'URGENT', 'DONE', '2026-11-25', 1, NULL, '2026-11-20');
INSERT INTO mandatory_report (id, child_id, state, handler_id, received_on) VALUES (1, 1, 'SUBMITTED', 3, '2026-11-20');`

// kept takes the entries as what was done to how many children.
type kept struct{ children []int64 }

func (k *kept) AppendTx(_ context.Context, _ postgres.Tx, e audit.Entry) (audit.Receipt, error) {
	for _, d := range e.Disclosures {
		k.children = append(k.children, d.ChildID)
	}
	return audit.Receipt{}, nil
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

// TestLeaving: what was open goes to whoever holds the post or stands in, once, with its
// work item and the record that names a person; what a person needs in another post, and
// what nobody may hear of, stays.
func TestLeaving(t *testing.T) {
	t.Parallel()
	_, db := pgtest.New(t)
	exec := func(sql string) {
		t.Helper()
		if _, err := db.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	is := func(what, sql string, want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, lines(t, db, sql)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	leave := func(day string) []int64 {
		t.Helper()
		when, err := time.Parse(time.RFC3339, day+"T00:30:00+08:00")
		if err != nil {
			t.Fatal(err)
		}
		log := &kept{}
		if err := jobs.Run(t.Context(), db, log, handover.Leaving(), when.UTC()); err != nil {
			t.Fatal(err)
		}
		return log.children
	}
	const (
		tasks   = `SELECT concat_ws(' ', t.staff_id, t.kind, t.subject_id, t.ticket_id) FROM task t WHERE t.done_at IS NULL ORDER BY t.kind = 'HANDOVER', t.id, t.staff_id`
		visits  = `SELECT concat_ws(' ', id, state, visitor_id, assigned_at IS NULL) FROM visit ORDER BY id`
		tickets = `SELECT concat_ws(' ', id, code, staff_id) FROM ticket ORDER BY id`
	)
	exec(district)
	if got := leave("2026-11-22"); len(got) > 0 {
		t.Errorf("children %v were handed over before the post was left", got)
	}
	if diff := cmp.Diff([]int64{1}, leave("2026-11-23")); diff != "" {
		t.Errorf("children on record (-want +got):\n%s", diff)
	}
	want := []string{"2 VISIT 1", "1 VISIT 2", "1 SAFETY_FIRE 1", "1 CARE 3", "3 REPORT_ACCEPT 1 2", "2 HANDOVER 1", "5 HANDOVER 1"}
	is("tasks", tasks, want...)
	is("visits", visits, "1 PLANNED t", "2 ASSIGNED 1 f", "3 DONE 2 f")
	is("tickets", tickets, "1 WT-1 1", "2 MR-1-3 3") // the supervisor needs no work item
	leave("2026-11-24")
	is("tasks after another run", tasks, want...)

	// The case manager's account is closed: the other one has work item and report.
	exec(`UPDATE staff SET active = false WHERE id = 3`)
	leave("2026-11-25")
	is("tasks of the manager", `SELECT concat_ws(' ', staff_id, kind, ticket_id) FROM task WHERE done_at IS NULL AND (kind = 'HANDOVER' AND subject_id = 4 OR id = 905) ORDER BY kind = 'HANDOVER', staff_id`, "4 REPORT_ACCEPT 2", "4 HANDOVER", "6 HANDOVER")
	is("tickets of the manager", tickets, "1 WT-1 1", "2 MR-1-4 4")
	is("report", `SELECT handler_id::text FROM mandatory_report`, "4")

	// A social worker's contract ends: the case goes to the case manager, who assigns it
	// anew, with its work item; the visit to the village's director or who stands in.
	exec(`INSERT INTO agency (id, code, name, kind, division_id) VALUES (3, 'K', 'k', 'CONTRACTOR', 1);
		INSERT INTO staff (id, code, agency_id, display_name, kind) SELECT n, 's' || n, 3, 's', 'PERSON' FROM generate_series(8, 9) n;
		INSERT INTO post (id, staff_id, role, agency_id, division_id, valid_from, valid_to, authorised_until, approval_ref) VALUES
			(8, 8, 'SW', 3, 1, '2026-01-01', '2026-11-26', '2027-12-31', 'x'), (9, 9, 'SW', 3, 1, '2026-06-01', NULL, '2027-12-31', 'x');
		INSERT INTO ticket (id, code, kind, purpose, staff_id, agency_id, child_id, opened_at) VALUES (3, 'CS-1', 'CASE', 'CASE_MGMT', 8, 3, 1, '2026-11-20'), (4, 'PR-1', 'PSYCH_REFERRAL', 'PSYCH_SUPPORT', 8, 3, 1, '2026-11-20');
		INSERT INTO care_case (id, child_id, assignee_id, opened_on) VALUES (1, 1, 8, '2026-11-20');
		INSERT INTO visit (id, child_id, kind, state, planned_on, visitor_id, assigned_at) VALUES (4, 1, 'URGENT', 'DONE', '2026-11-25', 8, '2026-11-20');
		INSERT INTO task (id, kind, child_id, subject, subject_id, staff_id, agency_id, ticket_id, opened_at, due_at, basis) VALUES (906, 'CONSULTATION_TASK', 1, 'consultation', 1, 8, 3, 3, '2026-11-20', '2026-12-01', 'x')`)
	leave("2026-11-26")
	is("case", `SELECT assignee_id::text FROM care_case`, "4")
	is("the case's task and work items", `SELECT concat_ws(' ', k.code, k.staff_id, t.staff_id) FROM ticket k LEFT JOIN task t ON t.ticket_id = k.id WHERE k.id IN (3, 4) ORDER BY k.id`, "CS-1 4 4", "PR-1 8")
	is("the social worker's visit", `SELECT concat_ws(' ', state, visitor_id) FROM visit WHERE id = 4`, "DONE 2")

	// An authorisation that ran out is waited for; a renewed post hands over again.
	exec(`UPDATE post SET authorised_until = '2026-11-30' WHERE id = 3;
		INSERT INTO post (id, staff_id, role, agency_id, division_id, valid_from, authorised_until, approval_ref) VALUES (10, 7, 'SUP', 1, 2, '2026-11-01', '2027-12-31', 'x')`)
	open := `SELECT DISTINCT staff_id::text FROM task WHERE done_at IS NULL AND kind = 'VISIT' AND subject_id = 1`
	leave("2026-12-14")
	is("within the days to renew it", open, "2")
	leave("2026-12-15")
	is("after that", open, "7")
}

// TestWatching: the case manager hears once of a township where nobody is in post, and no
// more when somebody is; a supervisor, or a director of each village, is enough.
func TestWatching(t *testing.T) {
	t.Parallel()
	_, db := pgtest.New(t)
	exec := func(sql string) {
		t.Helper()
		if _, err := db.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	told := func(want ...string) {
		t.Helper()
		for range 2 {
			if err := jobs.Run(t.Context(), db, &kept{}, handover.Watching(), time.Date(2026, 11, 24, 2, 0, 0, 0, time.UTC)); err != nil {
				t.Fatal(err)
			}
		}
		got := lines(t, db, `SELECT concat_ws(' ', staff_id, subject, subject_id, child_id) FROM task WHERE kind = 'POST_VACANT' AND done_at IS NULL ORDER BY id`)
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("told (-want +got):\n%s", diff)
		}
	}
	exec(district)
	exec(`INSERT INTO registration (child_id, status) VALUES (1, 'REGISTERED'), (2, 'REGISTERED')`)
	told()
	exec(`UPDATE post SET valid_to = '2026-11-24' WHERE role = 'SUP'`) // the first village has no director
	told("3 division 2")
	exec(`INSERT INTO post (id, staff_id, role, agency_id, division_id, valid_from, authorised_until, approval_ref) VALUES (20, 7, 'DIR', 1, 3, '2026-11-24', '2027-12-31', 'x')`)
	told()
	exec(`UPDATE post SET valid_to = '2026-11-24' WHERE role IN ('DIR', 'CM')`)
	told("6 division 2") // the head of civil affairs stands in for the case manager
}

// TestReturning: what others had to do for the director goes back when the village has one
// again, with the work item that the director needs; a draft stays with who began it, and
// what nobody may hear of where it is.
func TestReturning(t *testing.T) {
	t.Parallel()
	_, db := pgtest.New(t)
	const stead = `DELETE FROM task; DELETE FROM visit; DELETE FROM ticket;
		INSERT INTO ticket (id, code, kind, purpose, staff_id, agency_id, child_id, opened_at) VALUES
			(11, 'WT-11', 'SURVEY_BATCH', 'REGISTER_VERIFY', 2, 1, 1, '2026-11-20'), (12, 'WT-12', 'DISTRICT_SEARCH', 'CASE_MGMT', 4, 2, 1, '2026-11-20'), (13, 'WT-13', 'VISIT_TASK', 'VISIT', 2, 1, 1, '2026-11-20');
		INSERT INTO visit (id, child_id, kind, state, planned_on, visitor_id, ticket_id, assigned_at) VALUES
			(1, 1, 'URGENT', 'ASSIGNED', '2026-11-25', 2, 13, '2026-11-20'), (2, 1, 'FOCUS_VISIT', 'DONE', '2026-11-25', 2, NULL, '2026-11-20');
		INSERT INTO task (id, kind, child_id, subject, subject_id, staff_id, agency_id, ticket_id, opened_at, due_at, basis, for_role) VALUES
			(901, 'REGISTER_CLAIM', 1, 'registration', 1, 2, 1, 11, '2026-11-20', '2026-12-01', 'x', 'DIR'), (902, 'CARE_NOTICE', 1, 'guardianship', 1, 4, 2, 12, '2026-11-20', '2026-12-01', 'x', 'DIR'),
			(903, 'SAFETY_FIRE', NULL, 'visit', 1, 2, 1, NULL, '2026-11-20', '2026-12-01', 'x', 'DIR'), (904, 'VISIT', 1, 'visit', 1, 2, 1, 13, '2026-11-20', '2026-12-01', 'x', 'DIR'),
			(905, 'VISIT', 1, 'visit', 2, 2, 1, NULL, '2026-11-20', '2026-12-01', 'x', 'DIR'), (906, 'CARE_NOTICE', 3, 'guardianship', 3, 4, 2, NULL, '2026-11-20', '2026-12-01', 'x', 'DIR'),
			(907, 'VISIT_CHECK', 1, 'visit', 9, 6, 2, NULL, '2026-11-20', '2026-12-01', 'x', 'SUP'), (908, 'RED_ALERT', 1, 'visit', 9, 2, 1, NULL, '2026-11-20', '2026-12-01', 'x', NULL);
		UPDATE post SET valid_to = '2026-11-20' WHERE id = 1`
	const standing = `SELECT concat_ws(' ', t.id, t.staff_id, k.kind) FROM task t LEFT JOIN ticket k ON k.id = t.ticket_id AND k.staff_id = t.staff_id AND k.closed_at IS NULL ORDER BY t.id`
	for _, sql := range []string{district, stead} {
		if _, err := db.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	run := func() []int64 {
		t.Helper()
		log := &kept{}
		if err := jobs.Run(t.Context(), db, log, handover.Returning(), time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)); err != nil {
			t.Fatal(err)
		}
		return log.children
	}
	run()
	if diff := cmp.Diff([]string{"901 2 SURVEY_BATCH", "902 4 DISTRICT_SEARCH", "903 2", "904 2 VISIT_TASK", "905 2", "906 4", "907 2", "908 2"}, lines(t, db, standing)); diff != "" {
		t.Errorf("while the village has no director (-want +got):\n%s", diff)
	}
	if _, err := db.Exec(t.Context(), `INSERT INTO post (id, staff_id, role, agency_id, division_id, valid_from, authorised_until, approval_ref) VALUES (20, 7, 'DIR', 1, 3, '2026-11-23', '2027-12-31', 'x')`); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int64{1}, run()); diff != "" {
		t.Errorf("children on record (-want +got):\n%s", diff)
	}
	want := []string{"901 7 SURVEY_BATCH", "902 7 VISIT_TASK", "903 7", "904 2 VISIT_TASK", "905 2", "906 4", "907 2", "908 2"}
	if diff := cmp.Diff(want, lines(t, db, standing)); diff != "" {
		t.Errorf("given back (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"1 PLANNED", "2 DONE 2"}, lines(t, db, `SELECT concat_ws(' ', id, state, visitor_id) FROM visit ORDER BY id`)); diff != "" {
		t.Errorf("visits (-want +got):\n%s", diff)
	}
	if again := run(); len(again) > 0 || !cmp.Equal(want, lines(t, db, standing)) {
		t.Errorf("a second run changed %v", again)
	}
}
