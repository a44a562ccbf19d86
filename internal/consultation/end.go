package consultation

import (
	"context"
	"fmt"
	"time"

	"github.com/tongxin-hub/tongxin/internal/plaintext"

	"github.com/tongxin-hub/tongxin/internal/jobs"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/task"
)

// batch is how many consultations end in one transaction.
const batch = 20

// Ending is the job that ends grants when their period is over. A consultation that
// was ended is in another state and not found again.
func Ending() jobs.Job {
	return jobs.Job{Name: "consultation.ending", Every: 10 * time.Minute, Step: endDue}
}

func endDue(ctx context.Context, tx postgres.Tx, now time.Time) (jobs.Done, error) {
	list, err := takeEnded(ctx, tx, now)
	if err != nil {
		return jobs.Done{}, fmt.Errorf("ended grants: %w", err)
	}
	done := jobs.Done{More: len(list) == batch}
	for _, r := range list {
		to, err := Flow().Next(r.State, "endGrants")
		if err != nil {
			return jobs.Done{}, err
		}
		r.to = to
		if err := r.end(ctx, tx, now); err != nil {
			return jobs.Done{}, err
		}
		if _, err := r.advance(ctx, tx); err != nil {
			return jobs.Done{}, err
		}
		done.Children = append(done.Children, r.Child)
	}
	return done, nil
}

// end revokes the grants and closes the work items of those who had them, counts from
// the log what was read, and hands the count to an auditor.
func (r open) end(ctx context.Context, tx postgres.Tx, now time.Time) error {
	if err := count(ctx, tx, r.ID); err != nil {
		return fmt.Errorf("count reads: %w", err)
	}
	if err := revoke(ctx, tx, r.ID, now); err != nil {
		return fmt.Errorf("revoke: %w", err)
	}
	auditor, err := task.HolderBut(ctx, tx, "AUD", r.Child, 0, now)
	if err != nil || auditor == 0 {
		return err
	}
	return task.Open(ctx, tx, task.New{Kind: toReview(), Child: r.Child, Subject: subject, SubjectID: r.ID, Staff: auditor, From: now})
}

// Review is what the auditor says of how the grants were used.
type Review struct {
	Step
	Note string
}

// ReviewUse closes a consultation. Faults: those of begin; BadRequest.
func ReviewUse(ctx context.Context, tx postgres.Tx, a Actor, in Review) (Done, error) {
	r, err := begin(ctx, tx, a, in.Step, "reviewConsultation")
	switch {
	case err != nil:
		return Done{}, err
	case !plaintext.Words(in.Note, 4, 1000):
		return Done{}, text("note", 4, 1000)
	}
	if err := r.finish(ctx, tx, a, toReview(), toMeet()); err != nil {
		return Done{}, err
	}
	if err := closed(ctx, tx, r.ID, a, in.Note); err != nil {
		return Done{}, fmt.Errorf("review: %w", err)
	}
	return r.advance(ctx, tx)
}
