package concern

import (
	"context"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/task"
	"github.com/tongxin-hub/tongxin/internal/ticket"
	"github.com/tongxin-hub/tongxin/policy"
)

// Ending is how a holder ends a task.
type Ending struct {
	Task    int64
	Outcome string
}

// Answer ends the caller's own task about a concern, the card beside it and, for a
// case manager, the look into the register. More are kinds of other areas that end
// the same way. Faults: NotFound.
func Answer(ctx context.Context, tx postgres.Tx, d disclosure.Decided, e Ending, more ...task.Kind) (disclosure.Changed, error) {
	ended, err := task.End(ctx, tx, e.Task, d.Caller.Staff.ID, d.Now, append(answered(), more...)...)
	if err != nil {
		return disclosure.Changed{}, err
	}
	if err := doneCard(ctx, tx, ended.SubjectID, d.Post.Role, d.Now); err != nil {
		return disclosure.Changed{}, err
	}
	alone := d.Post.Role == string(policy.CM) || d.Post.Role == string(policy.DIR) || ended.Subject == "registration"
	if alone { // the work item was opened for this
		if err := ticket.Close(ctx, tx, ended.Ticket, d.Now); err != nil {
			return disclosure.Changed{}, err
		}
	}
	done := disclosure.Changed{Reason: e.Outcome, Result: e.Outcome}
	// The task is the person's own, which explains that the child is named.
	if ended.Child != 0 {
		done.Disclosures = []audit.Disclosure{{ChildID: ended.Child, Bases: []string{string(policy.OwnHand)}}}
	}
	return done, nil
}
