package resolvers

import (
	"context"

	"github.com/tongxin-hub/tongxin/graph/model"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/matching"
	"github.com/tongxin-hub/tongxin/internal/pairing"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// aNeed and aPairing are what a change is about.
func aNeed(id string) disclosure.Subject {
	return disclosure.Subject{ID: id, Type: "NeedMatch", Member: "id"}
}

func aPairing(id string) disclosure.Subject {
	return disclosure.Subject{ID: id, Type: "Pairing", Member: "id"}
}

// public is the id of a record for the caller's agency, nil for none.
func (r *Resolver) public(ctx context.Context, typename string, id int64) *string {
	if id == 0 {
		return nil
	}
	out := r.Gate.IDs.Encode(operation(ctx).Question.Caller.Agency.Code, typename, id)
	return &out
}

// moveNeed makes one move of a need and fills its payload.
func (r *Resolver) moveNeed(ctx context.Context, c disclosure.Change, move work) (*model.NeedPayload, error) {
	var to matching.Result
	m, err := r.change(ctx, c, &to, move)
	if err != nil {
		return nil, err
	}
	p := &model.NeedPayload{ID: r.public(ctx, "NeedMatch", to.ID), Entry: m.Entry, UserErrors: m.UserErrors}
	if state := model.NeedState(to.State); to.ID != 0 {
		p.State, p.Version = &state, &to.Version
	}
	return p, nil
}

func (r *Resolver) publishNeed(ctx context.Context, in model.PublishNeedInput) (*model.NeedPayload, error) {
	subject := disclosure.Subject{ID: in.Child, Type: "Child", Member: "child"}
	return r.moveNeed(ctx, disclosure.Change{Mutation: matching.PublishMove, Key: in.Key, Input: in, Subject: subject},
		func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
			n, err := facts[matching.New](in)
			if err != nil {
				return disclosure.Changed{}, err
			}
			if plan := given(in.Plan); plan != "" {
				if n.Plan, err = r.Gate.IDs.DecodeAs(d.Caller.Agency.Code, plan, "SupportPlan"); err != nil {
					return disclosure.Changed{}, fault.At("plan", err)
				}
			}
			return matching.Publish(ctx, tx, d, n)
		})
}

func (r *Resolver) proposeMatch(ctx context.Context, in model.ProposeMatchInput) (*model.NeedPayload, error) {
	return r.moveNeed(ctx, disclosure.Change{Mutation: matching.ProposeMove, Key: in.Key, Input: in, Subject: aNeed(in.ID)},
		func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
			offer, err := r.Gate.IDs.DecodeAs(d.Caller.Agency.Code, in.Offer, "ResourceOffer")
			if err != nil {
				return disclosure.Changed{}, fault.At("offer", err)
			}
			return matching.Propose(ctx, tx, d, matching.Proposal{Version: in.Version, Offer: offer})
		})
}

func (r *Resolver) offerResource(ctx context.Context, in model.OfferResourceInput) (*model.OfferPayload, error) {
	var to matching.Result
	m, err := r.change(ctx, disclosure.Change{Mutation: matching.OfferMove, Key: in.Key, Input: in}, &to, saying(in, matching.Make))
	return &model.OfferPayload{ID: r.public(ctx, "ResourceOffer", to.ID), Entry: m.Entry, UserErrors: m.UserErrors}, err
}

// answerMatch answers a request for one of the caller's offers.
func (r *Resolver) answerMatch(ctx context.Context, c disclosure.Change, id string, version int,
	do func(ctx context.Context, tx postgres.Tx, d disclosure.Decided, id int64, version int) (disclosure.Changed, error),
) (*model.MatchPayload, error) {
	var to matching.Result
	m, err := r.change(ctx, c, &to, func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
		request, err := r.Gate.IDs.DecodeAs(d.Caller.Agency.Code, id, "MatchRequest")
		if err != nil {
			return disclosure.Changed{}, fault.At("id", err)
		}
		return do(ctx, tx, d, request, version)
	})
	if err != nil {
		return nil, err
	}
	p := &model.MatchPayload{ID: r.public(ctx, "MatchRequest", to.ID), Entry: m.Entry, UserErrors: m.UserErrors}
	if state := model.MatchState(to.State); to.ID != 0 {
		p.State, p.Version = &state, &to.Version
	}
	return p, nil
}

func (r *Resolver) vetVolunteer(ctx context.Context, in model.VetVolunteerInput) (*model.VolunteerPayload, error) {
	var to pairing.Result
	m, err := r.change(ctx, disclosure.Change{Mutation: pairing.VetMove, Key: in.Key, Input: in}, &to, saying(in, pairing.Vet))
	p := &model.VolunteerPayload{Entry: m.Entry, UserErrors: m.UserErrors}
	if to.ID != 0 {
		p.Code = &to.State
	}
	return p, err
}

// movePairing makes one move of a pairing and fills its payload.
func (r *Resolver) movePairing(ctx context.Context, c disclosure.Change, move work) (*model.PairingPayload, error) {
	var to pairing.Result
	m, err := r.change(ctx, c, &to, move)
	if err != nil {
		return nil, err
	}
	p := &model.PairingPayload{ID: r.public(ctx, "Pairing", to.ID), Entry: m.Entry, UserErrors: m.UserErrors}
	if state := model.PairingState(to.State); to.ID != 0 {
		p.State, p.Version = &state, &to.Version
	}
	return p, nil
}
