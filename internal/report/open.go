package report

import (
	"context"
	"fmt"
	"time"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/plaintext"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/task"
)

// subject is the table of reports, as tasks name it.
const subject = "mandatory_report"

// Step is a step in words, on the version that the person has read.
type Step struct {
	Report  int64
	Version int
	Note    string
}

// Done is what a move came to; Child is 0 where none is known.
type Done struct {
	ID      int64
	State   string
	Version int
	Child   int64
}

// open is a report that is being worked on, locked until the transaction ends.
type open struct {
	ID, Child                                       int64
	State                                           string
	Version                                         int
	Author, Handler, Supervisor                     int64
	Second, ClosingBy                               int64
	Suspected                                       bool
	Shield                                          string
	Tasked /* has an open task of it */, Conflicted bool
}

// step is a move that is made.
type step struct{ move, to, note string }

// begin locks a report and lets the move begin: by whoever has it in hand and no
// conflict of interest, from the state where it begins, on the version that was read.
// Faults: NotFound, alike for a report that is not there and one that is not theirs;
// Forbidden; Conflict.
func begin(ctx context.Context, tx postgres.Tx, a Actor, s Step, move string) (open, step, error) {
	r, err := loadFor(ctx, tx, s.Report, a.Staff)
	if err == nil && (r.Conflicted || a.Staff != r.Handler && a.Staff != r.Supervisor && !r.Tasked) {
		err = missing()
	}
	if err != nil {
		return r, step{}, err
	}
	to, err := Flow().Begin(a.Role, move, flow.Stand{State: r.State, Version: r.Version, Read: s.Version})
	return r, step{move: move, to: to, note: s.Note}, err
}

// noted is begin for steps that are told in words.
func noted(ctx context.Context, tx postgres.Tx, a Actor, s Step, move string) (open, step, error) {
	r, st, err := begin(ctx, tx, a, s, move)
	if err == nil && !plaintext.Words(s.Note, 10, 2000) {
		err = fault.At("note", plaintext.Length(10, 2000))
	}
	return r, st, err
}

// advance writes the step down and moves the report on.
func (r open) advance(ctx context.Context, tx postgres.Tx, a Actor, s step) (Done, error) {
	version, err := advance(ctx, tx, r.ID, a, s)
	if err != nil {
		return Done{}, fmt.Errorf("%s: %w", s.move, err)
	}
	return Done{ID: r.ID, State: s.to, Version: version, Child: r.Child}, nil
}

// give gives somebody a task about the report; to nobody, none.
func (r open) give(ctx context.Context, tx postgres.Tx, k task.Kind, staff int64, a Actor) error {
	if staff == 0 {
		return nil
	}
	ticket, err := ticketFor(ctx, tx, r, staff, a.Now)
	if err != nil {
		return err
	}
	return task.Open(ctx, tx, task.New{
		Kind: k, Child: r.Child, Subject: subject, SubjectID: r.ID, Staff: staff, Ticket: ticket, From: a.Now,
	})
}

// supplement gives the reporter the task to write, which names no child and no
// ticket, and says until when.
func (r open) supplement(ctx context.Context, tx postgres.Tx, a Actor) (time.Time, error) {
	k := toSupplement()
	err := task.Open(ctx, tx, task.New{Kind: k, Subject: subject, SubjectID: r.ID, Staff: a.Staff, From: a.Now})
	if err != nil {
		return time.Time{}, err
	}
	return dueAfter(ctx, tx, a.Now, k)
}

// owner is who goes and sees the child: the supervisor, or else the handler.
func (r open) owner() int64 {
	if r.Supervisor != 0 {
		return r.Supervisor
	}
	return r.Handler
}

// next makes a move that ends one task and begins others.
func (r open) next(ctx context.Context, tx postgres.Tx, a Actor, s step, ends []task.Kind, begins map[int64][]task.Kind) (Done, error) {
	if err := task.Finish(ctx, tx, task.Subject{Table: subject, ID: r.ID}, a.Staff, a.Now, ends...); err != nil {
		return Done{}, err
	}
	for _, staff := range []int64{r.Handler, r.Supervisor} {
		for _, k := range begins[staff] {
			if err := r.give(ctx, tx, k, staff, a); err != nil {
				return Done{}, err
			}
		}
		delete(begins, staff)
	}
	return r.advance(ctx, tx, a, s)
}

func missing() error {
	return fault.At("id", fault.New(fault.NotFound, "没有这个编号，或不在您的范围内。", "There is no such id in your reach."))
}
