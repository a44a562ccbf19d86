package measure

import (
	"context"
	"fmt"
	"time"

	"github.com/tongxin-hub/tongxin/internal/chinatime"
	"github.com/tongxin-hub/tongxin/internal/jobs"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/task"
)

// batch is how many shields and placements one step gives to somebody.
const batch = 100

// Jobs are what the clock does about shields and placements.
func Jobs() []jobs.Job {
	return []jobs.Job{{Name: "measure.review", Every: 15 * time.Minute, Step: look}}
}

// look sets the day of the first review, asks for the reviews that are due, and for a
// handler wherever a shield has fewer than two in post, so that no child is hidden from
// everybody.
func look(ctx context.Context, tx postgres.Tx, now time.Time) (jobs.Done, error) {
	today := chinatime.Day(now)
	if err := plan(ctx, tx, today); err != nil {
		return jobs.Done{}, fmt.Errorf("first reviews: %w", err)
	}
	more := false
	for _, ask := range []struct {
		sql  string
		kind task.Kind
	}{{dueSQL, toReview()}, {lackingSQL, toName()}} {
		list, err := whose(ctx, tx, ask.sql, today)
		if err != nil {
			return jobs.Done{}, fmt.Errorf("%s: %w", ask.kind.Code, err)
		}
		if err := task.OpenAll(ctx, tx, task.New{Kind: ask.kind, Subject: table, From: now}, list); err != nil {
			return jobs.Done{}, err
		}
		more = more || len(list) == batch
	}
	return jobs.Done{More: more}, nil
}
