package concern

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/task"
	"github.com/tongxin-hub/tongxin/policy"
)

// subject is the table of the records that raise concerns.
const subject = "visit"

// Finding is what a visit found, as far as others have to act on it.
type Finding struct {
	// Visit is the record, Child whom it is about, Visitor who made it.
	Visit, Child, Visitor int64
	Concerns              []string
	// Red demands a call on the same day.
	Red bool
	// LivingAlone is a red alert by itself (未保法 21).
	LivingAlone bool
	// Informed: the guardian has been told, so that the school may be.
	Informed bool
	Now      time.Time
}

// Raise sends what was found to those who have to act on it, each by a task that says
// what to attend to and not why. A post that is vacant is stood in for.
func Raise(ctx context.Context, tx postgres.Tx, f Finding) error {
	attending, err := attends(ctx, tx, f.Child)
	if err != nil {
		return fmt.Errorf("concern: %w", err)
	}
	for _, r := range routes() {
		if !slices.Contains(f.Concerns, r.concern) || r.absent && attending {
			continue
		}
		if err := f.send(ctx, tx, r); err != nil {
			return err
		}
	}
	if f.OfMind() {
		if err := f.mind(ctx, tx); err != nil {
			return err
		}
	}
	return f.alarm(ctx, tx)
}

// OfMind reports whether there is a concern about the child's mind.
func (f Finding) OfMind() bool { return slices.Contains(f.Concerns, "MENTAL") }

// alarm opens what has to be done the same day.
func (f Finding) alarm(ctx context.Context, tx postgres.Tx) error {
	var alerts []route
	if f.LivingAlone {
		alerts = append(alerts, route{role: policy.SUP, kind: toProtect()}, route{role: policy.CM, kind: toProtect()})
	}
	if f.Red || f.LivingAlone {
		alerts = append(alerts, route{role: policy.SUP, kind: toCallToday()})
	}
	for _, r := range alerts {
		if err := f.send(ctx, tx, r); err != nil {
			return err
		}
	}
	return nil
}

// send gives one role its task, with what opens the file for it and no more.
func (f Finding) send(ctx context.Context, tx postgres.Tx, r route) error {
	holder, err := f.holder(ctx, tx, r.role)
	if err != nil || holder.Staff == 0 {
		return err
	}
	if holder.Role != r.role { // who stands in for two hears once
		heard, err := task.Own(ctx, tx, subject, f.Child, holder.Staff, r.kind)
		if err != nil || heard == f.Visit {
			return err
		}
	}
	n := task.New{Kind: r.kind, Child: f.Child, Subject: subject, SubjectID: f.Visit, Staff: holder.Staff, For: holder.For, From: f.Now}
	if r.nameless {
		n.Child = 0
	} else if n.Ticket, err = openFile(ctx, tx, Opening{Role: holder.Role, Staff: holder.Staff, Child: f.Child, Visit: f.Visit, Now: f.Now}); err != nil {
		return err
	}
	if r.card != "" && holder.Role == r.role {
		if err := issueCard(ctx, tx, f, r); err != nil {
			return fmt.Errorf("card for %s: %w", r.role, err)
		}
	}
	return task.Open(ctx, tx, n)
}

// holder is who gets what is routed to a role.
func (f Finding) holder(ctx context.Context, tx postgres.Tx, role policy.Role) (task.InPost, error) {
	if role == toVisitor {
		return task.InPost{Staff: f.Visitor, Role: role}, nil
	}
	who, err := task.Holder(ctx, tx, role, f.Child, f.Now)
	if err != nil {
		return task.InPost{}, fmt.Errorf("holder of %s: %w", role, err)
	}
	return who, nil
}

// mind is the way of a concern about the mind: the guardian hears first, with proof,
// and only then the school's psychologist.
func (f Finding) mind(ctx context.Context, tx postgres.Tx) error {
	if err := flag(ctx, tx, f); err != nil {
		return fmt.Errorf("referral: %w", err)
	}
	if f.Informed {
		return f.Refer(ctx, tx)
	}
	return f.send(ctx, tx, route{role: toVisitor, kind: ToInform()})
}

// Refer hands a concern about the mind to the school's psychologist, once the
// guardian has been told.
func (f Finding) Refer(ctx context.Context, tx postgres.Tx) error {
	if err := inform(ctx, tx, f); err != nil {
		return fmt.Errorf("referral: %w", err)
	}
	if err := task.Finish(ctx, tx, task.Subject{Table: subject, ID: f.Visit}, f.Visitor, f.Now, ToInform()); err != nil {
		return err
	}
	kind := mental()
	if f.Red {
		kind = mentalUrgent()
	}
	return f.send(ctx, tx, route{role: policy.PSY, kind: kind, card: "请按转介安排关注该生"})
}
