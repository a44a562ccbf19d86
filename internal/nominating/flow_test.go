package nominating_test

import (
	"context"
	"testing"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/flow/flowtest"
	"github.com/tongxin-hub/tongxin/internal/nominating"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// two is a second file of the child, nominated and perhaps of the same child.
const two = `
UPDATE child SET shield = 'NONE';
INSERT INTO child (id, name, sex, birth_date, residence_village_id, residence_township_id) OVERRIDING SYSTEM VALUE VALUES (2, 'x', 'FEMALE', '2016-10-23', 4, 2);
INSERT INTO registration (child_id, kinds, status, left_behind, nominated_by) VALUES (2, '{}', 'CANDIDATE', false, 4);
INSERT INTO merge_proposal (id, child_id, known_id, ground, differs, state, proposed_on, asked_at) OVERRIDING SYSTEM VALUE VALUES (9, 2, 1, 'SAME_FACTS', '{}', 'PROPOSED', '2026-11-20', '2026-11-20');`

// TestMachine_everyMove makes every move in every state by everybody: what is decided is
// decided.
func TestMachine_everyMove(t *testing.T) {
	t.Parallel()
	b := begin(t)
	b.exec(two)
	m := nominating.Machine()
	flowtest.Everybody(t, m, b.db, flowtest.Case{
		People: []flowtest.Person{flowtest.Who("supervisor", "SUP", 2)},
		Stand: func(ctx context.Context, tx postgres.Tx, a flowtest.Attempt) error {
			_, err := tx.Exec(ctx, `UPDATE merge_proposal SET state = $1 WHERE id = 9`, a.State)
			return err
		},
		Make: func(ctx context.Context, tx postgres.Tx, p flowtest.Person, move string) (string, error) {
			d := by(p.Staff, p.Role)
			d.SubjectID, d.ChildID = 9, 2
			done, err := map[string]func() (disclosure.Changed, error){
				nominating.MergeMove: func() (disclosure.Changed, error) { return nominating.Merge(ctx, tx, d, 1) },
				nominating.RefuseMove: func() (disclosure.Changed, error) {
					return nominating.Refuse(ctx, tx, d, nominating.Refusal{Version: 1, Reason: "TWINS"})
				},
			}[move]()
			got, _ := done.Result.(nominating.Result)
			return got.State, err
		},
		Stored: `SELECT state FROM merge_proposal WHERE id = 9`, Made: 2,
	})
	flowtest.AgreesWithThePolicy(t, m)
}
