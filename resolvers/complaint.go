package resolvers

import (
	"context"
	"strings"

	"github.com/tongxin-hub/tongxin/graph/model"
	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/complaint"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/rights"
	"github.com/tongxin-hub/tongxin/policy"
)

// complaintType is the type of complaints, as ids name it.
const complaintType = "Complaint"

// receiveComplaint writes a complaint down; the entry names the child where there is one.
func (r *Resolver) receiveComplaint(ctx context.Context, in model.ReceiveComplaintInput) (*model.ComplaintPayload, error) {
	caller := operation(ctx).Question.Caller
	return r.complained(ctx, disclosure.Change{Mutation: "receiveComplaint", Key: in.Key, Input: in},
		func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (complaint.Done, error) {
			n := complaint.New{
				Role: d.View.Role, About: string(in.About), Words: strings.TrimSpace(in.Words), Officer: in.AboutOfficer,
				New: rights.New{StaffID: caller.Staff.ID, AgencyID: caller.Agency.ID, Relation: given(in.Relation), Day: given(in.ReceivedOn), Now: d.Now},
			}
			if token := in.Token.Value(); token != nil {
				n.Kind, n.Token = string(token.Kind), token.Token
			}
			return complaint.Receive(ctx, tx, n)
		})
}

// complained lets a move of a complaint through the gate and fills its payload. The entry
// names the child it is about, not where the head moves it: the head is told of no child.
func (r *Resolver) complained(ctx context.Context, c disclosure.Change,
	move func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (complaint.Done, error),
) (*model.ComplaintPayload, error) {
	out := &model.ComplaintPayload{}
	made, err := r.change(ctx, c, out, func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
		done, err := move(ctx, tx, d)
		if err != nil {
			return disclosure.Changed{}, err
		}
		id, state := r.Gate.IDs.Encode(d.Caller.Agency.Code, complaintType, done.ID), model.ComplaintState(done.State)
		changed := disclosure.Changed{
			Reason: done.State, Result: model.ComplaintPayload{ID: &id, State: &state, Version: &done.Version, Statement: orNone(done.Statement)},
		}
		if done.ChildID != 0 && d.View.Role == policy.DPO {
			changed.Disclosures = []audit.Disclosure{{ChildID: done.ChildID}}
		}
		return changed, nil
	})
	out.Entry, out.UserErrors = made.Entry, made.UserErrors
	return out, err
}

// stepComplaint moves a complaint in the caller's hand on.
func (r *Resolver) stepComplaint(ctx context.Context, c disclosure.Change, id string, version int,
	step func(ctx context.Context, tx postgres.Tx, c complaint.Case) (complaint.Done, error),
) (*model.ComplaintPayload, error) {
	return r.complained(ctx, c, func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (complaint.Done, error) {
		found, err := r.Gate.IDs.DecodeAs(d.Caller.Agency.Code, id, complaintType)
		if err != nil {
			return complaint.Done{}, fault.At("id", err)
		}
		return step(ctx, tx, complaint.Case{
			ID: found, StaffID: d.Caller.Staff.ID, AgencyID: d.Caller.Agency.ID, Role: d.View.Role, Version: version, Now: d.Now,
		})
	})
}

func (r *Resolver) answerComplaint(ctx context.Context, in model.AnswerComplaintInput) (*model.ComplaintPayload, error) {
	return r.stepComplaint(ctx, disclosure.Change{Mutation: "answerComplaint", Key: in.Key, Input: in}, in.ID, in.Version,
		func(ctx context.Context, tx postgres.Tx, c complaint.Case) (complaint.Done, error) {
			return complaint.Answer(ctx, tx, c, in.Answer)
		})
}

// plainComplaint is a step that needs nothing but the complaint.
func (r *Resolver) plainComplaint(ctx context.Context, mutation string, in model.ComplaintInput,
	step func(ctx context.Context, tx postgres.Tx, c complaint.Case) (complaint.Done, error),
) (*model.ComplaintPayload, error) {
	return r.stepComplaint(ctx, disclosure.Change{Mutation: mutation, Key: in.Key, Input: in}, in.ID, in.Version, step)
}

func (r *Resolver) decideComplaint(ctx context.Context, mutation string, in model.DecideComplaintInput, upheld bool) (*model.ComplaintPayload, error) {
	return r.stepComplaint(ctx, disclosure.Change{Mutation: mutation, Key: in.Key, Input: in}, in.ID, in.Version,
		func(ctx context.Context, tx postgres.Tx, c complaint.Case) (complaint.Done, error) {
			return complaint.Decide(ctx, tx, c, upheld, in.Reason)
		})
}
