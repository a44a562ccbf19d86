package safeguard

import (
	"context"
	"fmt"
	"time"

	"github.com/tongxin-hub/tongxin/internal/chinatime"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/plaintext"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/task"
)

// most is how many steps of one report may be open at a time.
const most = 20

// New is a step as it is planned.
type New struct {
	Kind, Words string
	// Owner is the staff code of whoever does it, Due the day until which.
	Owner string
	Due   time.Time
}

// Report is what steps are planned for.
type Report struct{ ID, Child int64 }

// Plan adds steps to the plan of a report and gives each to its owner. Faults: BadRequest,
// at members below at, where it is not "", in the row that is to be mended.
func Plan(ctx context.Context, tx postgres.Tx, a flow.Actor, r Report, at string, list []New) error {
	open, horizon, err := room(ctx, tx, r.ID)
	if err != nil {
		return fmt.Errorf("room for steps: %w", err)
	}
	if len(list) == 0 || open+len(list) > most {
		return fault.At(at, fault.New(fault.BadRequest,
			fmt.Sprintf("请写明步骤，未完成的至多%d步。", most), fmt.Sprintf("Give steps, %d at most that are open.", most)))
	}
	for i, n := range list {
		row := ""
		if at != "" {
			row = fmt.Sprintf("%s.%d.", at, i)
		}
		if err := ahead(row+"dueOn", n.Due, a.Today, horizon); err != nil {
			return err
		}
		if err := plan(ctx, tx, a, r, row, n); err != nil {
			return err
		}
	}
	return nil
}

// plan adds one step.
func plan(ctx context.Context, tx postgres.Tx, a flow.Actor, r Report, row string, n New) error {
	if err := plaintext.Need(row+"words", n.Words, 200); err != nil {
		return err
	}
	if !plaintext.Words(n.Words, 2, 200) {
		return fault.At(row+"words", plaintext.Length(2, 200))
	}
	who, err := owner(ctx, tx, r, a, n.Owner)
	if err != nil {
		return fault.At(row+"owner", err)
	}
	id, err := insert(ctx, tx, a, r.ID, n, who)
	if err != nil {
		return fmt.Errorf("insert step: %w", err)
	}
	return step{ID: id, Child: r.Child, Report: r.ID, Owner: who.Staff, Due: n.Due}.ask(ctx, tx, a)
}

// ahead refuses a day that is over or too far away.
func ahead(member string, due, today time.Time, horizon int) error {
	last := today.AddDate(0, 0, horizon)
	if !due.Before(today) && !due.After(last) {
		return nil
	}
	return fault.At(member, fault.New(fault.BadRequest,
		fmt.Sprintf("期限请填写今天到%s之间的日期。", last.Format(time.DateOnly)),
		fmt.Sprintf("Give a day from today to %s.", last.Format(time.DateOnly))))
}

// ask gives the step to its owner: to do until its day, and to follow up before that.
func (s step) ask(ctx context.Context, tx postgres.Tx, a flow.Actor) error {
	n := task.New{
		Kind: toDo(), Child: s.Child, Subject: table, SubjectID: s.ID, Staff: s.Owner, From: a.Now,
		Until: time.Date(s.Due.Year(), s.Due.Month(), s.Due.Day()+1, 0, 0, 0, 0, chinatime.Zone()),
	}
	if err := task.Open(ctx, tx, n); err != nil {
		return err
	}
	return s.askAgain(ctx, tx, a, s.Owner)
}

// askAgain asks for the next follow-up, weekly in the first month of the plan and monthly
// then, where the step is not to be done before.
func (s step) askAgain(ctx context.Context, tx postgres.Tx, a flow.Actor, staff int64) error {
	first, days, err := rhythm(ctx, tx, s.Report, a.Today)
	if err != nil {
		return fmt.Errorf("next follow-up: %w", err)
	}
	if !s.Due.After(a.Today.AddDate(0, 0, days)) {
		return nil
	}
	kind := toFollowLater()
	if first {
		kind = toFollow()
	}
	return task.Open(ctx, tx, task.New{Kind: kind, Child: s.Child, Subject: table, SubjectID: s.ID, Staff: staff, From: a.Now})
}

// AllDone refuses the end of a report of which steps are open. Fault: Conflict.
func AllDone(ctx context.Context, tx postgres.Tx, report int64) error {
	n, _, err := room(ctx, tx, report)
	if err != nil {
		return fmt.Errorf("open steps: %w", err)
	}
	if n == 0 {
		return nil
	}
	return fault.New(fault.Conflict,
		fmt.Sprintf("保护方案还有%d个步骤未落实，请先落实或取消。", n),
		fmt.Sprintf("%d of the plan's steps are open; do or drop them first.", n))
}
