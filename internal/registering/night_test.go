package registering_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/jobs"
	"github.com/tongxin-hub/tongxin/internal/pgtest"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/registering"
)

// village is a director (1) and a supervisor (2). On 23 November child 1 turns sixteen,
// 2 too and is in hardship, 3 in a month, 4 is in hardship and turns eighteen, 5 is a
// candidate of sixteen, 6 is young and to be verified anew, 7 has a parent back for long.
const village = `
INSERT INTO division (id, code, name, level, parent_id) VALUES (1, '1', 'd', 'DISTRICT', NULL), (2, '2', 't', 'TOWNSHIP', 1), (3, '3', 'v', 'VILLAGE', 2);
INSERT INTO agency (id, code, name, kind, division_id) VALUES (1, 'A', 'a', 'TOWNSHIP', 2);
INSERT INTO staff (id, code, agency_id, display_name, kind) VALUES (1, 'dir', 1, 'd', 'PERSON'), (2, 'sup', 1, 's', 'PERSON');
INSERT INTO post (staff_id, role, agency_id, division_id, valid_from, authorised_until, approval_ref) VALUES
    (1, 'DIR', 1, 3, '2026-01-01', '2027-12-31', 'x'), (2, 'SUP', 1, 2, '2026-01-01', '2027-12-31', 'x');
INSERT INTO child (id, sex, birth_date, residence_village_id, residence_township_id)
SELECT n, 'MALE', b::date, 3, 2 FROM unnest(ARRAY['2010-11-23', '2010-11-23', '2010-12-23', '2008-11-23', '2010-01-01', '2016-01-01', '2016-01-01']) WITH ORDINALITY AS c (b, n);
INSERT INTO registration (child_id, status, left_behind, kinds, reverify_on, parent_home_since, definition_version) VALUES
    (1, 'REGISTERED', true, '{LEFT_BEHIND}', NULL, NULL, 'HB-2024'), (2, 'REGISTERED', true, '{LEFT_BEHIND,HARDSHIP}', NULL, NULL, 'HB-2024'),
    (3, 'REGISTERED', true, '{LEFT_BEHIND}', NULL, NULL, 'HB-2024'), (4, 'REGISTERED', false, '{HARDSHIP}', NULL, NULL, 'HB-2024'),
    (5, 'CANDIDATE', false, '{}', NULL, NULL, NULL), (6, 'REGISTERED', true, '{LEFT_BEHIND}', '2026-11-23', NULL, 'HB-2024'),
    (7, 'REGISTERED', true, '{LEFT_BEHIND}', NULL, '2026-08-23', 'HB-2024');
INSERT INTO ticket (id, code, kind, purpose, staff_id, agency_id, child_id, opened_at) VALUES (1000, 'T', 'VISIT_TASK', 'VISIT', 1, 1, 1, '2026-01-01');
INSERT INTO visit (id, child_id, kind, state, planned_on, visitor_id, ticket_id) VALUES (1, 1, 'GENERAL_ROUND', 'ASSIGNED', '2026-12-01', 1, 1000), (2, 2, 'GENERAL_ROUND', 'ASSIGNED', '2026-12-01', 1, NULL);`

// counter takes the entries and counts the children they name.
type counter struct{ entries, children int }

func (c *counter) AppendTx(_ context.Context, _ postgres.Tx, e audit.Entry) (audit.Receipt, error) {
	c.entries++
	c.children += len(e.Disclosures)
	return audit.Receipt{}, nil
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

func at(tb testing.TB, day string) time.Time {
	tb.Helper()
	when, err := time.Parse(time.RFC3339, day+"T02:00:00+08:00")
	if err != nil {
		tb.Fatal(err)
	}
	return when
}

func night(tb testing.TB, db *pgxpool.Pool, when time.Time) *counter {
	tb.Helper()
	log := &counter{}
	for _, job := range registering.Jobs() {
		if err := jobs.Run(tb.Context(), db, log, job, when); err != nil {
			tb.Fatal(err)
		}
	}
	return log
}

func TestNight_switchesByAge(t *testing.T) {
	t.Parallel()
	_, db := pgtest.New(t)
	exec(t, db, village)
	night(t, db, at(t, "2026-11-22"))
	if left := lines(t, db, `SELECT child_id::text FROM registration WHERE status = 'EXITED'`); len(left) > 0 {
		t.Errorf("%v left a day too early", left)
	}
	night(t, db, at(t, "2026-11-23"))
	want := []string{"1 EXITED {} AGE_16 2026-11-23", "2 REGISTERED {HARDSHIP}", "3 REGISTERED {LEFT_BEHIND}", "4 EXITED {HARDSHIP} AGE_18 2026-11-23", "5 CANDIDATE {}", "6 REGISTERED {LEFT_BEHIND}", "7 REGISTERED {LEFT_BEHIND}"}
	if diff := cmp.Diff(want, lines(t, db, `SELECT concat_ws(' ', child_id, status, kinds, exit_reason, exited_on) FROM registration ORDER BY child_id`)); diff != "" {
		t.Errorf("after the night (-want +got):\n%s", diff)
	}
	want = []string{"1 CLOSED closed", "2 ASSIGNED "}
	if diff := cmp.Diff(want, lines(t, db, `SELECT concat(v.id, ' ', v.state, ' ', (SELECT 'closed' FROM ticket k WHERE k.id = v.ticket_id AND k.closed_at IS NOT NULL)) FROM visit v ORDER BY v.id`)); diff != "" {
		t.Errorf("what hung on the register (-want +got):\n%s", diff)
	}
	want = []string{"1 REGISTER_SIXTEEN 1", "2 REGISTER_SIXTEEN 1", "3 REGISTER_SIXTEEN 1", "6 REGISTER_REVERIFY 1", "7 REGISTER_RETURNED 2"}
	if diff := cmp.Diff(want, lines(t, db, `SELECT concat_ws(' ', child_id, kind, staff_id) FROM task ORDER BY child_id`)); diff != "" {
		t.Errorf("who was told (-want +got):\n%s", diff)
	}
	if again := night(t, db, at(t, "2026-11-23")); again.children != 0 {
		t.Errorf("a second night on the same day changed %d children", again.children)
	}
}

// TestDraw_sample: in a township and quarter the lot falls on the share of registrations
// that the county set, not on a hidden child, nor twice; without another case manager than
// who confirmed nobody is asked. A check that differs has the registration verified anew.
func TestDraw_sample(t *testing.T) {
	t.Parallel()
	_, db := pgtest.New(t)
	exec(t, db, village)
	exec(t, db, `INSERT INTO staff (id, code, agency_id, display_name, kind) VALUES (3, 'cm', 1, 'c', 'PERSON');
		INSERT INTO post (staff_id, role, agency_id, division_id, valid_from, authorised_until, approval_ref) VALUES (3, 'CM', 1, 1, '2026-01-01', '2027-12-31', 'x');
		UPDATE registration SET registered_on = '2026-11-20', confirmed_by = 3 WHERE child_id = 7;
		INSERT INTO child (id, sex, birth_date, residence_village_id, residence_township_id, shield) SELECT n, 'MALE', '2016-01-01', 3, 2, CASE WHEN n = 140 THEN 'FULL' ELSE 'NONE' END FROM generate_series(101, 140) n;
		INSERT INTO registration (child_id, status, kinds, registered_on, confirmed_by) SELECT n, 'REGISTERED', '{LEFT_BEHIND}', '2026-11-20', 2 FROM generate_series(101, 140) n`)
	drawn := func() []string {
		return lines(t, db, `SELECT concat_ws(' ', t.kind, t.staff_id, k.purpose, r.spot_drawn, r.spot_asked_on, c.marks & mark('candidate') <> 0) FROM registration r JOIN child c ON c.id = r.child_id
			JOIN task t ON t.child_id = c.id AND t.kind = 'REGISTER_SPOT' JOIN ticket k ON k.id = t.ticket_id`)
	}
	draw := func() {
		t.Helper()
		for _, job := range registering.Jobs() {
			if job.Name == "register.draw" {
				if err := jobs.Run(t.Context(), db, &counter{}, job, at(t, "2026-11-23")); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	draw()
	first := drawn()
	draw() // what has its lot is not drawn again
	if again := drawn(); len(first) == 0 || len(first) > 3 || len(again) != len(first) || again[0] != "REGISTER_SPOT 3 REGISTER_VERIFY t 2026-11-23 t" {
		t.Errorf("drawn of 41 at 5 per cent: %v, then %v", first, again)
	}
	if left := lines(t, db, `SELECT child_id::text FROM registration WHERE confirmed_by IS NOT NULL AND (spot_drawn IS NULL OR spot_drawn AND child_id IN (7, 140))`); len(left) > 0 {
		t.Errorf("without a lot, or drawn though nobody may look: %v", left)
	}
}

// BenchmarkNight is the night of a district of 50,000 children of whom 2,000 turn
// sixteen, 4,000 are told of and all are to be verified anew: the worst of a year.
func BenchmarkNight(b *testing.B) {
	for b.Loop() {
		_, db := pgtest.New(b)
		exec(b, db, village)
		exec(b, db, `INSERT INTO child (id, sex, birth_date, residence_village_id, residence_township_id)
			SELECT n, 'MALE', CASE WHEN n % 25 = 0 THEN DATE '2010-11-20' WHEN n % 12 = 0 THEN DATE '2010-12-10' ELSE DATE '2016-01-01' END, 3, 2 FROM generate_series(101, 50100) n`)
		for from := 101; from < 50101; from += 1000 {
			exec(b, db, `INSERT INTO registration (child_id, status, left_behind, kinds, reverify_on, definition_version)
				SELECT n, 'REGISTERED', true, '{LEFT_BEHIND}', '2026-11-23', 'HB-2024' FROM generate_series($1::bigint, $1 + 999) n`, from)
		}
		for _, job := range registering.Jobs() {
			began, log := time.Now(), &counter{}
			if err := jobs.Run(b.Context(), db, log, job, at(b, "2026-11-23")); err != nil {
				b.Fatal(err)
			}
			b.Logf("%s: %d steps, %d children, %v", job.Name, log.entries, log.children, time.Since(began).Round(time.Second))
		}
	}
}
