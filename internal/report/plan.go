package report

import (
	"context"
	"fmt"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/safeguard"
	"github.com/tongxin-hub/tongxin/internal/task"
)

// Findings are what the assessment found, in words and under each of its heads by a code.
type Findings struct {
	Step
	Safety, Guardianship, Body, Mind string
}

// Assess records the assessment.
func Assess(ctx context.Context, tx postgres.Tx, a Actor, in Findings) (Done, error) {
	r, s, err := noted(ctx, tx, a, in.Step, "assessReport")
	if err != nil {
		return Done{}, err
	}
	if err := assessed(ctx, tx, r.ID, in); err != nil {
		return Done{}, fmt.Errorf("assess: %w", err)
	}
	return r.next(ctx, tx, a, s, []task.Kind{toAssess()}, map[int64][]task.Kind{r.Handler: {toPlan()}})
}

// Planned is a protection plan: in words, and step by step.
type Planned struct {
	Step
	Steps []safeguard.New
	// Consultation is the internal id of the one that the plan came from, 0 for none.
	Consultation int64
}

// PlanProtection records the plan, with which the first month begins, and gives each step
// to its owner. Faults: those of begin and safeguard.Plan; Conflict where nobody knows yet
// which child it is; NotFound for a consultation that is not the child's or never met.
func PlanProtection(ctx context.Context, tx postgres.Tx, a Actor, in Planned) (Done, error) {
	r, s, err := noted(ctx, tx, a, in.Step, "planProtection")
	if err == nil {
		err = r.known()
	}
	if err != nil {
		return Done{}, err
	}
	found, err := planned(ctx, tx, r, a.Today, in.Consultation)
	if err != nil {
		return Done{}, fmt.Errorf("plan: %w", err)
	}
	if !found {
		return Done{}, fault.At("consultation", fault.New(fault.NotFound,
			"没有这次会商，或它不是为这个孩子召集的。", "There is no such consultation, or it was not convened about this child."))
	}
	if err := safeguard.Plan(ctx, tx, a, safeguard.Report{ID: r.ID, Child: r.Child}, "steps", in.Steps); err != nil {
		return Done{}, err
	}
	begins := map[int64][]task.Kind{r.Handler: {toTell()}}
	begins[r.owner()] = append(begins[r.owner()], toFollow())
	return r.next(ctx, tx, a, s, []task.Kind{toPlan()}, begins)
}

// known refuses to plan for a child that nobody has found yet.
func (r open) known() error {
	if r.Child != 0 {
		return nil
	}
	return fault.New(fault.Conflict, "请先确定是哪个孩子，再制定保护方案。", "Say first which child it is, then plan its protection.")
}

// AddStep adds one step to the plan; a first signature under the closing is taken back.
// Faults: those of begin and safeguard.Plan.
func AddStep(ctx context.Context, tx postgres.Tx, a Actor, in Step, n safeguard.New) (Done, error) {
	r, s, err := begin(ctx, tx, a, in, "addProtectionStep")
	if err == nil {
		err = r.known()
	}
	if err != nil {
		return Done{}, err
	}
	if err := safeguard.Plan(ctx, tx, a, safeguard.Report{ID: r.ID, Child: r.Child}, "", []safeguard.New{n}); err != nil {
		return Done{}, err
	}
	if err := sign(ctx, tx, r.ID, 0); err != nil {
		return Done{}, fmt.Errorf("take back signature: %w", err)
	}
	s.note = n.Words
	return r.next(ctx, tx, a, s, []task.Kind{toSign()}, nil)
}
