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

// Actor is who makes a move, in which post.
type Actor = flow.Actor

// New is a report that comes in.
type New struct {
	// Child is the internal id of a child in reach, 0 for none; Kind and Token name
	// one by a number of the reporter's agency; Described says it in words.
	Child            int64
	Kind             string
	Token            []byte
	Described, Place string
	Category         string
	Channel          string
	FoundOn          time.Time
	Danger, Suspects bool
	PoliceNo         string
	Narrative        string
	Injury           string
	// Unit and Person are sealed; a report of a person alone has no unit, one of a
	// system no person.
	Unit, Person string
}

// Sent is what the reporter gets: nothing that tells whether the child is known.
type Sent struct {
	ID           int64
	State        string
	Version      int
	SupplementBy *time.Time
}

// Submit takes a report and gives it to the desk, without anybody's approval. The
// work is the same whether or not a child is found. Faults: BadRequest.
func Submit(ctx context.Context, tx postgres.Tx, a Actor, n New) (Sent, error) {
	if err := n.check(a); err != nil {
		return Sent{}, err
	}
	id, child, err := insert(ctx, tx, a, n)
	if err != nil {
		return Sent{}, fmt.Errorf("submit report: %w", err)
	}
	desk, err := onDuty(ctx, tx, a, child)
	if err != nil {
		return Sent{}, fmt.Errorf("submit report: %w", err)
	}
	if desk != 0 {
		if err := take(ctx, tx, id, desk); err != nil {
			return Sent{}, fmt.Errorf("submit report: %w", err)
		}
	} else {
		officer, err := task.Holder(ctx, tx, "DPO", child, a.Now)
		if err != nil {
			return Sent{}, err
		}
		desk = officer.Staff
	}
	out := Sent{ID: id, State: Submitted, Version: 1}
	r := open{ID: id, Child: child}
	if err := r.give(ctx, tx, toAccept(), desk, a); err != nil || n.Narrative != "" {
		return out, err
	}
	due, err := r.supplement(ctx, tx, a)
	out.SupplementBy = &due
	return out, err
}

// check refuses what the reporter can mend.
func (n New) check(a Actor) error {
	switch {
	case n.Child == 0 && n.Token == nil && n.Described == "":
		return fault.At("described", fault.New(fault.BadRequest,
			"请用编号、关联令牌或文字指明是哪个孩子。", "Say which child: by id, by join token or in words."))
	case n.Described != "" && !plaintext.Words(n.Described, 2, 500):
		return fault.At("described", plaintext.Length(2, 500))
	case !plaintext.Words(n.Place, 0, 200):
		return fault.At("place", plaintext.Length(0, 200))
	case n.Narrative != "" && !plaintext.Words(n.Narrative, 10, 2000):
		return fault.At("narrative", plaintext.Length(10, 2000))
	case !plaintext.Words(n.Injury, 0, 500):
		return fault.At("injury", plaintext.Length(0, 500))
	case !plaintext.Words(n.PoliceNo, 0, 60):
		return fault.At("policeNoticeNo", plaintext.Length(0, 60))
	case n.FoundOn.After(a.Today):
		return fault.At("foundOn", fault.New(fault.BadRequest, "发现日期不能晚于今天。", "It cannot have been found after today."))
	}
	return nil
}

// Addition is what a reporter adds.
type Addition struct {
	Report              int64
	Narrative, PoliceNo string
}

// Supplement adds to one's own report. It asks for no version: it overwrites nothing.
// Faults: NotFound, BadRequest, Conflict once the report is closed.
func Supplement(ctx context.Context, tx postgres.Tx, a Actor, in Addition) (Done, error) {
	if !plaintext.Words(in.Narrative, 10, 2000) {
		return Done{}, fault.At("narrative", plaintext.Length(10, 2000))
	}
	if !plaintext.Words(in.PoliceNo, 0, 60) {
		return Done{}, fault.At("policeNoticeNo", plaintext.Length(0, 60))
	}
	r, err := loadFor(ctx, tx, in.Report, a.Staff)
	if err == nil && r.Author != a.Staff {
		err = missing()
	}
	if err != nil {
		return Done{}, err
	}
	to, err := Flow().Next(r.State, "supplementReport")
	if err != nil {
		return Done{}, err
	}
	if err := addition(ctx, tx, in); err != nil {
		return Done{}, fmt.Errorf("supplement report: %w", err)
	}
	if err := task.Finish(ctx, tx, task.Subject{Table: subject, ID: r.ID}, a.Staff, a.Now, toSupplement()); err != nil {
		return Done{}, err
	}
	done, err := r.advance(ctx, tx, a, step{move: "supplementReport", to: to, note: in.Narrative})
	done.Child = 0 // the reporter's answer and entry tell nothing of the file
	return done, err
}
