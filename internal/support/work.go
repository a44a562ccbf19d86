package support

import (
	"context"
	"fmt"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/plaintext"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/task"
)

// Report is what came of a step.
type Report struct {
	Version int    `json:"version"`
	Step    int    `json:"step"`
	DoneOn  string `json:"doneOn"`
	Result  string `json:"result"`
	Note    string `json:"note"`
}

// ReportStep notes what came of a step; the next one has its day from now on. Faults:
// BadRequest, Conflict, Forbidden.
func ReportStep(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in Report) (disclosure.Changed, error) {
	var none disclosure.Changed
	now := today(d)
	if _, err := day("doneOn", in.DoneOn, now.AddDate(0, 0, -60), now); err != nil {
		return none, err
	}
	if err := plaintext.Allow("note", in.Note, 200); err != nil {
		return none, err
	}
	p, err := begin(ctx, tx, d, StepMove, in.Version)
	if err != nil {
		return none, err
	}
	if err := reportStep(ctx, tx, p.ID, in); err != nil {
		return none, err
	}
	if p, err = p.again(ctx, tx); err != nil {
		return none, err
	}
	if err := task.Finish(ctx, tx, task.Subject{Table: subject, ID: p.ID}, d.Caller.Staff.ID, d.Now, ToWork()); err != nil {
		return none, err
	}
	if err := p.work(ctx, tx, d.Now); err != nil {
		return none, err
	}
	return p.end(ctx, tx)
}

// again reads the plan anew and keeps where the move leads.
func (p plan) again(ctx context.Context, tx postgres.Tx) (plan, error) {
	fresh, err := load(ctx, tx, p.ID)
	fresh.next = p.next
	return fresh, err
}

// Look is a review.
type Look struct {
	Version    int    `json:"version"`
	Progress   string `json:"progress"`
	NextOn     string `json:"nextOn"`
	ChildHeard bool   `json:"childHeard"`
	Steps      []Step `json:"steps"`
}

// Review says how the plan goes and when it is looked at next; steps may be added.
// Faults: BadRequest, Conflict, Forbidden.
func Review(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in Look) (disclosure.Changed, error) {
	var none disclosure.Changed
	p, err := begin(ctx, tx, d, ReviewMove, in.Version)
	if err != nil {
		return none, err
	}
	if err := in.check(ctx, tx, d, p); err != nil {
		return none, err
	}
	if err := review(ctx, tx, d, p.ID, in); err != nil {
		return none, fmt.Errorf("review: %w", err)
	}
	if p, err = p.again(ctx, tx); err != nil {
		return none, err
	}
	if err := task.Finish(ctx, tx, task.Subject{Table: subject, ID: p.ID}, d.Caller.Staff.ID, d.Now, ToReview()); err != nil {
		return none, err
	}
	if err := p.awaitReview(ctx, tx, d.Now); err != nil {
		return none, err
	}
	if err := p.work(ctx, tx, d.Now); err != nil {
		return none, err
	}
	return p.end(ctx, tx)
}

// check refuses a review that cannot be kept.
func (in Look) check(ctx context.Context, tx postgres.Tx, d disclosure.Decided, p plan) error {
	days, err := reviewDays(ctx, tx)
	if err != nil {
		return err
	}
	now := today(d)
	if _, err := day("nextOn", in.NextOn, now.AddDate(0, 0, 1), now.AddDate(0, 0, days)); err != nil {
		return err
	}
	steps, err := countSteps(ctx, tx, p.ID)
	if err != nil {
		return err
	}
	if steps+len(in.Steps) > maxSteps {
		return fault.At("steps", fault.New(fault.BadRequest, "一项计划最多12个步骤。", "A plan has at most 12 steps."))
	}
	for _, s := range in.Steps {
		if err := plaintext.Need("steps", s.What, 100); err != nil {
			return err
		}
		if _, err := day("steps", s.DueOn, now, now.AddDate(1, 0, 0)); err != nil {
			return err
		}
	}
	return nil
}

// Completion is how a plan ended well.
type Completion struct {
	Version    int    `json:"version"`
	Outcome    string `json:"outcome"`
	ChildHeard bool   `json:"childHeard"`
}

// Complete ends a plan of which every step has been reported. Faults: BadRequest,
// Conflict, Forbidden.
func Complete(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in Completion) (disclosure.Changed, error) {
	if err := plaintext.Need("outcome", in.Outcome, 200); err != nil {
		return disclosure.Changed{}, err
	}
	p, err := begin(ctx, tx, d, CompleteMove, in.Version)
	if err != nil {
		return disclosure.Changed{}, err
	}
	if p.Undone > 0 {
		return disclosure.Changed{}, fault.New(fault.Conflict,
			fmt.Sprintf("还有%d个步骤未报告。", p.Undone), fmt.Sprintf("%d steps have not been reported.", p.Undone))
	}
	return p.finish(ctx, tx, d, ending{in.Outcome, "", &in.ChildHeard})
}

// Dropping is why a plan ends early.
type Dropping struct {
	Version int    `json:"version"`
	Reason  string `json:"reason"`
}

// Drop ends a plan early. Faults: Conflict, Forbidden.
func Drop(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in Dropping) (disclosure.Changed, error) {
	p, err := begin(ctx, tx, d, DropMove, in.Version)
	if err != nil {
		return disclosure.Changed{}, err
	}
	return p.finish(ctx, tx, d, ending{because: in.Reason})
}

// ending is what is written down of the end.
type ending struct {
	outcome, because string
	heard            *bool
}

// finish ends the plan, its tasks and the doer's work item.
func (p plan) finish(ctx context.Context, tx postgres.Tx, d disclosure.Decided, e ending) (disclosure.Changed, error) {
	if err := p.leave(ctx, tx, d); err != nil {
		return disclosure.Changed{}, err
	}
	if err := ended(ctx, tx, d, p.ID, e); err != nil {
		return disclosure.Changed{}, fmt.Errorf("end: %w", err)
	}
	return p.end(ctx, tx)
}
