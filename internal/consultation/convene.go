package consultation

import (
	"context"
	"fmt"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/task"
)

// Call names the people of a meeting by their staff codes.
type Call struct {
	Step
	People []string
	// Convenor is the agency that convenes, by name.
	Convenor string
}

// most is how many people a consultation may have.
const most = 15

// Convene names the people, each of whom has to pledge secrecy before anything opens
// to them. Faults: those of begin; Conflict while a source agency has not answered;
// BadRequest for people who cannot be named.
func Convene(ctx context.Context, tx postgres.Tx, a Actor, in Call) (Done, error) {
	r, err := begin(ctx, tx, a, in.Step, "conveneConsultation")
	switch {
	case err != nil:
		return Done{}, err
	case r.Unanswered > 0:
		return Done{}, fault.New(fault.Conflict, "还有数源单位没有答复。", "A source agency has not answered yet.")
	case len(in.People) == 0 || len(in.People) > most:
		return Done{}, fault.At("people", fault.New(fault.BadRequest, "请指名1到15人。", "Name 1 to 15 people."))
	}
	people, err := name(ctx, tx, r, a, in.People)
	if err != nil {
		return Done{}, fmt.Errorf("name people: %w", err)
	}
	if len(people) < len(in.People) {
		return Done{}, fault.At("people", fault.New(fault.BadRequest,
			"参加人须为在岗的经办人员，与孩子无利益冲突，且不重复。",
			"Everybody named must hold a post that handles cases, without a conflict of interest, and be named once."))
	}
	for _, staff := range people {
		if err := r.give(ctx, tx, toPledge(), staff, a.Now); err != nil {
			return Done{}, err
		}
	}
	if err := r.prepare(ctx, tx, a, in); err != nil {
		return Done{}, err
	}
	return r.advance(ctx, tx)
}

// prepare hands the grants to those who decide on them, and the meeting to the desk.
func (r open) prepare(ctx context.Context, tx postgres.Tx, a Actor, in Call) error {
	if err := convened(ctx, tx, r.ID, a, in); err != nil {
		return fmt.Errorf("convene: %w", err)
	}
	if err := r.finish(ctx, tx, a, toConvene()); err != nil {
		return err
	}
	if r.Agreed > 0 {
		deciders, err := deciders(ctx, tx, r.Child, a)
		if err != nil {
			return fmt.Errorf("who decides: %w", err)
		}
		for _, staff := range deciders {
			if err := r.give(ctx, tx, toGrant(), staff, a.Now); err != nil {
				return err
			}
		}
	}
	return r.give(ctx, tx, toMeet(), a.Staff, a.Now)
}

// Pledge is the secrecy pledge of one named person. Faults: those of begin; NotFound
// for somebody who is not named; BadRequest without the tick.
func Pledge(ctx context.Context, tx postgres.Tx, a Actor, s Step, ticked bool) (Done, error) {
	r, err := begin(ctx, tx, a, s, "pledgeSecrecy")
	switch {
	case err != nil:
		return Done{}, err
	case !r.Named:
		return Done{}, missing()
	case !ticked:
		return Done{}, fault.At("secret", fault.New(fault.BadRequest,
			"不承诺保密，不能参加会商。", "Without the pledge of secrecy nobody takes part."))
	}
	if err := pledge(ctx, tx, r.ID, a); err != nil {
		return Done{}, fmt.Errorf("pledge: %w", err)
	}
	if err := r.own(ctx, tx, a, toPledge()); err != nil {
		return Done{}, err
	}
	return Done{ID: r.ID, Child: r.Child, State: r.State, Version: r.Version}, nil
}

// Withdraw takes a proposal back, before anything was granted. Faults: those of begin;
// NotFound for anybody but the proposer.
func Withdraw(ctx context.Context, tx postgres.Tx, a Actor, s Step) (Done, error) {
	r, err := begin(ctx, tx, a, s, "withdrawConsultation")
	if err == nil && r.Proposer != a.Staff {
		err = missing()
	}
	if err != nil {
		return Done{}, err
	}
	if err := task.Finish(ctx, tx, task.Subject{Table: subject, ID: r.ID}, a.Staff, a.Now); err != nil {
		return Done{}, err
	}
	if err := closed(ctx, tx, r.ID, a, ""); err != nil {
		return Done{}, fmt.Errorf("withdraw: %w", err)
	}
	return r.advance(ctx, tx)
}
