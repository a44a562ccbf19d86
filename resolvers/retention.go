package resolvers

import (
	"context"

	"github.com/tongxin-hub/tongxin/graph/model"
	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/retention"
)

// placeHold places a legal hold; the entry names the child that it is about.
func (r *Resolver) placeHold(ctx context.Context, in model.PlaceLegalHoldInput) (*model.PlaceLegalHoldPayload, error) {
	caller := operation(ctx).Question.Caller
	out := &model.PlaceLegalHoldPayload{}
	made, err := r.change(ctx, disclosure.Change{Mutation: "placeLegalHold", Key: in.Key, Input: in}, &out.Hold,
		func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
			order := retention.Order{
				AgencyCode: given(in.AgencyCode), StaffCode: given(in.StaffCode), Since: given(in.Since), Until: given(in.Until),
				OrderedBy: in.OrderedBy, Reason: in.Reason, By: &caller.Staff.ID,
			}
			changed := disclosure.Changed{Reason: in.Reason}
			if child := given(in.Child); child != "" {
				id, err := r.Gate.IDs.DecodeAs(caller.Agency.Code, child, "Child")
				if err != nil {
					return changed, fault.At("child", err)
				}
				order.ChildID, changed.Disclosures = &id, []audit.Disclosure{{ChildID: id}}
			}
			id, err := order.Place(ctx, tx, d.Now)
			changed.Result = r.Gate.IDs.Encode(caller.Agency.Code, "LegalHold", id)
			return changed, err
		})
	out.Entry, out.UserErrors = made.Entry, made.UserErrors
	return out, err
}

// releaseHold ends a legal hold.
func (r *Resolver) releaseHold(ctx context.Context, in model.ReleaseLegalHoldInput) (*model.ReleaseLegalHoldPayload, error) {
	caller := operation(ctx).Question.Caller
	var nothing any
	made, err := r.change(ctx, disclosure.Change{Mutation: "releaseLegalHold", Key: in.Key, Input: in}, &nothing,
		func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
			id, err := r.Gate.IDs.DecodeAs(caller.Agency.Code, in.Hold, "LegalHold")
			if err != nil {
				return disclosure.Changed{}, fault.At("hold", err)
			}
			return disclosure.Changed{Reason: in.Reason},
				retention.Free(ctx, tx, retention.Release{ID: id, Reason: in.Reason, By: &caller.Staff.ID}, d.Now)
		})
	return &model.ReleaseLegalHoldPayload{Entry: made.Entry, UserErrors: made.UserErrors}, err
}
