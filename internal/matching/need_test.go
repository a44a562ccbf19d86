package matching_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/flow/flowtest"
	"github.com/tongxin-hub/tongxin/internal/identity"
	"github.com/tongxin-hub/tongxin/internal/matching"
	"github.com/tongxin-hub/tongxin/internal/pgtest"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// district is a child, a handler (1), the keeper of an offer of tutoring (2), another
// keeper (3), and a volunteer.
const district = `
INSERT INTO division (id, code, name, level, parent_id) VALUES (1, '1', 'd', 'DISTRICT', NULL), (2, '2', 't', 'TOWNSHIP', 1), (3, '3', 'v', 'VILLAGE', 2);
INSERT INTO agency (id, code, name, kind, division_id) VALUES (1, 'A', 'a', 'WOMENS_FEDERATION', 1);
INSERT INTO staff (id, code, agency_id, display_name, kind, vetted_until) SELECT i, 's' || i, 1, 's' || i, 'PERSON', '2027-12-31' FROM generate_series(1, 3) i;
INSERT INTO child (id, sex, birth_date, residence_village_id, residence_township_id) VALUES (1, 'FEMALE', '2017-10-23', 3, 2);
INSERT INTO volunteer (id, code, kind, vetting_ref, vetted_on, vetted_until) VALUES (1, 'V-1', 'MENTOR', 'x', '2026-11-01', '2027-05-01');
INSERT INTO resource_offer (id, need, resource, donor, volunteer_id, quantity, taken, available_until, keeper_id) VALUES (1, 'TUTORING', 'SERVICE', 'x', 1, 2, 1, '2027-04-30', 2);`

func by(staff int64, role string) disclosure.Decided {
	return disclosure.Decided{
		Access: &disclosure.Access{
			Caller: identity.Caller{Agency: identity.Agency{ID: 1}, Staff: identity.Staff{ID: staff}},
			Post:   identity.Post{Role: role}, Now: time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC),
		},
		SubjectID: 1, ChildID: 1,
	}
}

func setup(t *testing.T) *pgxpool.Pool {
	t.Helper()
	_, db := pgtest.New(t)
	if _, err := db.Exec(t.Context(), district); err != nil {
		t.Fatal(err)
	}
	return db
}

// plant makes a need in a state, with the request that a proposal is, and the pairing
// that an acceptance made.
func plant(t *testing.T, tx postgres.Tx, state string) {
	t.Helper()
	statements := []string{`INSERT INTO need_match (id, child_id, need, state, consent_ref, offer_id, author_id) VALUES (1, 1, 'TUTORING', '` + state + `', 'c', ` +
		map[bool]string{true: "1", false: "NULL"}[state == matching.Proposed || state == matching.Accepted] + `, 1)`}
	asked := map[string]string{matching.Proposed: "ASKED", matching.Accepted: "ACCEPTED", matching.Delivered: "ACCEPTED"}[state]
	if asked == "" {
		asked = "WITHDRAWN"
	}
	statements = append(statements, `INSERT INTO match_request (id, need_id, offer_id, need, asked_on, state) VALUES (100, 1, 1, 'TUTORING', '2026-11-20', '`+asked+`')`,
		`INSERT INTO task (kind, subject, subject_id, staff_id, agency_id, opened_at, due_at, basis) VALUES ('MATCH_ANSWER', 'match_request', 100, 2, 1, '2026-11-20', '2026-12-04', 'x'), ('MATCH_DELIVER', 'need_match', 1, 1, 1, '2026-11-20', '2026-12-04', 'x')`)
	if state == matching.Accepted {
		statements = append(statements, `INSERT INTO pairing (id, child_id, volunteer, volunteer_id, consent_ref, coordinator_id, state) VALUES (1, 1, 'V-1', 1, 'c', 2, 'PROPOSED')`)
	}
	for _, sql := range statements {
		if _, err := tx.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
}

// makes makes a move by its name, and tells where the need stands.
func makes(t *testing.T, tx postgres.Tx, d disclosure.Decided, name string) (string, error) {
	t.Helper()
	ctx := t.Context()
	_, err := map[string]func() (disclosure.Changed, error){
		matching.ProposeMove: func() (disclosure.Changed, error) {
			return matching.Propose(ctx, tx, d, matching.Proposal{Version: 1, Offer: 1})
		},
		matching.AcceptMove:  func() (disclosure.Changed, error) { return matching.Accept(ctx, tx, d, 100, 1) },
		matching.DeclineMove: func() (disclosure.Changed, error) { return matching.Decline(ctx, tx, d, 100, 1) },
		matching.DeliverMove: func() (disclosure.Changed, error) {
			return matching.Deliver(ctx, tx, d, matching.Delivery{Version: 1, DeliveredOn: "2026-11-23"})
		},
		matching.WithdrawMove: func() (disclosure.Changed, error) { return matching.Withdraw(ctx, tx, d, 1) },
	}[name]()
	if err != nil {
		return "", err
	}
	var state string
	return state, tx.QueryRow(ctx, `SELECT state FROM need_match WHERE id = 1`).Scan(&state)
}

// TestMachine_everyMove makes every move in every state through the area. A request is
// its keeper's alone: to another keeper it is not there.
func TestMachine_everyMove(t *testing.T) {
	t.Parallel()
	m := matching.Machine()
	people := map[string]disclosure.Decided{"handler": by(1, "SUP"), "keeper": by(2, "FE"), "another keeper": by(3, "FE")}
	answers := map[string]bool{matching.AcceptMove: true, matching.DeclineMove: true}
	flowtest.EveryMove(t, m, setup(t), flowtest.Trial{
		People: []string{"handler", "keeper", "another keeper"}, Made: 10, Refused: 50,
		Try: func(tx postgres.Tx, a flowtest.Attempt) (string, error) {
			plant(t, tx, a.State)
			return makes(t, tx, people[a.Who], a.Move)
		},
		Want: func(a flowtest.Attempt) string {
			if answers[a.Move] && a.Who != "keeper" {
				return string(fault.NotFound)
			}
			return a.Leads(m, true) // whose child it is, the basis says
		},
	})
}

// TestUnconsented: what a volunteer was to meet the child for is taken back, wherever it
// stands, with the request, the offer and a pairing that had not begun; goods are not.
func TestUnconsented(t *testing.T) {
	t.Parallel()
	db := setup(t)
	for _, state := range []string{matching.Published, matching.Proposed, matching.Accepted} {
		_, err := flowtest.TakenBack(t, db, func(tx postgres.Tx) (string, error) {
			plant(t, tx, state)
			if _, err := tx.Exec(t.Context(), `INSERT INTO need_match (id, child_id, need, state) VALUES (2, 1, 'STUDY_AID', 'PUBLISHED')`); err != nil {
				return "", err
			}
			if err := matching.Unconsented(t.Context(), tx, by(3, "FE")); err != nil {
				return "", err
			}
			return "", say(t, tx, state, map[string][]string{
				`SELECT concat_ws(' ', id, state) FROM need_match ORDER BY id`:                                     {"1 WITHDRAWN", "2 PUBLISHED"},
				`SELECT state FROM match_request WHERE state = 'ASKED'`:                                            {},
				`SELECT state FROM pairing WHERE state <> 'ENDED'`:                                                 {},
				`SELECT taken::text FROM resource_offer`:                                                           {map[bool]string{true: "0", false: "1"}[state == matching.Accepted]},
				`SELECT concat_ws(' ', kind, staff_id) FROM task WHERE done_at IS NULL AND kind <> 'MATCH_ANSWER'`: {"CONSENT_WITHDRAWN 1"},
			})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// say compares what the tables tell.
func say(t *testing.T, tx postgres.Tx, what string, told map[string][]string) error {
	t.Helper()
	for sql, want := range told {
		var got []string
		if err := tx.QueryRow(t.Context(), `SELECT coalesce(array_agg(x.line), '{}') FROM (`+sql+`) x (line)`).Scan(&got); err != nil {
			return err
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s (-want +got):\n%s", what, sql, diff)
		}
	}
	return nil
}
