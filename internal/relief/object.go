package relief

import (
	"context"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// Objection is what somebody told the window of the township while the notice was up.
// Who it was is written down nowhere: the hub has no place for it.
type Objection struct{ On, Ground string }

// Object notes an objection, made by anybody within the days of the notice; nothing is
// decided until it is looked into. Another one meanwhile adds its ground. Without a
// notice there is nothing to object to. Faults: those of move; BadRequest; Conflict.
func Object(ctx context.Context, tx postgres.Tx, d disclosure.Decided, version int, in Objection) (disclosure.Changed, error) {
	return move(ctx, tx, d, step{"recordObjection", version, handlers}, func(f *file) error {
		if f.publicity != "PUBLIC" || f.noticeFrom == "" {
			return conflict("id", "本件没有公示，不受理异议。", "Nothing was published; there is nothing to object to.")
		}
		if err := past("objectedOn", in.On, f.today); err != nil {
			return err
		}
		if in.On < f.noticeFrom || in.On > f.noticeUntil {
			return fault.At("objectedOn", fault.New(fault.BadRequest, "异议须在公示期内提出。", "An objection is made within the days of the notice."))
		}
		if f.state == Publicity { // a new one: what became of an earlier one stays in the log
			f.grounds, f.objectedOn, f.objectionOutcome, f.answeredOn = nil, in.On, "", ""
		}
		f.grounds = append(f.grounds, in.Ground)
		return nil
	})
}

// RejectObjection finds that the objection fails; the decision is free again, not before
// the notice is over. Faults: those of move.
func RejectObjection(ctx context.Context, tx postgres.Tx, d disclosure.Decided, version int) (disclosure.Changed, error) {
	return move(ctx, tx, d, step{"rejectObjection", version, handlers}, func(f *file) error {
		f.objectionOutcome, f.answeredOn = "REJECTED", f.today
		return nil
	})
}

// UpholdObjection finds that there is something in it: the household is checked anew, and
// what follows is published anew, or kept from publicity. Faults: those of move.
func UpholdObjection(ctx context.Context, tx postgres.Tx, d disclosure.Decided, version int) (disclosure.Changed, error) {
	return move(ctx, tx, d, step{"upholdObjection", version, handlers}, func(f *file) error {
		f.objectionOutcome, f.answeredOn = "UPHELD", f.today
		f.checkedOn, f.visitedOn, f.economy = "", "", ""
		f.publicity, f.notice, f.noticeFrom, f.noticeUntil = "", "", "", ""
		return nil
	})
}
