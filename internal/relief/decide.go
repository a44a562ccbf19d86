package relief

import (
	"context"
	"fmt"
	"time"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// eligible refuses what cannot be granted.
func (f *file) eligible() error {
	if f.economy == "ABOVE" {
		return conflict("id", "家庭经济状况超出标准，请按不予救助办理。", "The household is above the limit; refuse it.")
	}
	return nil
}

// propose sets the sum and, where the township may not decide it, who in the county does.
func (f *file) propose(ctx context.Context, tx postgres.Tx, d disclosure.Decided, amount float64) error {
	if err := sum(ctx, tx, amount); err != nil {
		return err
	}
	if amount < f.advance {
		return fault.At("amount", fault.New(fault.BadRequest, "不能少于已先行发放的金额。", "It cannot be less than what was paid ahead."))
	}
	limit, err := number(ctx, tx, "relief_township_limit")
	if err != nil {
		return err
	}
	f.amount = amount
	if f.appealedOn != "" { // whoever ruled on the appeal decides
		return nil
	}
	if f.decider = 0; amount > float64(limit) {
		return f.toCounty(ctx, tx, d)
	}
	return nil
}

// toCounty names who decides in the county: not the handler, nor who decided before.
func (f *file) toCounty(ctx context.Context, tx postgres.Tx, d disclosure.Decided) error {
	var err error
	f.decider, err = county(ctx, tx, f, d)
	if err == nil && f.decider == 0 {
		err = conflict("id", "区民政局没有可以办理的救助经办人。", "The county has no relief officer who could decide.")
	}
	return err
}

// Publish puts the application up: the hub writes the notice, which holds nothing of the
// child. A child who is protected has no notice at all, and the answer does not tell why.
// Faults: those of move; BadRequest; Conflict.
func Publish(ctx context.Context, tx postgres.Tx, d disclosure.Decided, version int, amount float64) (disclosure.Changed, error) {
	return move(ctx, tx, d, step{"publishRelief", version, handlers}, func(f *file) error {
		if err := f.eligible(); err != nil {
			return err
		}
		if f.hidden || f.signer != 0 {
			return conflict("id", "本件须按免公示程序办理。", "This one goes without publicity.")
		}
		if err := f.propose(ctx, tx, d, amount); err != nil {
			return err
		}
		n, err := noticeOf(ctx, tx, f)
		if err != nil {
			return fmt.Errorf("notice: %w", err)
		}
		f.publicity, f.notice, f.noticeFrom, f.noticeUntil = "PUBLIC", n.Text(), n.From, n.Until
		return nil
	})
}

// Quiet is the wish to publish nothing, for the child's sake.
type Quiet struct {
	Amount float64
	Reason string
}

// Hush asks a case manager to sign that nothing is published. Faults: those of move;
// BadRequest; Conflict where it was asked, or nobody could sign.
func Hush(ctx context.Context, tx postgres.Tx, d disclosure.Decided, version int, in Quiet) (disclosure.Changed, error) {
	return move(ctx, tx, d, step{"proposeNoPublicity", version, handlers}, func(f *file) error {
		if err := f.eligible(); err != nil {
			return err
		}
		if f.signer != 0 {
			return conflict("id", "已提请签批，请等待。", "It waits for the signature already.")
		}
		if err := f.propose(ctx, tx, d, in.Amount); err != nil {
			return err
		}
		var err error
		if f.signer, err = signer(ctx, tx, f, d); err != nil {
			return fmt.Errorf("signer: %w", err)
		}
		if f.signer == 0 {
			return conflict("id", "没有可以签批的个案管理员。", "No case manager could sign.")
		}
		f.quiet = in.Reason
		if err := finish(ctx, tx, f, d, toPublish()); err != nil {
			return err
		}
		return f.give(ctx, tx, d, toSign(), f.signer)
	})
}

// Sign is the case manager's signature: nothing is published. Faults: those of move.
func Sign(ctx context.Context, tx postgres.Tx, d disclosure.Decided, version int) (disclosure.Changed, error) {
	return move(ctx, tx, d, step{"signNoPublicity", version, signers}, func(f *file) error {
		f.publicity, f.signedBy, f.signer = "NO_PUBLICITY", f.signer, 0
		return f.done(ctx, tx, f.signedBy, d.Now)
	})
}

// Unsign refuses the signature; the handler publishes, or asks with another reason.
// Faults: those of move.
func Unsign(ctx context.Context, tx postgres.Tx, d disclosure.Decided, version int) (disclosure.Changed, error) {
	return move(ctx, tx, d, step{"refuseNoPublicity", version, signers}, func(f *file) error {
		who := f.signer
		f.quiet, f.signer = "", 0
		if err := finish(ctx, tx, f, d, toSign()); err != nil {
			return err
		}
		if err := f.done(ctx, tx, who, d.Now); err != nil {
			return err
		}
		return f.give(ctx, tx, d, toPublish(), f.handler)
	})
}

// Grant decides: the township up to its limit, the county above it, and not before the
// notice is over. Faults: those of move; BadRequest; Conflict.
func Grant(ctx context.Context, tx postgres.Tx, d disclosure.Decided, version int, amount float64) (disclosure.Changed, error) {
	return move(ctx, tx, d, step{"decideRelief", version, deciders}, func(f *file) error {
		if f.noticeUntil != "" && f.today <= f.noticeUntil && f.publicity == "PUBLIC" {
			return conflict("id", "公示期未满。", "The notice is not over.")
		}
		if err := sum(ctx, tx, amount); err != nil {
			return err
		}
		if amount > f.amount || amount < f.advance {
			return fault.At("amount", fault.New(fault.BadRequest,
				"不能超过公示或提请的金额，也不能少于已先行发放的金额。", "It is at most the sum that was published or proposed, and at least what was paid ahead."))
		}
		f.amount = amount
		return f.decided(ctx, tx, d)
	})
}

// decided notes who decided, who has nothing more to do with it in the county.
func (f *file) decided(ctx context.Context, tx postgres.Tx, d disclosure.Decided) error {
	f.decidedOn, f.decidedBy = f.today, d.Caller.Staff.ID
	who := f.decider
	if f.decider = 0; who == 0 || who == f.handler {
		return nil
	}
	return f.done(ctx, tx, who, d.Now)
}

// Reject refuses the application, or the appeal. Faults: those of move.
func Reject(ctx context.Context, tx postgres.Tx, d disclosure.Decided, version int, reason string) (disclosure.Changed, error) {
	return move(ctx, tx, d, step{"refuseRelief", version, deciders}, func(f *file) error {
		if f.signer != 0 {
			return conflict("id", "已提请签批，请等待。", "It waits for the signature.")
		}
		f.refusal = reason
		return f.decided(ctx, tx, d)
	})
}

// Pay pays what was not paid ahead. Faults: those of move.
func Pay(ctx context.Context, tx postgres.Tx, d disclosure.Decided, version int) (disclosure.Changed, error) {
	return move(ctx, tx, d, step{"payRelief", version, handlers}, func(f *file) error {
		f.paidOn = f.today
		return nil
	})
}

// Close ends it. Faults: those of move.
func Close(ctx context.Context, tx postgres.Tx, d disclosure.Decided, version int) (disclosure.Changed, error) {
	return move(ctx, tx, d, step{"closeRelief", version, handlers}, func(*file) error { return nil })
}

// Contest appeals for the family, once and within the time; the county decides, by
// another person than who refused. Faults: those of move; Conflict.
func Contest(ctx context.Context, tx postgres.Tx, d disclosure.Decided, version int) (disclosure.Changed, error) {
	return move(ctx, tx, d, step{"appealRelief", version, families}, func(f *file) error {
		late, err := tooLate(ctx, tx, f)
		switch {
		case err != nil:
			return fmt.Errorf("appeal: %w", err)
		case f.appealedOn != "":
			return conflict("id", "已经复核过一次。", "It was appealed once.")
		case late:
			return conflict("id", "已过申请复核的期限。", "The time to appeal is over.")
		}
		f.appealedOn = f.today
		return f.toCounty(ctx, tx, d)
	})
}

// Reopen upholds the appeal: it is checked anew, and whoever upheld it decides. Faults:
// those of move.
func Reopen(ctx context.Context, tx postgres.Tx, d disclosure.Decided, version int) (disclosure.Changed, error) {
	return move(ctx, tx, d, step{"reopenRelief", version, deciders}, func(f *file) error {
		f.refusal, f.economy, f.decidedOn = "", "", ""
		return nil
	})
}

// past refuses a day that is none or has not come.
func past(member, day, today string) error {
	if _, err := time.Parse(time.DateOnly, day); err != nil || day > today {
		return fault.At(member, fault.New(fault.BadRequest, "日期须写作 YYYY-MM-DD，且不晚于今天。", "Write the day as YYYY-MM-DD, not after today."))
	}
	return nil
}

// morningAfter is noon of the day after a day, from which working days are counted.
func morningAfter(day string) (time.Time, error) {
	d, err := time.Parse(time.DateOnly, day)
	return d.Add(4 * time.Hour), err // noon in China
}
