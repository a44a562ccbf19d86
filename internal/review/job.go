package review

import (
	"context"
	"fmt"
	"time"

	"github.com/tongxin-hub/tongxin/internal/jobs"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/task"
)

// Jobs are what the clock begins: whoever broke the glass is told what to say until
// when.
func Jobs() []jobs.Job {
	return []jobs.Job{{Name: "review.justify", Every: time.Minute, Step: remind}}
}

func remind(ctx context.Context, tx postgres.Tx, now time.Time) (jobs.Done, error) {
	silent, err := takeSilent(ctx, tx)
	if err != nil {
		return jobs.Done{}, fmt.Errorf("break-glass without a word: %w", err)
	}
	if len(silent) == 0 {
		return jobs.Done{}, nil
	}
	return jobs.Done{}, task.OpenAll(ctx, tx, task.New{Kind: ToJustify(), Subject: emergencies, From: now}, silent)
}
