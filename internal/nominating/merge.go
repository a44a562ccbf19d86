package nominating

import (
	"context"
	"fmt"
	"time"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/jobs"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/registering"
	"github.com/tongxin-hub/tongxin/internal/task"
)

// table is the subject of tasks about a proposal.
const table = "merge_proposal"

// Result is where a proposal stands after a decision.
type Result struct {
	State   string
	Version int
}

// proposal is one in the hand of who decides it.
type proposal struct {
	id, child, known int64
	state            string
	version          int
}

// propose notes that a nominated file may be a second one of a known child, and asks
// the supervisor of the place where the child was said to live.
func propose(ctx context.Context, tx postgres.Tx, d disclosure.Decided, child int64, k known) error {
	p := proposal{child: child, known: k.child}
	var err error
	if p.id, err = note(ctx, tx, p, k, d); err != nil {
		return err
	}
	return p.ask(ctx, tx, d.Now)
}

// ask gives the proposal to a supervisor who may know of both files; while there is
// none it waits.
func (p proposal) ask(ctx context.Context, tx postgres.Tx, now time.Time) error {
	who, err := task.HolderBut(ctx, tx, "SUP", p.child, 0, now)
	if err != nil || who == 0 {
		return err
	}
	if free, err := asked(ctx, tx, p, who, now); err != nil || !free {
		return err
	}
	return task.Open(ctx, tx, task.New{Kind: toCompare(), Child: p.child, Subject: table, SubjectID: p.id, Staff: who, From: now})
}

// Waiting asks about proposals for whom nobody could be asked before: a shield ended, or
// a post was filled.
func Waiting() jobs.Job {
	return jobs.Job{
		Name: "nomination.compare", Every: time.Hour,
		Step: func(ctx context.Context, tx postgres.Tx, now time.Time) (jobs.Done, error) {
			list, err := waiting(ctx, tx)
			if err != nil {
				return jobs.Done{}, fmt.Errorf("proposals that wait: %w", err)
			}
			for _, p := range list {
				if err := p.ask(ctx, tx, now); err != nil {
					return jobs.Done{}, fmt.Errorf("proposal %d: %w", p.id, err)
				}
			}
			return jobs.Done{}, nil
		},
	}
}

// begin takes the proposal of a change for a move, as the caller has read it.
func begin(ctx context.Context, tx postgres.Tx, d disclosure.Decided, move string, version int) (proposal, error) {
	p, err := take(ctx, tx, d.SubjectID)
	if err != nil {
		return p, fmt.Errorf("take: %w", err)
	}
	if err := flow.AsRead(version, p.version); err != nil {
		return p, err
	}
	p.state, err = Machine().Next(p.state, move)
	return p, err
}

// Merge closes the nominated file and lets everything that is under way about it go on
// with the known child, who is nominated unless it is on the register. Faults: Conflict.
func Merge(ctx context.Context, tx postgres.Tx, d disclosure.Decided, version int) (disclosure.Changed, error) {
	p, err := begin(ctx, tx, d, MergeMove, version)
	if err != nil {
		return disclosure.Changed{}, err
	}
	if err := hold(ctx, tx, p); err != nil {
		return disclosure.Changed{}, fmt.Errorf("hold: %w", err)
	}
	closed, err := registering.CloseDuplicate(ctx, tx, d, p.child)
	if err != nil {
		return disclosure.Changed{}, fmt.Errorf("close: %w", err)
	}
	if err := carry(ctx, tx, p, d.Now); err != nil {
		return disclosure.Changed{}, fmt.Errorf("carry over: %w", err)
	}
	if err := registering.GoOn(ctx, tx, d, p.known, closed); err != nil {
		return disclosure.Changed{}, fmt.Errorf("go on: %w", err)
	}
	done, err := p.end(ctx, tx, d, nil)
	done.Disclosures = []audit.Disclosure{{ChildID: p.known}}
	return done, err
}

// Refusal is why two files are not of one child.
type Refusal struct {
	Version int    `json:"version"`
	Reason  string `json:"reason"`
}

// Refuse keeps two files apart; the nominated one goes its own way. Faults: Conflict.
func Refuse(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in Refusal) (disclosure.Changed, error) {
	p, err := begin(ctx, tx, d, RefuseMove, in.Version)
	if err != nil {
		return disclosure.Changed{}, err
	}
	return p.end(ctx, tx, d, &in.Reason)
}

// end notes the decision and finishes what it was asked for by.
func (p proposal) end(ctx context.Context, tx postgres.Tx, d disclosure.Decided, refusal *string) (disclosure.Changed, error) {
	if err := p.decide(ctx, tx, d, refusal); err != nil {
		return disclosure.Changed{}, fmt.Errorf("decide: %w", err)
	}
	err := task.Finish(ctx, tx, task.Subject{Table: table, ID: p.id}, d.Caller.Staff.ID, d.Now, toCompare())
	return disclosure.Changed{Reason: p.state, Result: Result{p.state, p.version + 1}}, err
}
