package support

import (
	"context"
	"fmt"
	"time"

	"github.com/tongxin-hub/tongxin/internal/chinatime"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/plaintext"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/task"
	"github.com/tongxin-hub/tongxin/internal/ticket"
	"github.com/tongxin-hub/tongxin/policy"
)

// Correction is 教育矫治, whose content stays with those who do it.
const Correction = "CORRECTION"

// Propose begins a plan for a child and asks whoever is to be responsible. Faults:
// BadRequest, Forbidden.
func Propose(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in New) (disclosure.Changed, error) {
	var none disclosure.Changed
	if in.Service == Correction && d.Post.Role == "SUP" {
		return none, restricted()
	}
	days, err := reviewDays(ctx, tx)
	if err != nil {
		return none, err
	}
	if err := in.check(today(d), days); err != nil {
		return none, err
	}
	who, err := doer(ctx, tx, d.ChildID, in.Responsible, d.Now)
	if err != nil {
		return none, err
	}
	if err := who.fits(in.Service); err != nil {
		return none, err
	}
	p, err := insert(ctx, tx, d, in, who)
	if err != nil {
		return none, fmt.Errorf("insert: %w", err)
	}
	if err := p.ask(ctx, tx, who, d.Now); err != nil {
		return none, err
	}
	return disclosure.Changed{Reason: Proposed, Result: Result{p.ID, Proposed, p.Version}}, nil
}

// person is somebody who may be responsible, and the post in which they are.
type person struct {
	ID                 int64
	Role, Agency, Code string
}

// fits refuses whoever may not know of a service.
func (w person) fits(service string) error {
	if service == Correction && w.Role != "CM" && w.Role != "SW" {
		return fault.At("responsible", fault.New(fault.BadRequest,
			"教育矫治的责任人须为个案管理员或受托社工。", "Whoever is responsible for correction has to be a case manager or contracted social worker."))
	}
	return nil
}

// purposes are the purposes in which roles work on a plan, where one needs a work item.
var purposes = map[string]ticket.New{
	"DIR": {Kind: "VISIT_TASK", Purpose: string(policy.Visit)},
	"CM":  {Kind: "CASE", Purpose: string(policy.CaseManagement)},
	"SW":  {Kind: "CASE", Purpose: string(policy.CaseManagement)},
}

// ask gives the plan to a person: the work item where their purpose needs one, and the
// task to accept it.
func (p plan) ask(ctx context.Context, tx postgres.Tx, who person, now time.Time) error {
	item := int64(0)
	if n, needed := purposes[who.Role]; needed {
		n.Staff, n.Child, n.Reason, n.From = who.ID, p.Child, "帮扶任务", now
		var err error
		if item, err = ticket.Open(ctx, tx, n); err != nil {
			return err
		}
	}
	if err := setTicket(ctx, tx, p.ID, item); err != nil {
		return fmt.Errorf("set ticket: %w", err)
	}
	return task.Open(ctx, tx, task.New{
		Kind: ToAccept(), Child: p.Child, Subject: subject, SubjectID: p.ID, Staff: who.ID, Ticket: item, From: now,
	})
}

// Assignment is to whom a plan is given.
type Assignment struct {
	Version     int    `json:"version"`
	Responsible string `json:"responsible"`
}

// Assign makes somebody else responsible. Faults: BadRequest, Conflict, Forbidden.
func Assign(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in Assignment) (disclosure.Changed, error) {
	var none disclosure.Changed
	p, err := begin(ctx, tx, d, AssignMove, in.Version)
	if err != nil {
		return none, err
	}
	who, err := doer(ctx, tx, p.Child, in.Responsible, d.Now)
	if err != nil {
		return none, err
	}
	if err := who.fits(p.Service); err != nil {
		return none, err
	}
	if err := p.leave(ctx, tx, d); err != nil {
		return none, err
	}
	if err := setDoer(ctx, tx, p.ID, who); err != nil {
		return none, fmt.Errorf("set doer: %w", err)
	}
	if err := p.ask(ctx, tx, who, d.Now); err != nil {
		return none, err
	}
	return p.end(ctx, tx)
}

// leave ends what is to be done about the plan, and the doer's work item.
func (p plan) leave(ctx context.Context, tx postgres.Tx, d disclosure.Decided) error {
	if err := task.Finish(ctx, tx, task.Subject{Table: subject, ID: p.ID}, d.Caller.Staff.ID, d.Now); err != nil {
		return err
	}
	return ticket.Close(ctx, tx, p.Ticket, d.Now)
}

// Accept has the caller take the plan: the first step and the review have their days
// from now on. Faults: Conflict, Forbidden.
func Accept(ctx context.Context, tx postgres.Tx, d disclosure.Decided, version int) (disclosure.Changed, error) {
	var none disclosure.Changed
	p, err := begin(ctx, tx, d, AcceptMove, version)
	if err != nil {
		return none, err
	}
	if err := task.Finish(ctx, tx, task.Subject{Table: subject, ID: p.ID}, d.Caller.Staff.ID, d.Now, ToAccept()); err != nil {
		return none, err
	}
	if err := p.work(ctx, tx, d.Now); err != nil {
		return none, err
	}
	if err := p.awaitReview(ctx, tx, d.Now); err != nil {
		return none, err
	}
	return p.end(ctx, tx)
}

// Returning is why the plan is given back.
type Returning struct {
	Version int    `json:"version"`
	Reason  string `json:"reason"`
}

// Return gives the plan back to whoever made it. Faults: BadRequest, Conflict, Forbidden.
func Return(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in Returning) (disclosure.Changed, error) {
	var none disclosure.Changed
	if err := plaintext.Need("reason", in.Reason, 100); err != nil {
		return none, err
	}
	p, err := begin(ctx, tx, d, ReturnMove, in.Version)
	if err != nil {
		return none, err
	}
	if err := p.leave(ctx, tx, d); err != nil {
		return none, err
	}
	err = task.Open(ctx, tx, task.New{Kind: ToAssign(), Child: p.Child, Subject: subject, SubjectID: p.ID, Staff: p.Author, From: d.Now})
	if err != nil {
		return none, err
	}
	done, err := p.end(ctx, tx)
	done.Reason = in.Reason
	return done, err
}

// work gives the next step to whoever is responsible.
func (p plan) work(ctx context.Context, tx postgres.Tx, now time.Time) error {
	if p.Undone == 0 {
		return nil
	}
	return task.Open(ctx, tx, task.New{
		Kind: ToWork(), Child: p.Child, Subject: subject, SubjectID: p.ID, Staff: p.Responsible, Ticket: p.Ticket, From: now, Until: endOf(p.Next),
	})
}

// awaitReview gives the review to whoever made the plan.
func (p plan) awaitReview(ctx context.Context, tx postgres.Tx, now time.Time) error {
	return task.Open(ctx, tx, task.New{
		Kind: ToReview(), Child: p.Child, Subject: subject, SubjectID: p.ID, Staff: p.Author, From: now, Until: endOf(p.Review),
	})
}

// endOf is the end of a day in the district, zero for none.
func endOf(day time.Time) time.Time {
	if day.IsZero() {
		return day
	}
	return time.Date(day.Year(), day.Month(), day.Day()+1, 0, 0, 0, 0, chinatime.Zone())
}
