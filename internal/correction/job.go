package correction

import (
	"context"
	"fmt"
	"time"

	"github.com/tongxin-hub/tongxin/internal/jobs"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/task"
)

// batch is how many corrections one step works on.
const batch = 20

// Jobs hand over what found no steward, and tell the recipients of what was corrected.
func Jobs() []jobs.Job {
	return []jobs.Job{
		{Name: "correction.route", Every: 10 * time.Minute, Step: routeWaiting},
		{Name: "correction.propagate", Every: time.Minute, Step: propagate},
	}
}

func routeWaiting(ctx context.Context, tx postgres.Tx, now time.Time) (jobs.Done, error) {
	waiting, err := takeUnrouted(ctx, tx, now)
	if err != nil {
		return jobs.Done{}, fmt.Errorf("corrections without a steward: %w", err)
	}
	done := jobs.Done{More: len(waiting) == batch}
	for _, u := range waiting {
		if _, err := route(ctx, tx, u, now); err != nil {
			return jobs.Done{}, fmt.Errorf("correction %d: %w", u.id, err)
		}
		done.Children = append(done.Children, u.child)
	}
	return done, nil
}

// propagate tells everybody whom the log knows to have been shown the coordinate of
// the child: that something was corrected, never what.
func propagate(ctx context.Context, tx postgres.Tx, now time.Time) (jobs.Done, error) {
	accepted, err := takeAccepted(ctx, tx)
	if err != nil {
		return jobs.Done{}, fmt.Errorf("accepted corrections: %w", err)
	}
	done := jobs.Done{More: len(accepted) == batch}
	for _, c := range accepted {
		if err := c.tell(ctx, tx, now); err != nil {
			return jobs.Done{}, fmt.Errorf("correction %d: %w", c.id, err)
		}
		done.Children = append(done.Children, c.child)
	}
	return done, nil
}

func (c correction) tell(ctx context.Context, tx postgres.Tx, now time.Time) error {
	told, err := recipients(ctx, tx, c, now)
	if err != nil {
		return fmt.Errorf("recipients: %w", err)
	}
	for _, staff := range told {
		err := task.Open(ctx, tx, task.New{Kind: corrected(), Child: c.child, Subject: table, SubjectID: c.id, Staff: staff, From: now})
		if err != nil {
			return err
		}
	}
	to, err := Machine().Next(Accepted, "correction.propagate")
	if err != nil {
		return err
	}
	return setState(ctx, tx, c.id, to)
}
