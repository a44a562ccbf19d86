package task

import (
	"context"
	"fmt"
	"time"

	"github.com/tongxin-hub/tongxin/internal/jobs"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// batch is how many late tasks go up in one transaction.
const batch = 200

// Escalation is the job that moves late tasks up their ladders.
func Escalation(kinds []Kind) jobs.Job {
	known := map[string]Kind{}
	for _, k := range kinds {
		known[k.Code] = k
	}
	return jobs.Job{
		Name: "task.escalation", Every: time.Minute,
		Step: func(ctx context.Context, tx postgres.Tx, now time.Time) (jobs.Done, error) {
			return escalate(ctx, tx, known, now)
		},
	}
}

// escalate takes one batch of late tasks one rung up.
func escalate(ctx context.Context, tx postgres.Tx, kinds map[string]Kind, now time.Time) (jobs.Done, error) {
	late, err := takeLate(ctx, tx, now)
	if err != nil {
		return jobs.Done{}, fmt.Errorf("late tasks: %w", err)
	}
	for _, l := range late {
		kind, found := kinds[l.kind]
		if !found {
			return jobs.Done{}, fmt.Errorf("task %d is of kind %s, which no area declares", l.id, l.kind)
		}
		if err := climb(ctx, tx, kind, l, now); err != nil {
			return jobs.Done{}, fmt.Errorf("task %d: %w", l.id, err)
		}
	}
	return jobs.Done{More: len(late) == batch}, nil
}

// climb moves a late task one rung up: the person is reminded, or somebody above gets
// a task about the same record; at the end whoever leads the agency hears of it.
func climb(ctx context.Context, tx postgres.Tx, kind Kind, l late, now time.Time) error {
	var err error
	switch {
	case l.rung >= len(kind.Ladder):
		err = tellHead(ctx, tx, l, now)
	case kind.Ladder[l.rung].Role != "":
		err = raise(ctx, tx, kind, l, now)
	}
	if err != nil {
		return err
	}
	return setRung(ctx, tx, kind, l.id, l.rung+1)
}

// raise gives the task to whom the record names for the rung, or else to whoever holds its
// role, with the work item that it needs. A rung whose post is vacant, or held by the
// person who is late, is passed over: whoever stands in for it gets the task.
func raise(ctx context.Context, tx postgres.Tx, kind Kind, l late, now time.Time) error {
	role := kind.Ladder[l.rung].Role
	above, err := above(ctx, tx, kind.Ladder[l.rung], l, now)
	if err != nil || above.Staff == 0 {
		return err
	}
	n := New{Kind: kind, Child: l.child, Subject: l.subject, SubjectID: l.subjectID, Staff: above.Staff, For: above.For, From: now}
	if kind.Admit != nil && above.Role == role {
		if n.Ticket, err = kind.Admit(ctx, tx, Up{Child: l.child, SubjectID: l.subjectID, Staff: above.Staff, Now: now}); err != nil {
			return fmt.Errorf("work item: %w", err)
		}
	}
	return open(ctx, tx, n, l.id)
}

// above is who a late task goes up to.
func above(ctx context.Context, tx postgres.Tx, r Rung, l late, now time.Time) (InPost, error) {
	if r.Named != nil {
		named, err := r.Named(ctx, tx, l.subjectID)
		if err != nil || named != 0 && named != l.staff {
			return InPost{Staff: named, Role: r.Role}, err
		}
	}
	return holder(ctx, tx, standIns(r.Role), l.child, []int64{l.staff}, now)
}

// tellHead tells whoever leads the agency of a person that the person is late, once for
// all that is late at a time.
func tellHead(ctx context.Context, tx postgres.Tx, l late, now time.Time) error {
	leads, err := head(ctx, tx, l.staff, now)
	if err != nil || leads == 0 {
		return err
	}
	return Open(ctx, tx, New{Kind: Late(), Subject: "staff", SubjectID: l.staff, Staff: leads, From: now})
}
