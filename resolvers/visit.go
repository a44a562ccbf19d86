package resolvers

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/tongxin-hub/tongxin/graph/model"
	"github.com/tongxin-hub/tongxin/internal/concern"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/moving"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/registering"
	"github.com/tongxin-hub/tongxin/internal/schooltransfer"
	"github.com/tongxin-hub/tongxin/internal/visiting"
)

// facts reads what an input says into the type of an area that names it likewise.
func facts[T any](input any) (T, error) {
	var out T
	text, err := json.Marshal(input)
	if err != nil {
		return out, err
	}
	return out, json.Unmarshal(text, &out)
}

// moveVisit makes one move of a visit; the payloads of all moves are alike.
func (r *Resolver) moveVisit(ctx context.Context, c disclosure.Change, move work) (*model.SubmitVisitPayload, error) {
	var to visiting.Result
	m, err := r.change(ctx, c, &to, move)
	if err != nil {
		return nil, err
	}
	p := &model.SubmitVisitPayload{Entry: m.Entry, UserErrors: m.UserErrors}
	if to.State != "" {
		state := model.VisitState(to.State)
		p.ID, p.State, p.Version = &c.Subject.ID, &state, &to.Version
		if to.ID != 0 {
			began := r.Gate.IDs.Encode(operation(ctx).Question.Caller.Agency.Code, "Visit", to.ID)
			p.ID = &began
		}
	}
	return p, nil
}

// visit is a visit as what a change is about.
func visit(id string) disclosure.Subject { return disclosure.Subject{ID: id, Type: "Visit"} }

// step is a move that needs no more than the version that was read.
func step(version int, move func(context.Context, postgres.Tx, disclosure.Decided, int) (disclosure.Changed, error)) work {
	return func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
		return move(ctx, tx, d, version)
	}
}

// saying is a move that needs facts, as the input says them.
func saying[T any](input any, move func(context.Context, postgres.Tx, disclosure.Decided, T) (disclosure.Changed, error)) work {
	return func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
		f, err := facts[T](input)
		if err != nil {
			return disclosure.Changed{}, err
		}
		return move(ctx, tx, d, f)
	}
}

// confirmRisk sets the risk of a child.
func (r *Resolver) confirmRisk(ctx context.Context, in model.ConfirmRiskInput) (*model.ConfirmRiskPayload, error) {
	var to visiting.Result
	m, err := r.change(ctx, disclosure.Change{Mutation: visiting.ConfirmRiskMove, Key: in.Key, Input: in, Subject: disclosure.Subject{ID: in.Child, Type: "Child"}}, &to, saying(in, visiting.ConfirmRisk))
	if err != nil {
		return nil, err
	}
	p := &model.ConfirmRiskPayload{Entry: m.Entry, UserErrors: m.UserErrors}
	if to.Version != 0 {
		p.Version = &to.Version
	}
	return p, nil
}

// planUrgentVisit plans a visit of a child.
func (r *Resolver) planUrgentVisit(ctx context.Context, in model.PlanUrgentVisitInput) (*model.PlanUrgentVisitPayload, error) {
	p, err := r.moveVisit(ctx, disclosure.Change{
		Mutation: visiting.UrgentMove, Key: in.Key, Input: in, Subject: disclosure.Subject{ID: in.Child, Type: "Child", Member: "child"},
	}, visiting.PlanUrgent)
	return (*model.PlanUrgentVisitPayload)(p), err
}

// answerConcern ends one of the caller's own tasks.
func (r *Resolver) answerConcern(ctx context.Context, in model.AnswerConcernInput) (*model.AnswerConcernPayload, error) {
	var outcome string
	m, err := r.change(ctx, disclosure.Change{Mutation: visiting.AnswerMove, Key: in.Key, Input: in}, &outcome,
		func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
			id, err := r.Gate.IDs.DecodeAs(d.Caller.Agency.Code, in.Task, "Task")
			if err != nil {
				return disclosure.Changed{}, fault.At("task", err)
			}
			more := slices.Concat(visiting.Answered(), registering.Answered(), moving.Answered(), schooltransfer.Answered())
			return concern.Answer(ctx, tx, d, concern.Ending{Task: id, Outcome: in.Outcome.String()}, more...)
		})
	if err != nil {
		return nil, err
	}
	return &model.AnswerConcernPayload{Entry: m.Entry, UserErrors: m.UserErrors}, nil
}
