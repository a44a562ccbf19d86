package referral

import (
	"context"
	"fmt"
	"time"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/jobs"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/task"
	"github.com/tongxin-hub/tongxin/policy"
)

// Look is a follow-up.
type Look struct {
	Danger bool
	// Note tells in words, "" for nothing.
	Note string
}

// Follow notes a follow-up: weekly in the first month, then monthly. Danger that is over
// ends the crisis, danger anew begins one. Faults: those of move; BadRequest; Conflict
// for a third level that has not been to the clinic.
func Follow(ctx context.Context, tx postgres.Tx, d disclosure.Decided, version int, in Look) (disclosure.Changed, error) {
	if err := plain("note", in.Note, 0, 200); err != nil {
		return disclosure.Changed{}, err
	}
	return move(ctx, tx, d, "followUpReferral", version, func(f *file) error {
		if f.state == Planned && f.level == third {
			return conflict("id", "三级须先转介就医。", "Level 3 goes to the clinic first.")
		}
		if f.followSince == "" {
			f.followSince = f.today
		}
		f.followedOn, f.followNote = f.today, in.Note
		if err := f.comeUp(ctx, tx); err != nil {
			return err
		}
		if err := finish(ctx, tx, f, d, toFollow()); err != nil {
			return err
		}
		return f.turn(ctx, tx, d, in.Danger)
	})
}

// turn begins or ends a crisis.
func (f *file) turn(ctx context.Context, tx postgres.Tx, d disclosure.Decided, danger bool) error {
	if danger == (f.urgent || f.crisis) {
		return nil
	}
	f.urgent = danger
	if educates(d) {
		f.crisis = danger
		if err := f.setCrisis(ctx, tx, danger); err != nil {
			return fmt.Errorf("crisis: %w", err)
		}
	}
	if !danger {
		return f.cardsDone(ctx, tx)
	}
	return f.guard(ctx, tx, d)
}

// guard asks teacher and director to stay with the child, without telling why.
func (f *file) guard(ctx context.Context, tx postgres.Tx, d disclosure.Decided) error {
	for _, role := range []policy.Role{policy.HT, policy.DIR} {
		if err := f.card(ctx, tx, d, role, "请陪同照看，不让孩子独处，有情况联系学校"); err != nil {
			return fmt.Errorf("card for %s: %w", role, err)
		}
	}
	return nil
}

// Session is one child's attendance of a counselling session.
type Session struct{ On, Mode string }

// Count notes it: the session is the counsellor's of that day and mode, whoever else
// attends it. What was said stays with the counsellor. Faults: those of hold; BadRequest;
// Conflict where it was counted, or nothing allows it.
func Count(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in Session) (disclosure.Changed, error) {
	f, err := hold(ctx, tx, d, "recordCounselling")
	if err != nil {
		return disclosure.Changed{}, err
	}
	if _, err := Machine().Next(f.state, "recordCounselling"); err != nil {
		return disclosure.Changed{}, err
	}
	if err := past("heldOn", in.On, f.today); err != nil {
		return disclosure.Changed{}, err
	}
	if f.basis == "" {
		return disclosure.Changed{}, conflict("id", "须有监护人同意或紧急依据。", "The guardian's consent or an emergency has to allow it.")
	}
	counted, err := f.attend(ctx, tx, d, in)
	if err != nil {
		return disclosure.Changed{}, fmt.Errorf("count: %w", err)
	}
	if !counted {
		return disclosure.Changed{}, conflict("heldOn", "该次辅导已经记录。", "This attendance is on record.")
	}
	return f.changed(), nil
}

// Close ends the referral. Faults: those of move; Conflict with a child in danger,
// before the guardian knows, and for an end that the state does not allow.
func Close(ctx context.Context, tx postgres.Tx, d disclosure.Decided, version int, outcome string) (disclosure.Changed, error) {
	return move(ctx, tx, d, "closeReferral", version, func(f *file) error {
		switch {
		case f.urgent || f.crisis:
			return conflict("id", "孩子仍有危险，不能结案。", "The child is in danger; it cannot be closed.")
		case f.informedOn == "":
			return conflict("id", "监护人尚未告知，不能结案。", "The guardian has not been told; it cannot be closed.")
		case f.state == FollowUp && f.basis == emergency && f.refusedOn == "":
			return conflict("id", "紧急救助后尚未征求监护人意见，不能结案。", "After the emergency the guardian has not been asked; it cannot be closed.")
		case f.state == Informed && (outcome != "REFUSED" || f.refusedOn == ""):
			return conflict("outcome", "监护人未表示拒绝，请继续办理。", "The guardian did not refuse; go on.")
		case f.state == Screened && (outcome != "NO_CONCERN" || f.level != none):
			return conflict("outcome", "评估不是一般级别，请定方案。", "The level asks for a plan.")
		}
		f.outcome, f.closedOn, f.nextOn = outcome, f.today, ""
		return f.cardsDone(ctx, tx)
	})
}

// batch is how many follow-ups are asked for in one transaction.
const batch = 200

// Jobs are what the clock begins: follow-ups that come up, and the work items with
// which the psychologists of a term go through their screening lists.
func Jobs() []jobs.Job {
	return []jobs.Job{
		{Name: "referral.followups", Every: time.Hour, Step: askFollowUps},
		{Name: "referral.rounds", Every: time.Hour, Step: func(ctx context.Context, tx postgres.Tx, now time.Time) (jobs.Done, error) {
			return jobs.Done{}, openRounds(ctx, tx, now)
		}},
	}
}

func askFollowUps(ctx context.Context, tx postgres.Tx, now time.Time) (jobs.Done, error) {
	list, err := dueFollowUps(ctx, tx, now)
	if err != nil {
		return jobs.Done{}, fmt.Errorf("follow-ups: %w", err)
	}
	for _, f := range list {
		n := task.New{Kind: toFollow(), Child: f.child, Subject: subject, SubjectID: f.id, Staff: f.staff, Ticket: f.ticket, From: now, Until: f.until}
		if err := task.Open(ctx, tx, n); err != nil {
			return jobs.Done{}, err
		}
	}
	return jobs.Done{More: len(list) == batch}, nil
}
