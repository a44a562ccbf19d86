package aid

import (
	"context"
	"fmt"
	"time"

	"github.com/tongxin-hub/tongxin/internal/consent"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/task"
)

// Propose begins an application; nobody outside the school hears of it before the
// guardian has agreed. Faults: BadRequest for a term that is over; Conflict where the
// child has an application of the kind for the term.
func Propose(ctx context.Context, tx postgres.Tx, d disclosure.Decided, kind, term string) (disclosure.Changed, error) {
	f, err := begin(ctx, tx, d, kind, term)
	if err != nil {
		return disclosure.Changed{}, fmt.Errorf("propose aid: %w", err)
	}
	if err := f.follow(ctx, tx, d); err != nil {
		return disclosure.Changed{}, err
	}
	return disclosure.Changed{Result: Result{f.id, f.state, f.version}, Reason: f.state}, nil
}

// Answer is what the guardian said, and the child.
type Answer struct {
	Relation, On string
	// View is the child's own, "" where it was not asked.
	View string
}

// heardFrom is the age from which a child is asked (民法典19).
const heardFrom = 8

// Agree notes that the guardian agrees, with the child's own view from 8 on, and puts the
// application before the bureau. Faults: those of move; BadRequest.
func Agree(ctx context.Context, tx postgres.Tx, d disclosure.Decided, version int, in Answer) (disclosure.Changed, error) {
	return move(ctx, tx, d, ConsentMove, version, func(f *file) error {
		is, err := consent.Guardian(ctx, tx, f.child, in.Relation)
		switch {
		case err != nil:
			return err
		case !is:
			return fault.At("relation", fault.New(fault.BadRequest, "须由登记在册的监护人同意。", "A guardian on file has to agree."))
		case f.age >= heardFrom && in.View == "":
			return fault.At("childView", fault.New(fault.BadRequest,
				"8周岁以上须听取并记录儿童本人意见。", "From 8 on the child is asked, and the answer is noted."))
		}
		if err := past("statedOn", in.On, f.today); err != nil {
			return err
		}
		f.relation, f.consentOn, f.view, f.submitted = in.Relation, in.On, in.View, f.today
		return consent.Keep(ctx, tx, d, consent.EducationAid, in.Relation, in.On)
	})
}

// Supplement puts a completed application before the bureau again. Faults: those of move.
func Supplement(ctx context.Context, tx postgres.Tx, d disclosure.Decided, version int) (disclosure.Changed, error) {
	return move(ctx, tx, d, SupplementMove, version, func(f *file) error {
		f.submitted = f.today
		return nil
	})
}

// Tell notes that the family was told what came of it. Faults: those of move; BadRequest;
// Conflict where it was told.
func Tell(ctx context.Context, tx postgres.Tx, d disclosure.Decided, version int, on string) (disclosure.Changed, error) {
	return move(ctx, tx, d, TellMove, version, func(f *file) error {
		if f.toldOn != "" {
			return conflict("id", "家庭已告知。", "The family has been told.")
		}
		if err := past("toldOn", on, f.today); err != nil {
			return err
		}
		f.toldOn = on
		return nil
	})
}

// takenBack is the withdrawal by which the guardian takes the consent back.
const takenBack = "GUARDIAN_WITHDREW"

// Withdraw ends an application, or aid that is received: the guardian refuses or takes
// the consent back, or the child has left. Faults: those of move.
func Withdraw(ctx context.Context, tx postgres.Tx, d disclosure.Decided, version int, reason string) (disclosure.Changed, error) {
	return move(ctx, tx, d, WithdrawMove, version, func(f *file) error {
		f.end(reason)
		if reason != takenBack || f.consentOn == "" {
			return nil
		}
		return consent.Withdraw(ctx, tx, d, consent.EducationAid, f.relation, f.today)
	})
}

// end: what was approved is received up to this day.
func (f *file) end(reason string) {
	f.withdrawal = reason
	if f.state == Approved && (f.validUntil == "" || f.validUntil > f.today) {
		f.validUntil = f.today
	}
}

// Unconsented ends all that rests on a consent that was taken back.
func Unconsented(ctx context.Context, tx postgres.Tx, d disclosure.Decided) error {
	list, err := resting(ctx, tx, d)
	if err != nil {
		return fmt.Errorf("aid of the child: %w", err)
	}
	for _, f := range list {
		f.end(takenBack)
		if f.state, err = Machine().Next(f.state, UnconsentedMove); err != nil {
			return err
		}
		if _, err := f.settle(ctx, tx, d); err != nil {
			return err
		}
		if err := consent.Stop(ctx, tx, d, task.Subject{Table: subject, ID: f.id}, f.author, f.decider); err != nil {
			return err
		}
	}
	return nil
}

// past refuses a day that is none or has not come.
func past(member, day, today string) error {
	if _, err := time.Parse(time.DateOnly, day); err != nil || day > today {
		return fault.At(member, fault.New(fault.BadRequest, "日期须写作 YYYY-MM-DD，且不晚于今天。", "Write the day as YYYY-MM-DD, not after today."))
	}
	return nil
}
