package visiting

import (
	"context"
	"fmt"

	"github.com/tongxin-hub/tongxin/internal/chinatime"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// PlanUrgent plans a visit until tomorrow, for whoever hears that something is wrong and
// cannot wait for the round, and gives it out at once. Faults: Conflict while an urgent
// visit is under way.
func PlanUrgent(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
	id, err := planUrgent(ctx, tx, d, d.ChildID, chinatime.Day(d.Now), 0)
	if err != nil {
		return disclosure.Changed{}, fmt.Errorf("plan urgent visit: %w", err)
	}
	if id == 0 {
		return disclosure.Changed{}, fault.At("child", fault.New(fault.Conflict,
			"这名儿童已有紧急走访在办。", "An urgent visit to this child is under way already."))
	}
	if _, err := Dispatch(ctx, tx, []int64{id}, d.Now); err != nil {
		return disclosure.Changed{}, err
	}
	s, err := load(ctx, tx, id)
	if err != nil {
		return disclosure.Changed{}, fmt.Errorf("load: %w", err)
	}
	return disclosure.Changed{Reason: s.State, Result: Result{ID: s.ID, State: s.State, Version: s.Version}}, nil
}
