package statistics

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/tongxin-hub/tongxin/internal/periodic"
)

// Every is how often a hub looks whether counts have to be made anew.
const Every = 5 * time.Second

// share bounds what making counts costs while they change all the time: after a
// round the keeper rests at least so many times as long as the round took.
const share = 9

// Keeper makes the counts of the day before somebody asks for them, and again
// after a change. What is not made is counted when it is asked for, so that a
// keeper that fails or is late costs time and never truth.
type Keeper struct {
	*periodic.Loop

	deps Deps
}

// Deps are what a Keeper needs.
type Deps struct {
	DB Database
	// Populations and Dimensions are what can be asked for.
	Populations, Dimensions []string
	// Today is the day for which operations are answered now.
	Today func() string
	// Log is told what went wrong.
	Log *slog.Logger
	// Every is the time between two looks.
	Every time.Duration
}

// NewKeeper starts a keeper. It looks for the first time when Every has passed,
// and until Close.
func NewKeeper(ctx context.Context, deps Deps) *Keeper {
	k := &Keeper{deps: deps}
	k.Loop = periodic.Start(ctx, deps.Log, deps.Every, func(ctx context.Context) (time.Duration, error) {
		began := time.Now()
		err := k.Keep(ctx)
		return max(deps.Every, share*time.Since(began)), err
	})
	return k
}

// Keep makes what is missing of today's counts. It stops where another hub is at
// it.
func (k *Keeper) Keep(ctx context.Context) error {
	today := k.deps.Today()
	counts, err := missing(ctx, k.deps.DB, today, k.deps.Populations, k.deps.Dimensions)
	if err != nil {
		return fmt.Errorf("counts are not kept and are made for each question: %w", err)
	}
	for _, c := range counts {
		kept, err := keep(ctx, k.deps.DB, today, c)
		if err != nil {
			return fmt.Errorf("counts are not kept and are made for each question: %w", err)
		}
		if !kept {
			return nil
		}
	}
	return nil
}
