package relief

import (
	"context"
	"fmt"
	"math"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/task"
	"github.com/tongxin-hub/tongxin/internal/ticket"
	"github.com/tongxin-hub/tongxin/policy"
)

// subject is the table of applications, as tasks name it.
const subject = "relief_application"

// Result is what a move came to, and what a repetition of it is answered with.
type Result struct {
	ID      int64
	State   string
	Version int
}

// file is an application in the hand of somebody who moves it, locked until the
// transaction ends.
type file struct {
	id, child, handler, signer, signedBy, decider, decidedBy int64
	state, reason, relation, account, publicity              string
	version                                                  int
	urgent                                                   bool
	amount, advance                                          float64
	appliedOn, advancedOn, papersDue, checkedOn, visitedOn   string
	economy, quiet, notice, noticeFrom, noticeUntil          string
	decidedOn, paidOn, refusal, appealedOn                   string
	objectedOn, objectionOutcome, answeredOn                 string
	grounds                                                  []string
	today                                                    string
	hidden                                                   bool
}

// hand is whose move it is.
type hand int

const (
	handlers hand = iota // who handles the application
	deciders             // who decides it: the handler, or the county
	signers              // the case manager who was asked
	families             // whoever speaks for the family
)

// step is a move as it is asked for.
type step struct {
	name    string
	version int
	whose   hand
}

// move makes one move of the application that d is about: by whose it is, on the version
// that was seen; work does what is particular to it. Faults: NotFound, Forbidden,
// Conflict, whatever work returns.
func move(ctx context.Context, tx postgres.Tx, d disclosure.Decided, s step, work func(f *file) error) (disclosure.Changed, error) {
	f, err := take(ctx, tx, d)
	if err != nil {
		return disclosure.Changed{}, err
	}
	if !Machine().Lets(d.Post.Role, s.name) || !f.owns(d.Caller.Staff.ID, s.whose) {
		return disclosure.Changed{}, fault.New(fault.Forbidden, "此步骤不由您办理。", "This step is not yours to make.")
	}
	if err := flow.AsRead(s.version, f.version); err != nil {
		return disclosure.Changed{}, err
	}
	to, err := Machine().Next(f.state, s.name)
	if err != nil {
		return disclosure.Changed{}, err
	}
	from := f.state
	if err := work(f); err != nil {
		return disclosure.Changed{}, err
	}
	f.state = to
	if err := f.save(ctx, tx); err != nil {
		return disclosure.Changed{}, fmt.Errorf("%s: %w", s.name, err)
	}
	if from != to {
		if err := f.follow(ctx, tx, d); err != nil {
			return disclosure.Changed{}, err
		}
	}
	return disclosure.Changed{Result: Result{f.id, f.state, f.version}, Reason: f.state}, nil
}

// owns reports whether somebody has the application in the hand that a move asks for.
func (f *file) owns(staff int64, whose hand) bool {
	switch whose {
	case signers:
		return f.signer == staff
	case deciders:
		return f.decider == staff || f.decider == 0 && f.handler == staff
	case families:
		return true // the basis has said so
	default:
		return f.handler == staff
	}
}

func conflict(member, zh, en string) error {
	return fault.At(member, fault.New(fault.Conflict, zh, en))
}

// follow lets tasks and work items follow the state that was entered.
func (f *file) follow(ctx context.Context, tx postgres.Tx, d disclosure.Decided) error {
	if err := task.Finish(ctx, tx, task.Subject{Table: subject, ID: f.id}, d.Caller.Staff.ID, d.Now); err != nil {
		return err
	}
	switch f.state {
	case Applied:
		if f.urgent && f.advancedOn == "" {
			return f.give(ctx, tx, d, toAdvance(), f.handler)
		}
		return f.give(ctx, tx, d, toCheck(), f.handler)
	case Checking:
		return f.give(ctx, tx, d, toPublish(), f.handler)
	case Objected:
		return f.give(ctx, tx, d, toExamine(), f.handler)
	case Publicity, Appeal:
		return f.giveDecider(ctx, tx, d)
	case Decided:
		return f.give(ctx, tx, d, toPay(), f.handler)
	case Paid:
		return f.give(ctx, tx, d, toClose(), f.handler)
	case Closed, Refused:
		return f.dismiss(ctx, tx, d.Now)
	default:
		return nil
	}
}

// giveDecider gives the decision to whoever decides, from the end of the notice on.
func (f *file) giveDecider(ctx context.Context, tx postgres.Tx, d disclosure.Decided) error {
	who := f.handler
	if f.decider != 0 {
		who = f.decider
	}
	item, err := f.ticket(ctx, tx, d, who)
	if err != nil {
		return err
	}
	from := d.Now
	if f.state == Publicity && f.noticeUntil != "" {
		over, err := morningAfter(f.noticeUntil)
		if err != nil {
			return err
		}
		if over.After(from) {
			from = over
		}
	}
	return task.Open(ctx, tx, task.New{Kind: toDecide(), Child: f.child, Subject: subject, SubjectID: f.id, Staff: who, Ticket: item, From: from})
}

// give gives somebody a task with the work item that opens the file for it.
func (f *file) give(ctx context.Context, tx postgres.Tx, d disclosure.Decided, k task.Kind, who int64) error {
	item, err := f.ticket(ctx, tx, d, who)
	if err != nil {
		return err
	}
	return task.Open(ctx, tx, task.New{Kind: k, Child: f.child, Subject: subject, SubjectID: f.id, Staff: who, Ticket: item, From: d.Now})
}

// ticket is somebody's work item for the child's application.
func (f *file) ticket(ctx context.Context, tx postgres.Tx, d disclosure.Decided, who int64) (int64, error) {
	item, err := openItem(ctx, tx, f.child, who)
	if err != nil || item != 0 {
		return item, err
	}
	return ticket.Open(ctx, tx, ticket.New{
		Kind: "RELIEF_APPLICATION", Purpose: string(policy.TempRelief), Staff: who, Child: f.child, Reason: "临时救助申请", From: d.Now,
	})
}

// sum refuses a sum that is none, or more than one application is ever given.
func sum(ctx context.Context, tx postgres.Tx, amount float64) error {
	most, err := number(ctx, tx, "relief_most")
	if err != nil {
		return err
	}
	if !(amount > 0) || amount > float64(most) || math.Abs(amount*100-math.Round(amount*100)) > 1e-6 {
		return fault.At("amount", fault.New(fault.BadRequest,
			fmt.Sprintf("金额须大于0、不超过%d元，至多两位小数。", most), fmt.Sprintf("The sum is more than 0 and at most %d yuan, with two decimals.", most)))
	}
	return nil
}
