package resolvers

import (
	"context"

	"github.com/tongxin-hub/tongxin/graph/model"
	"github.com/tongxin-hub/tongxin/internal/aid"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// anAid is an application as what a change is about.
func anAid(mutation, key, id string, in any) disclosure.Change {
	return disclosure.Change{Mutation: mutation, Key: key, Input: in, Subject: disclosure.Subject{ID: id, Type: "EducationAid", Member: "id"}}
}

// moveAid makes a move of an application and fills its payload.
func (r *Resolver) moveAid(ctx context.Context, c disclosure.Change, do work) (*model.EducationAidPayload, error) {
	var got aid.Result
	m, err := r.change(ctx, c, &got, do)
	if err != nil {
		return nil, err
	}
	out := &model.EducationAidPayload{ID: r.public(ctx, "EducationAid", got.ID), Entry: m.Entry, UserErrors: m.UserErrors}
	if got.ID != 0 {
		out.State, out.Version = &got.State, &got.Version
	}
	return out, nil
}

// aidStep makes a move that needs nothing but the version.
func (r *Resolver) aidStep(ctx context.Context, mutation string, in model.EducationAidMoveInput,
	do func(context.Context, postgres.Tx, disclosure.Decided, int) (disclosure.Changed, error),
) (*model.EducationAidPayload, error) {
	return r.moveAid(ctx, anAid(mutation, in.Key, in.ID, in), func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
		return do(ctx, tx, d, in.Version)
	})
}

func (r *Resolver) proposeEducationAid(ctx context.Context, in model.ProposeEducationAidInput) (*model.EducationAidPayload, error) {
	return r.moveAid(ctx, ofChild(aid.ProposeMove, in.Key, in.Child, in), func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
		return aid.Propose(ctx, tx, d, string(in.Kind), in.Term)
	})
}

func (r *Resolver) recordAidConsent(ctx context.Context, in model.RecordAidConsentInput) (*model.EducationAidPayload, error) {
	return r.moveAid(ctx, anAid(aid.ConsentMove, in.Key, in.ID, in), func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
		return aid.Agree(ctx, tx, d, in.Version, aid.Answer{Relation: string(in.Relation), On: in.StatedOn, View: given(in.ChildView)})
	})
}

func (r *Resolver) returnEducationAid(ctx context.Context, in model.ReturnEducationAidInput) (*model.EducationAidPayload, error) {
	return r.moveAid(ctx, anAid(aid.ReturnMove, in.Key, in.ID, in), func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
		return aid.Return(ctx, tx, d, in.Version, string(in.Missing))
	})
}

func (r *Resolver) refuseEducationAid(ctx context.Context, in model.RefuseEducationAidInput) (*model.EducationAidPayload, error) {
	return r.moveAid(ctx, anAid(aid.RefuseMove, in.Key, in.ID, in), func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
		return aid.Refuse(ctx, tx, d, in.Version, string(in.Reason))
	})
}

func (r *Resolver) recordAidNotice(ctx context.Context, in model.RecordAidNoticeInput) (*model.EducationAidPayload, error) {
	return r.moveAid(ctx, anAid(aid.TellMove, in.Key, in.ID, in), func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
		return aid.Tell(ctx, tx, d, in.Version, in.ToldOn)
	})
}

func (r *Resolver) withdrawEducationAid(ctx context.Context, in model.WithdrawEducationAidInput) (*model.EducationAidPayload, error) {
	return r.moveAid(ctx, anAid(aid.WithdrawMove, in.Key, in.ID, in), func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
		return aid.Withdraw(ctx, tx, d, in.Version, string(in.Reason))
	})
}
