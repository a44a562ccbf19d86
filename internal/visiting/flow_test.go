package visiting_test

import (
	"context"
	"testing"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/flow/flowtest"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/visiting"
)

// company is another director (3), a social worker (4) who goes along, and the case manager
// (5) who is asked to check.
const company = `
INSERT INTO agency (id, code, name, kind, division_id) VALUES (2, 'C', 'c', 'CONTRACTOR', 1);
INSERT INTO staff (id, code, agency_id, display_name, kind) VALUES (4, 'sw', 2, 'w', 'PERSON'), (5, 'cm', 1, 'c', 'PERSON');
INSERT INTO post (staff_id, role, agency_id, division_id, valid_from, authorised_until, approval_ref) VALUES (4, 'SW', 2, 1, '2026-01-01', '2027-12-31', 'x');`

// stand lets the visit be in a state, with a record that is complete; nobody has one
// that is planned.
func stand(ctx context.Context, tx postgres.Tx, a flowtest.Attempt) error {
	_, err := tx.Exec(ctx, `UPDATE visit SET state = $1, visitor_id = CASE WHEN $1 <> 'PLANNED' THEN 1 END, second_visitor_id = CASE WHEN $1 <> 'PLANNED' THEN 4 END, checker_id = 5,
		mode = 'HOME', visited_on = '2026-11-23', informant_relation = 'GRANDMOTHER', child_seen = true,
		living_rating = 'GOOD', family_rating = 'GOOD', guardianship_rating = 'GOOD', mental_rating = 'GOOD' WHERE id = 9`, a.State)
	return err
}

// makes makes a move by its name, with facts that are in order.
func makes(ctx context.Context, tx postgres.Tx, p flowtest.Person, move string) (string, error) {
	d := by(p.Staff, p.Role, "2026-11-23")
	done, err := map[string]func() (disclosure.Changed, error){
		visiting.AssignMove: func() (disclosure.Changed, error) {
			return visiting.Assign(ctx, tx, d, visiting.Assignment{Version: 1, Visitor: "dir"})
		},
		visiting.RecordMove: func() (disclosure.Changed, error) {
			return visiting.Record(ctx, tx, d, visiting.Form{Version: 1, Mode: "HOME", VisitedOn: "2026-11-23"})
		},
		visiting.SubmitMove: func() (disclosure.Changed, error) { return visiting.Submit(ctx, tx, d, 1) },
		visiting.CheckMove:  func() (disclosure.Changed, error) { return visiting.Check(ctx, tx, d, 1) },
		visiting.SpotMove: func() (disclosure.Changed, error) {
			return visiting.SpotCheck(ctx, tx, d, visiting.Spot{Version: 1, Result: "DIFFERS"})
		},
		visiting.NotAtHomeMove:    func() (disclosure.Changed, error) { return visiting.NotAtHome(ctx, tx, d, 1) },
		visiting.RefuseMove:       func() (disclosure.Changed, error) { return visiting.Refuse(ctx, tx, d, 1) },
		visiting.ChildNotSeenMove: func() (disclosure.Changed, error) { return visiting.ChildNotSeen(ctx, tx, d, 1) },
		visiting.MovedMove:        func() (disclosure.Changed, error) { return visiting.ReportMoved(ctx, tx, d, 1) },
	}[move]()
	got, _ := done.Result.(visiting.Result)
	return got.State, err
}

// TestMachine_everyMove makes every move in every state by everybody: a visit is its
// visitors' own, whose supervisor assigns and checks it.
func TestMachine_everyMove(t *testing.T) {
	t.Parallel()
	db := setup(t)
	if _, err := db.Exec(t.Context(), company); err != nil {
		t.Fatal(err)
	}
	m := visiting.Machine()
	flowtest.Everybody(t, m, db, flowtest.Case{
		People: []flowtest.Person{
			flowtest.Who("visitor", "DIR", 1), flowtest.Who("another director", "DIR", 3), flowtest.Who("companion", "SW", 4),
			flowtest.Who("another worker", "SW", 3), flowtest.Who("supervisor", "SUP", 2), flowtest.Who("supervisor who goes along", "SUP", 4),
			flowtest.Who("supervisor who visits", "SUP", 1), flowtest.Who("case manager", "CM", 5), flowtest.Who("another case manager", "CM", 3),
		},
		Stand: stand, Make: makes, Stored: `SELECT state FROM visit WHERE id = 9`, Made: 40,
		Otherwise: func(p flowtest.Person, a flowtest.Attempt) string {
			checks := a.Move == visiting.CheckMove || a.Move == visiting.SpotMove
			own := p.Staff == 1 && a.State != visiting.Planned
			if p.Staff == 3 || p.Staff == 2 && !checks && a.Move != visiting.AssignMove || own && checks {
				return a.Barred(m)
			}
			return ""
		},
	})
	flowtest.AgreesWithThePolicy(t, m)
}
