package aid

import (
	"context"
	"fmt"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/task"
	"github.com/tongxin-hub/tongxin/internal/ticket"
	"github.com/tongxin-hub/tongxin/policy"
)

// subject is the table of applications, as tasks name it.
const subject = "education_aid"

// Result is what a move came to, and what a repetition of it is answered with.
type Result struct {
	ID      int64
	State   string
	Version int
}

// file is an application in the hand of somebody who moves it, locked until the
// transaction ends.
type file struct {
	id, child, author, decider, item            int64
	state, relation, consentOn, view, submitted string
	missing, returnedOn, decidedOn, refusal     string
	validUntil, toldOn, withdrawal              string
	today, termEnds                             string
	version, age                                int
}

// move makes one move of the application that d is about, by whose it is and on the
// version that was seen; work does what is particular to it. Faults: NotFound,
// Forbidden, Conflict, whatever work returns.
func move(ctx context.Context, tx postgres.Tx, d disclosure.Decided, name string, version int, work func(f *file) error) (disclosure.Changed, error) {
	f, err := take(ctx, tx, d)
	if err != nil {
		return disclosure.Changed{}, err
	}
	if !Machine().Lets(d.Post.Role, name) || !f.owns(d) {
		return disclosure.Changed{}, fault.New(fault.Forbidden, "此步骤不由您办理。", "This step is not yours to make.")
	}
	if err := flow.AsRead(version, f.version); err != nil {
		return disclosure.Changed{}, err
	}
	to, err := Machine().Next(f.state, name)
	if err != nil {
		return disclosure.Changed{}, err
	}
	if err := work(f); err != nil {
		return disclosure.Changed{}, err
	}
	f.state = to
	return f.settle(ctx, tx, d)
}

// settle lets tasks and work items follow the state that was entered, and saves it.
func (f *file) settle(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
	if err := f.follow(ctx, tx, d); err != nil {
		return disclosure.Changed{}, fmt.Errorf("follow: %w", err)
	}
	if err := f.save(ctx, tx); err != nil {
		return disclosure.Changed{}, fmt.Errorf("save: %w", err)
	}
	return disclosure.Changed{Result: Result{f.id, f.state, f.version}, Reason: f.state}, nil
}

// owns: the school's moves are whoever's proposed it, the bureau's whoever's it was put
// before.
func (f *file) owns(d disclosure.Decided) bool {
	if d.Post.Role == string(policy.DPS) {
		return f.decider == d.Caller.Staff.ID
	}
	return f.author == d.Caller.Staff.ID
}

func conflict(member, zh, en string) error {
	return fault.At(member, fault.New(fault.Conflict, zh, en))
}

// follow: the bureau's officer has a work item while it is to be decided, and no longer.
func (f *file) follow(ctx context.Context, tx postgres.Tx, d disclosure.Decided) error {
	if err := task.Finish(ctx, tx, task.Subject{Table: subject, ID: f.id}, d.Caller.Staff.ID, d.Now); err != nil {
		return err
	}
	if f.state == Applied {
		return f.putBefore(ctx, tx, d)
	}
	if err := ticket.Close(ctx, tx, f.item, d.Now); err != nil {
		return err
	}
	f.item = 0
	switch {
	case f.state == Proposed:
		return f.give(ctx, tx, d, toConsent(), f.author)
	case f.state == Returned:
		return f.give(ctx, tx, d, toSupplement(), f.author)
	case f.state == Refused, f.state == Approved && f.toldOn == "":
		return f.give(ctx, tx, d, toTell(), f.author)
	default:
		return nil
	}
}

// putBefore puts the application before an officer of the bureau who has no conflict of
// interest, with the work item that opens as much of the child as the decision needs.
func (f *file) putBefore(ctx context.Context, tx postgres.Tx, d disclosure.Decided) error {
	var err error
	if f.decider, err = decider(ctx, tx, f, d); err != nil {
		return err
	}
	if f.decider == 0 {
		return conflict("id", "教育局没有在岗的经办人，请电话联系。", "No officer of the education bureau is in post; call the bureau.")
	}
	if f.item, err = ticket.Open(ctx, tx, ticket.New{
		Kind: "EDUCATION_AID", Purpose: string(policy.DropoutPrevention), Staff: f.decider, Child: f.child, Reason: "教育资助审批", From: d.Now,
	}); err != nil {
		return err
	}
	return f.give(ctx, tx, d, toDecide(), f.decider)
}

func (f *file) give(ctx context.Context, tx postgres.Tx, d disclosure.Decided, k task.Kind, who int64) error {
	return task.Open(ctx, tx, task.New{Kind: k, Child: f.child, Subject: subject, SubjectID: f.id, Staff: who, Ticket: f.item, From: d.Now})
}
