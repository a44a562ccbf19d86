package registering

import (
	"context"
	"fmt"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/task"
)

// Leaving is why a child leaves the register, and by which kind of proof.
type Leaving struct {
	Version  int    `json:"version"`
	Reason   string `json:"reason"`
	Evidence string `json:"evidence"`
}

// proofs are what each reason needs.
func proofs(reason string) []string {
	switch reason {
	case "PARENT_RETURNED", "NO_LONGER_ELIGIBLE":
		return []string{"HOME_CHECK"}
	case "JOINED_PARENTS":
		return []string{"HOME_CHECK", "TRANSFER"}
	case "HUKOU_MOVED", "DIED":
		return []string{"DOCUMENT"}
	case "ERROR":
		return []string{"HOME_CHECK", "DOCUMENT"}
	default:
		return nil
	}
}

// Exit takes a child off the register. From the next day on nobody at work reaches the
// file; its work items, tasks and visits that are not made end at once. Faults:
// Conflict, BadRequest.
func Exit(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in Leaving) (disclosure.Changed, error) {
	e, err := begin(ctx, tx, d, ExitMove, in.Version)
	if err != nil {
		return disclosure.Changed{}, err
	}
	fits := false
	for _, p := range proofs(in.Reason) {
		fits = fits || p == in.Evidence
	}
	if !fits {
		return disclosure.Changed{}, fault.At("evidence", fault.New(fault.BadRequest, "该证明与退出原因不符；年满的由系统办理。", "This proof does not fit the reason; leaving by age is the clock's."))
	}
	if in.Evidence == "TRANSFER" {
		waits, err := unanswered(ctx, tx, e.child)
		if err != nil {
			return disclosure.Changed{}, err
		}
		if waits {
			return disclosure.Changed{}, fault.At("evidence", fault.New(fault.Conflict, "外县区尚未答复，接收后自动退出。", "The other county has not answered yet; the child leaves when it accepts."))
		}
	}
	if e.version, err = exit(ctx, tx, e.child, in, d.Caller.Staff.ID, d.Now); err != nil {
		return disclosure.Changed{}, fmt.Errorf("exit: %w", err)
	}
	if err := wind(ctx, tx, []int64{e.child}, d.Now); err != nil {
		return disclosure.Changed{}, fmt.Errorf("wind up: %w", err)
	}
	if in.Reason == "PARENT_RETURNED" {
		manager, err := task.Holder(ctx, tx, "CM", e.child, d.Now)
		if err != nil {
			return disclosure.Changed{}, err
		}
		if manager.Staff != 0 {
			if err := e.give(ctx, tx, followUp(), manager, false, d.Now); err != nil {
				return disclosure.Changed{}, err
			}
		}
	}
	return e.end(ctx, tx, d)
}
