package retention

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// Schedule is how long the entries of one class are kept.
type Schedule struct {
	Class    string
	Revision int
	// KeptMonths counts from the access; LeastMonths is what a statute demands.
	KeptMonths, LeastMonths int
	// MajorityMonths keeps entries until the child is 18 plus this; nil where age
	// does not matter.
	MajorityMonths   *int
	BasisZH, BasisEN string
}

// Judged is an entry with the time until which it is kept.
type Judged struct {
	Sequence int64
	At       time.Time
	Class    string
	Until    time.Time
	// Held: a legal hold names it.
	Held bool
}

// Walk is one way through the old entries, from the oldest on.
type Walk struct {
	// Name is the walk's own; one of a name that has ended is not walked again.
	Name string
	// Destroys: what is due is destroyed and not only counted.
	Destroys bool
	// By goes into the records as the system that did it.
	By string
}

// Counts are numbers of entries by class.
type Counts map[string]int64

// Tally is what a walk has come to.
type Tally struct {
	Examined, Destroyed int64
	// Due: time over, not held, not destroyed. Soon: time over within 30 days.
	// Held: time over, kept by a hold.
	Due, Soon, Held Counts
}

// progress is a walk as it is kept.
type progress struct {
	destroys            bool
	at                  time.Time
	sequence            int64
	examined, destroyed int64
	due, soon, held     Counts
	record              *int64
	ended               *time.Time
}

// Walker walks. Log may be nil where nothing is destroyed.
type Walker struct {
	DB  Database
	Log Destroyer
	Now func() time.Time
	// Batch is the most entries of one transaction.
	Batch int
	// Progress is told of every batch.
	Progress *slog.Logger
}

// horizon is how far ahead a walk counts what comes due.
const horizon = 30 * 24 * time.Hour

// errUnclassified: without classes every entry might have to stay longer.
var errUnclassified = errors.New("no coordinate is known to be of class L4, so nothing can be told to be due; put a policy in force first (tongxin migrate)")

// Walk goes on with w until it is over. It ends early, without an error, where
// another process is at it.
func (k *Walker) Walk(ctx context.Context, w Walk) (Tally, error) {
	now := k.Now()
	if err := postgres.InTx(ctx, k.DB, func(tx postgres.Tx) error {
		known, err := classified(ctx, tx)
		if err == nil && !known {
			err = errUnclassified
		}
		if err == nil {
			err = enter(ctx, tx, w, now)
		}
		return err
	}); err != nil {
		return Tally{}, fmt.Errorf("retention: %w", err)
	}
	var last progress
	for last.ended == nil {
		p, free, err := k.step(ctx, w, now)
		if err != nil {
			return last.tally(), fmt.Errorf("retention: %w", err)
		}
		if !free {
			break
		}
		last = p
		k.Progress.InfoContext(ctx, "old log entries examined", slog.String("walk", w.Name), slog.Int64("examined", p.examined),
			slog.Int64("destroyed", p.destroyed), slog.Bool("ended", p.ended != nil))
	}
	return last.tally(), nil
}

// step does one batch.
func (k *Walker) step(ctx context.Context, w Walk, now time.Time) (p progress, free bool, err error) {
	err = postgres.InTx(ctx, k.DB, func(tx postgres.Tx) error {
		if err := lock(ctx, tx); err != nil {
			return err
		}
		if p, free, err = take(ctx, tx, w.Name); err != nil || !free {
			return err
		}
		inForce, err := schedules(ctx, tx)
		if err != nil {
			return err
		}
		entries, err := examine(ctx, tx, p, oldest(inForce, now), k.Batch)
		if err != nil {
			return err
		}
		due := p.judge(entries, now)
		if len(due) > 0 && p.destroys {
			if err := k.destroy(ctx, tx, &p, due, recordBy(w.By, inForce)); err != nil {
				return err
			}
		}
		if len(entries) < k.Batch {
			p.ended = &now
		}
		return move(ctx, tx, w.Name, p)
	})
	return p, free, err
}

// InForce are the schedules in force, by class.
func InForce(ctx context.Context, db Database) (list []Schedule, err error) {
	err = postgres.InTx(ctx, db, func(tx postgres.Tx) error {
		list, err = schedules(ctx, tx)
		return err
	})
	return list, err
}

// oldest is the time before which an entry can be due, or soon.
func oldest(inForce []Schedule, now time.Time) time.Time {
	least := slices.MinFunc(inForce, func(a, b Schedule) int { return a.KeptMonths - b.KeptMonths })
	return now.Add(horizon).AddDate(0, -least.KeptMonths, 1)
}

// judge counts a batch and returns what is due.
func (p *progress) judge(entries []Judged, now time.Time) []Judged {
	var due []Judged
	for _, e := range entries {
		p.at, p.sequence = e.At, e.Sequence
		switch {
		case e.Until.After(now.Add(horizon)):
		case e.Until.After(now):
			p.soon[e.Class]++
		case e.Held:
			p.held[e.Class]++
		default:
			due = append(due, e)
			if !p.destroys {
				p.due[e.Class]++
			}
		}
	}
	p.examined += int64(len(entries))
	return due
}

// destroy empties what is due, with one record.
func (k *Walker) destroy(ctx context.Context, tx postgres.Tx, p *progress, due []Judged, e audit.Entry) error {
	sequences := make([]int64, len(due))
	for i := range due {
		sequences[i] = due[i].Sequence
	}
	slices.Sort(sequences)
	receipt, err := k.Log.DestroyTx(ctx, tx, audit.Ranges(sequences), e)
	if err != nil {
		return err
	}
	p.destroyed += int64(len(due))
	p.record = &receipt.Sequence
	return nil
}

// recordBy begins the entry that says what was destroyed and by which schedules.
func recordBy(by string, inForce []Schedule) audit.Entry {
	var revisions, bases []string
	for _, s := range inForce {
		revisions = append(revisions, fmt.Sprintf("%s/%d", s.Class, s.Revision))
		bases = append(bases, s.BasisZH)
	}
	return audit.Entry{
		System: by, Outcome: audit.Allowed, Reason: "RETENTION",
		LegalBasis: strings.Join(slices.Compact(bases), "；"), Approval: "retention_schedule " + strings.Join(revisions, " "),
	}
}

func (p progress) tally() Tally {
	return Tally{Examined: p.examined, Destroyed: p.destroyed, Due: p.due, Soon: p.soon, Held: p.held}
}
