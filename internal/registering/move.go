package registering

import (
	"context"
	"fmt"
	"time"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/task"
	"github.com/tongxin-hub/tongxin/internal/ticket"
	"github.com/tongxin-hub/tongxin/policy"
)

// table is the subject of tasks about a registration; its number is the child's.
const table = "registration"

// Result is where a registration stands after a move.
type Result struct {
	State   string
	Version int
}

// entry is a registration in the hand of somebody who moves it.
type entry struct {
	child                      int64
	state                      string
	version                    int
	claimer, nominator, ticket int64
	// met says of the definition in force whether it held when the entry was taken,
	// metAnew after the home check of this move.
	hardship, met, metAnew bool
	// migrant says that it came from another county long enough ago.
	migrant                           bool
	noHukou, notEnrolled, vaccinesDue bool
	// spot: a case manager was asked to check the registration, and has not.
	spot bool
	// over: no nomination makes it a candidate again, for it has died or is no minor.
	over bool
	// untold: it left the register as an error that its readers have not heard of.
	untold bool
	// doubtful: a supervisor was asked whether this is a second file of a child.
	doubtful bool
}

// begin takes the registration of a change for a move, as the caller has read it.
func begin(ctx context.Context, tx postgres.Tx, d disclosure.Decided, move string, version int) (*entry, error) {
	e, err := load(ctx, tx, d.ChildID, d.Now)
	if err != nil {
		return nil, fmt.Errorf("load: %w", err)
	}
	if err := flow.AsRead(version, e.version); err != nil {
		return nil, err
	}
	e.state, err = Machine().Next(e.state, move)
	return e, err
}

// end finishes what the move was asked for by, and says what it came to.
func (e *entry) end(ctx context.Context, tx postgres.Tx, d disclosure.Decided, done ...task.Kind) (disclosure.Changed, error) {
	if len(done) > 0 {
		if err := task.Finish(ctx, tx, e.subject(), d.Caller.Staff.ID, d.Now, done...); err != nil {
			return disclosure.Changed{}, err
		}
	}
	return disclosure.Changed{Reason: e.state, Result: Result{e.state, e.version}}, nil
}

func (e *entry) subject() task.Subject { return task.Subject{Table: table, ID: e.child} }

// ask gives whoever holds a role a task; survey says that it is done in the survey, whose
// work item goes with it.
func (e *entry) ask(ctx context.Context, tx postgres.Tx, d disclosure.Decided, k task.Kind, role policy.Role, survey bool) error {
	who, err := task.Holder(ctx, tx, role, e.child, d.Now)
	if err != nil || who.Staff == 0 {
		return err
	}
	return e.give(ctx, tx, k, who, survey, d.Now)
}

// give gives one person a task.
func (e *entry) give(ctx context.Context, tx postgres.Tx, k task.Kind, who task.InPost, survey bool, now time.Time) error {
	n := task.New{Kind: k, Child: e.child, Subject: table, SubjectID: e.child, Staff: who.Staff, For: who.For, From: now}
	if survey {
		if err := ticket.Close(ctx, tx, e.ticket, now); err != nil {
			return err
		}
		item, err := ticket.Open(ctx, tx, ticket.New{
			Kind: "SURVEY_BATCH", Purpose: string(policy.RegisterVerify), Staff: who.Staff, Child: e.child, Reason: "摸排核实", From: now,
		})
		if err != nil {
			return err
		}
		if err := hold(ctx, tx, e.child, item); err != nil {
			return err
		}
		e.ticket, n.Ticket = item, item
	}
	return task.Open(ctx, tx, n)
}
