package resolvers

import (
	"context"

	"github.com/tongxin-hub/tongxin/graph/model"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/registering"
)

// registration is what a mutation of the register is about.
type registration struct {
	name, key, child string
	input            any
}

// register makes a move of a registration; the payloads of all moves are alike.
func (r *Resolver) register(ctx context.Context, c registration, do work) (*model.RegistrationMovePayload, error) {
	change := disclosure.Change{Mutation: c.name, Key: c.key, Input: c.input}
	if c.child != "" {
		change.Subject = disclosure.Subject{ID: c.child, Type: "Child", Member: "child"}
	}
	var to registering.Result
	m, err := r.change(ctx, change, &to, do)
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
