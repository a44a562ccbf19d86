package visiting

import (
	"context"
	"fmt"
	"time"

	"github.com/tongxin-hub/tongxin/internal/chinatime"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/task"
	"github.com/tongxin-hub/tongxin/internal/ticket"
	"github.com/tongxin-hub/tongxin/policy"
)

// Assignment is to whom a supervisor gives a visit.
type Assignment struct {
	Version       int     `json:"version"`
	Visitor       string  `json:"visitor"`
	SecondVisitor *string `json:"secondVisitor"`
	PlannedOn     *string `json:"plannedOn"`
}

// Assign gives a visit to a visitor, or to another one. Faults: Conflict, BadRequest.
func Assign(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in Assignment) (disclosure.Changed, error) {
	var none disclosure.Changed
	s, err := begin(ctx, tx, d, AssignMove, in.Version)
	if err != nil {
		return none, err
	}
	if s.Visitor, err = visitorOf(ctx, tx, s.Child, in.Visitor, d.Now); err != nil {
		return none, err
	}
	s.Second = 0
	if in.SecondVisitor != nil {
		if s.Second, err = companion(ctx, tx, s, *in.SecondVisitor, d.Now); err != nil {
			return none, err
		}
	}
	if in.PlannedOn != nil {
		day, err := time.ParseInLocation(time.DateOnly, *in.PlannedOn, chinatime.Zone())
		if err != nil || day.AddDate(0, 0, 1).Before(d.Now) {
			return none, fault.At("plannedOn", fault.New(fault.BadRequest,
				"请填写不早于今天的日期（YYYY-MM-DD）。", "Give a date (YYYY-MM-DD) that is not before today."))
		}
		s.Planned = day
	}
	return s.hand(ctx, tx, d.Caller.Staff.ID, d.Now)
}

// hand gives the visit to its visitor: work item, task until the end of the planned
// day, and what the season asks to be talked about.
func (s standing) hand(ctx context.Context, tx postgres.Tx, by int64, now time.Time) (disclosure.Changed, error) {
	var none disclosure.Changed
	if err := ticket.Close(ctx, tx, s.Ticket, now); err != nil {
		return none, err
	}
	if err := task.Finish(ctx, tx, task.Subject{Table: table, ID: s.ID}, by, now, ToVisit(), ToRevisit(), ToReassign(), ToPersuade()); err != nil {
		return none, err
	}
	item, err := ticket.Open(ctx, tx, ticket.New{
		Kind: "VISIT_TASK", Purpose: string(policy.Visit), Staff: s.Visitor, Child: s.Child, Reason: "走访任务", From: now,
	})
	if err != nil {
		return none, err
	}
	version, err := handed(ctx, tx, s, item, now)
	if err != nil {
		return none, fmt.Errorf("hand: %w", err)
	}
	n := task.New{Kind: ToVisit(), Child: s.Child, Subject: table, SubjectID: s.ID, Staff: s.Visitor, Ticket: item, From: now}
	if end := s.Planned.AddDate(0, 0, 1); end.After(now) {
		n.Until = end
	}
	return disclosure.Changed{Reason: s.next, Result: Result{State: s.next, Version: version}}, task.Open(ctx, tx, n)
}

// Conclude ends a checked visit that the sample did not draw, or asks the supervisor
// to call where it did.
func Conclude(ctx context.Context, tx postgres.Tx, id int64, drawn bool, now time.Time) (child int64, err error) {
	s, err := load(ctx, tx, id)
	if err != nil {
		return 0, fmt.Errorf("load: %w", err)
	}
	if err := sample(ctx, tx, s.ID, drawn, now); err != nil {
		return 0, fmt.Errorf("sample: %w", err)
	}
	if drawn {
		return s.Child, s.ask(ctx, tx, ToCall(), "SUP", now, s.Visitor, s.Author)
	}
	if s.next, err = Machine().Next(s.State, CloseMove); err != nil {
		return 0, err
	}
	if err := ticket.Close(ctx, tx, s.Ticket, now); err != nil {
		return 0, err
	}
	_, err = s.end(ctx, tx)
	return s.Child, err
}
