package statistics

import (
	"context"
	"time"

	"github.com/tongxin-hub/tongxin/internal/chinatime"
	"github.com/tongxin-hub/tongxin/internal/jobs"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// Quarters is the job that writes down how the running quarter stands, so that a
// quarter that is over stays as it was on its last day. It changes no child's record
// and leaves no entry.
func Quarters(populations []string) jobs.Job {
	return jobs.Job{
		Name: "statistics.quarters", Every: time.Hour,
		Step: func(ctx context.Context, tx postgres.Tx, now time.Time) (jobs.Done, error) {
			_, err := keepQuarter(ctx, tx, chinatime.Day(now), populations)
			return jobs.Done{}, err
		},
	}
}
