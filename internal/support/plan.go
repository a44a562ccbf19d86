package support

import (
	"context"
	"fmt"
	"time"

	"github.com/tongxin-hub/tongxin/internal/chinatime"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/plaintext"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// subject is the table that the tasks name.
const subject = "support_plan"

// Result is where a plan stands after a move.
type Result struct {
	ID      int64
	State   string
	Version int
}

// plan is a plan in the hand of somebody who moves it.
type plan struct {
	ID, Child, Author, Responsible, Ticket int64
	Service, State                         string
	Version, Undone                        int
	// Next is the day of the first step that is not done, zero for none.
	Next, Review time.Time
	// next is where the move that is under way leads.
	next string
}

// begin takes the plan of a change for a move: as the caller has read it, in a state
// that the move leaves, and in the caller's own hand where the doer makes the move.
// Faults: Conflict, Forbidden, NotFound.
func begin(ctx context.Context, tx postgres.Tx, d disclosure.Decided, move string, version int) (plan, error) {
	p, err := load(ctx, tx, d.SubjectID)
	if err != nil {
		return p, err
	}
	if err := flow.AsRead(version, p.Version); err != nil {
		return p, err
	}
	if p.next, err = Machine().Next(p.State, move); err != nil {
		return p, err
	}
	mine := p.Responsible == d.Caller.Staff.ID
	if (move == AcceptMove || move == ReturnMove || move == StepMove) && !mine {
		return p, fault.New(fault.Forbidden, "您不是这项帮扶计划的责任人。", "You are not responsible for this plan.")
	}
	if p.Service == Correction && d.Post.Role == "SUP" {
		return p, restricted()
	}
	return p, nil
}

// restricted is why a supervisor does not handle 教育矫治.
func restricted() error {
	return fault.At("service", fault.New(fault.Forbidden,
		"教育矫治由个案管理员和受托社工办理。", "Correction is in the hands of case managers and contracted social workers."))
}

// end saves what a move came to.
func (p plan) end(ctx context.Context, tx postgres.Tx) (disclosure.Changed, error) {
	version, err := setState(ctx, tx, p.ID, p.next)
	if err != nil {
		return disclosure.Changed{}, fmt.Errorf("set state: %w", err)
	}
	return disclosure.Changed{Reason: p.next, Result: Result{p.ID, p.next, version}}, nil
}

// Step is a step of a plan that is to be done.
type Step struct {
	What  string `json:"what"`
	DueOn string `json:"dueOn"`
}

// New is a plan as somebody proposes it.
type New struct {
	Service     string `json:"service"`
	Aim         string `json:"aim"`
	Responsible string `json:"responsible"`
	Steps       []Step `json:"steps"`
	ReviewOn    string `json:"reviewOn"`
	DueOn       string `json:"dueOn"`
	ChildHeard  bool   `json:"childHeard"`
	// Visit is the internal id of the visit that found the need, 0 for none.
	Visit int64 `json:"-"`
}

// maxSteps is how many steps a plan may have.
const maxSteps = 12

// check refuses what cannot be kept, by the member that is to be mended.
func (n New) check(today time.Time, reviewDays int) error {
	if err := plaintext.Need("aim", n.Aim, 200); err != nil {
		return err
	}
	if len(n.Steps) == 0 || len(n.Steps) > maxSteps {
		return fault.At("steps", fault.New(fault.BadRequest, "请写明1到12个步骤。", "Give 1 to 12 steps."))
	}
	end, err := day("dueOn", n.DueOn, today, today.AddDate(2, 0, 0))
	if err != nil {
		return err
	}
	for _, s := range n.Steps {
		if err := plaintext.Need("steps", s.What, 100); err != nil {
			return err
		}
		if _, err := day("steps", s.DueOn, today, end); err != nil {
			return err
		}
	}
	_, err = day("reviewOn", n.ReviewOn, today, earlier(end, today.AddDate(0, 0, reviewDays)))
	return err
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// day reads a day that lies between two others.
func day(member, text string, from, to time.Time) (time.Time, error) {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return t, fault.At(member, fault.New(fault.BadRequest, "日期须写作YYYY-MM-DD。", "Write the day as YYYY-MM-DD."))
	}
	if t.Before(from) || t.After(to) {
		return t, fault.At(member, fault.New(fault.BadRequest,
			fmt.Sprintf("请填写%s到%s之间的日期。", from.Format(time.DateOnly), to.Format(time.DateOnly)),
			fmt.Sprintf("Give a day from %s to %s.", from.Format(time.DateOnly), to.Format(time.DateOnly))))
	}
	return t, nil
}

// today is the day of a change in the district, as days are compared here.
func today(d disclosure.Decided) time.Time {
	y, m, day := d.Now.In(chinatime.Zone()).Date()
	return time.Date(y, m, day, 0, 0, 0, 0, time.UTC)
}
