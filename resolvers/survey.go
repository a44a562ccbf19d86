package resolvers

import (
	"context"

	"github.com/tongxin-hub/tongxin/graph/model"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/nominating"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/registering"
)

// registration is what a mutation of the register is about.
type registration struct {
	name, key, child string
	input            any
}

// change is what the gate is asked; a move without a child is about what it names.
func (c registration) change() disclosure.Change {
	change := disclosure.Change{Mutation: c.name, Key: c.key, Input: c.input}
	if c.child != "" {
		change.Subject = disclosure.Subject{ID: c.child, Type: "Child", Member: "child"}
	}
	return change
}

// register makes a move of a registration; the payloads of all moves are alike.
func (r *Resolver) register(ctx context.Context, c registration, do work) (*model.RegistrationMovePayload, error) {
	var to registering.Result
	m, err := r.change(ctx, c.change(), &to, do)
	if err != nil {
		return nil, err
	}
	p := &model.RegistrationMovePayload{Entry: m.Entry, UserErrors: m.UserErrors}
	if to.State != "" {
		p.State = &to.State
	}
	if to.Version != 0 {
		p.Version = &to.Version
	}
	return p, nil
}

// claimed is a move of the hand-over that one of the caller's own tasks asks about.
func (r *Resolver) claimed(in model.ClaimMoveInput, do func(context.Context, postgres.Tx, disclosure.Decided, int64) (disclosure.Changed, error)) work {
	return func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
		id, err := r.Gate.IDs.DecodeAs(d.Caller.Agency.Code, in.Task, "Task")
		if err != nil {
			return disclosure.Changed{}, fault.At("task", err)
		}
		return do(ctx, tx, d, id)
	}
}

// merge decides about a proposal to merge.
func (r *Resolver) merge(ctx context.Context, c registration, id string, do work) (*model.MergePayload, error) {
	var to nominating.Result
	change := c.change()
	change.Subject = disclosure.Subject{ID: id, Type: "MergeProposal", Member: "id"}
	m, err := r.change(ctx, change, &to, do)
	if err != nil {
		return nil, err
	}
	p := &model.MergePayload{Entry: m.Entry, UserErrors: m.UserErrors}
	if to.State != "" {
		p.State, p.Version = &to.State, &to.Version
	}
	return p, nil
}
