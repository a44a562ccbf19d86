package jobs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// Done is what one step came to.
type Done struct {
	// Children are those whose records were changed, by internal id.
	Children []int64
	// Reason says in codes what was done, where it changed no child's record but is to
	// be on record all the same.
	Reason string
	// Seen is how much the step went through, where that is more than it changed, and Of
	// how much there is for the whole run, 0 where the job does not know.
	Seen, Of int
	// More says that another step has something to do.
	More bool
	// Outside is work that waits for somebody else, such as another hub: it runs after the
	// commit, while nothing is locked, and returns the step that notes what came of it. A
	// hub may be killed meanwhile: what the step has claimed must become due again.
	Outside func(ctx context.Context) Step
}

// Step does a bounded piece. It asks no clock but now, and what it has done it does not
// find again.
type Step func(ctx context.Context, tx postgres.Tx, now time.Time) (Done, error)

// Job is work that the clock begins.
type Job struct {
	// Name tells jobs apart and stands in the log: lower case, with dots.
	Name string
	// Every is the time from one run to the next.
	Every time.Duration
	Step  Step
}

// Recorder appends an entry as the last statement of a transaction.
type Recorder interface {
	AppendTx(ctx context.Context, tx postgres.Tx, e audit.Entry) (audit.Receipt, error)
}

// system names the hub itself in the log.
const system = "tongxin"

// Run does the steps of a job until nothing is left. Each is on record with the
// children whose records it changed, or with what it did; one that changed nothing
// leaves no entry. How far a run has come is noted with each step.
func Run(ctx context.Context, db postgres.Beginner, log Recorder, job Job, now time.Time) error {
	next, come := job.Step, course{job: job.Name}
	for next != nil {
		step := next
		var done Done
		var reached course
		err := postgres.InTx(ctx, db, func(tx postgres.Tx) (err error) {
			if done, err = step(ctx, tx, now); err != nil {
				return err
			}
			if reached, err = come.note(ctx, tx, done); err != nil || len(done.Children) == 0 && done.Reason == "" {
				return err
			}
			_, err = log.AppendTx(ctx, tx, entry(job, done, now))
			return err
		})
		switch {
		case err != nil && ctx.Err() != nil: // the hub stops: no fault of the job's
			return fmt.Errorf("job %s: %w", job.Name, err)
		case err != nil:
			return errors.Join(fmt.Errorf("job %s: %w", job.Name, err), come.failed(ctx, db))
		}
		come = reached
		switch {
		case done.Outside != nil:
			next = done.Outside(ctx)
		case done.More:
			next = job.Step
		default:
			next = nil
		}
	}
	return nil
}

// entry is the record of a step.
func entry(job Job, done Done, now time.Time) audit.Entry {
	e := audit.Entry{
		At: now, System: system, Operation: "job." + job.Name, Requested: []string{"job:" + job.Name}, Outcome: audit.Allowed,
		Reason: done.Reason,
	}
	for _, child := range done.Children {
		e.Disclosures = append(e.Disclosures, audit.Disclosure{ChildID: child})
	}
	return e
}
