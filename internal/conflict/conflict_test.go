package conflict_test

import (
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tongxin-hub/tongxin/internal/conflict"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/identity"
	"github.com/tongxin-hub/tongxin/internal/pgtest"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// village is two agencies, the first with a head (2), and a child with a token.
const village = `
INSERT INTO division (id, code, name, level, parent_id) VALUES (1, '1', '示范区', 'DISTRICT', NULL), (2, '2', '示范街道', 'TOWNSHIP', 1), (3, '3', '示范村', 'VILLAGE', 2);
INSERT INTO agency (id, code, name, kind, division_id) VALUES (1, 'A', 'a', 'TOWNSHIP', 2), (2, 'B', 'b', 'CIVIL_AFFAIRS', 1);
INSERT INTO staff (id, code, agency_id, display_name, kind, vetted_until) SELECT i, 's' || i, CASE i WHEN 4 THEN 2 ELSE 1 END, 'x', 'PERSON', '2027-12-31' FROM generate_series(1, 4) i;
INSERT INTO post (staff_id, role, agency_id, division_id, valid_from, authorised_until, approval_ref) VALUES (1, 'DIR', 1, 3, '2026-01-01', '2027-12-31', 'x'),
    (2, 'STA', 1, 2, '2026-01-01', '2027-12-31', 'x');
INSERT INTO child (id, name, citizen_id, sex, birth_date, residence_village_id, residence_township_id, residence_address) VALUES (1, 'x', 'y', 'FEMALE', '2016-10-23', 3, 2, 'z');
INSERT INTO join_token (agency_id, kind, token, child_id) VALUES (1, 'CITIZEN_ID', decode(repeat('11', 32), 'hex'), 1);`

var now = time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)

func by(staff int64, role string) disclosure.Decided {
	return disclosure.Decided{Access: &disclosure.Access{
		Caller: identity.Caller{Agency: identity.Agency{ID: 1, Code: "A"}, Staff: identity.Staff{ID: staff}}, Post: identity.Post{Role: role, AgencyID: 1}, Now: now,
	}}
}

// TestDeclare_tellsNothing: whatever is declared is answered and kept alike; a conflict
// with a child whom the hub knows holds at once, with another one from the day it does.
func TestDeclare_tellsNothing(t *testing.T) {
	t.Parallel()
	_, db := pgtest.New(t)
	if _, err := db.Exec(t.Context(), village); err != nil {
		t.Fatal(err)
	}
	declare := func(d disclosure.Decided, in conflict.Declaration) (out disclosure.Changed, err error) {
		err = postgres.InTx(t.Context(), db, func(tx postgres.Tx) (err error) {
			out, err = conflict.Declare(t.Context(), tx, d, in)
			return err
		})
		return out, err
	}
	count := func(sql string) (n int) {
		t.Helper()
		if err := db.QueryRow(t.Context(), sql).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	later := strings.Repeat("22", 32)
	var answers []disclosure.Changed
	for _, in := range []conflict.Declaration{
		{Kind: "KIN", JoinToken: strings.Repeat("11", 32)}, {Kind: "KIN", JoinToken: later}, {Kind: "KIN", Child: 1}, {Kind: "KIN", Child: 77},
	} {
		got, err := declare(by(1, "DIR"), in)
		if err != nil {
			t.Fatal(err)
		}
		answers = append(answers, got)
	}
	for _, a := range answers[1:] {
		if diff := cmp.Diff(answers[0], a, cmpopts.IgnoreFields(conflict.Result{}, "ID")); diff != "" {
			t.Errorf("answered otherwise:\n%s", diff)
		}
	}
	if n := count(`SELECT count(*) FROM conflict_declaration WHERE staff_id = 1 AND child_id = 1`); n != 1 {
		t.Errorf("%d declarations hold", n)
	}
	token, err := hex.DecodeString(later)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(t.Context(), `INSERT INTO child (id, name, citizen_id, sex, birth_date, residence_village_id, residence_township_id, residence_address) VALUES (2, 'x', 'w', 'MALE', '2016-10-23', 3, 2, 'z')`); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(t.Context(), `INSERT INTO join_token (agency_id, kind, token, child_id) VALUES (1, 'CITIZEN_ID', $1, 2)`, token); err != nil {
		t.Fatal(err)
	}
	if err := postgres.InTx(t.Context(), db, func(tx postgres.Tx) error {
		done, err := conflict.Meeting().Step(t.Context(), tx, now)
		if diff := cmp.Diff([]int64{2}, done.Children); diff != "" {
			t.Errorf("met (-want +got):\n%s", diff)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		by   disclosure.Decided
		in   conflict.Declaration
		want fault.Code
	}{
		"the head for somebody of the agency": {by(2, "STA"), conflict.Declaration{Kind: "NEIGHBOUR", StaffCode: "s3", Child: 1}, ""},
		"the head for another agency":         {by(2, "STA"), conflict.Declaration{Kind: "KIN", StaffCode: "s4", Child: 1}, fault.NotFound},
		"a colleague":                         {by(1, "DIR"), conflict.Declaration{Kind: "KIN", StaffCode: "s3", Child: 1}, fault.Forbidden},
		"nobody at all":                       {by(1, "DIR"), conflict.Declaration{Kind: "KIN"}, fault.BadRequest},
		"two children":                        {by(1, "DIR"), conflict.Declaration{Kind: "KIN", Child: 1, JoinToken: later}, fault.BadRequest},
		"no token":                            {by(1, "DIR"), conflict.Declaration{Kind: "KIN", JoinToken: "xyz"}, fault.BadRequest},
	} {
		if _, err := declare(test.by, test.in); err == nil != (test.want == "") || err != nil && fault.CodeOf(err) != test.want {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
}

// TestEnd: a conflict ends with the last notice of it; one that waits for its child never
// comes to be, and one that is declared anew holds again.
func TestEnd(t *testing.T) {
	t.Parallel()
	_, db := pgtest.New(t)
	if _, err := db.Exec(t.Context(), village); err != nil {
		t.Fatal(err)
	}
	known, unknown := strings.Repeat("11", 32), strings.Repeat("22", 32)
	declare := func(in conflict.Declaration) (id int64) {
		t.Helper()
		in.Kind = "KIN"
		if err := postgres.InTx(t.Context(), db, func(tx postgres.Tx) error {
			out, err := conflict.Declare(t.Context(), tx, by(1, "DIR"), in)
			if err == nil {
				id = out.Result.(conflict.Result).ID //nolint:forcetypeassert // it is what Declare gives
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return id
	}
	end := func(id int64) {
		t.Helper()
		if err := postgres.InTx(t.Context(), db, func(tx postgres.Tx) error { return conflict.End(t.Context(), tx, id, now) }); err != nil {
			t.Fatal(err)
		}
	}
	holds := func() (n int) {
		t.Helper()
		if err := db.QueryRow(t.Context(), `SELECT count(*) FROM conflict_declaration WHERE ended_on IS NULL`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	byToken, byHandle, waits := declare(conflict.Declaration{JoinToken: known}), declare(conflict.Declaration{Child: 1}), declare(conflict.Declaration{JoinToken: unknown})
	end(byToken)
	if holds() != 1 {
		t.Error("ended while another notice of it is in force")
	}
	end(byHandle)
	if holds() != 0 {
		t.Error("not ended with its last notice")
	}
	end(waits)
	if _, err := db.Exec(t.Context(), `INSERT INTO join_token (agency_id, kind, token, child_id) VALUES (1, 'STUDENT_NO', decode($1, 'hex'), 1)`, unknown); err != nil {
		t.Fatal(err)
	}
	if err := postgres.InTx(t.Context(), db, func(tx postgres.Tx) error { _, err := conflict.Meeting().Step(t.Context(), tx, now); return err }); err != nil {
		t.Fatal(err)
	}
	if holds() != 0 {
		t.Error("an ended notice came to be a conflict")
	}
	declare(conflict.Declaration{JoinToken: known})
	if holds() != 1 {
		t.Error("what was declared anew does not hold")
	}
	for staff, want := range map[int64]fault.Code{1: fault.Conflict, 2: fault.Conflict, 3: fault.NotFound} {
		err := postgres.InTx(t.Context(), db, func(tx postgres.Tx) error {
			_, err := conflict.Take(t.Context(), tx, by(staff, "STA"), byToken)
			return err
		})
		if fault.CodeOf(err) != want {
			t.Errorf("taken by %d: %v, want %s", staff, err, want)
		}
	}
}
