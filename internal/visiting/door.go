package visiting

import (
	"context"
	"fmt"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/task"
	"github.com/tongxin-hub/tongxin/internal/ticket"
)

// NotAtHome counts a try at a closed door; after so many as the county sets, the
// supervisor arranges the next one. Faults: Conflict, Forbidden.
func NotAtHome(ctx context.Context, tx postgres.Tx, d disclosure.Decided, version int) (disclosure.Changed, error) {
	s, err := begin(ctx, tx, d, NotAtHomeMove, version)
	if err != nil {
		return disclosure.Changed{}, err
	}
	enough, err := tried(ctx, tx, s.ID)
	if err != nil {
		return disclosure.Changed{}, fmt.Errorf("tried: %w", err)
	}
	if enough {
		if err := s.ask(ctx, tx, ToReassign(), "SUP", d.Now); err != nil {
			return disclosure.Changed{}, err
		}
	}
	return s.end(ctx, tx)
}

// Refuse notes that the family would not have the visit; the case manager decides what
// follows. Faults: Conflict, Forbidden.
func Refuse(ctx context.Context, tx postgres.Tx, d disclosure.Decided, version int) (disclosure.Changed, error) {
	s, err := begin(ctx, tx, d, RefuseMove, version)
	if err != nil {
		return disclosure.Changed{}, err
	}
	if err := s.leave(ctx, tx, d); err != nil {
		return disclosure.Changed{}, err
	}
	if err := s.ask(ctx, tx, ToPersuade(), "CM", d.Now); err != nil {
		return disclosure.Changed{}, err
	}
	return s.end(ctx, tx)
}

// ChildNotSeen notes that somebody was at home, but the child was not seen: within
// days somebody comes again. Faults: Conflict, Forbidden.
func ChildNotSeen(ctx context.Context, tx postgres.Tx, d disclosure.Decided, version int) (disclosure.Changed, error) {
	s, err := begin(ctx, tx, d, ChildNotSeenMove, version)
	if err != nil {
		return disclosure.Changed{}, err
	}
	if err := task.Finish(ctx, tx, task.Subject{Table: table, ID: s.ID}, d.Caller.Staff.ID, d.Now, ToVisit(), ToRevisit()); err != nil {
		return disclosure.Changed{}, err
	}
	err = task.Open(ctx, tx, task.New{
		Kind: ToRevisit(), Child: s.Child, Subject: table, SubjectID: s.ID, Staff: s.Visitor, Ticket: s.Ticket, From: d.Now,
	})
	if err != nil {
		return disclosure.Changed{}, err
	}
	return s.end(ctx, tx)
}

// ReportMoved ends a visit to a family that lives here no more; the director of the
// village, or who stands in, hands the child over. Faults: Conflict, Forbidden.
func ReportMoved(ctx context.Context, tx postgres.Tx, d disclosure.Decided, version int) (disclosure.Changed, error) {
	s, err := begin(ctx, tx, d, MovedMove, version)
	if err != nil {
		return disclosure.Changed{}, err
	}
	if err := s.leave(ctx, tx, d); err != nil {
		return disclosure.Changed{}, err
	}
	if err := s.ask(ctx, tx, ToHandOver(), "DIR", d.Now); err != nil {
		return disclosure.Changed{}, err
	}
	return s.end(ctx, tx)
}

// leave ends what the visitor had to do, and the work item.
func (s standing) leave(ctx context.Context, tx postgres.Tx, d disclosure.Decided) error {
	if err := task.Finish(ctx, tx, task.Subject{Table: table, ID: s.ID}, d.Caller.Staff.ID, d.Now); err != nil {
		return err
	}
	return ticket.Close(ctx, tx, s.Ticket, d.Now)
}
