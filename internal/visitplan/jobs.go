package visitplan

import (
	"context"
	"fmt"
	"time"

	"github.com/tongxin-hub/tongxin/internal/jobs"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/visiting"
)

// Sizes of a step: what one transaction does.
const (
	planned    = 500
	dispatched = 500
	concluded  = 200
)

// Jobs are the nightly work on visits. They begin every hour and find nothing to do
// but once a day, so that a hub that was down at night makes up for it.
func Jobs() []jobs.Job {
	return []jobs.Job{
		{Name: "visit.plan", Every: time.Hour, Step: plan},
		{Name: "visit.assign", Every: time.Hour, Step: assign},
		{Name: "visit.sample", Every: time.Hour, Step: draw},
	}
}

// plan looks at the next children of the day's run and plans what their cadence asks
// for and is not planned yet. The run remembers how far it has come.
func plan(ctx context.Context, tx postgres.Tx, now time.Time) (jobs.Done, error) {
	today := dayOf(now)
	after, ended, err := openRun(ctx, tx, today, now)
	if err != nil || ended {
		return jobs.Done{}, err
	}
	due, err := cadence(ctx, tx, today)
	if err != nil {
		return jobs.Done{}, err
	}
	children, err := nextChildren(ctx, tx, after)
	if err != nil {
		return jobs.Done{}, fmt.Errorf("children: %w", err)
	}
	done := jobs.Done{Seen: len(children), More: len(children) == planned}
	if done.Of, err = registered(ctx, tx); err != nil {
		return jobs.Done{}, fmt.Errorf("registered: %w", err)
	}
	if len(children) > 0 {
		if done.Children, err = insert(ctx, tx, children, due, today); err != nil {
			return jobs.Done{}, fmt.Errorf("insert: %w", err)
		}
		if err := askRisks(ctx, tx, children, now); err != nil {
			return jobs.Done{}, err
		}
		after = children[len(children)-1]
	}
	return done, saveRun(ctx, tx, progress{day: today, after: after, children: len(children), planned: len(done.Children), ended: !done.More, now: now})
}

// askRisks has somebody decide on the risk of those of whom nothing is decided yet.
func askRisks(ctx context.Context, tx postgres.Tx, children []int64, now time.Time) error {
	list, err := undecided(ctx, tx, children)
	if err != nil {
		return fmt.Errorf("undecided risks: %w", err)
	}
	for _, child := range list {
		if err := visiting.AskRisk(ctx, tx, child, now); err != nil {
			return fmt.Errorf("risk of child %d: %w", child, err)
		}
	}
	return nil
}

// cadence are the slots of all rules on a day, by the county's settings.
func cadence(ctx context.Context, tx postgres.Tx, today time.Time) ([]slot, error) {
	settings, ahead, err := readSettings(ctx, tx)
	if err != nil {
		return nil, fmt.Errorf("settings: %w", err)
	}
	var out []slot
	for _, r := range rules() {
		more, err := slots(r, settings[r.parameter], today, ahead)
		if err != nil {
			return nil, err
		}
		out = append(out, more...)
	}
	return out, nil
}

// assign gives out the visits whose day comes near.
func assign(ctx context.Context, tx postgres.Tx, now time.Time) (jobs.Done, error) {
	ids, err := near(ctx, tx, now)
	if err != nil {
		return jobs.Done{}, fmt.Errorf("near: %w", err)
	}
	children, err := visiting.Dispatch(ctx, tx, ids, now)
	if err != nil {
		return jobs.Done{}, fmt.Errorf("dispatch: %w", err)
	}
	return jobs.Done{Children: children, More: len(ids) == dispatched}, nil
}

// draw ends the checked visits, but for those that the sample draws.
func draw(ctx context.Context, tx postgres.Tx, now time.Time) (jobs.Done, error) {
	drawn, err := drawSample(ctx, tx)
	if err != nil {
		return jobs.Done{}, fmt.Errorf("draw: %w", err)
	}
	done := jobs.Done{More: len(drawn) == concluded}
	for _, v := range drawn {
		child, err := visiting.Conclude(ctx, tx, v.id, v.drawn, now)
		if err != nil {
			return jobs.Done{}, fmt.Errorf("visit %d: %w", v.id, err)
		}
		done.Children = add(done.Children, child)
	}
	return done, nil
}

// add puts a child on the list that is not there yet: an entry names each once.
func add(list []int64, child int64) []int64 {
	for _, c := range list {
		if c == child {
			return list
		}
	}
	return append(list, child)
}
