package nominating_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/identity"
	"github.com/tongxin-hub/tongxin/internal/jobs"
	"github.com/tongxin-hub/tongxin/internal/nominating"
	"github.com/tongxin-hub/tongxin/internal/pgtest"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/registering"
)

// place is two villages with a director each (1, 3), their supervisor (2), a clinic
// worker (4), and a child of the second village with the number 11… that is shielded
// altogether.
const place = `
INSERT INTO division (id, code, name, level, parent_id) VALUES (1, '1', 'd', 'DISTRICT', NULL), (2, '2', 't', 'TOWNSHIP', 1),
    (3, '990000000001', 'v', 'VILLAGE', 2), (4, '990000000002', 'w', 'VILLAGE', 2);
INSERT INTO agency (id, code, name, kind, division_id) VALUES (1, 'A', 'a', 'TOWNSHIP', 2);
INSERT INTO staff (id, code, agency_id, display_name, kind) SELECT i, 's' || i, 1, 'x', 'PERSON' FROM generate_series(1, 4) i;
INSERT INTO post (staff_id, role, agency_id, division_id, valid_from, authorised_until, approval_ref) VALUES
    (1, 'DIR', 1, 3, '2026-01-01', '2027-12-31', 'x'), (3, 'DIR', 1, 4, '2026-01-01', '2027-12-31', 'x'), (2, 'SUP', 1, 2, '2026-01-01', '2027-12-31', 'x');
INSERT INTO child (id, name, sex, birth_date, residence_village_id, residence_township_id, shield) OVERRIDING SYSTEM VALUE VALUES (1, 'x', 'FEMALE', '2016-10-23', 4, 2, 'FULL');
SELECT setval(pg_get_serial_sequence('child', 'id'), 1);
INSERT INTO join_token (agency_id, kind, token, child_id) VALUES (1, 'CITIZEN_ID', decode(repeat('11', 32), 'hex'), 1);`

var now = time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)

func by(staff int64, role string) disclosure.Decided {
	return disclosure.Decided{Access: &disclosure.Access{
		Caller: identity.Caller{Agency: identity.Agency{ID: 1, Code: "A"}, Staff: identity.Staff{ID: staff}}, Post: identity.Post{Role: role, AgencyID: 1}, Now: now,
	}}
}

type bench struct {
	*testing.T

	db *pgxpool.Pool
}

func begin(t *testing.T) bench {
	t.Helper()
	_, db := pgtest.New(t)
	b := bench{t, db}
	b.exec(place)
	return b
}

func (b bench) exec(sql string) {
	b.Helper()
	if _, err := b.db.Exec(b.Context(), sql); err != nil {
		b.Fatalf("%.80s: %v", sql, err)
	}
}

func (b bench) one(sql string) (out string) {
	b.Helper()
	if err := b.db.QueryRow(b.Context(), sql).Scan(&out); err != nil {
		b.Fatalf("%.80s: %v", sql, err)
	}
	return out
}

func (b bench) in(do func(tx postgres.Tx) error) error {
	return postgres.InTx(b.Context(), b.db, do)
}

// nominate names a child of the village at the clinic.
func (b bench) nominate(change func(*nominating.Newcomer)) (disclosure.Changed, error) {
	born := "2016-10-23"
	n := nominating.Newcomer{Name: "x", Sex: "FEMALE", BirthDate: &born, Village: "990000000002", Source: "CLINIC"}
	change(&n)
	var got disclosure.Changed
	err := b.in(func(tx postgres.Tx) (err error) {
		got, err = nominating.Nominate(b.Context(), tx, by(4, "HD"), n)
		return err
	})
	return got, err
}

func numbered(number string) func(*nominating.Newcomer) {
	return func(n *nominating.Newcomer) {
		n.Token = &struct {
			Kind  string `json:"kind"`
			Token string `json:"token"`
		}{"CITIZEN_ID", strings.Repeat(number, 32)}
	}
}

// TestNominate_shielded: of a child that exists for its handlers alone nobody learns by
// nominating it as it is, or by being asked; when the shield ends the supervisor is.
func TestNominate_shielded(t *testing.T) {
	t.Parallel()
	b := begin(t)
	known, err := b.nominate(numbered("11"))
	if err != nil {
		t.Fatal(err)
	}
	fresh, err := b.nominate(func(n *nominating.Newcomer) { numbered("22")(n); n.Name = "y" })
	if err != nil {
		t.Fatal(err)
	}
	known.Disclosures[0].ChildID, fresh.Disclosures[0].ChildID = 0, 0
	if diff := cmp.Diff(known, fresh); diff != "" {
		t.Errorf("a shielded child is answered otherwise:\n%s", diff)
	}
	const tasks = `SELECT coalesce(string_agg(child_id || ' ' || kind || ' ' || staff_id, ', ' ORDER BY id), '') FROM task`
	if got := b.one(tasks); got != "2 REGISTER_CLAIM 3, 3 REGISTER_CLAIM 3" {
		t.Errorf("asked: %s", got)
	}
	for range 2 {
		if err := jobs.Run(t.Context(), b.db, nil, nominating.Waiting(), now); err != nil {
			t.Fatal(err)
		}
		if got := b.one(tasks); strings.Contains(got, "MERGE") {
			t.Fatalf("the supervisor was asked about a shielded child: %s", got)
		}
	}
	b.exec(`UPDATE child SET shield = 'NONE'`)
	for range 2 {
		if err := jobs.Run(t.Context(), b.db, nil, nominating.Waiting(), now); err != nil {
			t.Fatal(err)
		}
	}
	if got := b.one(tasks); got != "2 REGISTER_CLAIM 3, 3 REGISTER_CLAIM 3, 2 REGISTER_MERGE 2" {
		t.Errorf("asked once the shield has ended: %s", got)
	}
}

// TestNominate_atOnce: of many nominations of one new number one opens the file.
func TestNominate_atOnce(t *testing.T) {
	t.Parallel()
	b := begin(t)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if _, err := b.nominate(numbered("33")); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	for range 2 { // and a number that is another child's is proposed once
		if _, err := b.nominate(numbered("11")); err != nil {
			t.Error(err)
		}
	}
	if got := b.one(`SELECT count(*) || ' ' || (SELECT count(*) FROM merge_proposal) || ' ' || (SELECT count(*) FROM task) FROM child WHERE id > 1`); got != "2 2 2" {
		t.Errorf("files, proposals and tasks: %s, want one of each for each number", got)
	}
}

// TestNominate_refuses what does not hold together, at the member that is wrong.
func TestNominate_refuses(t *testing.T) {
	t.Parallel()
	b := begin(t)
	seven, old, future, yes := 7, 18, "2027-01-01", true
	for member, change := range map[string]func(*nominating.Newcomer){
		"name":      func(n *nominating.Newcomer) { numbered("44")(n); n.Name = "第1个" },
		"village":   func(n *nominating.Newcomer) { numbered("44")(n); n.Village = "990000000009" },
		"birthDate": func(n *nominating.Newcomer) { numbered("44")(n); n.BirthDate = &future },
		"age":       func(n *nominating.Newcomer) { numbered("44")(n); n.BirthDate, n.Age = nil, &old },
		"token":     func(n *nominating.Newcomer) { numbered("44")(n); n.WithoutNumber = &yes },
	} {
		_, err := b.nominate(change)
		if public := fault.Public(err); public.Code != fault.BadRequest || public.Member != member {
			t.Errorf("%s: %s at %q", member, public.Code, public.Member)
		}
	}
	if _, err := b.nominate(func(n *nominating.Newcomer) { numbered("44")(n); n.BirthDate, n.Age = nil, &seven }); err != nil {
		t.Error(err)
	}
	if got := b.one(`SELECT birth_date || ' ' || birth_estimated FROM child WHERE id > 1`); got != "2019-05-23 true" {
		t.Errorf("seven years old is born on %s", got)
	}
}

// TestMerge_carriesOver: what is under way about a duplicate goes on with the kept child
// in the village where it lives; what was opened for a reason of its own stays shut.
func TestMerge_carriesOver(t *testing.T) {
	t.Parallel()
	b := begin(t)
	b.exec(`UPDATE child SET shield = 'NONE'`)
	if _, err := b.nominate(func(n *nominating.Newcomer) { numbered("11")(n); n.Village = "990000000001" }); err != nil {
		t.Fatal(err)
	}
	b.exec(`INSERT INTO ticket (code, kind, purpose, staff_id, agency_id, child_id, opened_at) VALUES
	    ('V', 'VISIT_TASK', 'VISIT', 1, 1, 2, '2026-11-01'), ('D', 'DISTRICT_SEARCH', 'CASE_MGMT', 1, 1, 2, '2026-11-01');
	  INSERT INTO visit (id, child_id, kind, state, planned_on) VALUES (9, 2, 'FOCUS', 'PLANNED', '2026-12-01');
	  INSERT INTO task (kind, child_id, subject, subject_id, staff_id, agency_id, opened_at, due_at, basis) VALUES
	    ('VISIT_DUE', 2, 'visit', 9, 1, 1, '2026-11-01', '2026-12-01', 'x'), ('HELP_HUKOU', 2, 'registration', 2, 2, 1, '2026-11-01', '2026-12-01', 'x');
	  INSERT INTO disclosure_grant (child_id, field, grantee_id) VALUES (2, 'x', 1);
	  INSERT INTO guardian (child_id, name) VALUES (2, 'g');`)
	d := by(2, "SUP")
	d.SubjectID, d.ChildID = 1, 2
	err := b.in(func(tx postgres.Tx) error {
		got, err := nominating.Merge(t.Context(), tx, d, 1)
		if err == nil && (got.Reason != "MERGED" || got.Disclosures[0].ChildID != 1) {
			t.Errorf("merged: %+v", got)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for what, want := range map[string]string{
		`SELECT string_agg(child_id || ' ' || kind || ' ' || staff_id, ', ' ORDER BY kind) FROM task WHERE done_at IS NULL`:               "1 HELP_HUKOU 2, 1 REGISTER_CLAIM 3, 1 VISIT_DUE 1",
		`SELECT string_agg(child_id || ' ' || kind, ', ' ORDER BY kind) FROM ticket WHERE closed_at IS NULL`:                              "1 SURVEY_BATCH, 1 VISIT_TASK",
		`SELECT (SELECT child_id FROM visit) || ' ' || (SELECT child_id FROM guardian) || ' ' || (SELECT child_id FROM disclosure_grant)`: "1 1 2",
		`SELECT string_agg(child_id || ' ' || status || ' ' || nominated_by, ', ' ORDER BY child_id) FROM registration`:                   "1 CANDIDATE 4, 2 EXITED 4",
		`SELECT string_agg(child_id::text, ' ') FROM join_token`:                                                                          "1",
	} {
		if got := b.one(what); got != want {
			t.Errorf("%s:\n got %s, want %s", what, got, want)
		}
	}
	again := by(4, "HD")
	again.ChildID = 2
	if err := b.in(func(tx postgres.Tx) error {
		_, err := registering.Nominate(t.Context(), tx, again, registering.Nomination{})
		return err
	}); err != nil {
		t.Error(err)
	}
	if got := b.one(`SELECT status FROM registration WHERE child_id = 2`); got != "EXITED" {
		t.Error(fmt.Sprint("a merged file is nominated again: ", got))
	}
}
