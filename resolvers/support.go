package resolvers

import (
	"context"

	"github.com/tongxin-hub/tongxin/graph/model"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/outreach"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/support"
)

// aPlan is a plan of support as what a change is about.
func aPlan(id string) disclosure.Subject {
	return disclosure.Subject{ID: id, Type: "SupportPlan", Member: "id"}
}

// movePlan makes one move of a plan and fills its payload.
func (r *Resolver) movePlan(ctx context.Context, c disclosure.Change, move work) (*model.SupportPlanPayload, error) {
	var to support.Result
	m, err := r.change(ctx, c, &to, move)
	if err != nil {
		return nil, err
	}
	p := &model.SupportPlanPayload{Entry: m.Entry, UserErrors: m.UserErrors}
	if to.ID != 0 {
		id, state := r.Gate.IDs.Encode(operation(ctx).Question.Caller.Agency.Code, "SupportPlan", to.ID), model.PlanState(to.State)
		p.ID, p.State, p.Version = &id, &state, &to.Version
	}
	return p, nil
}

func (r *Resolver) openSupportPlan(ctx context.Context, in model.OpenSupportPlanInput) (*model.SupportPlanPayload, error) {
	subject := disclosure.Subject{ID: in.Child, Type: "Child", Member: "child"}
	return r.movePlan(ctx, disclosure.Change{Mutation: support.OpenMove, Key: in.Key, Input: in, Subject: subject},
		func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
			n, err := facts[support.New](in)
			if err != nil {
				return disclosure.Changed{}, err
			}
			if visit := given(in.Visit); visit != "" {
				if n.Visit, err = r.Gate.IDs.DecodeAs(d.Caller.Agency.Code, visit, "Visit"); err != nil {
					return disclosure.Changed{}, fault.At("visit", err)
				}
			}
			return support.Propose(ctx, tx, d, n)
		})
}

// by is who notes what was done for many.
func by(d disclosure.Decided) outreach.By {
	a := actor(d)
	return outreach.By{Staff: a.Staff, Agency: a.Agency, Role: a.Role, Division: d.Post.DivisionID, Now: a.Now, Today: a.Today}
}

// note notes what was done for many; do does it.
func (r *Resolver) note(ctx context.Context, c disclosure.Change, do work) (*model.ServiceRecordPayload, error) {
	var nothing any
	m, err := r.change(ctx, c, &nothing, do)
	return &model.ServiceRecordPayload{Entry: m.Entry, UserErrors: m.UserErrors}, err
}

// noting is a note that needs nothing but its facts.
func noting[T any](input any, do func(context.Context, postgres.Tx, outreach.By, T) (int64, error)) work {
	return func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
		f, err := facts[T](input)
		if err != nil {
			return disclosure.Changed{}, err
		}
		_, err = do(ctx, tx, by(d), f)
		return disclosure.Changed{Reason: "NOTED"}, err
	}
}
