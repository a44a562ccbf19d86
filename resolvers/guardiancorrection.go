package resolvers

import (
	"context"
	"strings"

	"github.com/tongxin-hub/tongxin/graph/model"
	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/rights"
)

// guardianCorrection is the type of requests, as ids name it.
const guardianCorrection = "GuardianCorrection"

// receiveGuardianCorrection writes a request down; the entry names the child.
func (r *Resolver) receiveGuardianCorrection(ctx context.Context, in model.ReceiveGuardianCorrectionInput) (*model.GuardianCorrectionPayload, error) {
	caller := operation(ctx).Question.Caller
	out := &model.GuardianCorrectionPayload{}
	made, err := r.change(ctx, disclosure.Change{Mutation: "receiveGuardianCorrection", Key: in.Key, Input: in}, out,
		func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
			n := rights.NewCorrection{
				Coordinate: in.Coordinate, Place: r.Gate.Catalog.Place(in.Coordinate), Reason: strings.TrimSpace(in.Reason), Proposed: strings.TrimSpace(given(in.Proposed)), Erase: in.Erase,
				New: rights.New{
					StaffID: caller.Staff.ID, AgencyID: caller.Agency.ID, Kind: string(in.Token.Kind), Token: in.Token.Token,
					Relation: string(in.Relation), Day: given(in.ReceivedOn), Now: d.Now,
				},
			}
			id, child, err := rights.ReceiveCorrection(ctx, tx, n)
			return disclosure.Changed{
				Result: r.requestAt(caller.Agency.Code, id, rights.Received), Disclosures: []audit.Disclosure{{ChildID: child}}, Requested: []string{in.Coordinate},
			}, err
		})
	out.Entry, out.UserErrors = made.Entry, made.UserErrors
	return out, err
}

// requestAt is what a step answers with.
func (r *Resolver) requestAt(agency string, id int64, state string) *model.GuardianCorrectionPayload {
	public, at := r.Gate.IDs.Encode(agency, guardianCorrection, id), model.GuardianCorrectionState(state)
	return &model.GuardianCorrectionPayload{Request: &public, State: &at}
}

// stepCorrection moves a request of the officer's on. The entry names the child.
func (r *Resolver) stepCorrection(ctx context.Context, c disclosure.Change, request string,
	step func(ctx context.Context, tx postgres.Tx, c rights.Case, d disclosure.Decided) (rights.Done, error),
) (*model.GuardianCorrectionPayload, error) {
	caller := operation(ctx).Question.Caller
	out := &model.GuardianCorrectionPayload{}
	made, err := r.change(ctx, c, out, func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
		id, err := r.Gate.IDs.DecodeAs(caller.Agency.Code, request, guardianCorrection)
		if err != nil {
			return disclosure.Changed{}, fault.At("request", err)
		}
		done, err := step(ctx, tx, rights.Case{ID: id, StaffID: caller.Staff.ID, Now: d.Now}, d)
		if err != nil {
			return disclosure.Changed{}, err
		}
		payload := r.requestAt(caller.Agency.Code, id, done.State)
		if done.Statement != "" {
			payload.Statement = &done.Statement
		}
		return disclosure.Changed{Result: payload, Reason: done.State, Disclosures: []audit.Disclosure{{ChildID: done.ChildID}}}, nil
	})
	out.Entry, out.UserErrors = made.Entry, made.UserErrors
	return out, err
}

func (r *Resolver) checkGuardianCorrection(ctx context.Context, in model.CheckGuardianCorrectionInput) (*model.GuardianCorrectionPayload, error) {
	return r.stepCorrection(ctx, disclosure.Change{Mutation: "checkGuardianCorrection", Key: in.Key, Input: in}, in.Request,
		func(ctx context.Context, tx postgres.Tx, c rights.Case, _ disclosure.Decided) (rights.Done, error) {
			return rights.IdentifyCorrection(ctx, tx, c, rights.Identity{Proof: string(in.Proof), Standing: string(in.Standing)})
		})
}

func (r *Resolver) routeGuardianCorrection(ctx context.Context, in model.GuardianCorrectionInput) (*model.GuardianCorrectionPayload, error) {
	return r.stepCorrection(ctx, disclosure.Change{Mutation: "routeGuardianCorrection", Key: in.Key, Input: in}, in.Request,
		func(ctx context.Context, tx postgres.Tx, c rights.Case, d disclosure.Decided) (rights.Done, error) {
			return rights.Route(ctx, tx, c, d, r.Gate.Catalog.Place)
		})
}

func (r *Resolver) refuseGuardianCorrection(ctx context.Context, in model.RefuseGuardianCorrectionInput) (*model.GuardianCorrectionPayload, error) {
	return r.stepCorrection(ctx, disclosure.Change{Mutation: "refuseGuardianCorrection", Key: in.Key, Input: in}, in.Request,
		func(ctx context.Context, tx postgres.Tx, c rights.Case, _ disclosure.Decided) (rights.Done, error) {
			return rights.RefuseRequest(ctx, tx, c, rights.Refusal{Reason: string(in.Reason), Explanation: given(in.Explanation)})
		})
}

func (r *Resolver) answerGuardianCorrection(ctx context.Context, in model.GuardianCorrectionInput) (*model.GuardianCorrectionPayload, error) {
	return r.stepCorrection(ctx, disclosure.Change{Mutation: "answerGuardianCorrection", Key: in.Key, Input: in}, in.Request,
		func(ctx context.Context, tx postgres.Tx, c rights.Case, _ disclosure.Decided) (rights.Done, error) {
			return rights.AnswerRequest(ctx, tx, c, r.Gate.Catalog.English)
		})
}
