package resolvers

import (
	"context"

	"github.com/tongxin-hub/tongxin/graph/model"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/opening"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// settleOpeningAbsence says what became of a child.
func (r *Resolver) settleOpeningAbsence(ctx context.Context, in model.SettleOpeningAbsenceInput) (*model.OpeningPayload, error) {
	var got opening.Result
	m, err := r.change(ctx, disclosure.Change{Mutation: "settleOpeningAbsence", Key: in.Key, Input: in, Subject: disclosure.Subject{ID: in.ID, Type: "OpeningAbsence", Member: "id"}}, &got,
		func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
			s := opening.Settlement{Version: in.Version, Outcome: string(in.Outcome)}
			if proof := in.Evidence.Value(); proof != nil {
				s.Evidence = string(*proof)
			}
			return opening.Settle(ctx, tx, d, s)
		})
	out := &model.OpeningPayload{Entry: m.Entry, UserErrors: m.UserErrors}
	if got.State != "" {
		state := model.OpeningState(got.State)
		out.State, out.Version = &state, &got.Version
	}
	return out, err
}
