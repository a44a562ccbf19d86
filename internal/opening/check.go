package opening

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/tongxin-hub/tongxin/internal/jobs"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/task"
	"github.com/tongxin-hub/tongxin/internal/ticket"
	"github.com/tongxin-hub/tongxin/policy"
)

// batch is how many children one step lists.
const batch = 2000

// Checking is the job that lists who was not seen. It begins every hour and finds
// nothing to do outside the weeks after the start of a term; a school that has not
// handed in its classes waits until the last day.
func Checking() jobs.Job {
	return jobs.Job{Name: ListMove, Every: time.Hour, Step: func(ctx context.Context, tx postgres.Tx, now time.Time) (jobs.Done, error) {
		t, err := due(ctx, tx, now)
		if err != nil || t.id == 0 {
			return jobs.Done{}, err
		}
		list, err := notSeen(ctx, tx, t)
		if err != nil {
			return jobs.Done{}, fmt.Errorf("not seen: %w", err)
		}
		if len(list.children) == 0 {
			if t.last {
				return jobs.Done{}, finish(ctx, tx, t, now)
			}
			return jobs.Done{}, nil
		}
		return jobs.Done{Children: list.children, More: true}, list.open(ctx, tx, t, now)
	}}
}

// open opens the checks that the children need, gives them to whoever has to find out,
// and with each child the work item that opens what that needs.
func (f found) open(ctx context.Context, tx postgres.Tx, t term, now time.Time) error {
	checks, err := open(ctx, tx, t, f, now)
	if err != nil {
		return fmt.Errorf("open checks: %w", err)
	}
	var whose []ticket.Each
	for i, child := range f.children {
		if staff := checks[place{f.schools[i], f.townships[i]}].staff; staff != 0 {
			whose = append(whose, ticket.Each{Staff: staff, Child: child})
		}
	}
	items, err := ticket.OpenAll(ctx, tx, item(now), whose)
	if err != nil {
		return err
	}
	given := map[int64]int64{}
	for i, id := range items {
		given[whose[i].Child] = id
	}
	if err := enter(ctx, tx, t, f, given, now); err != nil {
		return fmt.Errorf("enter children: %w", err)
	}
	return give(ctx, tx, slices.Collect(maps.Values(checks)), now)
}

// give gives the checks to whoever has to find out.
func give(ctx context.Context, tx postgres.Tx, checks []check, now time.Time) error {
	var asked []task.Each
	for _, c := range checks {
		if c.staff != 0 {
			asked = append(asked, task.Each{SubjectID: c.id, Staff: c.staff})
		}
	}
	return task.OpenAll(ctx, tx, task.New{Kind: toSettle(), Subject: table, From: now}, asked)
}

// Give gives the checks that stand in the database already, opened at a moment, to whoever
// has to find out, as the job does with those that it opens.
func Give(ctx context.Context, tx postgres.Tx, opened time.Time) error {
	checks, err := underWay(ctx, tx)
	if err != nil {
		return fmt.Errorf("checks under way: %w", err)
	}
	return give(ctx, tx, checks, opened)
}

// item is the work item of a child on a check.
func item(now time.Time) ticket.New {
	return ticket.New{Kind: "OPENING_CHECK", Purpose: string(policy.DropoutPrevention), Reason: "开学核查", From: now}
}

// admit gives whoever a late check goes up to the children that are left.
func admit(ctx context.Context, tx postgres.Tx, to task.Up) (int64, error) {
	children, err := left(ctx, tx, to.SubjectID, to.Staff)
	if err != nil {
		return 0, fmt.Errorf("children left: %w", err)
	}
	var whose []ticket.Each
	for _, child := range children {
		whose = append(whose, ticket.Each{Staff: to.Staff, Child: child})
	}
	_, err = ticket.OpenAll(ctx, tx, item(to.Now), whose)
	return 0, err
}
