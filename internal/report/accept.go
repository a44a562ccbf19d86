package report

import (
	"context"
	"fmt"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/task"
)

// Acceptance is what the desk finds when it takes a report.
type Acceptance struct {
	Step
	// Suspected: a guardian or caregiver is.
	Suspected bool
	// Shield is NONE, ADDRESS or FULL; "" for the address where a guardian is
	// suspected. Second is the code of the second named handler, "" for the hub's choice.
	Shield, Second string
}

// Accept takes a report: whoever accepts it handles it and alone may know the
// reporter. Faults: those of begin, and BadRequest where the second handler cannot be.
func Accept(ctx context.Context, tx postgres.Tx, a Actor, in Acceptance) (Done, error) {
	r, s, err := begin(ctx, tx, a, in.Step, "acceptReport")
	if err != nil {
		return Done{}, err
	}
	if in.Shield == "" && in.Suspected {
		in.Shield = "ADDRESS"
	}
	r.Suspected, r.Shield = in.Suspected, in.Shield
	if shielding(r.Shield) {
		if r.Second, err = r.second(ctx, tx, a, in.Second); err != nil {
			return Done{}, err
		}
	}
	r.Handler = a.Staff
	if err := accept(ctx, tx, r, a.Now); err != nil {
		return Done{}, fmt.Errorf("accept report: %w", err)
	}
	if err := r.settle(ctx, tx, a); err != nil {
		return Done{}, err
	}
	return r.next(ctx, tx, a, s, []task.Kind{toAccept()}, map[int64][]task.Kind{r.Handler: {toNotify()}})
}

// shielding reports whether a kind of shield hides anything.
func shielding(kind string) bool { return kind == "ADDRESS" || kind == "FULL" }

// second is the second named handler: the one named, a case manager or rights
// officer other than the handler and in no conflict; or the newest rights officer.
func (r open) second(ctx context.Context, tx postgres.Tx, a Actor, code string) (int64, error) {
	staff, err := secondHandler(ctx, tx, r.Child, a, code)
	if err == nil && staff == 0 {
		err = fault.At("secondHandler", fault.New(fault.BadRequest,
			"第二名经办人须为在岗的个案管理员或维权干部，且与本案无利益冲突。",
			"The second handler must hold a post as case manager or rights officer, without a conflict of interest."))
	}
	return staff, err
}

// settle does for a known child what the acceptance decided: the shield with its two
// handlers, the rights officer's case, and the supervisor who goes and looks.
func (r *open) settle(ctx context.Context, tx postgres.Tx, a Actor) error {
	if r.Child == 0 {
		return nil
	}
	if shielding(r.Shield) {
		if err := shield(ctx, tx, *r, a); err != nil {
			return fmt.Errorf("shield: %w", err)
		}
		if err := rightsCase(ctx, tx, *r, a); err != nil {
			return fmt.Errorf("rights case: %w", err)
		}
	}
	if r.Shield == "FULL" { // nobody but the two finds the child
		return nil
	}
	supervisor, err := task.HolderBut(ctx, tx, "SUP", r.Child, 0, a.Now)
	if err != nil {
		return err
	}
	r.Supervisor, err = supervise(ctx, tx, *r, supervisor)
	return err
}

// Link says which child a report is about. Faults: those of begin; NotFound;
// Conflict where it is known already.
func Link(ctx context.Context, tx postgres.Tx, a Actor, s Step, n New) (Done, error) {
	r, st, err := begin(ctx, tx, a, s, "linkReport")
	if err != nil {
		return Done{}, err
	}
	if r.Child != 0 {
		return Done{}, fault.New(fault.Conflict, "报告所涉儿童已经确定。", "It is known already which child the report is about.")
	}
	if r.Child, err = link(ctx, tx, r.ID, a, n); err != nil {
		return Done{}, fmt.Errorf("link report: %w", err)
	}
	if r.Child == 0 {
		return Done{}, fault.At("child", fault.New(fault.NotFound, "没有这个编号，或不在您的范围内。", "There is no such id in your reach."))
	}
	if r.State != Submitted {
		if err := r.settle(ctx, tx, a); err != nil {
			return Done{}, err
		}
	}
	return r.advance(ctx, tx, a, st)
}
