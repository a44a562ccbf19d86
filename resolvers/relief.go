package resolvers

import (
	"context"

	"github.com/tongxin-hub/tongxin/graph/model"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/relief"
)

// aRelief is an application as what a change is about.
func aRelief(mutation, key, id string, in any) disclosure.Change {
	return disclosure.Change{Mutation: mutation, Key: key, Input: in, Subject: disclosure.Subject{ID: id, Type: "ReliefApplication", Member: "id"}}
}

// moveRelief makes a move of an application and fills its payload.
func (r *Resolver) moveRelief(ctx context.Context, c disclosure.Change, do work) (*model.ReliefPayload, error) {
	var got relief.Result
	m, err := r.change(ctx, c, &got, do)
	if err != nil {
		return nil, err
	}
	out := &model.ReliefPayload{Entry: m.Entry, UserErrors: m.UserErrors}
	if got.ID != 0 {
		id := r.Gate.IDs.Encode(operation(ctx).Question.Caller.Agency.Code, "ReliefApplication", got.ID)
		out.ID, out.State, out.Version = &id, &got.State, &got.Version
	}
	return out, nil
}

// reliefStep makes a move that needs nothing but the version.
func (r *Resolver) reliefStep(ctx context.Context, mutation string, in model.ReliefMoveInput,
	do func(context.Context, postgres.Tx, disclosure.Decided, int) (disclosure.Changed, error),
) (*model.ReliefPayload, error) {
	return r.moveRelief(ctx, aRelief(mutation, in.Key, in.ID, in), func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
		return do(ctx, tx, d, in.Version)
	})
}

func (r *Resolver) findNeed(ctx context.Context, in model.FindNeedInput) (*model.ReliefPayload, error) {
	return r.moveRelief(ctx, ofChild("findNeed", in.Key, in.Child, in), func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
		return relief.Find(ctx, tx, d, string(in.Reason))
	})
}

func (r *Resolver) applyForRelief(ctx context.Context, in model.ApplyForReliefInput) (*model.ReliefPayload, error) {
	return r.moveRelief(ctx, aRelief("applyForRelief", in.Key, in.ID, in), func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
		return relief.Apply(ctx, tx, d, in.Version, relief.Application{Relation: string(in.ApplicantRelation), Account: in.Account, Urgent: in.Urgent})
	})
}

func (r *Resolver) payUrgently(ctx context.Context, in model.PayUrgentlyInput) (*model.ReliefPayload, error) {
	return r.moveRelief(ctx, aRelief("payUrgently", in.Key, in.ID, in), func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
		return relief.Advance(ctx, tx, d, in.Version, in.Amount)
	})
}

func (r *Resolver) checkRelief(ctx context.Context, in model.CheckReliefInput) (*model.ReliefPayload, error) {
	return r.moveRelief(ctx, aRelief("checkRelief", in.Key, in.ID, in), func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
		return relief.Check(ctx, tx, d, in.Version, relief.Finding{VisitedOn: in.VisitedOn, Economy: string(in.Economy)})
	})
}

func (r *Resolver) publishRelief(ctx context.Context, in model.PublishReliefInput) (*model.ReliefPayload, error) {
	return r.moveRelief(ctx, aRelief("publishRelief", in.Key, in.ID, in), func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
		return relief.Publish(ctx, tx, d, in.Version, in.Amount)
	})
}

func (r *Resolver) proposeNoPublicity(ctx context.Context, in model.ProposeNoPublicityInput) (*model.ReliefPayload, error) {
	return r.moveRelief(ctx, aRelief("proposeNoPublicity", in.Key, in.ID, in), func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
		return relief.Hush(ctx, tx, d, in.Version, relief.Quiet{Amount: in.Amount, Reason: string(in.Reason)})
	})
}

func (r *Resolver) recordObjection(ctx context.Context, in model.RecordObjectionInput) (*model.ReliefPayload, error) {
	return r.moveRelief(ctx, aRelief("recordObjection", in.Key, in.ID, in), func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
		return relief.Object(ctx, tx, d, in.Version, relief.Objection{On: in.ObjectedOn, Ground: string(in.Ground)})
	})
}

func (r *Resolver) decideRelief(ctx context.Context, in model.DecideReliefInput) (*model.ReliefPayload, error) {
	return r.moveRelief(ctx, aRelief("decideRelief", in.Key, in.ID, in), func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
		return relief.Grant(ctx, tx, d, in.Version, in.Amount)
	})
}

func (r *Resolver) refuseRelief(ctx context.Context, in model.RefuseReliefInput) (*model.ReliefPayload, error) {
	return r.moveRelief(ctx, aRelief("refuseRelief", in.Key, in.ID, in), func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
		return relief.Reject(ctx, tx, d, in.Version, string(in.Reason))
	})
}
