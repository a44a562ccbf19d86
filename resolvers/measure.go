package resolvers

import (
	"context"

	"github.com/tongxin-hub/tongxin/graph/model"
	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/measure"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// decideMeasure makes one move of a shield or placement; do does it with the internal id.
func (r *Resolver) decideMeasure(ctx context.Context, c disclosure.Change, id string,
	do func(ctx context.Context, tx postgres.Tx, a measure.Actor, id int64) (measure.Done, error),
) (*model.MeasurePayload, error) {
	var got reportMoved
	made, err := r.change(ctx, c, &got, func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
		n, err := r.Gate.IDs.DecodeAs(d.Caller.Agency.Code, id, "ProtectiveMeasure")
		if err != nil {
			return disclosure.Changed{}, fault.At("id", err)
		}
		done, err := do(ctx, tx, actor(d), n)
		if err != nil {
			return disclosure.Changed{}, err
		}
		return disclosure.Changed{
			Reason: done.State, Result: reportMoved{id, done.State, done.Version},
			Disclosures: []audit.Disclosure{{ChildID: done.Child, Bases: []string{done.Basis}}},
		}, nil
	})
	out := &model.MeasurePayload{Entry: made.Entry, UserErrors: made.UserErrors}
	if got.ID != "" {
		state := model.MeasureState(got.State)
		out.ID, out.State, out.Version = &got.ID, &state, &got.Version
	}
	return out, err
}

// noteMeasure is a move that says no more than its reason.
func (r *Resolver) noteMeasure(ctx context.Context, mutation string, in model.MeasureNoteInput,
	do func(ctx context.Context, tx postgres.Tx, a measure.Actor, s measure.Step) (measure.Done, error),
) (*model.MeasurePayload, error) {
	return r.decideMeasure(ctx, disclosure.Change{Mutation: mutation, Key: in.Key, Input: in}, in.ID,
		func(ctx context.Context, tx postgres.Tx, a measure.Actor, id int64) (measure.Done, error) {
			return do(ctx, tx, a, measure.Step{Measure: id, Version: in.Version, Note: in.Note})
		})
}

func (r *Resolver) proposeLifting(ctx context.Context, in model.ProposeLiftingInput) (*model.MeasurePayload, error) {
	return r.decideMeasure(ctx, disclosure.Change{Mutation: measure.ProposeMove, Key: in.Key, Input: in}, in.ID,
		func(ctx context.Context, tx postgres.Tx, a measure.Actor, id int64) (measure.Done, error) {
			return measure.Propose(ctx, tx, a, measure.Lifting{Step: measure.Step{Measure: id, Version: in.Version, Note: in.Note}, To: given(in.To)})
		})
}

func (r *Resolver) replaceHandler(ctx context.Context, in model.ReplaceHandlerInput) (*model.MeasurePayload, error) {
	return r.decideMeasure(ctx, disclosure.Change{Mutation: measure.ReplaceMove, Key: in.Key, Input: in}, in.ID,
		func(ctx context.Context, tx postgres.Tx, a measure.Actor, id int64) (measure.Done, error) {
			return measure.Replace(ctx, tx, a, measure.Replacement{
				Step: measure.Step{Measure: id, Version: in.Version, Note: in.Note}, Leaving: given(in.Leaving), Successor: in.Successor,
			})
		})
}
