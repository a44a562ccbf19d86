package resolvers

import (
	"context"

	"github.com/tongxin-hub/tongxin/graph/model"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/moving"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// handedOver is a hand-over; what goes to another hub is read by the caller's own rights.
func (r *Resolver) handedOver(in model.HandOverInput) work {
	return saying(in, func(ctx context.Context, tx postgres.Tx, d disclosure.Decided, facts moving.Handing) (disclosure.Changed, error) {
		return r.Moves.HandOver(ctx, tx, d, facts, func(ctx context.Context) ([]byte, error) {
			op := operation(ctx)
			answer, err := r.Gate.ReadFor(ctx, op.Question, op.Access, r.Minimum, map[string]any{"child": in.Child})
			if err != nil {
				return nil, err
			}
			return answer.Data(), nil
		})
	})
}

// refused is a child that is not accepted.
func (r *Resolver) refused(in model.RefuseTransferInput) work {
	return func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
		return r.Moves.Refuse(ctx, tx, d, string(in.Reason))
	}
}
