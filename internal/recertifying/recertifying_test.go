package recertifying_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tongxin-hub/tongxin/internal/access"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/identity"
	"github.com/tongxin-hub/tongxin/internal/pgtest"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/recertifying"
)

// agencies are a district office with a head (1), a bureau with one (2), its school (3)
// and a contractor (4) without; the administrator is 5.
const agencies = `
INSERT INTO division (id, code, name, level, parent_id) VALUES (1, '1', '示范区', 'DISTRICT', NULL);
INSERT INTO agency (id, code, name, kind, division_id) VALUES (1, 'Q', 'q', 'DISTRICT_OFFICE', 1), (2, 'J', 'j', 'EDUCATION', 1), (3, 'X', 'x', 'SCHOOL', 1), (4, 'S', 's', 'CONTRACTOR', 1);
INSERT INTO staff (id, code, agency_id, display_name, kind, vetted_until) VALUES (1, 'q1', 1, 'x', 'PERSON', '2027-12-31'), (2, 'j2', 2, 'x', 'PERSON', '2027-12-31'),
    (3, 'x3', 3, 'x', 'PERSON', '2026-12-10'), (6, 'x6', 3, 'x', 'PERSON', '2027-12-31'), (4, 's4', 4, 'x', 'PERSON', '2027-12-31'), (5, 'q5', 1, 'x', 'PERSON', '2027-12-31');
INSERT INTO contract (id, number, agency_id, project, valid_from, valid_to, purposes, security_assessed_on) VALUES (1, 'K1', 4, 'p', '2026-01-01', '2026-11-20', '{CASE_MGMT}', '2026-01-01');
INSERT INTO post (id, staff_id, role, agency_id, contract_id, valid_from, authorised_until, approval_ref) VALUES
    (1, 1, 'STA', 1, NULL, '2026-08-30', '2027-12-31', 'x'), (2, 2, 'STA', 2, NULL, '2026-08-30', '2027-12-31', 'x'), (3, 3, 'HT', 3, NULL, '2026-08-30', '2026-12-01', 'x'),
    (6, 6, 'PSY', 3, NULL, '2026-08-30', '2027-12-31', 'x'), (4, 4, 'SW', 4, 1, '2026-08-30', '2027-12-31', 'x'), (5, 5, 'ADM', 1, NULL, '2026-08-30', '2027-12-31', 'x');`

var now = time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)

func setup(t *testing.T) *pgxpool.Pool {
	t.Helper()
	_, db := pgtest.New(t)
	if _, err := db.Exec(t.Context(), agencies); err != nil {
		t.Fatal(err)
	}
	return db
}

// clock runs all jobs at a moment and collects what they say.
func clock(t *testing.T, db *pgxpool.Pool, at time.Time) (said []string) {
	t.Helper()
	for _, job := range recertifying.Jobs() {
		for more := true; more; {
			if err := postgres.InTx(t.Context(), db, func(tx postgres.Tx) error {
				done, err := job.Step(t.Context(), tx, at)
				if more = done.More; done.Reason != "" {
					said = append(said, done.Reason)
				}
				return err
			}); err != nil {
				t.Fatalf("%s: %v", job.Name, err)
			}
		}
	}
	return said
}

func list(t *testing.T, db *pgxpool.Pool, sql string) (out []string) {
	t.Helper()
	if err := db.QueryRow(t.Context(), `SELECT coalesce(array_agg(x ORDER BY x), '{}') FROM (`+sql+`) AS l (x)`).Scan(&out); err != nil {
		t.Fatal(err)
	}
	return out
}

const open = `SELECT s.code || ' ' || k.kind || ' ' || k.subject || k.subject_id FROM task k JOIN staff s ON s.id = k.staff_id WHERE k.done_at IS NULL`

// confirm confirms a post by somebody of an agency.
func confirm(t *testing.T, db *pgxpool.Pool, staff, agency, post int64) error {
	t.Helper()
	return postgres.InTx(t.Context(), db, func(tx postgres.Tx) error {
		d := disclosure.Decided{Access: &disclosure.Access{
			Caller: identity.Caller{Agency: identity.Agency{ID: agency}, Staff: identity.Staff{ID: staff}}, Post: identity.Post{Role: "STA", AgencyID: agency}, Now: now,
		}}
		var version int
		if err := tx.QueryRow(t.Context(), `SELECT version FROM post WHERE id = $1`, post).Scan(&version); err != nil {
			return err
		}
		_, err := recertifying.Confirm(t.Context(), tx, d, access.Aim{ID: post, Version: version})
		return err
	})
}

// TestQuarter: each head is asked for the posts answered for, reminders come before the
// day, and the task is done with the last post.
func TestQuarter(t *testing.T) {
	t.Parallel()
	db := setup(t)
	clock(t, db, now)
	clock(t, db, now.Add(time.Hour))
	want := []string{"j2 POSTS_CONFIRM recertification1", "q1 POSTS_CONFIRM recertification1", "q5 CONTRACT_RETURN contract1", "x3 RIGHTS_RENEW post3", "x3 RIGHTS_RENEW staff3"}
	if diff := cmp.Diff(want, list(t, db, open)); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
	for post, code := range map[int64]fault.Code{2: fault.Forbidden, 4: fault.NotFound, 5: fault.NotFound} {
		if err := confirm(t, db, 2, 2, post); fault.CodeOf(err) != code {
			t.Errorf("the bureau's head on post %d: %v", post, err)
		}
	}
	if err := confirm(t, db, 2, 2, 3); err != nil {
		t.Errorf("the school's: %v", err)
	}
	if _, err := db.Exec(t.Context(), `UPDATE staff SET vetted_until = '2027-12-31'; UPDATE post SET authorised_until = '2027-12-31', confirmed_on = '2026-11-23' WHERE id NOT IN (4, 6)`); err != nil {
		t.Fatal(err)
	}
	if err := confirm(t, db, 1, 1, 4); err != nil { // the contractor has no bureau with a head
		t.Errorf("the contractor's: %v", err)
	}
	clock(t, db, now.Add(2*time.Hour))
	want = []string{"j2 POSTS_CONFIRM recertification1", "q5 CONTRACT_RETURN contract1"}
	if diff := cmp.Diff(want, list(t, db, open)); diff != "" {
		t.Errorf("left (-want +got):\n%s", diff)
	}
	if err := confirm(t, db, 2, 2, 6); err != nil {
		t.Errorf("the school's last: %v", err)
	}
	if diff := cmp.Diff(want[1:], list(t, db, open)); diff != "" {
		t.Errorf("done (-want +got):\n%s", diff)
	}
}

// TestLapse: an unused post is announced, then ended; what was used or confirmed in time
// stays, and a notice is taken back.
func TestLapse(t *testing.T) {
	t.Parallel()
	db := setup(t)
	day := func(n int) time.Time { return now.AddDate(0, 0, n) }
	clock(t, db, day(5)) // the ninetieth day
	if got := list(t, db, `SELECT id::text FROM post WHERE lapse_noticed_on IS NOT NULL`); len(got) != 0 {
		t.Errorf("announced too early: %v", got)
	}
	clock(t, db, day(6))
	if got := list(t, db, `SELECT id::text FROM post WHERE lapse_noticed_on = '2026-11-29'`); len(got) != 6 {
		t.Errorf("announced: %v", got)
	}
	if _, err := db.Exec(t.Context(), `UPDATE post SET last_used_on = '2026-12-01' WHERE id = 3`); err != nil {
		t.Fatal(err)
	}
	if err := confirm(t, db, 1, 1, 4); err != nil {
		t.Fatal(err)
	}
	if got := clock(t, db, day(19)); len(got) != 0 {
		t.Errorf("ended before the notice ran out: %v", got)
	}
	if diff := cmp.Diff([]string{"POST_UNUSED Q/q1 STA, J/j2 STA, Q/q5 ADM", "POST_UNUSED X/x6 PSY"}, clock(t, db, day(20))); diff != "" {
		t.Errorf("ended (-want +got):\n%s", diff)
	}
	want := []string{"1 UNUSED 2026-12-13", "2 UNUSED 2026-12-13", "5 UNUSED 2026-12-13", "6 UNUSED 2026-12-13"}
	if diff := cmp.Diff(want, list(t, db, `SELECT id || ' ' || end_reason || ' ' || valid_to FROM post WHERE end_reason IS NOT NULL`)); diff != "" {
		t.Errorf("ended (-want +got):\n%s", diff)
	}
	if got := list(t, db, open+` AND k.kind = 'POST_UNUSED'`); len(got) != 0 {
		t.Errorf("tasks left: %v", got)
	}
	if got := list(t, db, `SELECT subject FROM access_change WHERE what = 'lapsePost' AND by_id IS NULL`); len(got) != 4 {
		t.Errorf("kept: %v", got)
	}
}

// TestClients_lastSeen: a system was last seen on the newest day on which the log has a
// request of it; one of another agency with the same name does not count.
func TestClients_lastSeen(t *testing.T) {
	t.Parallel()
	db := setup(t)
	const systems = `
INSERT INTO client (id, agency_id, code, name, purposes, registered_on, last_seen_on) VALUES (1, 3, 'sys', 'x', '{VISIT}', '2026-01-01', NULL),
    (2, 4, 'sys', 'x', '{VISIT}', '2026-01-01', '2026-11-22'), (3, 4, 'never', 'x', '{VISIT}', '2026-01-01', NULL);
INSERT INTO audit_hour (hour, agency_code, system, entries) VALUES ('2026-11-01T10:00:00Z', 'X', 'sys', 1), ('2026-11-20T17:00:00Z', 'X', 'sys', 1), ('2026-11-21T10:00:00Z', 'S', 'sys', 1);`
	if _, err := db.Exec(t.Context(), systems); err != nil {
		t.Fatal(err)
	}
	const seen = `SELECT id || ' ' || coalesce(last_seen_on::text, '–') FROM client`
	clock(t, db, now)
	if diff := cmp.Diff([]string{"1 2026-11-21", "2 2026-11-22", "3 –"}, list(t, db, seen)); diff != "" {
		t.Error(diff)
	}
	if _, err := db.Exec(t.Context(), `INSERT INTO audit_hour (hour, agency_code, system, entries) VALUES ('2026-11-23T01:00:00Z', 'S', 'sys', 1)`); err != nil {
		t.Fatal(err)
	}
	clock(t, db, now)
	if diff := cmp.Diff([]string{"1 2026-11-21", "2 2026-11-23", "3 –"}, list(t, db, seen)); diff != "" {
		t.Error(diff)
	}
}
