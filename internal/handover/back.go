package handover

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/tongxin-hub/tongxin/internal/jobs"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/ticket"
	"github.com/tongxin-hub/tongxin/policy"
)

// Returning is the job that gives back, once a post is held again, what others had to do
// in its stead.
func Returning() jobs.Job {
	return jobs.Job{Name: "handover.returning", Every: 10 * time.Minute, Step: giveBack}
}

func giveBack(ctx context.Context, tx postgres.Tx, now time.Time) (jobs.Done, error) {
	list, err := takeStoodIn(ctx, tx, now)
	if err != nil {
		return jobs.Done{}, fmt.Errorf("stood in for: %w", err)
	}
	done := jobs.Done{More: len(list) == batch}
	for _, s := range list {
		if err := s.back(ctx, tx, now); err != nil {
			return done, fmt.Errorf("task %d: %w", s.task, err)
		}
		if s.child == 0 {
			done.Reason = "RETURNED"
		} else if !slices.Contains(done.Children, s.child) {
			done.Children = append(done.Children, s.child)
		}
	}
	slices.Sort(done.Children)
	return done, nil
}

// stoodIn is a task that somebody has in another's stead, and to whom it goes back.
type stoodIn struct {
	task, child, holder, item int64
	role                      policy.Role
	// survey: the item opens the survey of the child, to whoever has it.
	survey bool
	// visit is one that is not made yet, 0 for other work.
	visit int64
}

// back gives the task to the holder, with a work item where the role needs one. A visit
// that is not made yet is given out anew by night; a draft stays with who wrote it.
func (s stoodIn) back(ctx context.Context, tx postgres.Tx, now time.Time) error {
	if s.visit != 0 {
		return execute(ctx, tx, giveVisitSQL, s.visit, s.holder)
	}
	var item int64
	var err error
	if s.survey {
		item, err = s.item, execute(ctx, tx, giveTicketSQL, s.item, s.holder)
	} else {
		err = ticket.Close(ctx, tx, s.item, now)
	}
	if err != nil {
		return err
	}
	if s.role == policy.DIR && item == 0 && s.child != 0 {
		if item, err = ticket.Open(ctx, tx, ticket.New{
			Kind: "VISIT_TASK", Purpose: string(policy.Visit), Staff: s.holder, Child: s.child, Reason: "接回代办事项", From: now,
		}); err != nil {
			return err
		}
	}
	return execute(ctx, tx, backSQL, s.task, s.holder, item, now)
}
