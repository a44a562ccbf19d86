package measure

import (
	"context"
	"fmt"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/plaintext"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/task"
)

// table is where shields and placements stand, as tasks name it.
const table = "measure"

// Actor is who makes a move.
type Actor = flow.Actor

// Step is a decision with its reason, on the version that the person has read.
type Step struct {
	Measure int64
	Version int
	Note    string
}

// Done is what a move came to, and on which basis the child was the person's.
type Done struct {
	ID      int64
	State   string
	Version int
	Child   int64
	Basis   string
}

// standing is a shield or placement that is decided about, locked until the transaction
// ends, with the child's shield as it is now.
type standing struct {
	ID, Child, Custody int64
	State, Shield      string
	Version            int
	ProposedBy         int64
	Basis              string
	// InHand: it is the person's to decide about; Hidden: the child is not the person's.
	InHand, Hidden, Conflicted bool
}

// about names the record to the inbox.
func (m standing) about() task.Subject { return task.Subject{Table: table, ID: m.ID} }

// begin locks what is decided about and lets the move begin: by whoever has it in hand
// and no conflict of interest, on the version that was read. Of a child that is hidden
// altogether, whoever is not named may name a handler and nothing else. Faults: NotFound,
// alike for what is not there and not theirs; Forbidden; Conflict; BadRequest for the reason.
func begin(ctx context.Context, tx postgres.Tx, a Actor, s Step, move string) (standing, string, error) {
	m, err := load(ctx, tx, s.Measure, a.Staff)
	if err == nil && (!m.InHand || m.Conflicted || m.Hidden && move != ReplaceMove) {
		err = missing()
	}
	if err != nil {
		return m, "", err
	}
	to, err := Machine().Begin(a.Role, move, flow.Stand{State: m.State, Version: m.Version, Read: s.Version})
	if err == nil && !plaintext.Words(s.Note, 10, 2000) {
		err = fault.At("note", plaintext.Length(10, 2000))
	}
	return m, to, err
}

// written writes the decision down; the step was made.
func (m standing) written(ctx context.Context, tx postgres.Tx, a Actor, s Step, move, to string) (Done, error) {
	if err := step(ctx, tx, a, s, move); err != nil {
		return Done{}, fmt.Errorf("%s: %w", move, err)
	}
	return Done{ID: m.ID, State: to, Version: m.Version + 1, Child: m.Child, Basis: m.Basis}, nil
}

// Keep decides that it stays, until the next review; what was proposed is off the table.
// Faults: those of begin.
func Keep(ctx context.Context, tx postgres.Tx, a Actor, s Step) (Done, error) {
	m, to, err := begin(ctx, tx, a, s, KeepMove)
	if err != nil {
		return Done{}, err
	}
	if err := keep(ctx, tx, m.ID, a.Today); err != nil {
		return Done{}, fmt.Errorf("keep measure: %w", err)
	}
	if err := task.Finish(ctx, tx, m.about(), a.Staff, a.Now, toReview(), toSign()); err != nil {
		return Done{}, err
	}
	return m.written(ctx, tx, a, s, KeepMove, to)
}

func missing() error {
	return fault.At("id", fault.New(fault.NotFound, "没有这个编号，或不在您的范围内。", "There is no such id in your reach."))
}
