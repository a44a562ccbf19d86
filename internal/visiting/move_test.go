package visiting_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/identity"
	"github.com/tongxin-hub/tongxin/internal/pgtest"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/visiting"
)

// village is a director (1), a supervisor (2), somebody else (3), a child and its
// visit; the child before has had a focus visit over the phone.
const village = `
INSERT INTO division (id, code, name, level, parent_id) VALUES (1, '1', 'd', 'DISTRICT', NULL), (2, '2', 't', 'TOWNSHIP', 1), (3, '3', 'v', 'VILLAGE', 2);
INSERT INTO agency (id, code, name, kind, division_id) VALUES (1, 'A', 'a', 'TOWNSHIP', 2);
INSERT INTO staff (id, code, agency_id, display_name, kind) VALUES (1, 'dir', 1, 'd', 'PERSON'), (2, 'sup', 1, 's', 'PERSON'), (3, 'other', 1, 'o', 'PERSON');
INSERT INTO post (staff_id, role, agency_id, division_id, valid_from, authorised_until, approval_ref) VALUES
    (1, 'DIR', 1, 3, '2026-01-01', '2027-12-31', 'x'), (2, 'SUP', 1, 2, '2026-01-01', '2027-12-31', 'x');
INSERT INTO child (id, sex, birth_date, residence_village_id, residence_township_id) VALUES (1, 'MALE', '2016-01-01', 3, 2);
INSERT INTO registration (child_id, status, risk_level) VALUES (1, 'REGISTERED', 'ORANGE');
INSERT INTO visit (id, child_id, kind, state, planned_on, visitor_id) VALUES (9, 1, 'FOCUS_VISIT', 'ASSIGNED', '2026-11-25', 1);
INSERT INTO visit (id, child_id, kind, mode, state, visited_on) VALUES (8, 1, 'FOCUS_VISIT', 'PHONE', 'CLOSED', '2026-10-20');`

func setup(t *testing.T) *pgxpool.Pool {
	t.Helper()
	_, db := pgtest.New(t)
	if _, err := db.Exec(t.Context(), village); err != nil {
		t.Fatal(err)
	}
	return db
}

// by is somebody in a post, about the visit.
func by(staff int64, role, day string) disclosure.Decided {
	now, err := time.Parse(time.RFC3339, day+"T10:00:00+08:00")
	if err != nil {
		panic(err)
	}
	return disclosure.Decided{
		Access:    &disclosure.Access{Caller: identity.Caller{Staff: identity.Staff{ID: staff, Code: "s"}}, Post: identity.Post{Role: role}, Now: now},
		SubjectID: 9, ChildID: 1,
	}
}

// call is a focus visit over the phone.
func call(day string) visiting.Form {
	return visiting.Form{Version: 1, Mode: "PHONE", VisitedOn: day}
}

func record(ctx context.Context, db *pgxpool.Pool, d disclosure.Decided, f visiting.Form) error {
	return postgres.InTx(ctx, db, func(tx postgres.Tx) error {
		_, err := visiting.Record(ctx, tx, d, f)
		return err
	})
}

func TestRecord_noTwoFocusVisitsByPhoneButInSummer(t *testing.T) {
	t.Parallel()
	db := setup(t)
	err := record(t.Context(), db, by(1, "DIR", "2026-11-23"), call("2026-11-23"))
	if fault.CodeOf(err) != fault.BadRequest || fault.Public(err).Member != "mode" {
		t.Errorf("a second call in November: %v", err)
	}
	if err := record(t.Context(), db, by(1, "DIR", "2027-07-05"), call("2027-07-05")); err != nil {
		t.Errorf("a second call in July: %v", err)
	}
}

func TestRecord_isTheVisitorsOwn(t *testing.T) {
	t.Parallel()
	db := setup(t)
	form := visiting.Form{Version: 1, Mode: "HOME", VisitedOn: "2026-11-23"}
	if err := record(t.Context(), db, by(3, "DIR", "2026-11-23"), form); fault.CodeOf(err) != fault.Forbidden {
		t.Errorf("another director: %v", err)
	}
	if err := record(t.Context(), db, by(1, "DIR", "2026-11-23"), form); err != nil {
		t.Errorf("the visitor: %v", err)
	}
}

// TestRecord_attachments: a draft carries what its last list names; without a list, what
// it carried before.
func TestRecord_attachments(t *testing.T) {
	t.Parallel()
	db := setup(t)
	for i, c := range []struct {
		given []visiting.Attachment
		want  []string
	}{
		{[]visiting.Attachment{{Kind: "CARE_AGREEMENT", Reference: "档-1"}, {Kind: "NOTICE", Reference: "档-2"}}, []string{"CARE_AGREEMENT 档-1 2026-11-23", "NOTICE 档-2 2026-11-23"}},
		{nil, []string{"CARE_AGREEMENT 档-1 2026-11-23", "NOTICE 档-2 2026-11-23"}},
		{[]visiting.Attachment{{Kind: "OTHER", Reference: "档-3"}}, []string{"OTHER 档-3 2026-11-23"}},
		{[]visiting.Attachment{}, nil},
	} {
		f := visiting.Form{Version: i + 1, Mode: "HOME", VisitedOn: "2026-11-23", Attachments: c.given}
		if err := record(t.Context(), db, by(1, "DIR", "2026-11-23"), f); err != nil {
			t.Fatal(err)
		}
		rows, err := db.Query(t.Context(), `SELECT concat_ws(' ', kind, reference, recorded_on) FROM attachment WHERE visit_id = 9 ORDER BY id`)
		if err != nil {
			t.Fatal(err)
		}
		got, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("draft %d (-want +got):\n%s", i, diff)
		}
	}
}

// TestRecord_concurrently has eight hands write the same version: one does, the others
// are told of a conflict.
func TestRecord_concurrently(t *testing.T) {
	t.Parallel()
	db := setup(t)
	var wg sync.WaitGroup
	var mu sync.Mutex
	kept := 0
	for range 8 {
		wg.Go(func() {
			err := record(t.Context(), db, by(1, "DIR", "2026-11-23"), visiting.Form{Version: 1, Mode: "HOME", VisitedOn: "2026-11-23"})
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				kept++
			} else if fault.CodeOf(err) != fault.Conflict || fault.Public(err).Member != "version" {
				t.Errorf("got %v", err)
			}
		})
	}
	wg.Wait()
	if kept != 1 {
		t.Errorf("%d drafts were kept of one version", kept)
	}
}

// TestCheck_notOneself: the visit of a supervisor who stands in is checked, and called
// about, by the case manager, who reads it for that; where there is another supervisor, by
// that one.
func TestCheck_notOneself(t *testing.T) {
	t.Parallel()
	db := setup(t)
	const more = `INSERT INTO staff (id, code, agency_id, display_name, kind) VALUES (5, 'cm', 1, 'c', 'PERSON'), (6, 'sup2', 1, 's', 'PERSON');
		INSERT INTO post (staff_id, role, agency_id, division_id, valid_from, authorised_until, approval_ref) VALUES (5, 'CM', 1, 1, '2026-01-01', '2027-12-31', 'x');
		UPDATE post SET valid_to = '2026-11-01' WHERE staff_id = 1;
		UPDATE visit SET state = 'DONE', mode = 'HOME', visited_on = '2026-11-23', visitor_id = 2, author_id = 2, informant_relation = 'OTHER', child_seen = true,
			living_rating = 'GOOD', family_rating = 'GOOD', guardianship_rating = 'GOOD', mental_rating = 'GOOD' WHERE id = 9`
	if _, err := db.Exec(t.Context(), more); err != nil {
		t.Fatal(err)
	}
	do := func(staff int64, role string, move func(context.Context, postgres.Tx, disclosure.Decided, int) (disclosure.Changed, error), version int) error {
		return postgres.InTx(t.Context(), db, func(tx postgres.Tx) error {
			_, err := move(t.Context(), tx, by(staff, role, "2026-11-23"), version)
			return err
		})
	}
	asked := func(want ...string) {
		t.Helper()
		rows, err := db.Query(t.Context(), `SELECT concat_ws(' ', t.staff_id, t.kind, k.kind, t.for_role) FROM task t JOIN visit v ON v.id = t.subject_id AND (v.checker_id = t.staff_id OR t.ticket_id IS NULL)
			LEFT JOIN ticket k ON k.id = t.ticket_id AND k.closed_at IS NULL WHERE t.done_at IS NULL ORDER BY t.id`)
		if err != nil {
			t.Fatal(err)
		}
		got, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("asked are (-want +got):\n%s", diff)
		}
	}
	call := func(ctx context.Context, tx postgres.Tx, d disclosure.Decided, version int) (disclosure.Changed, error) {
		return visiting.SpotCheck(ctx, tx, d, visiting.Spot{Version: version, Result: "CONFIRMED"})
	}
	if err := do(2, "SUP", visiting.Submit, 1); err != nil {
		t.Fatal(err)
	}
	asked("5 VISIT_CHECK DISTRICT_SEARCH")
	if err := do(2, "SUP", visiting.Check, 2); fault.CodeOf(err) != fault.Forbidden {
		t.Errorf("the supervisor checks her own visit: %v", err)
	}
	if err := do(5, "CM", visiting.Check, 2); err != nil {
		t.Fatal(err)
	}
	asked()
	if _, err := db.Exec(t.Context(), `INSERT INTO post (staff_id, role, agency_id, division_id, valid_from, authorised_until, approval_ref) VALUES (6, 'SUP', 1, 2, '2026-01-01', '2027-12-31', 'x')`); err != nil {
		t.Fatal(err)
	}
	if err := postgres.InTx(t.Context(), db, func(tx postgres.Tx) error {
		_, err := visiting.Conclude(t.Context(), tx, 9, true, by(2, "SUP", "2026-11-23").Now)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	asked("6 VISIT_SPOT_CHECK")
	if err := do(2, "SUP", call, 3); fault.CodeOf(err) != fault.Forbidden {
		t.Errorf("the supervisor calls about her own visit: %v", err)
	}
	if err := do(6, "SUP", call, 3); err != nil {
		t.Error(err)
	}
}

func TestConfirmRisk_isAPersonsDecision(t *testing.T) {
	t.Parallel()
	db := setup(t)
	decide := func(version int, level string) error {
		return postgres.InTx(t.Context(), db, func(tx postgres.Tx) error {
			_, err := visiting.ConfirmRisk(t.Context(), tx, by(3, "CM", "2026-11-23"), visiting.RiskDecision{Version: version, Level: level})
			return err
		})
	}
	if err := decide(1, "RED"); err != nil {
		t.Fatal(err)
	}
	if err := decide(1, "GREEN"); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("an old version: %v", err)
	}
	var level, who string
	if err := db.QueryRow(t.Context(), `SELECT risk_level, risk_confirmed_by FROM registration WHERE child_id = 1`).Scan(&level, &who); err != nil || level != "RED" || who != "s" {
		t.Errorf("the register says %s by %s, %v", level, who, err)
	}
}
