package registering

import (
	"context"
	"fmt"
	"time"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// Arrive surveys a child that another county has handed over: the director of its village
// is asked to claim it, as after a nomination. since is when it came with its parents.
func Arrive(ctx context.Context, tx postgres.Tx, d disclosure.Decided, since string) error {
	if err := arrive(ctx, tx, d.ChildID, d.Caller.Staff.ID, since, d.Now); err != nil {
		return fmt.Errorf("arrive: %w", err)
	}
	if err := openBatch(ctx, tx, d.ChildID, d.Now); err != nil {
		return fmt.Errorf("batch: %w", err)
	}
	e, err := load(ctx, tx, d.ChildID, d.Now)
	if err != nil {
		return fmt.Errorf("load: %w", err)
	}
	return e.ask(ctx, tx, d, toClaim(), "DIR", true)
}

// Host keeps a child whose home county leads: it is visited here by its risk, and counted
// there alone.
func Host(ctx context.Context, tx postgres.Tx, d disclosure.Decided, risk string) error {
	if err := host(ctx, tx, d, risk); err != nil {
		return fmt.Errorf("host: %w", err)
	}
	return nil
}

// LeaveWithParents takes a child off the register that another county has accepted; one
// that is not on it any more stays as it is. by is who handed it over.
func LeaveWithParents(ctx context.Context, tx postgres.Tx, child, by int64, now time.Time) error {
	e, err := load(ctx, tx, child, now)
	if err != nil {
		return fmt.Errorf("load: %w", err)
	}
	if _, err := Machine().Next(e.state, ExitMove); err != nil {
		return nil //nolint:nilerr // it has left already
	}
	if _, err := exit(ctx, tx, child, Leaving{Reason: "JOINED_PARENTS", Evidence: "TRANSFER"}, by, now); err != nil {
		return fmt.Errorf("exit: %w", err)
	}
	if err := wind(ctx, tx, []int64{child}, now); err != nil {
		return fmt.Errorf("wind up: %w", err)
	}
	return nil
}
