package rights_test

import (
	"strings"
	"testing"
	"time"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/flow/flowtest"
	"github.com/tongxin-hub/tongxin/internal/identity"
	"github.com/tongxin-hub/tongxin/internal/pgtest"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/rights"
)

// counter is a child with a mother, two officers (1, 2; the latter is the child's kin)
// and the steward of civil affairs (3).
const counter = `
INSERT INTO division (id, code, name, level, parent_id) VALUES (1, '1', 'd', 'DISTRICT', NULL), (2, '2', 't', 'TOWNSHIP', 1), (3, '3', 'v', 'VILLAGE', 2);
INSERT INTO agency (id, code, name, kind, division_id) VALUES (1, 'A', 'a', 'CIVIL_AFFAIRS', 1);
INSERT INTO staff (id, code, agency_id, display_name, kind, vetted_until) SELECT i, 's' || i, 1, 's' || i, 'PERSON', '2027-12-31' FROM generate_series(1, 3) i;
INSERT INTO post (staff_id, role, agency_id, division_id, valid_from, authorised_until, approval_ref) VALUES (3, 'STEWARD', 1, 1, '2026-01-01', '2027-12-31', 'x');
INSERT INTO child (id, sex, birth_date, residence_village_id, residence_township_id) VALUES (1, 'FEMALE', '2017-10-23', 3, 2);
INSERT INTO guardian (child_id, relation) VALUES (1, 'MOTHER');
INSERT INTO coordinate (name, class, owner, zh, grp) VALUES ('Child.sex', 'L2', 'CIVIL_AFFAIRS', '性别', 'A.sex');
INSERT INTO correction_request (id, child_id, coordinate, state, resolved_on) VALUES (101, 1, 'Child.sex', 'REFUSED', '2026-11-20'), (102, 1, 'Child.sex', 'ROUTED', NULL);
INSERT INTO conflict_declaration (child_id, staff_id, kind, declared_on) VALUES (1, 2, 'KIN', '2026-01-01');`

// TestCorrections_everyMove makes every move in every state by the officer whose request
// it is, by one in a conflict of interest and by one who has none such.
func TestCorrections_everyMove(t *testing.T) {
	t.Parallel()
	_, db := pgtest.New(t)
	if _, err := db.Exec(t.Context(), counter); err != nil {
		t.Fatal(err)
	}
	now, m := time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC), rights.Corrections()
	place := func(string) disclosure.Place {
		return disclosure.Place{Type: "Child", Table: "child", Column: "sex", Where: "id = $1"}
	}
	people := map[string]int64{"officer": 1, "kin": 2, "another officer": 3}
	flowtest.EveryMove(t, m, db, flowtest.Trial{
		People: []string{"officer", "kin", "another officer"}, Made: 5, Refused: 50,
		Try: func(tx postgres.Tx, a flowtest.Attempt) (string, error) {
			decided, state, handler := 102, a.State, int64(1)
			if a.State == rights.Decided {
				decided, state = 101, rights.Routed
			}
			if a.Who == "kin" {
				handler = 2
			}
			if _, err := tx.Exec(t.Context(), `INSERT INTO guardian_correction (id, child_id, requester_relation, received_on, state, coordinate, reason, dpo_id, correction_id)
				VALUES (1, 1, 'MOTHER', '2026-11-20', $1, 'Child.sex', '写错了', $2, CASE WHEN $1 IN ('ROUTED', 'DONE') THEN $3::bigint END)`, state, handler, decided); err != nil {
				t.Fatal(err)
			}
			c := rights.Case{ID: 1, StaffID: people[a.Who], Now: now}
			d := disclosure.Decided{Access: &disclosure.Access{Caller: identity.Caller{Agency: identity.Agency{ID: 1}, Staff: identity.Staff{ID: c.StaffID}}, Now: now}}
			done, err := map[string]func() (rights.Done, error){
				rights.CheckCorrection: func() (rights.Done, error) {
					return rights.IdentifyCorrection(t.Context(), tx, c, rights.Identity{Proof: "IDENTITY_CARD", Standing: "GUARDIAN"})
				},
				rights.RouteCorrection: func() (rights.Done, error) { return rights.Route(t.Context(), tx, c, d, place) },
				rights.RefuseCorrection: func() (rights.Done, error) {
					return rights.RefuseRequest(t.Context(), tx, c, rights.Refusal{Reason: "NOT_ENTITLED"})
				},
				rights.AnswerCorrection: func() (rights.Done, error) { return rights.AnswerRequest(t.Context(), tx, c, strings.ToLower) },
			}[a.Move]()
			return done.State, err
		},
		Want: func(a flowtest.Attempt) string {
			if a.Who == "another officer" {
				return string(fault.NotFound)
			}
			return a.Leads(m, a.Who == "officer")
		},
	})
	flowtest.AgreesWithThePolicy(t, m)
}
