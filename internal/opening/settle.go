package opening

import (
	"context"
	"fmt"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/dropout"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/task"
)

// table is the subject of the tasks.
const table = "opening_check"

// notReturned is the outcome that is an alert.
const notReturned = "NOT_RETURNED"

// proofs are what each outcome needs.
var proofs = map[string]string{"ENROLLED_ELSEWHERE": "ENROLMENT_PROOF", "SUSPENDED": "SUSPENSION_APPROVAL", "AT_SCHOOL": "", notReturned: ""}

// Settlement is what became of a child.
type Settlement struct {
	Version  int
	Outcome  string
	Evidence string
}

// Result is what a move came to.
type Result struct {
	State   string
	Version int
}

// Settle says what became of a child on a check; a child who has not returned has an
// alert from then on. The work items of the child end, and with the last child the check.
// Faults: Conflict, BadRequest.
func Settle(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in Settlement) (disclosure.Changed, error) {
	a, err := take(ctx, tx, d.SubjectID)
	if err != nil {
		return disclosure.Changed{}, fmt.Errorf("take: %w", err)
	}
	if err := flow.AsRead(in.Version, a.version); err != nil {
		return disclosure.Changed{}, err
	}
	to, err := Machine().Next(a.state, SettleMove)
	if err != nil {
		return disclosure.Changed{}, err
	}
	if proof, known := proofs[in.Outcome]; !known || proof != in.Evidence {
		return disclosure.Changed{}, fault.At("evidence", fault.New(fault.BadRequest, "该证明与办理结果不符。", "This proof does not fit the outcome."))
	}
	version, left, err := settle(ctx, tx, a, to, in, d)
	if err != nil {
		return disclosure.Changed{}, fmt.Errorf("settle: %w", err)
	}
	if in.Outcome == notReturned {
		by := dropout.By{Staff: d.Caller.Staff.ID, Agency: d.Caller.Agency.ID, Name: d.Caller.Agency.Name}
		if err := dropout.RaiseMissing(ctx, tx, by, d.ChildID, d.Now); err != nil {
			return disclosure.Changed{}, err
		}
	}
	if left == 0 {
		if err := task.Finish(ctx, tx, task.Subject{Table: table, ID: a.check}, d.Caller.Staff.ID, d.Now); err != nil {
			return disclosure.Changed{}, err
		}
	}
	return disclosure.Changed{Reason: in.Outcome, Result: Result{to, version}}, nil
}
