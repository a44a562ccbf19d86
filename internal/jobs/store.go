package jobs

import (
	"context"

	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// Runs that found nothing leave what the last one that found work came to.
const idleSQL = `-- name: NoteJobIdle
INSERT INTO job_progress (name, checked_at) VALUES ($1, clock_timestamp())
ON CONFLICT (name) DO UPDATE SET checked_at = excluded.checked_at, failures = 0`

const noteSQL = `-- name: NoteJobStep
INSERT INTO job_progress AS j (name, started_at, done, expected, ended_at, checked_at)
SELECT $1, c.at, $2, nullif($3, 0), e.at, e.at FROM clock_timestamp() c (at), LATERAL (SELECT CASE WHEN $4 THEN c.at END) e (at)
ON CONFLICT (name) DO UPDATE SET started_at = CASE WHEN $5 THEN excluded.started_at ELSE j.started_at END, done = excluded.done, expected = excluded.expected,
    ended_at = excluded.ended_at, checked_at = coalesce(excluded.checked_at, j.checked_at), failures = CASE WHEN $4 THEN 0 ELSE j.failures END`

const failureSQL = `-- name: NoteJobFailure
INSERT INTO job_progress AS j (name, failures, failed_at) VALUES ($1, 1, clock_timestamp())
ON CONFLICT (name) DO UPDATE SET failures = j.failures + 1, failed_at = excluded.failed_at`

// course is how far one run of a job has come.
type course struct {
	job  string
	done int
}

// note says with a step, in its transaction, how far the run has come with it, and returns
// the course from there.
func (c course) note(ctx context.Context, tx postgres.Tx, d Done) (course, error) {
	ends, first := d.Outside == nil && !d.More, c.done == 0
	c.done += max(len(d.Children), d.Seen)
	if c.done == 0 {
		if !ends {
			return c, nil
		}
		_, err := tx.Exec(ctx, idleSQL, c.job)
		return c, err
	}
	_, err := tx.Exec(ctx, noteSQL, c.job, c.done, d.Of, ends, first)
	return c, err
}

// failed notes that a run broke off.
func (c course) failed(ctx context.Context, db postgres.Beginner) error {
	return postgres.InTx(ctx, db, func(tx postgres.Tx) error {
		_, err := tx.Exec(ctx, failureSQL, c.job)
		return err
	})
}
