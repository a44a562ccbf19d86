package report

import (
	"context"
	"fmt"
	"time"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// Duty is a shift at the desk.
type Duty struct {
	// Staff is the code of a case manager.
	Staff       string
	From, Until time.Time
}

// longestDuty bounds a shift, so that nobody stands on the roster for ever.
const longestDuty = 31 * 24 * time.Hour

// PlanDuty puts somebody on the roster. Faults: BadRequest, NotFound.
func PlanDuty(ctx context.Context, tx postgres.Tx, a Actor, d Duty) error {
	if !d.Until.After(d.From) || d.Until.Sub(d.From) > longestDuty {
		return fault.At("endsAt", fault.New(fault.BadRequest, "止须晚于起，至多31天。", "The end must come after the beginning, by 31 days at most."))
	}
	id, err := plan(ctx, tx, a, d)
	if err != nil {
		return fmt.Errorf("plan duty: %w", err)
	}
	if id == 0 {
		return fault.At("staff", fault.New(fault.NotFound, "没有这名在岗的个案管理员。", "There is no such case manager."))
	}
	return nil
}
