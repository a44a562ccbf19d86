package resolvers

import (
	"context"

	"github.com/tongxin-hub/tongxin/graph/model"
	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/rights"
	"github.com/tongxin-hub/tongxin/policy"
)

// receiveInquiry writes a question down; the entry names the child it is about.
func (r *Resolver) receiveInquiry(ctx context.Context, in model.ReceiveInquiryInput) (*model.InquiryPayload, error) {
	caller := operation(ctx).Question.Caller
	out := &model.InquiryPayload{}
	made, err := r.change(ctx, disclosure.Change{Mutation: "receiveInquiry", Key: in.Key, Input: in}, out,
		func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
			n := rights.New{
				StaffID: caller.Staff.ID, AgencyID: caller.Agency.ID, Relation: given(in.Relation), Day: given(in.ReceivedOn), Now: d.Now,
			}
			if token := in.Token.Value(); token != nil {
				n.Kind, n.Token = string(token.Kind), token.Token
			}
			if follows := given(in.Follows); follows != "" {
				id, err := r.Gate.IDs.DecodeAs(caller.Agency.Code, follows, "AccessInquiry")
				if err != nil {
					return disclosure.Changed{}, fault.At("follows", err)
				}
				n.Follows = &id
			}
			id, child, err := rights.Receive(ctx, tx, n)
			return disclosure.Changed{
				Result: r.inquiryAt(caller.Agency.Code, id, rights.Received), Disclosures: []audit.Disclosure{{ChildID: child}},
			}, err
		})
	out.Entry, out.UserErrors = made.Entry, made.UserErrors
	return out, err
}

// inquiryAt is what a step answers with.
func (r *Resolver) inquiryAt(agency string, id int64, state string) *model.InquiryPayload {
	public, at := r.Gate.IDs.Encode(agency, "AccessInquiry", id), model.InquiryState(state)
	return &model.InquiryPayload{Inquiry: &public, State: &at}
}

// inquiryStep is what an area does for one step.
type inquiryStep func(ctx context.Context, tx postgres.Tx, c rights.Case) (rights.Done, error)

// stepInquiry moves an inquiry of the officer's on. The entry names the child, and
// says so where the answer holds the statement about it.
func (r *Resolver) stepInquiry(ctx context.Context, c disclosure.Change, inquiry string, step inquiryStep) (*model.InquiryPayload, error) {
	caller := operation(ctx).Question.Caller
	out := &model.InquiryPayload{}
	made, err := r.change(ctx, c, out, func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
		id, err := r.Gate.IDs.DecodeAs(caller.Agency.Code, inquiry, "AccessInquiry")
		if err != nil {
			return disclosure.Changed{}, fault.At("inquiry", err)
		}
		done, err := step(ctx, tx, rights.Case{ID: id, StaffID: caller.Staff.ID, Now: d.Now})
		if err != nil {
			return disclosure.Changed{}, err
		}
		payload, told := r.inquiryAt(caller.Agency.Code, id, done.State), audit.Disclosure{ChildID: done.ChildID}
		if done.Statement != "" {
			payload.Statement = &done.Statement
			told.Bases = []string{string(policy.Caller), string(policy.RightsAsked)} // the inquiry is the officer's
			told.Shown = audit.NewSet([]audit.Shown{{Coordinate: "AccessInquiry.statement", Form: policy.Full.String()}})
		}
		return disclosure.Changed{Result: payload, Reason: done.State, Disclosures: []audit.Disclosure{told}}, nil
	})
	out.Entry, out.UserErrors = made.Entry, made.UserErrors
	return out, err
}

func (r *Resolver) checkIdentity(ctx context.Context, in model.CheckIdentityInput) (*model.InquiryPayload, error) {
	return r.stepInquiry(ctx, disclosure.Change{Mutation: "checkIdentity", Key: in.Key, Input: in}, in.Inquiry,
		func(ctx context.Context, tx postgres.Tx, c rights.Case) (rights.Done, error) {
			return rights.CheckIdentity(ctx, tx, c, rights.Identity{Proof: string(in.Proof), Standing: string(in.Standing)})
		})
}

func (r *Resolver) checkConflict(ctx context.Context, in model.CheckConflictInput) (*model.InquiryPayload, error) {
	return r.stepInquiry(ctx, disclosure.Change{Mutation: "checkConflict", Key: in.Key, Input: in}, in.Inquiry,
		func(ctx context.Context, tx postgres.Tx, c rights.Case) (rights.Done, error) {
			return rights.CheckConflict(ctx, tx, c, in.CourtLimited)
		})
}

func (r *Resolver) refuseInquiry(ctx context.Context, in model.RefuseInquiryInput) (*model.InquiryPayload, error) {
	return r.stepInquiry(ctx, disclosure.Change{Mutation: "refuseInquiry", Key: in.Key, Input: in}, in.Inquiry,
		func(ctx context.Context, tx postgres.Tx, c rights.Case) (rights.Done, error) {
			return rights.Refuse(ctx, tx, c, rights.Refusal{Reason: string(in.Reason), Explanation: given(in.Explanation)})
		})
}

// plainStep is a step that needs nothing but the inquiry.
func (r *Resolver) plainStep(ctx context.Context, mutation string, in model.InquiryInput, step inquiryStep) (*model.InquiryPayload, error) {
	return r.stepInquiry(ctx, disclosure.Change{Mutation: mutation, Key: in.Key, Input: in}, in.Inquiry, step)
}

// named adds the labels of roles and purposes to a step.
func (r *Resolver) named(step func(ctx context.Context, tx postgres.Tx, c rights.Case, n rights.Names) (rights.Done, error)) inquiryStep {
	return func(ctx context.Context, tx postgres.Tx, c rights.Case) (rights.Done, error) {
		p, err := r.Gate.Policies.Current()
		if err != nil {
			return rights.Done{}, err
		}
		return step(ctx, tx, c, rights.NamesOf(policy.Roles(), p.Purposes()))
	}
}
