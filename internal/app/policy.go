package app

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/policydesk"
	"github.com/tongxin-hub/tongxin/internal/policyversion"
	"github.com/tongxin-hub/tongxin/internal/wall"
	"github.com/tongxin-hub/tongxin/policy"
)

// walled is the second wall that the first policy asks for.
type walled struct {
	wall wall.Wall
	err  error
}

// builtIn is the policy that comes with the program, and who judges policies.
type builtIn struct {
	judge  *Judge
	policy *policy.Policy
	proof  *proof
	err    error
}

// proof is what is made of a policy beside the steps that wait for the database:
// openGate waits for the second wall, openServer for the self-test.
type proof struct {
	walled chan walled
	tested chan error
}

// prove begins to make the second wall of a policy and to test it.
func (j *Judge) prove(rules *policy.Policy) *proof {
	return prove(rules, func() (wall.Wall, error) { return j.catalog.Wall(rules) })
}

// prove is judge.prove where a wall may stand already.
func prove(rules *policy.Policy, build func() (wall.Wall, error)) *proof {
	p := &proof{make(chan walled, 1), make(chan error, 1)}
	go func() {
		required, err := build()
		p.walled <- walled{required, err}
		p.tested <- rules.SelfTest(questionsAtStart)
	}()
	return p
}

// compilePolicy compiles the built-in policy beside the steps that wait for the
// database; loadPolicy waits for it. The demo compiles it when it settles it.
func (p *parts) compilePolicy(context.Context) error {
	go func() {
		b := builtIn{judge: p.options.Judge}
		if b.judge == nil {
			b.judge, b.err = NewJudge()
		}
		if b.err == nil && !p.cfg.Demo.Enabled {
			if b.policy, b.err = policy.Load(); b.err == nil {
				b.proof = b.judge.prove(b.policy)
			}
		}
		p.built <- b
	}()
	return nil
}

// loadPolicy takes the version in force, once. When that is the built-in one,
// nothing else is compiled.
func (p *parts) loadPolicy(ctx context.Context) error {
	if p.policy != nil {
		return nil
	}
	built := <-p.built
	if built.err != nil {
		return built.err
	}
	p.catalog, p.judge = built.judge.catalog, built.judge
	if p.cfg.Demo.Enabled {
		s, err := p.judge.settle(ctx, p.db, Settlement{By: "demo"}, p.judge.compile)
		if err != nil {
			return err
		}
		p.policy, p.proof = s.Policy, prove(s.Policy, func() (wall.Wall, error) { return s.Wall, nil })
		return nil
	}
	rules, err := inForce(ctx, p.db, built.policy)
	if err != nil {
		return err
	}
	if err := classified(p.judge.schema, p.catalog, rules); err != nil {
		return err
	}
	p.policy, p.proof = rules, built.proof
	if rules != built.policy {
		p.proof = p.judge.prove(rules)
	}
	return nil
}

// inForce is the version in force: the built-in one, or compiled from what is stored.
func inForce(ctx context.Context, db policyversion.Database, built *policy.Policy) (*policy.Policy, error) {
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
	required := <-p.proof.walled
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
	j, err := NewJudge()
	if err != nil {
		return nil, err
	}
	built, err := policy.Load()
	if err != nil {
		return nil, err
	}
	rules, err := inForce(ctx, db, built)
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
	j, err := NewJudge()
	if err != nil {
		return "", err
	}
	loaded, err := j.load(t)
	if err != nil {
		return "", err
	}
	return loaded.Policy.Version(), policyversion.Activate(ctx, db, policyversion.Release{Loaded: loaded, Files: t, By: by})
}
