package registering

import (
	"context"
	"fmt"
	"time"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/jobs"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/task"
	"github.com/tongxin-hub/tongxin/internal/ticket"
)

// drawn is how many registrations one step draws a lot for.
const drawn = 200

// lot is a confirmed registration with its lot.
type lot struct {
	child, confirmer int64
	drawn            bool
}

// draw lets the lot fall on confirmed registrations, and asks a case manager to check
// those that it falls on: another person than who confirmed, in no conflict of interest.
// Where there is nobody, or the child is hidden, the lot falls on later ones.
func draw(ctx context.Context, tx postgres.Tx, now time.Time) (jobs.Done, error) {
	lots, err := drawLots(ctx, tx)
	if err != nil {
		return jobs.Done{}, fmt.Errorf("draw: %w", err)
	}
	done := jobs.Done{More: len(lots) == drawn}
	for _, l := range lots {
		if l.drawn {
			if l.drawn, err = l.ask(ctx, tx, now); err != nil {
				return done, fmt.Errorf("child %d: %w", l.child, err)
			}
		}
		if err := noteLot(ctx, tx, l, now); err != nil {
			return done, fmt.Errorf("note lot: %w", err)
		}
		if l.drawn {
			done.Children = append(done.Children, l.child)
		}
	}
	return done, nil
}

// ask gives a case manager the check with the work item under which the file is read.
func (l lot) ask(ctx context.Context, tx postgres.Tx, now time.Time) (asked bool, err error) {
	who, err := task.HolderBut(ctx, tx, "CM", l.child, l.confirmer, now)
	if err != nil || who == 0 {
		return false, err
	}
	if err := openBatch(ctx, tx, l.child, now); err != nil {
		return false, fmt.Errorf("batch: %w", err)
	}
	e, err := load(ctx, tx, l.child, now)
	if err != nil {
		return false, fmt.Errorf("load: %w", err)
	}
	return true, e.give(ctx, tx, toSpot(), task.InPost{Staff: who}, true, now)
}

// differs is the result of a check that found something else than stands in the file.
const differs = "DIFFERS"

// Spot is what a check of a registration found.
type Spot struct {
	Version int    `json:"version"`
	Result  string `json:"result"`
}

// SpotCheck notes what the case manager found. Where it differs, the director verifies
// the registration anew, and the supervisor who answers for it hears of it. Faults:
// Conflict, also where no check was asked for.
func SpotCheck(ctx context.Context, tx postgres.Tx, d disclosure.Decided, in Spot) (disclosure.Changed, error) {
	e, err := begin(ctx, tx, d, SpotMove, in.Version)
	if err != nil {
		return disclosure.Changed{}, err
	}
	if !e.spot {
		return disclosure.Changed{}, fault.New(fault.Conflict, "该登记没有待办的抽查。", "No check of this registration was asked for.")
	}
	if err := ticket.Close(ctx, tx, e.ticket, d.Now); err != nil {
		return disclosure.Changed{}, err
	}
	if e.version, err = spotted(ctx, tx, e.child, in.Result, d); err != nil {
		return disclosure.Changed{}, fmt.Errorf("spot check: %w", err)
	}
	done, err := e.end(ctx, tx, d, toSpot())
	if err != nil || in.Result != differs {
		return done, err
	}
	if err := e.anew(ctx, tx, d.Now); err != nil {
		return done, err
	}
	return done, e.ask(ctx, tx, d, spotDiffers(), "SUP", false)
}

// anew has the registration verified anew by whoever holds the village, or stands in.
func (e *entry) anew(ctx context.Context, tx postgres.Tx, now time.Time) error {
	who, err := task.Holder(ctx, tx, "DIR", e.child, now)
	if err != nil || who.Staff == 0 {
		return err
	}
	r := reminded{child: e.child, staff: who.Staff, director: who.Role == "DIR"}
	asked, err := task.Own(ctx, tx, table, e.child, r.staff, toReverify())
	if err != nil || asked != 0 {
		return err
	}
	items, err := workItems(ctx, tx, []reminded{r}, now)
	if err != nil {
		return err
	}
	return task.Open(ctx, tx, task.New{
		Kind: toReverify(), Child: e.child, Subject: table, SubjectID: e.child, Staff: r.staff, For: who.For, Ticket: items[e.child], From: now,
	})
}
