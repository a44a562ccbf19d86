package consultation

import (
	"context"
	"fmt"
	"time"

	"github.com/tongxin-hub/tongxin/internal/plaintext"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/task"
)

// Minutes are what the meeting said and decided, and how the child sees it (未保法4).
type Minutes struct {
	Step
	Minutes, Decisions, ChildView string
}

// Record keeps the minutes. Faults: those of begin; BadRequest.
func Record(ctx context.Context, tx postgres.Tx, a Actor, in Minutes) (Done, error) {
	r, err := begin(ctx, tx, a, in.Step, "recordMeeting")
	switch {
	case err != nil:
		return Done{}, err
	case !plaintext.Words(in.Minutes, 10, 4000):
		return Done{}, text("minutes", 10, 4000)
	case !plaintext.Words(in.Decisions, 4, 1000):
		return Done{}, text("decisions", 4, 1000)
	case !plaintext.Words(in.ChildView, 4, 500):
		return Done{}, text("childView", 4, 500)
	}
	if err := minute(ctx, tx, in); err != nil {
		return Done{}, fmt.Errorf("record meeting: %w", err)
	}
	if err := r.finish(ctx, tx, a, toGrant(), toPledge()); err != nil { // too late for either
		return Done{}, err
	}
	return r.advance(ctx, tx)
}

// Assignment is what one of the people has to do.
type Assignment struct {
	Staff, Words string
	Until        time.Time
}

// Assign gives out the tasks, with which the grants end.
type Assign struct {
	Step
	Tasks []Assignment
}

// GiveOut gives out tasks: a card in the child's file for the person's role, and a
// task that says no more than that there is one. The grants end. Faults: those of
// begin; BadRequest for somebody who is not named; Conflict before the minutes.
func GiveOut(ctx context.Context, tx postgres.Tx, a Actor, in Assign) (Done, error) {
	r, err := begin(ctx, tx, a, in.Step, "assignConsultationTasks")
	if err != nil {
		return Done{}, err
	}
	if len(in.Tasks) == 0 || len(in.Tasks) > 2*most {
		return Done{}, fault.At("tasks", fault.New(fault.BadRequest, "请列出1到30项分工。", "Give out 1 to 30 tasks."))
	}
	for _, t := range in.Tasks {
		if !plaintext.Words(t.Words, 4, 200) {
			return Done{}, text("tasks", 4, 200)
		}
		staff, err := card(ctx, tx, r, a, t)
		if err != nil {
			return Done{}, fmt.Errorf("card: %w", err)
		}
		if staff == 0 {
			return Done{}, fault.At("tasks", fault.New(fault.BadRequest,
				"分工只能交给参加人："+t.Staff, "Tasks are given to those named: "+t.Staff))
		}
		err = task.Open(ctx, tx, task.New{
			Kind: ToDo(), Child: r.Child, Subject: subject, SubjectID: r.ID, Staff: staff, From: a.Now, Until: t.Until,
		})
		if err != nil {
			return Done{}, err
		}
	}
	if err := r.finish(ctx, tx, a, toMeet(), toPledge(), toGrant()); err != nil {
		return Done{}, err
	}
	if r.State != Revoked {
		if err := r.end(ctx, tx, a.Now); err != nil {
			return Done{}, err
		}
	}
	return r.advance(ctx, tx)
}

// FinishTask ends one task of a person's own that a meeting gave out, and the card
// beside it. Faults: BadRequest; NotFound.
func FinishTask(ctx context.Context, tx postgres.Tx, a Actor, id int64, outcome string) (Done, error) {
	if !plaintext.Words(outcome, 4, 200) {
		return Done{}, text("outcome", 4, 200)
	}
	ended, err := task.End(ctx, tx, id, a.Staff, a.Now, ToDo())
	if err != nil {
		return Done{}, err
	}
	if err := doneCard(ctx, tx, ended.SubjectID, a); err != nil {
		return Done{}, fmt.Errorf("card: %w", err)
	}
	return Done{ID: id, Child: ended.Child}, nil
}
