package resolvers

import (
	"context"

	"github.com/tongxin-hub/tongxin/graph/model"
	"github.com/tongxin-hub/tongxin/internal/access"
	"github.com/tongxin-hub/tongxin/internal/conflict"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/granting"
	"github.com/tongxin-hub/tongxin/internal/identity"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// moveAccess makes one move of administration and fills its payload.
func (r *Resolver) moveAccess(ctx context.Context, mutation, key string, input any, move work) (*model.AccessPayload, error) {
	var to access.Result
	m, err := r.change(ctx, disclosure.Change{Mutation: mutation, Key: key, Input: input}, &to, move)
	if err != nil {
		return nil, err
	}
	p := &model.AccessPayload{ID: r.public(ctx, to.Type, to.ID), Entry: m.Entry, UserErrors: m.UserErrors}
	if to.ID != 0 {
		p.State, p.Version = &to.State, &to.Version
	}
	return p, nil
}

// aimed is a record that a move of administration is about.
type aimed struct {
	typename, id string
	version      int
	reason       string
}

// aim finds the record by its public id.
func (r *Resolver) aim(d disclosure.Decided, a aimed) (access.Aim, error) {
	_, id, err := r.Gate.IDs.Decode(d.Caller.Agency.Code, a.id)
	if err == nil {
		id, err = r.Gate.IDs.DecodeAs(d.Caller.Agency.Code, a.id, a.typename)
	}
	if err != nil {
		return access.Aim{}, access.Gone("id")
	}
	return access.Aim{ID: id, Version: a.version, Reason: a.reason}, nil
}

// at is a move of a record that takes no facts.
func (r *Resolver) at(a aimed, move func(context.Context, postgres.Tx, disclosure.Decided, access.Aim) (disclosure.Changed, error)) work {
	return func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
		aim, err := r.aim(d, a)
		if err != nil {
			return disclosure.Changed{}, err
		}
		return move(ctx, tx, d, aim)
	}
}

// atWith is a move of a record that takes facts.
func atWith[T any](r *Resolver, a aimed, input any,
	move func(context.Context, postgres.Tx, disclosure.Decided, access.Aim, T) (disclosure.Changed, error),
) work {
	return r.at(a, func(ctx context.Context, tx postgres.Tx, d disclosure.Decided, aim access.Aim) (disclosure.Changed, error) {
		f, err := facts[T](input)
		if err != nil {
			return disclosure.Changed{}, err
		}
		return move(ctx, tx, d, aim, f)
	})
}

// decideAccess makes one move of a proposal.
func (r *Resolver) decideAccess(ctx context.Context, move string, in decided) (*model.AccessPayload, error) {
	a := aimed{"AccessProposal", in.id, in.version, ""}
	return r.moveAccess(ctx, move, in.key, in.input, r.at(a, func(ctx context.Context, tx postgres.Tx, d disclosure.Decided, aim access.Aim) (disclosure.Changed, error) {
		return granting.Decide(ctx, tx, d, move, granting.Decision{ID: aim.ID, Version: aim.Version, Note: in.note})
	}))
}

// decided is a decision as it was sent.
type decided struct {
	key, id, note string
	version       int
	input         any
}

// declareConflict notes a conflict; the child's handle is opened without asking whether
// there is such a child.
func (r *Resolver) declareConflict(ctx context.Context, in model.DeclareConflictInput) (*model.AccessPayload, error) {
	var to conflict.Result
	m, err := r.change(ctx, disclosure.Change{Mutation: "declareConflict", Key: in.Key, Input: in}, &to,
		func(ctx context.Context, tx postgres.Tx, d disclosure.Decided) (disclosure.Changed, error) {
			out := conflict.Declaration{Kind: string(in.Kind), StaffCode: given(in.StaffCode), JoinToken: given(in.JoinToken)}
			if handle := given(in.ChildHandle); handle != "" {
				id, err := r.Gate.IDs.DecodeAs(d.Caller.Agency.Code, handle, "Child")
				if err != nil {
					return disclosure.Changed{}, fault.At("childHandle", err)
				}
				out.Child = id
			}
			return conflict.Declare(ctx, tx, d, out)
		})
	if err != nil {
		return nil, err
	}
	p := &model.AccessPayload{Entry: m.Entry, UserErrors: m.UserErrors}
	if to.ID != 0 {
		state := "DECLARED"
		p.State = &state
	}
	return p, nil
}

// issuers tells which issuers the hub trusts; nothing of it is secret.
func (r *Resolver) issuers(ctx context.Context) ([]*model.IssuerInfo, error) {
	if _, err := standing(ctx); err != nil {
		return nil, err
	}
	return list(r.Issuers, len(r.Issuers), func(i identity.Issuer) *model.IssuerInfo {
		keys := i.JWKSURL + i.JWKSFile
		switch {
		case i.Demo:
			keys = "演示 demo"
		case keys == "":
			keys = "OIDC discovery"
		}
		signsIn := i.Console != nil || i.Demo
		return &model.IssuerInfo{
			URL: i.URL, AgencyCode: i.AgencyCode, Audience: i.Audience, Keys: keys, CertificateRequired: i.RequireCertificate, Console: signsIn,
		}
	}), nil
}
