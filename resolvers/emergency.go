package resolvers

import (
	"context"
	"time"

	"github.com/tongxin-hub/tongxin/graph/model"
	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/emergency"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// broken is what the key of an emergency keeps.
type broken struct {
	Child, Ticket string
	Expires       time.Time
}

func (r *Resolver) openEmergency(ctx context.Context, in model.OpenEmergencyInput) (*model.OpenEmergencyPayload, error) {
	var got broken
	made, err := r.change(ctx, disclosure.Change{Mutation: "openEmergency", Key: in.Key, Input: in}, &got,
		func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
			if message := badStatement(in.Reason); message != "" {
				return disclosure.Changed{}, fault.At("reason", fault.New(fault.BadRequest, message, "Write 10 to 200 characters, without long numbers."))
			}
			who, err := r.whom(ctx, in.Child, in.Token)
			if err == nil && (who.child.ChildID == 0) == (who.token == nil) {
				err = fault.At("child", fault.New(fault.BadRequest, "请用编号或关联令牌指明一个孩子。", "Name one child, by id or by join token."))
			}
			if err != nil {
				return disclosure.Changed{}, err
			}
			o, err := emergency.Open(ctx, tx, emergency.New{
				Staff: d.Caller.Staff.ID, Agency: d.Caller.Agency.ID, Child: who.child.ChildID, Kind: who.kind, Token: who.token,
				Reason: in.Reason, Now: d.Now,
			})
			return disclosure.Changed{
				Result: broken{r.Gate.IDs.Encode(d.Caller.Agency.Code, "Child", o.Child), o.Ticket, o.Expires},
				Reason: in.Reason, Disclosures: []audit.Disclosure{{ChildID: o.Child, Bases: []string{"emergency"}}},
			}, err
		})
	out := &model.OpenEmergencyPayload{Entry: made.Entry, UserErrors: made.UserErrors}
	if got.Ticket != "" {
		expires := got.Expires.Format(time.RFC3339)
		out.Child, out.Ticket, out.ExpiresAt = &got.Child, &got.Ticket, &expires
	}
	return out, err
}
