package resolvers

import (
	"context"

	"github.com/tongxin-hub/tongxin/graph/model"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/withdrawal"
)

func (r *Resolver) withdrawConsent(ctx context.Context, in model.WithdrawConsentInput) (*model.WithdrawConsentPayload, error) {
	var got withdrawal.Result
	m, err := r.change(ctx, ofChild(withdrawal.Move, in.Key, in.Child, in), &got, func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
		return withdrawal.Withdraw(ctx, tx, d, withdrawal.Statement{Kind: string(in.Kind), Relation: string(in.Relation), On: in.StatedOn})
	})
	out := &model.WithdrawConsentPayload{Entry: m.Entry, UserErrors: m.UserErrors}
	if got.State != "" {
		out.State = &got.State
	}
	return out, err
}
