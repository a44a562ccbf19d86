package consultation

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

// subject is the table of consultations, as tasks name it.
const subject = "consultation"

// Actor is who makes a move, in which post.
type Actor = flow.Actor

// Step is a move on the version that the person has read; Version is 0 for moves that
// change nothing that others write.
type Step struct {
	Consultation int64
	Version      int
}

// Done is what a move came to.
type Done struct {
	ID, Child int64
	State     string
	Version   int
	// Unread is what had been granted to the agency before and nobody read.
	Unread []string
}

// open is a consultation that is worked on, locked until the transaction ends.
type open struct {
	ID, Child                 int64
	State, to                 string
	Version                   int
	Proposer, Convenor        int64
	Named, Conflicted, InHand bool
	Unanswered, Agreed        int
}

// begin locks a consultation and lets a move begin: by whoever has it in hand and no
// conflict of interest. Faults: NotFound, alike for what is not there and what is not
// theirs; Forbidden; Conflict.
func begin(ctx context.Context, tx postgres.Tx, a Actor, s Step, move string) (open, error) {
	r, err := load(ctx, tx, s.Consultation, a.Staff)
	if err == nil && (r.Conflicted || !r.InHand && !r.Named && a.Staff != r.Proposer && a.Staff != r.Convenor) {
		err = missing()
	}
	if err != nil {
		return r, err
	}
	read := s.Version
	if read == 0 {
		read = r.Version
	}
	r.to, err = Flow().Begin(a.Role, move, flow.Stand{State: r.State, Version: r.Version, Read: read})
	return r, err
}

// advance moves the consultation on.
func (r open) advance(ctx context.Context, tx postgres.Tx) (Done, error) {
	version, err := advance(ctx, tx, r.ID, r.to)
	if err != nil {
		return Done{}, fmt.Errorf("consultation to %s: %w", r.to, err)
	}
	return Done{ID: r.ID, Child: r.Child, State: r.to, Version: version}, nil
}

// give gives somebody a task about the consultation, with the work item under which it
// is read; to nobody, none.
func (r open) give(ctx context.Context, tx postgres.Tx, k task.Kind, staff int64, now time.Time) error {
	if staff == 0 {
		return nil
	}
	ticket, err := ticketFor(ctx, tx, r, staff, now)
	if err != nil {
		return fmt.Errorf("ticket of consultation: %w", err)
	}
	return task.Open(ctx, tx, task.New{
		Kind: k, Child: r.Child, Subject: subject, SubjectID: r.ID, Staff: staff, Ticket: ticket, From: now,
	})
}

// finish ends tasks of some kinds, whoever had them.
func (r open) finish(ctx context.Context, tx postgres.Tx, a Actor, kinds ...task.Kind) error {
	return task.Finish(ctx, tx, task.Subject{Table: subject, ID: r.ID}, a.Staff, a.Now, kinds...)
}

// own ends what one person had to do, with what went up from it.
func (r open) own(ctx context.Context, tx postgres.Tx, a Actor, kinds ...task.Kind) error {
	return task.FinishOwn(ctx, tx, task.Subject{Table: subject, ID: r.ID}, a.Staff, a.Now, kinds...)
}

// text is a fault at a member that is too short or too long.
func text(member string, least, most int) error {
	return fault.At(member, plaintext.Length(least, most))
}

func missing() error {
	return fault.At("id", fault.New(fault.NotFound, "没有这个编号，或不在您的范围内。", "There is no such id in your reach."))
}
