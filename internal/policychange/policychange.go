package policychange

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/policyversion"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/policy"
)

// Person is who proposes or decides.
type Person struct {
	ID int64
	// Code names the person in the record: agency and staff code.
	Code string
	Now  time.Time
}

// Load compiles a policy and holds it against what the program serves. It remembers:
// the version in force and what was proposed cost nothing the second time.
type Load func(policy.Tree) (policyversion.Loaded, error)

// Proposal is a change that is proposed against a version.
type Proposal struct {
	Base, Reason string
	Add, Remove  []string
}

// Proposed is what became of it.
type Proposed struct {
	ID          int64
	Version     string
	Differences int
	// Failed are the worked cases built in that no longer hold: to be looked at, not
	// forbidden.
	Failed []string
}

// Propose records a change that compiles and fits the program, with what it does to
// the matrix. Faults: BadRequest where a line is malformed, stands already or is not
// there, or the whole cannot be served; Conflict where the base is not in force.
func Propose(ctx context.Context, tx postgres.Tx, by Person, in Proposal, load Load) (Proposed, error) {
	if words := utf8.RuneCountInString(strings.TrimSpace(in.Reason)); words < 10 || words > 500 {
		return Proposed{}, fault.At("reason", fault.New(fault.BadRequest, "请用10到500字说明理由。", "Give the reason in 10 to 500 characters."))
	}
	change, err := policy.ParseChange(in.Remove, in.Add)
	if err != nil {
		return Proposed{}, unfit(err)
	}
	now, err := policyversion.InForce(ctx, tx)
	if err != nil {
		return Proposed{}, err
	}
	if now.Version != in.Base {
		return Proposed{}, stale()
	}
	base, err := load(now.Files)
	if err != nil {
		return Proposed{}, fmt.Errorf("open the version in force: %w", err)
	}
	files, err := change.Apply(now.Files)
	if err != nil {
		return Proposed{}, unfit(err)
	}
	next, err := load(files)
	if err != nil {
		return Proposed{}, unfit(err)
	}
	if next.Policy.Version() == now.Version {
		return Proposed{}, fault.At("add", fault.New(fault.BadRequest, "提案没有改变任何规则。", "The proposal changes no rule."))
	}
	p := proposal{base: now.Version, version: next.Policy.Version(), files: files, reason: strings.TrimSpace(in.Reason), by: by}
	diff := policy.Diff(base.Policy, next.Policy)
	id, err := p.insert(ctx, tx, change, diff)
	if err != nil {
		return Proposed{}, err
	}
	failed, err := failing(next.Policy)
	return Proposed{ID: id, Version: p.version, Differences: len(diff), Failed: failed}, err
}

// failing are the worked cases built in that do not hold under a policy.
func failing(p *policy.Policy) ([]string, error) {
	cases, err := policy.Cases()
	if err != nil {
		return nil, err
	}
	out := []string{}
	for _, c := range cases {
		if len(c.Check(p)) > 0 {
			out = append(out, c.File+"/"+c.Name)
		}
	}
	return out, nil
}

// unfit tells what is wrong with lines: they name rules only, so it may be read.
func unfit(err error) error {
	return fault.At("add", fault.Wrap(fault.BadRequest, "提案不能成立："+err.Error(), "The proposal cannot stand: "+err.Error(), err))
}

func stale() error {
	return fault.At("base", fault.New(fault.Conflict,
		"现行政策已不是提案所依据的版本，请在现行版本上重新提出。", "The version that this starts from is no longer in force; propose against the one that is."))
}

// Decision is a move of a proposal.
type Decision struct {
	ID   int64
	Move string
	Note string
}

// Decided is where the proposal stands afterwards.
type Decided struct {
	State, Version string
}

// Decide approves, rejects or withdraws. Approved is in force with the commit.
// Faults: NotFound; Conflict where it is decided or its base is no longer in force;
// Forbidden where the person may not decide this one.
func Decide(ctx context.Context, tx postgres.Tx, by Person, in Decision, load Load) (Decided, error) {
	if utf8.RuneCountInString(in.Note) > 500 {
		return Decided{}, fault.At("note", fault.New(fault.BadRequest, "说明不超过500字。", "At most 500 characters."))
	}
	if err := policyversion.Lock(ctx, tx); err != nil {
		return Decided{}, err
	}
	p, err := find(ctx, tx, in.ID)
	if err != nil {
		return Decided{}, err
	}
	if own := p.by.ID == by.ID; own != (in.Move == withdraw) {
		return Decided{}, notYours(own)
	}
	state, err := Machine().Next(p.state, in.Move)
	if err != nil {
		return Decided{}, fault.At("proposal", err)
	}
	var loaded policyversion.Loaded
	if in.Move == approve {
		if loaded, err = p.fits(ctx, tx, load); err != nil {
			return Decided{}, err
		}
	}
	if err := p.decide(ctx, tx, by, state, in.Note); err != nil {
		return Decided{}, err
	}
	if in.Move == approve {
		err = policyversion.ActivateIn(ctx, tx, policyversion.Release{Loaded: loaded, Files: p.files, By: by.Code, Proposal: p.id})
	}
	return Decided{State: state, Version: p.version}, err
}

func notYours(own bool) error {
	if own {
		return fault.At("proposal", fault.New(fault.Forbidden, "不能决定自己提出的变更，须由另一人办理。", "Nobody decides on a proposal of their own; another person must."))
	}
	return fault.At("proposal", fault.New(fault.Forbidden, "只有提出人可以撤回。", "Only who proposed it may withdraw it."))
}

// fits compiles what was proposed and demands that it still starts from the version
// in force.
func (p *proposal) fits(ctx context.Context, tx postgres.Tx, load Load) (policyversion.Loaded, error) {
	now, err := policyversion.InForce(ctx, tx)
	if err != nil {
		return policyversion.Loaded{}, err
	}
	if now.Version != p.base {
		return policyversion.Loaded{}, fault.At("proposal", stale())
	}
	loaded, err := load(p.files)
	if err != nil {
		return policyversion.Loaded{}, fault.At("proposal", unfit(err))
	}
	if loaded.Policy.Version() != p.version {
		return policyversion.Loaded{}, fmt.Errorf("proposal %d makes %s, not %s", p.id, loaded.Policy.Version(), p.version)
	}
	return loaded, nil
}
