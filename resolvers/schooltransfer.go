package resolvers

import (
	"context"

	"github.com/tongxin-hub/tongxin/graph/model"
	"github.com/tongxin-hub/tongxin/internal/carechange"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/schooltransfer"
)

// schoolTransfer makes a move of a change of school; the payloads of all moves are alike.
func (r *Resolver) schoolTransfer(ctx context.Context, c registration, do work) (*model.SchoolTransferPayload, error) {
	var to schooltransfer.Result
	m, err := r.change(ctx, c.change(), &to, do)
	if err != nil {
		return nil, err
	}
	p := &model.SchoolTransferPayload{Entry: m.Entry, UserErrors: m.UserErrors}
	if to.State != "" {
		p.State, p.Version = &to.State, &to.Version
	}
	return p, nil
}

// schoolStep is a move that needs nothing but the version.
func (r *Resolver) schoolStep(ctx context.Context, name string, in model.SchoolTransferMoveInput,
	do func(context.Context, postgres.Tx, disclosure.Decided, int) (disclosure.Changed, error),
) (*model.SchoolTransferPayload, error) {
	return r.schoolTransfer(ctx, registration{name, in.Key, in.Child, in}, step(in.Version, do))
}

// arrival is what the new school says of the number on a paper.
func (r *Resolver) arrival(ctx context.Context, name string, in model.ArrivalInput,
	do func(context.Context, postgres.Tx, disclosure.Decided, string) (disclosure.Changed, error),
) (*model.SchoolTransferPayload, error) {
	return r.schoolTransfer(ctx, registration{name, in.Key, "", in}, func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
		return do(ctx, tx, d, in.Reference)
	})
}

// careChange makes a move of a change of caregiver.
func (r *Resolver) careChange(ctx context.Context, c registration, do work) (*model.CareChangePayload, error) {
	var to carechange.Result
	m, err := r.change(ctx, c.change(), &to, do)
	if err != nil {
		return nil, err
	}
	p := &model.CareChangePayload{Entry: m.Entry, UserErrors: m.UserErrors}
	if to.State != "" {
		p.State, p.Version = &to.State, &to.Version
	}
	return p, nil
}
