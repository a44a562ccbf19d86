package app

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/tongxin-hub/tongxin/graph"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/policydesk"
	"github.com/tongxin-hub/tongxin/internal/policyversion"
	"github.com/tongxin-hub/tongxin/internal/wall"
	"github.com/tongxin-hub/tongxin/policy"
	"github.com/tongxin-hub/tongxin/resolvers"
)

// selfTestQuestions is how many cells of the policy tables are held against
// Casbin before a version is served; some 3 ms each. The tests of package policy
// ask them all.
const selfTestQuestions = 24

// judge holds policies against what this program serves.
type judge struct {
	schema  *ast.Schema
	catalog *disclosure.Catalog
}

func newJudge() (judge, error) {
	schema := graph.NewExecutableSchema(graph.Config{Resolvers: &resolvers.Resolver{}}).Schema()
	catalog, err := Catalog(schema)
	return judge{schema, catalog}, err
}

// compile makes a policy of its text, in which every coordinate must be classified,
// and the second wall that goes with it. It does not ask the database.
func (j judge) compile(t policy.Tree) (policyversion.Loaded, error) {
	rules, err := policy.Open(t)
	if err != nil {
		return policyversion.Loaded{}, err
	}
	if err := classified(j.schema, j.catalog, rules); err != nil {
		return policyversion.Loaded{}, err
	}
	w, err := j.catalog.Wall(rules)
	return policyversion.Loaded{Policy: rules, Wall: w, Coordinates: coordinates(j.catalog, rules)}, err
}

// load is compile with the self-test: table and Casbin agree.
func (j judge) load(t policy.Tree) (policyversion.Loaded, error) {
	l, err := j.compile(t)
	if err != nil {
		return l, err
	}
	return l, l.Policy.SelfTest(selfTestQuestions)
}

// walled is the second wall that the first policy asks for.
type walled struct {
	wall wall.Wall
	err  error
}

// loadPolicy compiles the version in force. When that is the built-in one, nothing
// else is compiled; self-test and second wall are made beside the steps that wait
// for the database: openGate and openServer wait for them.
func (p *parts) loadPolicy(ctx context.Context) error {
	j, err := newJudge()
	if err != nil {
		return err
	}
	p.catalog, p.judge = j.catalog, j
	if p.cfg.Demo.Enabled {
		settled, err := j.settle(ctx, p.db, Settlement{By: "demo"}, j.compile)
		if err != nil {
			return err
		}
		p.policy = settled.Policy
		p.walled <- walled{settled.Wall, nil}
	} else {
		if p.policy, err = inForce(ctx, p.db); err != nil {
			return err
		}
		if err := classified(j.schema, j.catalog, p.policy); err != nil {
			return err
		}
	}
	go func() {
		if !p.cfg.Demo.Enabled {
			required, err := p.catalog.Wall(p.policy)
			p.walled <- walled{required, err}
		}
		p.tested <- p.policy.SelfTest(selfTestQuestions)
	}()
	return nil
}

// inForce compiles the version in force, from the program where it is the built-in
// one.
func inForce(ctx context.Context, db policyversion.Database) (*policy.Policy, error) {
	built, err := policy.Load()
	if err != nil {
		return nil, err
	}
	stored, err := policyversion.InForce(ctx, db)
	if err != nil {
		return nil, err
	}
	if stored.ID == 0 || stored.Version == built.Version() {
		return built, nil // the watch refuses when none is in force
	}
	rules, err := policy.Open(stored.Files)
	if err != nil {
		return nil, fmt.Errorf("policy %q is in force and cannot be served: %w; run `tongxin migrate` first", stored.Version, err)
	}
	return rules, nil
}

func (p *parts) watchPolicy(ctx context.Context) (err error) {
	p.watch, err = policyversion.New(ctx, p.policy, policyversion.Deps{DB: p.db, Load: p.judge.load, Now: p.now})
	if err == nil {
		p.later(p.watch.Close)
	}
	return err
}

// checkWall holds the database against the policy that was loaded first; a version
// that came into force meanwhile was held against it by the watch.
func (p *parts) checkWall(ctx context.Context) error {
	required := <-p.walled
	if required.err != nil {
		return required.err
	}
	if now, err := p.watch.Current(); err == nil && now.Version() != p.policy.Version() {
		return nil
	}
	return wall.Check(ctx, p.db, required.wall)
}

// Pool is an open database, for commands that pass it on.
type Pool = *pgxpool.Pool

// Desk is that of a command: it answers from a database without a hub, under the
// policy in force there.
func Desk(ctx context.Context, db *pgxpool.Pool) (*policydesk.Desk, error) {
	j, err := newJudge()
	if err != nil {
		return nil, err
	}
	rules, err := inForce(ctx, db)
	if err != nil {
		return nil, err
	}
	return policydesk.New(policydesk.Deps{DB: db, Load: j.load, Catalog: j.catalog, Policies: fixed{rules}})
}

// Publish puts the first version of a database in force. Once one is, a change takes
// two persons, and the fault is Conflict.
func Publish(ctx context.Context, db *pgxpool.Pool, t policy.Tree, by string) (string, error) {
	now, err := policyversion.InForce(ctx, db)
	if err != nil {
		return "", err
	}
	if now.ID != 0 {
		return "", fault.New(fault.Conflict, "已有现行政策，变更须由两人经枢纽办理。", "A policy is in force; a change takes two persons, through the hub.")
	}
	j, err := newJudge()
	if err != nil {
		return "", err
	}
	loaded, err := j.load(t)
	if err != nil {
		return "", err
	}
	return loaded.Policy.Version(), policyversion.Activate(ctx, db, policyversion.Release{Loaded: loaded, Files: t, By: by})
}
