package consultation

import (
	"context"
	"fmt"

	"github.com/tongxin-hub/tongxin/internal/plaintext"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// Answer is what a source agency says of its fields that are wanted.
type Answer struct {
	Step
	// Agreed are groups of the matrix; the agency's others are refused, for Reason.
	Agreed []string
	Reason string
}

// ReviewSource takes the answer of the steward's agency: all, in part, or none of
// what is its own. Faults: those of begin; BadRequest; Conflict where it has answered.
func ReviewSource(ctx context.Context, tx postgres.Tx, a Actor, in Answer) (Done, error) {
	r, err := begin(ctx, tx, a, in.Step, "reviewSource")
	if err != nil {
		return Done{}, err
	}
	asked, agreed, err := answer(ctx, tx, r.ID, a, in)
	switch {
	case err != nil:
		return Done{}, fmt.Errorf("source answers: %w", err)
	case asked == 0:
		return Done{}, fault.New(fault.Conflict, "本单位已经答复，或无须答复。", "Your agency has answered, or nothing is asked of it.")
	case agreed < len(in.Agreed):
		return Done{}, fault.At("agreed", fault.New(fault.BadRequest,
			"只能同意征询本单位的字段组。", "Agree only to groups that are asked of your agency."))
	case agreed < asked && !plaintext.Words(in.Reason, 4, 200):
		return Done{}, text("reason", 4, 200)
	}
	if err := r.finishAgency(ctx, tx, a); err != nil {
		return Done{}, err
	}
	left, err := unanswered(ctx, tx, r.ID)
	if err == nil && left == 0 {
		err = r.toDesk(ctx, tx, a)
	}
	if err != nil {
		return Done{}, err
	}
	return r.advance(ctx, tx)
}

// finishAgency ends the tasks of the stewards of one agency, and of whoever they had
// gone up to, once nothing is asked of the agency any more.
func (r open) finishAgency(ctx context.Context, tx postgres.Tx, a Actor) error {
	if err := r.own(ctx, tx, a, toAnswer(), toAnswerNow()); err != nil {
		return err
	}
	left, err := unanswered(ctx, tx, r.ID)
	if err == nil && left == 0 {
		err = r.finish(ctx, tx, a, toAnswer(), toAnswerNow())
	}
	return err
}
