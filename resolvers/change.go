package resolvers

import (
	"context"
	"strings"

	"github.com/tongxin-hub/tongxin/graph/model"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// made is what a payload says of its change: the entry that records it, and what
// the person can mend; then nothing was changed.
type made struct {
	Entry      *string
	UserErrors []*model.UserError
}

// work is what an area does for a mutation, inside the transaction of its entry.
type work = func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error)

// change lets a mutation through the gate; result takes what the area returned. What
// the person can mend comes back as user errors, everything else as a fault.
func (r *Resolver) change(ctx context.Context, c disclosure.Change, result any, do work) (made, error) {
	op := operation(ctx)
	receipt, err := r.Gate.Change(ctx, op.Question, op.Access, c, result, do)
	if err == nil {
		op.Receipt = receipt
		return made{Entry: &receipt.Entry, UserErrors: []*model.UserError{}}, nil
	}
	switch fault.CodeOf(err) {
	case fault.BadRequest, fault.Conflict, fault.Forbidden, fault.NotFound:
		return r.unmade(ctx, op, err)
	default: // one the person cannot mend
		return made{}, err
	}
}

// unmade records the attempt and says what stood in the way.
func (r *Resolver) unmade(ctx context.Context, op *Operation, cause error) (made, error) {
	receipt, err := r.Gate.Decline(ctx, op.Question, op.Access, cause)
	if err != nil {
		return made{}, err
	}
	op.Receipt = receipt
	public := fault.Public(cause)
	path := []string{"input"}
	if public.Member != "" {
		path = append(path, strings.Split(public.Member, ".")...)
	}
	return made{Entry: &receipt.Entry, UserErrors: []*model.UserError{{
		Message: public.Sentence(), Path: path, Code: string(public.Code),
	}}}, nil
}
