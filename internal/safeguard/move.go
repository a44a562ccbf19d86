package safeguard

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

// table is where steps stand, as tasks name it.
const table = "protection_step"

// Move is a move in words, on the version that the person has read.
type Move struct {
	Step    int64
	Version int
	Note    string
}

// Made is what a move came to.
type Made struct {
	ID      int64
	State   string
	Version int
	Child   int64
}

// step is one that is worked on, locked until the transaction ends.
type step struct {
	ID, Report, Child, Owner, Handler int64
	State                             string
	Version                           int
	Due                               time.Time
	// InHand: the person may see it; Standing: it was handed to the person with the post;
	// Tasked: the person has any task of it.
	InHand, Standing, Tasked bool
}

// about names the step to the inbox.
func (s step) about() task.Subject { return task.Subject{Table: table, ID: s.ID} }

// begin locks a step and lets a move begin: of its owner or whoever stands in to work on
// it, of the report's case manager to decide about it. Faults: NotFound, alike for what is
// not there and what is not theirs; Forbidden; Conflict; BadRequest for the words.
func begin(ctx context.Context, tx postgres.Tx, a flow.Actor, in Move, move string) (step, string, error) {
	s, err := load(ctx, tx, in.Step, a.Staff)
	if err == nil && !s.InHand {
		err = missing()
	}
	if err != nil {
		return s, "", err
	}
	to, err := Machine().Begin(a.Role, move, flow.Stand{State: s.State, Version: s.Version, Read: in.Version})
	switch works := move == DoMove || move == FollowMove; {
	case err != nil:
	case works && a.Staff != s.Owner && !s.Standing:
		err = fault.New(fault.Forbidden, "由责任人办理；需要换人的，请改由他人负责。", "Its owner does that; give the step to somebody else where it cannot be done.")
	case !works && a.Staff != s.Handler && !s.Tasked:
		err = fault.New(fault.Forbidden, "由经办报告的个案管理员决定。", "The case manager who handles the report decides that.")
	case !plaintext.Words(in.Note, 4, 500):
		err = fault.At("note", plaintext.Length(4, 500))
	}
	return s, to, err
}

// end writes the move down.
func (s step) end(ctx context.Context, tx postgres.Tx, a flow.Actor, in Move, move, to string) (Made, error) {
	version, err := moved(ctx, tx, a, in, move, to)
	if err != nil {
		return Made{}, fmt.Errorf("%s: %w", move, err)
	}
	return Made{ID: s.ID, State: to, Version: version, Child: s.Child}, nil
}

// over ends a step with everything that there was to do about it.
func over(ctx context.Context, tx postgres.Tx, a flow.Actor, in Move, move string) (Made, error) {
	s, to, err := begin(ctx, tx, a, in, move)
	if err != nil {
		return Made{}, err
	}
	if err := task.Finish(ctx, tx, s.about(), a.Staff, a.Now); err != nil {
		return Made{}, err
	}
	return s.end(ctx, tx, a, in, move, to)
}

// Do says that the step is done, and how. Faults: those of begin.
func Do(ctx context.Context, tx postgres.Tx, a flow.Actor, in Move) (Made, error) {
	return over(ctx, tx, a, in, DoMove)
}

// Drop ends a step that is not to be done any more. Faults: those of begin.
func Drop(ctx context.Context, tx postgres.Tx, a flow.Actor, in Move) (Made, error) {
	return over(ctx, tx, a, in, DropMove)
}

// Look is an owner's follow-up; Quiet, without a new risk.
type Look struct {
	Move
	Quiet bool
}

// Follow records a follow-up by the owner. A new risk is told to the case manager at once,
// begins the quiet time anew and takes back the first signature under a closing. Faults:
// those of begin.
func Follow(ctx context.Context, tx postgres.Tx, a flow.Actor, in Look) (Made, error) {
	s, to, err := begin(ctx, tx, a, in.Move, FollowMove)
	if err != nil {
		return Made{}, err
	}
	if err := task.Finish(ctx, tx, s.about(), a.Staff, a.Now, toFollow(), toFollowLater()); err != nil {
		return Made{}, err
	}
	if !in.Quiet {
		if err := s.alarm(ctx, tx, a); err != nil {
			return Made{}, err
		}
	}
	if err := s.askAgain(ctx, tx, a, a.Staff); err != nil {
		return Made{}, err
	}
	return s.end(ctx, tx, a, in.Move, FollowMove, to)
}

// alarm tells the case manager of a new risk.
func (s step) alarm(ctx context.Context, tx postgres.Tx, a flow.Actor) error {
	if err := unquiet(ctx, tx, s.Report, a); err != nil {
		return fmt.Errorf("new risk: %w", err)
	}
	if s.Handler == 0 {
		return nil
	}
	return task.Open(ctx, tx, task.New{Kind: Alarm(), Child: s.Child, Subject: "mandatory_report", SubjectID: s.Report, Staff: s.Handler, From: a.Now})
}

// Reassignment gives a step to somebody else; a zero Due leaves the day as it is.
type Reassignment struct {
	Move
	Owner string
	Due   time.Time
}

// Reassign makes somebody the owner. Faults: those of begin; BadRequest for whom or until when.
func Reassign(ctx context.Context, tx postgres.Tx, a flow.Actor, in Reassignment) (Made, error) {
	s, to, err := begin(ctx, tx, a, in.Move, ReassignMove)
	if err != nil {
		return Made{}, err
	}
	who, err := owner(ctx, tx, Report{s.Report, s.Child}, a, in.Owner)
	if err != nil {
		return Made{}, fault.At("owner", err)
	}
	if !in.Due.IsZero() {
		_, horizon, err := room(ctx, tx, s.Report)
		if err != nil {
			return Made{}, err
		}
		if err := ahead("dueOn", in.Due, a.Today, horizon); err != nil {
			return Made{}, err
		}
		s.Due = in.Due
	}
	s.Owner = who.Staff
	if err := give(ctx, tx, s, who); err != nil {
		return Made{}, fmt.Errorf("give step: %w", err)
	}
	if err := task.Finish(ctx, tx, s.about(), a.Staff, a.Now); err != nil {
		return Made{}, err
	}
	if err := s.ask(ctx, tx, a); err != nil {
		return Made{}, err
	}
	return s.end(ctx, tx, a, in.Move, ReassignMove, to)
}

func missing() error {
	return fault.At("id", fault.New(fault.NotFound, "没有这个编号，或不在您的范围内。", "There is no such id in your reach."))
}
