package review

import (
	"context"
	"time"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// Statement is what every move of a person takes: which review, and in what words.
type Statement struct {
	ID   int64
	Text string
}

// Moved is where a move led, and until when the next word is waited for.
type Moved struct {
	State string
	Due   *time.Time
}

// move is one move over one record, in a transaction that holds it.
type move struct {
	machine flow.Machine
	name    string
	// lock, sql and event read the record, change it and note the move.
	lock, sql, event string
	statement        string
	who              disclosure.Decided
	// own: the person's own word; otherwise a ruling on somebody else.
	own bool
	// signed: the change names who made it.
	signed bool
	// early refuses the move where it comes too soon.
	early func(r reviewed) error
}

// run makes the move. Faults: NotFound where there is no such record, or not the
// caller's own; Forbidden where a ruling would be on oneself; Conflict where the
// record does not stand where the move begins.
func (m move) run(ctx context.Context, tx postgres.Tx, id int64) (disclosure.Changed, error) {
	none := disclosure.Changed{}
	r, err := lock(ctx, tx, m.lock, id)
	if err != nil {
		return none, err
	}
	switch mine := r.staff == m.who.Caller.Staff.ID; {
	case m.own && !mine:
		return none, fault.New(fault.NotFound, "没有这个编号，或不在您的范围内。", "There is no such id in your reach.")
	case !m.own && mine:
		return none, fault.New(fault.Forbidden, "不能复核本人的访问。", "Nobody rules on the own accesses.")
	}
	to, err := m.machine.Next(r.state, m.name)
	if err == nil && m.early != nil {
		err = m.early(r)
	}
	if err != nil {
		return none, err
	}
	due, err := write(ctx, tx, m, r, to)
	if err != nil {
		return none, err
	}
	return disclosure.Changed{Result: Moved{State: to, Due: due}}, m.tasks(ctx, tx, r, due)
}
