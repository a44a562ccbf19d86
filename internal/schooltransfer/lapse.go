package schooltransfer

import (
	"context"
	"fmt"
	"time"

	"github.com/tongxin-hub/tongxin/internal/dropout"
	"github.com/tongxin-hub/tongxin/internal/jobs"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/task"
)

// batch is how many transfers lapse in one transaction.
const batch = 100

// Lapsing is the job that ends the pause where nobody has confirmed in time.
func Lapsing() jobs.Job {
	return jobs.Job{Name: "school.lapse", Every: time.Hour, Step: func(ctx context.Context, tx postgres.Tx, now time.Time) (jobs.Done, error) {
		list, err := overdue(ctx, tx, now)
		if err != nil {
			return jobs.Done{}, fmt.Errorf("overdue: %w", err)
		}
		done := jobs.Done{More: len(list) == batch}
		for _, t := range list {
			if err := t.lapse(ctx, tx, now); err != nil {
				return done, fmt.Errorf("lapse: %w", err)
			}
			done.Children = append(done.Children, t.child)
		}
		return done, nil
	}}
}

// lapse is the clock's move.
func (t transfer) lapse(ctx context.Context, tx postgres.Tx, now time.Time) error {
	var err error
	if t.state, err = Machine().Next(t.state, LapseMove); err != nil {
		return err
	}
	if err := t.save(ctx, tx, now); err != nil {
		return err
	}
	if err := task.Finish(ctx, tx, task.Subject{Table: table, ID: t.id}, 0, now); err != nil {
		return err
	}
	return t.alert(ctx, tx, now)
}

// alert lets the clock go on, gives the officer the alert and asks the old teacher: no
// school has the child.
func (t transfer) alert(ctx context.Context, tx postgres.Tx, now time.Time) error {
	if err := t.goOn(ctx, tx, now); err != nil {
		return fmt.Errorf("go on: %w", err)
	}
	if err := dropout.Raise(ctx, tx, dropout.By{Staff: t.author, Agency: t.agency, Name: t.agencyName}, t.child, now); err != nil {
		return err
	}
	who, err := task.Holder(ctx, tx, "HT", t.child, now)
	if err != nil || who.Staff == 0 {
		return err
	}
	return task.Open(ctx, tx, task.New{Kind: toFind(), Child: t.child, Subject: table, SubjectID: t.id, Staff: who.Staff, For: who.For, From: now})
}
