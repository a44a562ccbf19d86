package granting

import (
	"context"
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"github.com/tongxin-hub/tongxin/internal/access"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/task"
)

// Decision is a move of a proposal.
type Decision struct {
	ID      int64
	Version int
	Note    string
}

// proposal is one that was made.
type proposal struct {
	id, by, gains, about int64
	kind                 kind
	subject              string
	before, after        string
	reason, state        string
	facts                json.RawMessage
	version              int
}

// Decide approves, rejects or withdraws; approved is carried out with it. Faults:
// NotFound; Conflict where it is decided or what it changes has changed; Forbidden
// where the person may not decide this one.
func Decide(ctx context.Context, tx postgres.Tx, d disclosure.Decided, move string, in Decision) (disclosure.Changed, error) {
	if utf8.RuneCountInString(in.Note) > 100 {
		return disclosure.Changed{}, fault.At("note", fault.New(fault.BadRequest, "说明不超过100字。", "At most 100 characters."))
	}
	p, err := find(ctx, tx, in.ID)
	if err != nil {
		return disclosure.Changed{}, err
	}
	state, err := Machine().Next(p.state, move)
	if err != nil {
		return disclosure.Changed{}, fault.At("id", err)
	}
	if err := p.yours(d.Caller.Staff.ID, move); err != nil {
		return disclosure.Changed{}, err
	}
	if err := flow.AsRead(in.Version, p.version); err != nil {
		return disclosure.Changed{}, err
	}
	if move == ApproveMove {
		if err := p.carryOut(ctx, tx, d); err != nil {
			return disclosure.Changed{}, err
		}
	}
	version, err := settle(ctx, tx, d, p.id, state, in.Note)
	if err != nil {
		return disclosure.Changed{}, err
	}
	if err := task.Finish(ctx, tx, task.Subject{Table: table, ID: p.id}, d.Caller.Staff.ID, d.Now); err != nil {
		return disclosure.Changed{}, err
	}
	n := access.Noted{Subject: string(p.kind) + " " + p.subject, Before: p.before, After: p.after, Reason: state + " " + in.Note}
	return disclosure.Changed{Result: access.Result{Type: "AccessProposal", ID: p.id, State: state, Version: version}, Reason: access.Because(n)}, nil
}

// yours refuses to decide one's own, or for oneself, and to withdraw another's.
func (p proposal) yours(staff int64, move string) error {
	own := p.by == staff
	switch {
	case move == WithdrawMove && !own:
		return fault.At("id", fault.New(fault.Forbidden, "只有申请人可以撤回。", "Only who proposed it may withdraw it."))
	case move != WithdrawMove && own:
		return fault.At("id", fault.New(fault.Forbidden, "不能决定自己提出的申请，须由另一人办理。", "Nobody decides on a proposal of their own; another person must."))
	case move == ApproveMove && p.gains == staff:
		return fault.At("id", fault.New(fault.Forbidden, "不能批准给自己的权限，须由另一人办理。", "Nobody approves a right for themselves; another person must."))
	}
	return nil
}

// effect carries out a proposal that is approved.
type effect func(ctx context.Context, tx postgres.Tx, d disclosure.Decided, p proposal) error

// effects are what the kinds do.
func effects() map[kind]effect {
	return map[kind]effect{
		givePost: appoint, widenPost: widen, renewPost: renew,
		vetStaff: vet, resumeStaff: resume,
		giveContract: contract, extendContract: extend,
		giveClient: enrol, rotateClient: rotate, resumeClient: reopen,
		changeSetting: schedule, changeCalendar: mark, endConflict: reconcile,
	}
}

// carryOut does it and keeps what was before.
func (p proposal) carryOut(ctx context.Context, tx postgres.Tx, d disclosure.Decided) error {
	do, known := effects()[p.kind]
	if !known {
		return fmt.Errorf("proposal %d is of kind %s", p.id, p.kind)
	}
	if err := do(ctx, tx, d, p); err != nil {
		return err
	}
	return access.Note(ctx, tx, access.Noted{
		What: string(p.kind), Subject: p.subject, Before: p.before, After: p.after, Reason: p.reason,
		By: d.Caller.Staff.ID, Proposal: p.id, At: d.Now,
	})
}

// facts are what was proposed, as the kind wrote them.
func facts[T any](p proposal) (T, error) {
	var out T
	if err := json.Unmarshal(p.facts, &out); err != nil {
		return out, fmt.Errorf("facts of proposal %d: %w", p.id, err)
	}
	return out, nil
}

// overtaken is the fault where what it changes has changed meanwhile.
func overtaken() error {
	return fault.At("id", fault.New(fault.Conflict, "申请所依据的情况已改变，请驳回后重新提出。", "What this starts from has changed; reject it and propose anew."))
}
