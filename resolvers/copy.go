package resolvers

import (
	"context"
	"strings"

	"github.com/tongxin-hub/tongxin/graph/model"
	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/extract"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/rights"
)

// The types of requests and of their parts, as ids name them.
const (
	copyRequest = "CopyRequest"
	copyPart    = "CopyPart"
)

// book is what summaries are made from: the catalogue, and the policy in force.
func (r *Resolver) book() (extract.Book, error) {
	p, err := r.Gate.Policies.Current()
	if err != nil {
		return extract.Book{}, err
	}
	return extract.Book{Held: r.Gate.Catalog.Holdings(), Policy: p}, nil
}

// receiveCopyRequest writes a request down; the entry names the child.
func (r *Resolver) receiveCopyRequest(ctx context.Context, in model.ReceiveCopyRequestInput) (*model.CopyRequestPayload, error) {
	caller := operation(ctx).Question.Caller
	return r.copied(ctx, disclosure.Change{Mutation: "receiveCopyRequest", Key: in.Key, Input: in},
		func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (extract.Done, error) {
			n := extract.New{What: string(in.Kind), New: rights.New{
				StaffID: caller.Staff.ID, AgencyID: caller.Agency.ID, Relation: given(in.Relation), Day: given(in.ReceivedOn), Now: d.Now,
			}}
			if token := in.Token.Value(); token != nil {
				n.Kind, n.Token = string(token.Kind), token.Token
			}
			if follows := given(in.Follows); follows != "" {
				id, err := r.Gate.IDs.DecodeAs(caller.Agency.Code, follows, copyRequest)
				if err != nil {
					return extract.Done{}, fault.At("follows", err)
				}
				n.Follows = &id
			}
			return extract.Receive(ctx, tx, n)
		})
}

// copied lets a move of a request through the gate and fills its payload. The entry names
// the child.
func (r *Resolver) copied(ctx context.Context, c disclosure.Change,
	move func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (extract.Done, error),
) (*model.CopyRequestPayload, error) {
	out := &model.CopyRequestPayload{}
	made, err := r.change(ctx, c, out, func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
		done, err := move(ctx, tx, d)
		if err != nil {
			return disclosure.Changed{}, err
		}
		id, state := r.Gate.IDs.Encode(d.Caller.Agency.Code, copyRequest, done.ID), model.CopyRequestState(done.State)
		payload := model.CopyRequestPayload{ID: &id, State: &state, Version: &done.Version, Statement: orNone(done.Statement)}
		return disclosure.Changed{Result: payload, Reason: done.State, Disclosures: []audit.Disclosure{{ChildID: done.ChildID}}}, nil
	})
	out.Entry, out.UserErrors = made.Entry, made.UserErrors
	return out, err
}

// orNone is a text, null for none.
func orNone(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// stepCopy moves a request of the officer's on.
func (r *Resolver) stepCopy(ctx context.Context, c disclosure.Change, id string, version int,
	step func(ctx context.Context, tx postgres.Tx, c extract.Case) (extract.Done, error),
) (*model.CopyRequestPayload, error) {
	return r.copied(ctx, c, func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (extract.Done, error) {
		request, err := r.Gate.IDs.DecodeAs(d.Caller.Agency.Code, id, copyRequest)
		if err != nil {
			return extract.Done{}, fault.At("id", err)
		}
		return step(ctx, tx, extract.Case{Case: rights.Case{ID: request, StaffID: d.Caller.Staff.ID, Now: d.Now}, Version: version})
	})
}

func (r *Resolver) checkCopyRequest(ctx context.Context, in model.CheckCopyRequestInput) (*model.CopyRequestPayload, error) {
	return r.stepCopy(ctx, disclosure.Change{Mutation: "checkCopyRequest", Key: in.Key, Input: in}, in.ID, in.Version,
		func(ctx context.Context, tx postgres.Tx, c extract.Case) (extract.Done, error) {
			return extract.Check(ctx, tx, c, rights.Identity{Proof: string(in.Proof), Standing: string(in.Standing)}, in.CourtLimited)
		})
}

func (r *Resolver) refuseCopyRequest(ctx context.Context, in model.RefuseCopyRequestInput) (*model.CopyRequestPayload, error) {
	return r.stepCopy(ctx, disclosure.Change{Mutation: "refuseCopyRequest", Key: in.Key, Input: in}, in.ID, in.Version,
		func(ctx context.Context, tx postgres.Tx, c extract.Case) (extract.Done, error) {
			return extract.Refuse(ctx, tx, c, rights.Refusal{Reason: string(in.Reason), Explanation: given(in.Explanation)})
		})
}

// booked is a step that needs what the hub holds and the policy in force.
func (r *Resolver) booked(ctx context.Context, mutation string, in model.CopyRequestInput,
	step func(ctx context.Context, tx postgres.Tx, c extract.Case, b extract.Book) (extract.Done, error),
) (*model.CopyRequestPayload, error) {
	return r.stepCopy(ctx, disclosure.Change{Mutation: mutation, Key: in.Key, Input: in}, in.ID, in.Version,
		func(ctx context.Context, tx postgres.Tx, c extract.Case) (extract.Done, error) {
			b, err := r.book()
			if err != nil {
				return extract.Done{}, err
			}
			return step(ctx, tx, c, b)
		})
}

// answerForCopy notes what a source agency answers for its part. The entry names the child.
func (r *Resolver) answerForCopy(ctx context.Context, c disclosure.Change, id string, reply extract.Reply,
	answer func(ctx context.Context, tx postgres.Tx, reply extract.Reply) (extract.Done, error),
) (*model.CopyPartPayload, error) {
	out := &model.CopyPartPayload{}
	made, err := r.change(ctx, c, out, func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
		part, err := r.Gate.IDs.DecodeAs(d.Caller.Agency.Code, id, copyPart)
		if err != nil {
			return disclosure.Changed{}, fault.At("id", err)
		}
		reply.ID, reply.StaffID, reply.AgencyID, reply.Now = part, d.Caller.Staff.ID, d.Caller.Agency.ID, d.Now
		done, err := answer(ctx, tx, reply)
		if err != nil {
			return disclosure.Changed{}, err
		}
		state := model.CopyPartState(done.State)
		payload := model.CopyPartPayload{ID: &id, State: &state, Version: &done.Version}
		return disclosure.Changed{Result: payload, Reason: done.State, Disclosures: []audit.Disclosure{{ChildID: done.ChildID}}}, nil
	})
	out.Entry, out.UserErrors = made.Entry, made.UserErrors
	return out, err
}

func (r *Resolver) handOutCopy(ctx context.Context, in model.HandOutCopyInput) (*model.CopyPartPayload, error) {
	return r.answerForCopy(ctx, disclosure.Change{Mutation: "handOutCopy", Key: in.Key, Input: in}, in.ID,
		extract.Reply{Version: in.Version, Proof: string(in.Proof)}, extract.HandOut)
}

func (r *Resolver) refuseCopy(ctx context.Context, in model.RefuseCopyInput) (*model.CopyPartPayload, error) {
	return r.answerForCopy(ctx, disclosure.Change{Mutation: "refuseCopy", Key: in.Key, Input: in}, in.ID,
		extract.Reply{Version: in.Version, Reason: strings.TrimSpace(in.Reason)}, extract.Decline)
}
