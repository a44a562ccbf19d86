package relief

import (
	"context"
	"fmt"
	"regexp"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// Find notes a need and hands it to the township's window. Faults: Conflict where the
// child has an application in hand, or nobody is there to take it.
func Find(ctx context.Context, tx postgres.Tx, d disclosure.Decided, reason string) (disclosure.Changed, error) {
	f, err := begin(ctx, tx, d, reason)
	if err != nil {
		return disclosure.Changed{}, fmt.Errorf("find need: %w", err)
	}
	if err := f.give(ctx, tx, d, toApply(), f.handler); err != nil {
		return disclosure.Changed{}, err
	}
	return disclosure.Changed{Result: Result{f.id, f.state, f.version}, Reason: f.state}, nil
}

// Application is what the window takes down.
type Application struct {
	Relation, Account string
	Urgent            bool
}

var accountNumber = regexp.MustCompile(`^[0-9]{8,30}$`)

// Apply takes the application at the window. Faults: those of move; BadRequest.
func Apply(ctx context.Context, tx postgres.Tx, d disclosure.Decided, version int, in Application) (disclosure.Changed, error) {
	if !accountNumber.MatchString(in.Account) {
		return disclosure.Changed{}, fault.At("account", fault.New(fault.BadRequest, "收款账号为8至30位数字。", "The account has 8 to 30 digits."))
	}
	return move(ctx, tx, d, step{"applyForRelief", version, handlers}, func(f *file) error {
		f.relation, f.account, f.urgent, f.appliedOn = in.Relation, in.Account, in.Urgent, f.today
		return nil
	})
}

// Advance pays ahead where it is urgent, up to what the township may decide; the papers
// follow. Faults: those of move; BadRequest; Conflict where it is not urgent, or paid.
func Advance(ctx context.Context, tx postgres.Tx, d disclosure.Decided, version int, amount float64) (disclosure.Changed, error) {
	if err := sum(ctx, tx, amount); err != nil {
		return disclosure.Changed{}, err
	}
	return move(ctx, tx, d, step{"payUrgently", version, handlers}, func(f *file) error {
		limit, err := number(ctx, tx, "relief_township_limit")
		switch {
		case err != nil:
			return err
		case !f.urgent:
			return conflict("id", "非急难申请须先核查。", "What is not urgent is checked first.")
		case f.advancedOn != "":
			return conflict("id", "已经先行发放。", "It was paid ahead already.")
		case amount > float64(limit):
			return fault.At("amount", fault.New(fault.BadRequest,
				fmt.Sprintf("先行发放不超过%d元，其余随决定发放。", limit), fmt.Sprintf("At most %d yuan are paid ahead; the rest comes with the decision.", limit)))
		}
		f.advance, f.advancedOn = amount, f.today
		if err := f.papers(ctx, tx); err != nil {
			return fmt.Errorf("papers: %w", err)
		}
		if err := finish(ctx, tx, f, d, toAdvance()); err != nil {
			return err
		}
		return f.give(ctx, tx, d, afterPapers(), f.handler)
	})
}

// Finding is what the home and the household economy check found.
type Finding struct{ VisitedOn, Economy string }

// Check notes it; without a visit there is no check. Faults: those of move; BadRequest;
// Conflict for what is urgent and not yet paid ahead.
func Check(ctx context.Context, tx postgres.Tx, d disclosure.Decided, version int, in Finding) (disclosure.Changed, error) {
	return move(ctx, tx, d, step{"checkRelief", version, handlers}, func(f *file) error {
		if err := past("visitedOn", in.VisitedOn, f.today); err != nil {
			return err
		}
		switch {
		case f.urgent && f.advancedOn == "":
			return conflict("id", "急难申请先行发放，再补办手续。", "What is urgent is paid ahead; the papers follow.")
		case in.Economy == "NOT_NEEDED" && f.reason != "EMERGENCY":
			return fault.At("economy", fault.New(fault.BadRequest, "支出型救助须核查家庭经济状况。", "Relief for expenses needs the household economy check."))
		}
		f.visitedOn, f.economy, f.checkedOn = in.VisitedOn, in.Economy, f.today
		return nil
	})
}
