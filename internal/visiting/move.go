package visiting

import (
	"context"
	"fmt"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// table is the subject of the tasks about a visit.
const table = "visit"

// Result is where a visit stands after a move.
type Result struct {
	// ID is that of a visit which the move began, 0 where it was there before.
	ID      int64 `json:",omitempty"`
	State   string
	Version int
}

// begin takes the visit of a change for a move: as the caller has read it, in a state
// that the move leaves, and the caller's own where visitors make the move.
// Faults: Conflict, Forbidden.
func begin(ctx context.Context, tx postgres.Tx, d disclosure.Decided, move string, version int) (standing, error) {
	s, err := load(ctx, tx, d.SubjectID)
	if err != nil {
		return s, fmt.Errorf("load: %w", err)
	}
	if err := flow.AsRead(version, s.Version); err != nil {
		return s, err
	}
	if s.next, err = Machine().Next(s.State, move); err != nil {
		return s, err
	}
	me := d.Caller.Staff.ID
	if visitors(move) && s.Visitor != me && s.Second != me {
		return s, fault.New(fault.Forbidden, "这次走访没有派发给您。", "This visit is not assigned to you.")
	}
	return s, nil
}

// visitors reports whether a move is theirs who make the visit.
func visitors(move string) bool {
	return move != AssignMove && move != CheckMove && move != SpotMove
}

// end says what a move came to.
func (s standing) end(ctx context.Context, tx postgres.Tx) (disclosure.Changed, error) {
	version, err := setState(ctx, tx, s.ID, s.next)
	if err != nil {
		return disclosure.Changed{}, fmt.Errorf("set state: %w", err)
	}
	return disclosure.Changed{Reason: s.next, Result: Result{State: s.next, Version: version}}, nil
}
