package accesslog_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tongxin-hub/tongxin/internal/accesslog"
	"github.com/tongxin-hub/tongxin/internal/pgtest"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// register has one district, two villages, a school; a director and a supervisor, a
// teacher, a case manager and a contractor of one agency; child 1 of the first
// village and pupil of the school, child 2 of the second village.
var register = []string{
	`INSERT INTO division (id, code, name, level, parent_id) VALUES (1, '1', 'd', 'DISTRICT', NULL), (2, '2', 't', 'TOWNSHIP', 1), (3, '3', 'v', 'VILLAGE', 2), (4, '4', 'w', 'VILLAGE', 2), (5, '5', 'u', 'TOWNSHIP', 1)`,
	`INSERT INTO agency (id, code, name, kind, division_id) VALUES (1, 'A', 'a', 'CIVIL_AFFAIRS', 1), (2, 'B', 'b', 'SCHOOL', 1)`,
	`INSERT INTO school (id, code, name, agency_id, division_id) VALUES (1, 's', 's', 2, 1)`,
	`INSERT INTO clinic (id, code, name, agency_id, division_id) VALUES (1, 'k', 'k', 2, 5)`,
	`INSERT INTO contract (id, number, agency_id, project, valid_from, valid_to) VALUES (1, 'c', 1, 'p', '2025-01-01', '2026-06-30')`,
	`INSERT INTO staff (id, code, agency_id, display_name, kind, vetted_until) SELECT n, 'S' || n, 1, 's', 'PERSON', CASE n WHEN 7 THEN date '2026-09-30' ELSE '2027-01-01' END FROM generate_series(1, 9) n`,
	`INSERT INTO post (id, staff_id, role, agency_id, division_id, school_id, clinic_id, contract_id, valid_from, valid_to, authorised_until, approval_ref) VALUES
		(1, 1, 'DIR', 1, 3, NULL, NULL, NULL, '2025-01-01', NULL, '2027-01-01', 'x'), (2, 2, 'SUP', 1, 5, NULL, NULL, NULL, '2025-01-01', NULL, '2027-01-01', 'x'),
		(3, 3, 'HT', 2, NULL, 1, NULL, NULL, '2025-01-01', NULL, '2027-01-01', 'x'), (4, 4, 'CM', 1, 1, NULL, NULL, NULL, '2025-01-01', NULL, '2027-01-01', 'x'),
		(5, 5, 'SW', 1, NULL, NULL, NULL, 1, '2025-01-01', NULL, '2027-01-01', 'x'), (6, 6, 'HD', 2, NULL, NULL, 1, NULL, '2025-01-01', NULL, '2027-01-01', 'x'),
		(7, 7, 'CM', 1, 1, NULL, NULL, NULL, '2025-01-01', NULL, '2027-01-01', 'x'), (8, 8, 'CM', 1, 1, NULL, NULL, NULL, '2025-01-01', '2026-10-05', '2027-01-01', 'x'),
		(9, 9, 'CM', 1, 1, NULL, NULL, NULL, '2025-01-01', NULL, '2026-10-04', 'x')`,
	`INSERT INTO child (id, name, sex, birth_date, residence_village_id, residence_township_id) VALUES (1, '甲', 'MALE', '2015-01-01', 3, 2), (2, '乙', 'MALE', '2015-01-01', 4, 2)`,
	`INSERT INTO enrolment (child_id, school_id, current) VALUES (1, 1, true)`,
	`INSERT INTO care_case (child_id, assignee_id, opened_on, closed_on) VALUES (1, 4, '2026-01-01', '2026-10-04'), (2, 4, '2026-01-01', '2026-02-01'), (2, 4, '2026-03-01', NULL)`,
	`INSERT INTO ticket (code, kind, purpose, staff_id, agency_id, child_id, opened_at, closed_at) VALUES
		('T1', 'CASE', 'CASE_MGMT', 4, 1, 1, '2026-10-01', '2026-10-05T00:00:00Z'), ('T2', 'CASE', 'CASE_MGMT', 4, 1, 2, '2026-10-01', NULL), ('T3', 'CASE', 'CASE_MGMT', 4, 1, NULL, '2026-10-06', NULL)`,
	`INSERT INTO conflict_declaration (staff_id, child_id, kind, declared_on) VALUES (4, 1, 'KIN', '2026-01-01'), (1, 2, 'NEIGHBOUR', '2026-01-01')`,
	`INSERT INTO watched_child (child_id, kind, since) VALUES (2, 'PUBLIC_FIGURE', '2026-01-01')`,
	`INSERT INTO coordinate (name, class, owner, zh, grp) VALUES ('Child.name', 'L3', 'HUB', 'n', 'A.name'), ('Child.secret', 'L4', 'HUB', 's', 'X')`,
	`INSERT INTO audit_set (hash, coordinates, labels) VALUES (sha256('1'), '{Child.name}', '{FULL}'), (sha256('2'), '{Child.name,Child.secret}', '{FULL,FULL}')`,
	`SELECT audit_partition('2026-10-01')`,
}

// look is one entry: a person in a post asks at a minute past ten on 5 October.
type look struct {
	minute        int
	staff         int64
	role, purpose string
	ticket        string
	outcome       string
	// child and set that were shown; 0 for nobody.
	child, set int64
	// at night, and with break-glass.
	night, glass bool
}

// entries puts looks into the log as a writer lays them down, but for the hashes.
func entries(t *testing.T, db *pgxpool.Pool, looks ...look) {
	t.Helper()
	for i, l := range looks {
		hour := 2 // UTC: ten in the morning
		if l.night {
			hour = 15
		}
		at := fmt.Sprintf("2026-10-05T%02d:%02d:00Z", hour, l.minute)
		if l.outcome == "" {
			l.outcome = "ALLOWED"
		}
		shown := 0
		if l.child != 0 {
			shown = 1
		}
		exec(t, db, `INSERT INTO audit_entry (sequence, at, version, backdated, entry_id, commitment, salt, agency_id, staff_id, post_id, agency_code, staff_code, system, role, purpose,
			legal_basis, ticket, approval, operation, document_hash, policy_version, trace_id, outcome, reason, client_ip, break_glass, requested_id, withheld_id, disclosed)
			SELECT $1, $2::text::timestamptz, 1, false, gen_random_uuid(), sha256('x'), sha256('y'), s.agency_id, s.id, s.id, 'A', s.code, 'console', $4, $5, '', $6, '', 'Op', 'd', 'p', 't', $7, '', '10.0.0.' || s.id, $8, 1, 1, $9
			FROM staff s WHERE s.id = $3`, i, at, l.staff, l.role, l.purpose, l.ticket, l.outcome, l.glass, shown)
		if l.child != 0 {
			exec(t, db, `INSERT INTO audit_disclosure (sequence, at, ordinal, child_id, set_id, bases) VALUES ($1, $2::text::timestamptz, 0, $3, $4, '{own_village}')`, i, at, l.child, max(l.set, 1))
		}
	}
}

func exec(t *testing.T, db *pgxpool.Pool, sql string, args ...any) {
	t.Helper()
	if _, err := db.Exec(t.Context(), sql, args...); err != nil {
		t.Fatalf("%.60s: %v", sql, err)
	}
}

func list(t *testing.T, db *pgxpool.Pool, sql string, args ...any) []string {
	t.Helper()
	rows, err := db.Query(t.Context(), sql, args...)
	if err != nil {
		t.Fatal(err)
	}
	out, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// follow works through all entries, in batches that cut between any two.
func follow(t *testing.T, db *pgxpool.Pool, n int) {
	t.Helper()
	for from := range int64(n) {
		err := postgres.InTx(t.Context(), db, func(tx postgres.Tx) error { return accesslog.Follow(t.Context(), tx, from, from+1) })
		if err != nil {
			t.Fatal(err)
		}
	}
}

func newLog(t *testing.T, looks ...look) *pgxpool.Pool {
	t.Helper()
	_, db := pgtest.New(t)
	for _, sql := range register {
		exec(t, db, sql)
	}
	entries(t, db, looks...)
	follow(t, db, len(looks))
	return db
}

// TestFollow_findings: each question finds what it asks for, with the rule, and lets
// the ordinary look beside it alone.
func TestFollow_findings(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		looks []look
		want  []string
	}{
		"outside the area": {[]look{
			{staff: 1, role: "DIR", purpose: "VISIT", child: 1},
			{minute: 1, staff: 2, role: "SUP", purpose: "VISIT_SUPERVISION", child: 1},
			{minute: 2, staff: 3, role: "HT", purpose: "CLASS_CARE", child: 1},
			{minute: 3, staff: 3, role: "HT", purpose: "CLASS_CARE", child: 2},
			{minute: 4, staff: 6, role: "HD", purpose: "CHILD_HEALTH", child: 1},
		}, []string{"OF_COLLEAGUES 0 1 COLLEAGUES_KIN", "OF_COLLEAGUES 1 1 COLLEAGUES_KIN", "OF_COLLEAGUES 2 1 COLLEAGUES_KIN", "OF_COLLEAGUES 3 2 PUBLIC_FIGURE", "OF_COLLEAGUES 4 1 COLLEAGUES_KIN", "OUTSIDE_AREA 1 1 NOT_IN_TOWNSHIP", "OUTSIDE_AREA 3 2 NOT_IN_SCHOOL", "OUTSIDE_AREA 4 1 NOT_IN_CLINIC_AREA"}},
		"without standing, shown or not": {[]look{
			{staff: 7, role: "CM", purpose: "CASE_MGMT", outcome: "NOT_FOUND"},
			{minute: 1, staff: 8, role: "CM", purpose: "CASE_MGMT", outcome: "DENIED"},
			{minute: 2, staff: 9, role: "CM", purpose: "CASE_MGMT", outcome: "DENIED"},
			{minute: 3, staff: 5, role: "SW", purpose: "CASE_MGMT", outcome: "NOT_FOUND"},
			{minute: 4, staff: 4, role: "CM", purpose: "CASE_MGMT", outcome: "NOT_FOUND"},
		}, []string{"WITHOUT_STANDING 0 0 VETTING_EXPIRED", "WITHOUT_STANDING 1 0 POST_ENDED", "WITHOUT_STANDING 2 0 AUTHORISATION_EXPIRED", "WITHOUT_STANDING 3 0 CONTRACT_EXPIRED"}},
		"several purposes within the hour, same child and person": {[]look{
			{staff: 1, role: "DIR", purpose: "VISIT", child: 1},
			{minute: 1, staff: 1, role: "DIR", purpose: "REGISTER_VERIFY", child: 1},
			{minute: 2, staff: 1, role: "DIR", purpose: "REGISTER_VERIFY", child: 2},
			{minute: 3, staff: 2, role: "SUP", purpose: "TEMP_RELIEF", child: 2},
			{minute: 59, staff: 1, role: "DIR", purpose: "VISIT", child: 2},
			{minute: 5, staff: 1, role: "DIR", purpose: "VISIT", child: 1, night: true},
		}, []string{"SEVERAL_PURPOSES 1 1 VISIT", "SEVERAL_PURPOSES 4 2 REGISTER_VERIFY"}},
		"own kin, colleagues' kin, public figures; a colleague's neighbour is nobody": {[]look{
			{staff: 4, role: "CM", purpose: "VISIT", child: 1}, {minute: 1, staff: 4, role: "CM", purpose: "VISIT", child: 2}, {minute: 2, staff: 1, role: "CM", purpose: "VISIT", child: 2},
		}, []string{"OF_COLLEAGUES 0 1 OWN_KIN", "OF_COLLEAGUES 1 2 PUBLIC_FIGURE", "OF_COLLEAGUES 2 2 OWN_NEIGHBOUR"}},
		"after closure; a case opened again is open": {[]look{
			{staff: 4, role: "CM", purpose: "CASE_MGMT", child: 1},
			{minute: 1, staff: 4, role: "CM", purpose: "CASE_MGMT", child: 2},
			{minute: 2, staff: 4, role: "CM", purpose: "CASE_MGMT", ticket: "T1", child: 1},
			{minute: 3, staff: 4, role: "CM", purpose: "CASE_MGMT", ticket: "T2", child: 2},
		}, []string{"AFTER_CLOSURE 0 1 CARE_CASE_CLOSED", "AFTER_CLOSURE 2 1 TASK_CLOSED"}},
		"never opened": {[]look{
			{staff: 4, role: "CM", purpose: "VISIT", ticket: "T9", child: 2},
			{minute: 1, staff: 4, role: "CM", purpose: "VISIT", ticket: "T3", child: 2},
			{minute: 2, staff: 1, role: "CM", purpose: "VISIT", ticket: "T2", child: 2},
			{minute: 3, staff: 4, role: "CM", purpose: "VISIT", ticket: "T2", child: 1},
			{minute: 4, staff: 4, role: "CM", purpose: "VISIT", ticket: "T2", child: 2},
			{minute: 5, staff: 4, role: "CM", purpose: "VISIT", ticket: "T9", outcome: "DENIED"},
		}, []string{"NEVER_OPENED 0 2 NO_SUCH_TASK", "NEVER_OPENED 1 2 OPENED_LATER", "NEVER_OPENED 2 2 TASK_OF_ANOTHER_PERSON", "NEVER_OPENED 3 1 TASK_OF_ANOTHER_CHILD"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := newLog(t, c.looks...)
			asked := map[string]bool{}
			for _, w := range c.want {
				asked[w[:5]] = true
			}
			var got []string
			for _, f := range list(t, db, `SELECT question || ' ' || sequence || ' ' || child_id || ' ' || rule FROM audit_finding ORDER BY question, sequence, child_id`) {
				if asked[f[:5]] {
					got = append(got, f)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestFollow_totals: days and hours count every entry once, and postings name it
// under what it can be found by.
func TestFollow_totals(t *testing.T) {
	t.Parallel()
	db := newLog(
		t,
		look{staff: 1, role: "DIR", purpose: "VISIT", ticket: "T1", child: 1, set: 2}, look{minute: 1, staff: 1, role: "DIR", purpose: "VISIT", outcome: "NOT_FOUND"},
		look{minute: 2, staff: 1, role: "DIR", purpose: "VISIT", outcome: "REVEALED", child: 1}, look{minute: 3, staff: 1, role: "DIR", purpose: "EMERGENCY", child: 1, night: true, glass: true},
	)
	want := []string{"S1 2026-10-05 4 3 1 0 1 0 1 1 1"}
	if diff := cmp.Diff(want, list(t, db, `SELECT concat_ws(' ', staff_code, day, operations, child_views, reveals, denied, not_found, failed, l4, night, break_glass) FROM audit_day`)); diff != "" {
		t.Error(diff)
	}
	want = []string{"02 A console 3", "15 A console 1"}
	if diff := cmp.Diff(want, list(t, db, `SELECT to_char(hour AT TIME ZONE 'UTC', 'HH24') || ' ' || agency_code || ' ' || system || ' ' || entries FROM audit_hour ORDER BY hour`)); diff != "" {
		t.Error(diff)
	}
	for key, want := range map[[2]string]string{
		{"ticket", "T1"}: "0", {"address", "10.0.0.1"}: "0,1,2,3", {"document", "d"}: "0,1,2,3", {"outcome", "NOT_FOUND"}: "1", {"outcome", "REVEALED"}: "2", {"outcome", "ALLOWED"}: "",
		{"break-glass", ""}: "3", {"class", "L4"}: "0", {"coordinate", "Child.secret"}: "0", {"coordinate", "Child.name"}: "", {"basis", "own_village"}: "0,2,3", {"purpose", "EMERGENCY"}: "3", {"role", "DIR"}: "0,1,2,3",
	} {
		got := list(t, db, `SELECT coalesce(string_agg(sequence::text, ',' ORDER BY sequence), '') FROM audit_key WHERE key = log_key($1, $2)`, key[0], key[1])
		if diff := cmp.Diff([]string{want}, got); diff != "" {
			t.Errorf("%s: %s", key, diff)
		}
	}
}

// TestFollow_destroyed: what is destroyed in the log leaves postings and findings in
// the same statement; what is beside it stays.
func TestFollow_destroyed(t *testing.T) {
	t.Parallel()
	db := newLog(t, look{staff: 7, role: "CM", purpose: "CASE_MGMT", ticket: "T9", child: 1}, look{minute: 1, staff: 7, role: "CM", purpose: "CASE_MGMT", ticket: "T9", child: 2})
	err := postgres.InTx(t.Context(), db, func(tx postgres.Tx) error {
		if _, err := tx.Exec(t.Context(), `SELECT set_config('tongxin.audit_destroy', 'on', true)`); err != nil {
			return err
		}
		_, err := tx.Exec(t.Context(), `UPDATE audit_entry SET salt = NULL, ticket = '', staff_id = 0 WHERE sequence = 0`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"1"}, list(t, db, `SELECT DISTINCT sequence::text FROM audit_key`)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"1"}, list(t, db, `SELECT DISTINCT sequence::text FROM audit_finding`)); diff != "" {
		t.Error(diff)
	}
}
