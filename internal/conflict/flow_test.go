package conflict_test

import (
	"context"
	"testing"

	"github.com/tongxin-hub/tongxin/internal/access"
	"github.com/tongxin-hub/tongxin/internal/conflict"
	"github.com/tongxin-hub/tongxin/internal/flow/flowtest"
	"github.com/tongxin-hub/tongxin/internal/granting"
	"github.com/tongxin-hub/tongxin/internal/pgtest"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// office is an administrator (3) and another one who approves (4), in an office of its
// own, and a conflict that the director (1) has declared.
const office = `
INSERT INTO post (staff_id, role, agency_id, division_id, valid_from, authorised_until, approval_ref) VALUES
    (3, 'ADM', 1, 1, '2026-01-01', '2027-12-31', 'x'), (4, 'ADM', 2, 1, '2026-01-01', '2027-12-31', 'x');
INSERT INTO conflict_notice (id, staff_id, declared_by, kind, agency_id, declared_on) VALUES (9, 1, 1, 'KIN', 1, '2026-01-01');`

// end proposes the end of the conflict, which another administrator approves.
func end(ctx context.Context, tx postgres.Tx, p flowtest.Person, _ string) (string, error) {
	d := by(p.Staff, p.Role)
	done, err := granting.EndConflict(ctx, tx, d, access.Aim{ID: 9, Version: 1, Reason: "关系已不存在"})
	if err != nil {
		return "", err
	}
	to, _ := done.Result.(access.Result)
	_, err = granting.Decide(ctx, tx, by(4, "ADM"), granting.ApproveMove, granting.Decision{ID: to.ID, Version: 1})
	return "", err
}

// TestMachine_everyMove makes the move in every state by everybody: a conflict that is in
// force ends when two persons agree, and what has ended is not ended again. The head of
// another agency and whoever it is about end nothing.
func TestMachine_everyMove(t *testing.T) {
	t.Parallel()
	_, db := pgtest.New(t)
	if _, err := db.Exec(t.Context(), village+office); err != nil {
		t.Fatal(err)
	}
	m := conflict.Machine()
	flowtest.Everybody(t, m, db, flowtest.Case{
		People: []flowtest.Person{flowtest.Who("administrator", "ADM", 3), flowtest.Who("head", "STA", 2), flowtest.Who("whom it is about", "ADM", 1)},
		Stand: func(ctx context.Context, tx postgres.Tx, a flowtest.Attempt) error {
			_, err := tx.Exec(ctx, `UPDATE conflict_notice SET ended_on = CASE WHEN $1 = 'ENDED' THEN date '2026-11-01' END WHERE id = 9`, a.State)
			return err
		},
		Make: end, Stored: `SELECT CASE WHEN ended_on IS NULL THEN 'DECLARED' ELSE 'ENDED' END FROM conflict_notice WHERE id = 9`, Made: 2,
		Otherwise: func(p flowtest.Person, a flowtest.Attempt) string {
			if p.Staff == 1 {
				return a.Barred(m)
			}
			return ""
		},
	})
	flowtest.AgreesWithThePolicy(t, m)
}
