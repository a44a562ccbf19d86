package resolvers

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"github.com/tongxin-hub/tongxin/graph/model"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/referral"
)

// aReferral is a referral as what a change is about.
func aReferral(mutation, key, id string, in any) disclosure.Change {
	return disclosure.Change{Mutation: mutation, Key: key, Input: in, Subject: disclosure.Subject{ID: id, Type: "PsychReferral", Member: "id"}}
}

// ofChild is a change that names the child.
func ofChild(mutation, key, id string, in any) disclosure.Change {
	return disclosure.Change{Mutation: mutation, Key: key, Input: in, Subject: disclosure.Subject{ID: id, Type: "Child", Member: "child"}}
}

// moveReferral makes a move of a referral and fills its payload.
func (r *Resolver) moveReferral(ctx context.Context, c disclosure.Change, do work) (*model.ReferralPayload, error) {
	var got referral.Result
	m, err := r.change(ctx, c, &got, do)
	if err != nil {
		return nil, err
	}
	out := &model.ReferralPayload{Entry: m.Entry, UserErrors: m.UserErrors}
	if got.State != "" {
		out.State = &got.State
	}
	if got.ID != 0 {
		id := r.Gate.IDs.Encode(operation(ctx).Question.Caller.Agency.Code, "PsychReferral", got.ID)
		out.ID, out.Version = &id, &got.Version
	}
	return out, nil
}

func (r *Resolver) flagReferral(ctx context.Context, in model.FlagReferralInput) (*model.ReferralPayload, error) {
	return r.moveReferral(ctx, ofChild("flagReferral", in.Key, in.Child, in), func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
		return referral.Raise(ctx, tx, d, referral.Flag{Source: string(in.Source), Urgent: in.Urgent})
	})
}

func (r *Resolver) informReferralGuardian(ctx context.Context, in model.InformReferralGuardianInput) (*model.ReferralPayload, error) {
	return r.moveReferral(ctx, ofChild("informReferralGuardian", in.Key, in.Child, in), func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
		return referral.Inform(ctx, tx, d, seen(in.Version), referral.Means{On: in.InformedOn, How: string(in.How), Proof: in.Proof})
	})
}

func (r *Resolver) recordUnreachable(ctx context.Context, in model.RecordUnreachableInput) (*model.ReferralPayload, error) {
	return r.moveReferral(ctx, ofChild("recordUnreachable", in.Key, in.Child, in), func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
		return referral.Unreachable(ctx, tx, d, seen(in.Version))
	})
}

func (r *Resolver) proceedInEmergency(ctx context.Context, in model.ProceedInEmergencyInput) (*model.ReferralPayload, error) {
	return r.moveReferral(ctx, ofChild("proceedInEmergency", in.Key, in.Child, in), func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
		return referral.Proceed(ctx, tx, d, in.Version)
	})
}

// answered is what the guardian said, and the child.
func answered(relation model.Relation, on string, view graphql.Omittable[*model.ChildViewCode]) referral.Answer {
	return referral.Answer{Relation: string(relation), On: on, View: given(view)}
}

func (r *Resolver) recordConsent(ctx context.Context, in model.RecordConsentInput) (*model.ReferralPayload, error) {
	return r.moveReferral(ctx, aReferral("recordConsent", in.Key, in.ID, in), func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
		return referral.Agree(ctx, tx, d, in.Version, answered(in.Relation, in.StatedOn, in.ChildView))
	})
}

func (r *Resolver) recordRefusal(ctx context.Context, in model.RecordRefusalInput) (*model.ReferralPayload, error) {
	return r.moveReferral(ctx, aReferral("recordRefusal", in.Key, in.ID, in), func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
		return referral.Refuse(ctx, tx, d, in.Version, answered(in.Relation, in.StatedOn, in.ChildView))
	})
}

func (r *Resolver) screenReferral(ctx context.Context, in model.ScreenReferralInput) (*model.ReferralPayload, error) {
	return r.moveReferral(ctx, aReferral("screenReferral", in.Key, in.ID, in), func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
		return referral.Screen(ctx, tx, d, in.Version, string(in.Level))
	})
}

func (r *Resolver) planReferral(ctx context.Context, in model.PlanReferralInput) (*model.ReferralPayload, error) {
	plan := referral.Plan{Counsellor: given(in.Counsellor), Note: given(in.Note)}
	for _, m := range in.Measures {
		plan.Measures = append(plan.Measures, string(m))
	}
	return r.moveReferral(ctx, aReferral("planReferral", in.Key, in.ID, in), func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
		return referral.Decide(ctx, tx, d, in.Version, plan)
	})
}

func (r *Resolver) assignReferral(ctx context.Context, in model.AssignReferralInput) (*model.ReferralPayload, error) {
	return r.moveReferral(ctx, aReferral("assignReferral", in.Key, in.ID, in), func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
		return referral.Assign(ctx, tx, d, in.Version, in.Counsellor)
	})
}

func (r *Resolver) referToClinic(ctx context.Context, in model.ReferToClinicInput) (*model.ReferralPayload, error) {
	return r.moveReferral(ctx, aReferral("referToClinic", in.Key, in.ID, in), func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
		return referral.Refer(ctx, tx, d, in.Version, given(in.Escort))
	})
}

func (r *Resolver) giveAdvice(ctx context.Context, in model.GiveAdviceInput) (*model.ReferralPayload, error) {
	return r.moveReferral(ctx, aReferral("giveAdvice", in.Key, in.ID, in), func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
		return referral.Advise(ctx, tx, d, in.Version, referral.Advice{SeenOn: in.FirstSeenOn, Code: string(in.Advice)})
	})
}

func (r *Resolver) followUpReferral(ctx context.Context, in model.FollowUpReferralInput) (*model.ReferralPayload, error) {
	return r.moveReferral(ctx, aReferral("followUpReferral", in.Key, in.ID, in), func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
		return referral.Follow(ctx, tx, d, in.Version, referral.Look{Danger: in.InDanger, Note: given(in.Note)})
	})
}

func (r *Resolver) recordCounselling(ctx context.Context, in model.RecordCounsellingInput) (*model.ReferralPayload, error) {
	return r.moveReferral(ctx, aReferral("recordCounselling", in.Key, in.ID, in), func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
		return referral.Count(ctx, tx, d, referral.Session{On: in.HeldOn, Mode: string(in.Mode)})
	})
}

func (r *Resolver) closeReferral(ctx context.Context, in model.CloseReferralInput) (*model.ReferralPayload, error) {
	return r.moveReferral(ctx, aReferral("closeReferral", in.Key, in.ID, in), func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
		return referral.Close(ctx, tx, d, in.Version, string(in.Outcome))
	})
}
