package visiting

import (
	"context"
	"fmt"
	"time"

	"github.com/tongxin-hub/tongxin/internal/chinatime"
	"github.com/tongxin-hub/tongxin/internal/concern"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/task"
	"github.com/tongxin-hub/tongxin/internal/ticket"
	"github.com/tongxin-hub/tongxin/policy"
)

// Record keeps the draft of a visit. Faults: Conflict, Forbidden, BadRequest.
func Record(ctx context.Context, tx postgres.Tx, d disclosure.Decided, f Form) (disclosure.Changed, error) {
	var none disclosure.Changed
	s, err := begin(ctx, tx, d, RecordMove, f.Version)
	if err != nil {
		return none, err
	}
	if err := f.check(d.Now); err != nil {
		return none, err
	}
	visited, err := time.ParseInLocation(time.DateOnly, f.VisitedOn, chinatime.Zone())
	if err != nil {
		return none, err
	}
	if err := s.checkMode(ctx, tx, f.Mode, visited); err != nil {
		return none, err
	}
	if f.SecondVisitor != nil {
		if s.Second, err = companion(ctx, tx, s, *f.SecondVisitor, d.Now); err != nil {
			return none, err
		}
	}
	if err := fill(ctx, tx, s, f, d); err != nil {
		return none, fmt.Errorf("fill: %w", err)
	}
	if f.Attachments != nil {
		if err := attach(ctx, tx, s.ID, f.Attachments, d.Now); err != nil {
			return none, fmt.Errorf("attach: %w", err)
		}
	}
	return s.end(ctx, tx)
}

// Submit hands the record in: the supervisor is asked to check it, what was found goes
// to those who have to act, and what it suggests waits for a named person.
// Faults: Conflict, Forbidden, BadRequest.
func Submit(ctx context.Context, tx postgres.Tx, d disclosure.Decided, version int) (disclosure.Changed, error) {
	var none disclosure.Changed
	s, err := begin(ctx, tx, d, SubmitMove, version)
	if err != nil {
		return none, err
	}
	if err := s.checkComplete(); err != nil {
		return none, err
	}
	if err := s.checkCompany(); err != nil {
		return none, err
	}
	if err := s.checkMode(ctx, tx, s.Mode, s.Visited); err != nil {
		return none, err
	}
	if err := submitted(ctx, tx, s, d.Now); err != nil {
		return none, fmt.Errorf("submitted: %w", err)
	}
	if err := task.Finish(ctx, tx, task.Subject{Table: table, ID: s.ID}, d.Caller.Staff.ID, d.Now, ToVisit(), ToRevisit(), ToReassign()); err != nil {
		return none, err
	}
	if err := s.ask(ctx, tx, ToCheck(), "SUP", d.Now, s.Visitor, s.Author); err != nil {
		return none, err
	}
	if err := s.propose(ctx, tx, d.Now); err != nil {
		return none, err
	}
	if err := concern.Raise(ctx, tx, s.finding(d)); err != nil {
		return none, err
	}
	return s.end(ctx, tx)
}

// finding is what others have to act on.
func (s standing) finding(d disclosure.Decided) concern.Finding {
	return concern.Finding{
		Visit: s.ID, Child: s.Child, Visitor: d.Caller.Staff.ID, Concerns: s.Concerns,
		Red: s.red(), LivingAlone: s.Alone, Informed: s.Informed, Now: d.Now,
	}
}

// ask gives the holder of a role, or who stands in, a task about the visit; but leaves
// out whose own visit it is. A case manager gets what the task asks for to read.
func (s standing) ask(ctx context.Context, tx postgres.Tx, kind task.Kind, role policy.Role, now time.Time, but ...int64) error {
	holder, err := task.Holder(ctx, tx, role, s.Child, now, but...)
	if err != nil || holder.Staff == 0 {
		return err
	}
	n := task.New{Kind: kind, Child: s.Child, Subject: table, SubjectID: s.ID, Staff: holder.Staff, For: holder.For, From: now}
	switch holder.Role {
	case policy.CM:
		n.Ticket, err = concern.ForManager(ctx, tx, concern.Opening{Staff: holder.Staff, Child: s.Child, Visit: s.ID, Now: now})
	case policy.DIR: // may not ask for the child without one
		n.Ticket, err = ticket.Open(ctx, tx, ticket.New{
			Kind: "VISIT_TASK", Purpose: string(policy.Visit), Staff: holder.Staff, Child: s.Child, Reason: "迁居交接", From: now,
		})
	default: // a supervisor needs none, a head sees nothing of the child
	}
	if err != nil {
		return err
	}
	if holder.Role == policy.CM && len(but) > 0 {
		if err := asked(ctx, tx, s.ID, holder.Staff); err != nil {
			return fmt.Errorf("ask to check: %w", err)
		}
	}
	return task.Open(ctx, tx, n)
}

// propose asks those who decide what a visit may only suggest: focus visits, and
// another risk. A child found living alone is suggested as red.
func (s standing) propose(ctx context.Context, tx postgres.Tx, now time.Time) error {
	if s.AddToFocus && !s.OnFocus {
		if err := s.ask(ctx, tx, ToConfirmFocus(), "SUP", now); err != nil {
			return err
		}
	}
	risk := s.Suggested
	if s.Alone {
		risk = "RED"
	}
	if risk == "" || risk == s.Risk {
		return nil
	}
	if err := suggestRisk(ctx, tx, s.Child, risk, now); err != nil {
		return fmt.Errorf("suggest risk: %w", err)
	}
	return AskRisk(ctx, tx, s.Child, now)
}
