package report

import (
	"context"
	"fmt"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/plaintext"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/safeguard"
	"github.com/tongxin-hub/tongxin/internal/task"
)

// Notice is that the police know.
type Notice struct {
	Step
	Number, Unit string
}

// NotifyPolice records it; the police's own times are theirs.
func NotifyPolice(ctx context.Context, tx postgres.Tx, a Actor, in Notice) (Done, error) {
	r, s, err := begin(ctx, tx, a, in.Step, "notifyPolice")
	switch {
	case err != nil:
		return Done{}, err
	case !plaintext.Words(in.Number, 2, 60):
		return Done{}, fault.At("noticeNo", plaintext.Length(2, 60))
	case !plaintext.Words(in.Unit, 2, 100):
		return Done{}, fault.At("unit", plaintext.Length(2, 100))
	}
	if err := notify(ctx, tx, r.ID, in); err != nil {
		return Done{}, fmt.Errorf("notify police: %w", err)
	}
	return r.next(ctx, tx, a, s, []task.Kind{toNotify()}, map[int64][]task.Kind{r.owner(): {toCheck()}})
}

// Check is what was found when the child was seen.
type Check struct {
	Step
	Seen bool
	// Ground, Kind and Location of a temporary placement; "" for none.
	Ground, Kind, Location string
}

// CheckSafety records that the child was seen, and a placement where it is needed.
func CheckSafety(ctx context.Context, tx postgres.Tx, a Actor, in Check) (Done, error) {
	r, s, err := noted(ctx, tx, a, in.Step, "checkSafety")
	switch {
	case err != nil:
		return Done{}, err
	case !in.Seen:
		return Done{}, fault.At("childSeen", fault.New(fault.BadRequest,
			"没有见到孩子，核查不能完成；请立即与公安一同再去。", "Without seeing the child there is no check; go again at once, with the police."))
	case in.Ground != "" && r.Child == 0:
		return Done{}, fault.At("placement", fault.New(fault.Conflict,
			"请先确定是哪个孩子，再记录安置。", "Say first which child it is, then record the placement."))
	case in.Ground != "" && !plaintext.Words(in.Location, 2, 200):
		return Done{}, fault.At("placement", plaintext.Length(2, 200))
	}
	if in.Ground != "" {
		if err := place(ctx, tx, r, a, in); err != nil {
			return Done{}, fmt.Errorf("place: %w", err)
		}
	}
	return r.next(ctx, tx, a, s, []task.Kind{toCheck()}, map[int64][]task.Kind{r.owner(): {toAssess()}})
}

// Look is a follow-up; Quiet, without a new risk.
type Look struct {
	Step
	Quiet bool
}

// Follow records a follow-up: weekly in the first month after the plan, then monthly.
func Follow(ctx context.Context, tx postgres.Tx, a Actor, in Look) (Done, error) {
	r, s, err := noted(ctx, tx, a, in.Step, "followUpReport")
	if err != nil {
		return Done{}, err
	}
	firstMonth, err := followed(ctx, tx, r.ID, a.Today, in.Quiet)
	if err != nil {
		return Done{}, fmt.Errorf("follow up: %w", err)
	}
	again, ends := toFollowLater(), []task.Kind{toFollow(), toFollowLater(), safeguard.Alarm()}
	if firstMonth {
		again = toFollow()
	}
	begins := map[int64][]task.Kind{r.owner(): {again}}
	switch {
	case !in.Quiet: // the first signature is taken back
		ends = append(ends, toClose(), toSign())
	case r.State == Feedback && r.ClosingBy == 0:
		quiet, err := quietLongEnough(ctx, tx, r.ID, a.Today)
		if err != nil {
			return Done{}, fmt.Errorf("follow up: %w", err)
		}
		if quiet {
			begins[r.Handler] = append(begins[r.Handler], toClose())
		}
	}
	return r.next(ctx, tx, a, s, ends, begins)
}

// Told is what the reporter is told.
type Told struct {
	Step
	Outcome, Feedback string
}

// Tell gives the reporter the outcome in suitable form.
func Tell(ctx context.Context, tx postgres.Tx, a Actor, in Told) (Done, error) {
	r, s, err := begin(ctx, tx, a, in.Step, "giveFeedback")
	switch {
	case err != nil:
		return Done{}, err
	case in.Outcome == "OPEN" || in.Outcome == "UNFOUNDED":
		return Done{}, fault.At("outcome", fault.New(fault.BadRequest, "请写明处理结果。", "State what came of it."))
	case !plaintext.Words(in.Feedback, 10, 500):
		return Done{}, fault.At("feedback", plaintext.Length(10, 500))
	}
	if err := tell(ctx, tx, r.ID, a.Today, in.Outcome, in.Feedback); err != nil {
		return Done{}, fmt.Errorf("tell reporter: %w", err)
	}
	s.note = in.Feedback
	return r.next(ctx, tx, a, s, []task.Kind{toTell()}, nil)
}
