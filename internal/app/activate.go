package app

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/policyversion"
	"github.com/tongxin-hub/tongxin/policy"
)

// Settlement says how a new program meets the policy that it finds in force.
type Settlement struct {
	// By is who puts a version in force, for the record.
	By string
	// BuiltIn puts the built-in policy in force also over one that was approved.
	BuiltIn bool
}

// Settled is what is in force afterwards.
type Settled struct {
	policyversion.Loaded
	// Kept: it is one that was approved, not the built-in one.
	Kept bool
}

// Settle puts the built-in policy in force where none is or where the one in force
// came with a program. One that two persons approved stays in force when it
// classifies all that this program serves, and otherwise nothing is changed: see
// docs/adr/0017. The database's roles and row security become those of it.
func Settle(ctx context.Context, db *pgxpool.Pool, s Settlement) (Settled, error) {
	j, err := NewJudge()
	if err != nil {
		return Settled{}, err
	}
	return j.Settle(ctx, db, s)
}

// Settle is that of a judge that is there already.
func (j *Judge) Settle(ctx context.Context, db *pgxpool.Pool, s Settlement) (Settled, error) {
	return j.settle(ctx, db, s, j.load)
}

func (j *Judge) settle(ctx context.Context, db *pgxpool.Pool, s Settlement, load func(policy.Tree) (policyversion.Loaded, error)) (Settled, error) {
	texts, err := policy.Texts()
	if err != nil {
		return Settled{}, fmt.Errorf("read policy: %w", err)
	}
	now, err := policyversion.InForce(ctx, db)
	if err != nil {
		return Settled{}, err
	}
	release := policyversion.Release{Files: texts, By: s.By}
	kept := now.Proposal != 0 && !s.BuiltIn
	if kept {
		release.Files, release.Proposal = now.Files, now.Proposal
	}
	release.Loaded, err = load(release.Files)
	if err != nil && kept {
		return Settled{}, fmt.Errorf("the approved policy %s is in force and does not fit this program: %w; "+
			"`tongxin policy diff in-force built-in` shows what it changes; `tongxin migrate --activate-built-in` gives it up", now.Version, err)
	}
	if err != nil {
		return Settled{}, err
	}
	return Settled{release.Loaded, kept}, policyversion.Activate(ctx, db, release)
}

// coordinates lists what the schema classifies, with the groups of the matrix.
func coordinates(catalog *disclosure.Catalog, rules *policy.Policy) []policyversion.Coordinate {
	var out []policyversion.Coordinate
	for _, c := range catalog.Classified() {
		out = append(out, policyversion.Coordinate{
			Name: c.Name, Class: c.Class, Owner: c.Owner, Label: c.Label, Group: rules.Group(c.Name), Coarser: c.Coarser,
		})
	}
	return out
}
