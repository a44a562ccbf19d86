package correction_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/correction"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/flow/flowtest"
	"github.com/tongxin-hub/tongxin/internal/identity"
	"github.com/tongxin-hub/tongxin/internal/pgtest"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/policy"
)

// agencies are civil affairs (1) with its steward (2), another agency (2) with its own
// (3), and a case manager (1) with a child.
const agencies = `
INSERT INTO division (id, code, name, level, parent_id) VALUES (1, '1', 'd', 'DISTRICT', NULL), (2, '2', 't', 'TOWNSHIP', 1), (3, '3', 'v', 'VILLAGE', 2);
INSERT INTO agency (id, code, name, kind, division_id) VALUES (1, 'A', 'a', 'CIVIL_AFFAIRS', 1), (2, 'B', 'b', 'EDUCATION', 1);
INSERT INTO staff (id, code, agency_id, display_name, kind, vetted_until) SELECT i, 's' || i, CASE i WHEN 3 THEN 2 ELSE 1 END, 's' || i, 'PERSON', '2027-12-31' FROM generate_series(1, 3) i;
INSERT INTO post (staff_id, role, agency_id, division_id, valid_from, authorised_until, approval_ref) VALUES (2, 'STEWARD', 1, 1, '2026-01-01', '2027-12-31', 'x'), (3, 'STEWARD', 2, 1, '2026-01-01', '2027-12-31', 'x');
INSERT INTO child (id, sex, birth_date, residence_village_id, residence_township_id) VALUES (1, 'FEMALE', '2017-10-23', 3, 2);
INSERT INTO coordinate (name, class, owner, zh, grp) VALUES ('Child.sex', 'L2', 'CIVIL_AFFAIRS', '性别', 'A.sex');`

// TestMachine_everyMove makes every move in every state by the raiser, by the steward of
// the source agency and by that of another. Who may at all is the policy's.
func TestMachine_everyMove(t *testing.T) {
	t.Parallel()
	_, db := pgtest.New(t)
	if _, err := db.Exec(t.Context(), agencies); err != nil {
		t.Fatal(err)
	}
	rules, err := policy.Load()
	if err != nil {
		t.Fatal(err)
	}
	view, err := rules.View(policy.CM, policy.CaseManagement)
	if err != nil {
		t.Fatal(err)
	}
	m, now := correction.Machine(), time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)
	place := disclosure.Place{Type: "Child", Table: "child", Column: "sex", Where: "id = $1"}
	people := map[string]identity.Caller{
		"raiser":  {Agency: identity.Agency{ID: 1}, Staff: identity.Staff{ID: 1}},
		"steward": {Agency: identity.Agency{ID: 1}, Staff: identity.Staff{ID: 2}}, "another steward": {Agency: identity.Agency{ID: 2}, Staff: identity.Staff{ID: 3}},
	}
	flowtest.EveryMove(t, m, db, flowtest.Trial{
		People: []string{"raiser", "steward", "another steward"}, Made: 10, Refused: 20,
		Try: func(tx postgres.Tx, a flowtest.Attempt) (string, error) {
			if _, err := tx.Exec(t.Context(), `INSERT INTO correction_request (id, child_id, coordinate, record_id, state, agency_id, author_id, resolved_on)
				VALUES (101, 1, 'Child.sex', 1, $1, 1, 1, CASE WHEN $1 NOT IN ('RAISED', 'ROUTED') THEN '2026-11-20'::date END)`, a.State); err != nil {
				t.Fatal(err)
			}
			d := disclosure.Decided{
				Access:    &disclosure.Access{Caller: people[a.Who], View: view, Now: now},
				SubjectID: 101, ChildID: 1, Bases: policy.Of(policy.Caller, policy.AssignedCase),
			}
			in := correction.Decision{Version: 1, Answer: "核对底册无误"}
			var done correction.Result
			var err error
			switch a.Move {
			case "raiseCorrection":
				d.SubjectID = 1
				done, err = correction.Raise(t.Context(), tx, d, correction.Dispute{Coordinate: "Child.sex", Place: place, Record: 1, Reason: "与户口簿不一致"})
			case "acceptCorrection":
				done, err = correction.Accept(t.Context(), tx, d, in)
			default:
				done, err = correction.Refuse(t.Context(), tx, d, in)
			}
			return done.State, err
		},
		Want: func(a flowtest.Attempt) string {
			switch {
			case a.Move == "raiseCorrection" && (a.State == correction.Raised || a.State == correction.Routed):
				return string(fault.Conflict) // it is under way
			case a.Move == "raiseCorrection":
				return correction.Routed // what was answered may be disputed again
			}
			return a.Leads(m, a.Who != "another steward")
		},
	})
}

// TestLadder: with a value changes every step of it, the finer and the coarser.
func TestLadder(t *testing.T) {
	t.Parallel()
	_, db := pgtest.New(t)
	if _, err := db.Exec(t.Context(), `INSERT INTO coordinate (name, class, owner, zh, grp, coarser) VALUES
		('C.day', 'L3', 'O', 'd', 'G', 'C.month'), ('C.month', 'L3', 'O', 'm', 'G', 'C.age'), ('C.age', 'L2', 'O', 'a', 'G', ''), ('C.other', 'L2', 'O', 'o', 'G', '')`); err != nil {
		t.Fatal(err)
	}
	for of, want := range map[string][]string{"C.month": {"C.age", "C.day", "C.month"}, "C.age": {"C.age", "C.day", "C.month"}, "C.other": {"C.other"}, "C.unknown": {"C.unknown"}} {
		var got []string
		if err := db.QueryRow(t.Context(), `SELECT ladder_of($1)`, of).Scan(&got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", of, diff)
		}
	}
}
