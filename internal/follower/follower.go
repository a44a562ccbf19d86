package follower

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/tongxin-hub/tongxin/internal/periodic"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// Work looks at the entries with from <= sequence < to, inside the transaction that
// also remembers them as done: what it writes and that it was done stand or fall
// together.
type Work func(ctx context.Context, tx postgres.Tx, from, to int64) error

// Deps are what a Follower needs.
type Deps struct {
	DB postgres.Beginner
	// Name tells followers apart; it never changes, or all is done again.
	Name string
	Work Work
	// Batch is the most entries of one transaction, Every the time between two
	// looks when there is nothing to do.
	Batch int64
	Every time.Duration
	// Log is told what went wrong.
	Log *slog.Logger
}

// Follower follows the log until it is closed. One that fails tries again and is
// late; nothing is passed over.
type Follower struct {
	*periodic.Loop

	deps Deps
	// size is how long the log was when it was looked at last.
	size int64
}

// Start begins to follow where the last process of this name left off.
func Start(ctx context.Context, deps Deps) *Follower {
	f := &Follower{deps: deps, size: -1}
	f.Loop = periodic.Start(ctx, deps.Log, deps.Every, f.turn)
	return f
}

// turn does one batch and rests where nothing is left.
func (f *Follower) turn(ctx context.Context) (rest time.Duration, err error) {
	began, before := time.Now(), f.size
	size, more, err := step(ctx, f.deps)
	if err != nil {
		err = fmt.Errorf("the log is not followed as %s: %w", f.deps.Name, err)
	}
	f.size = size
	if size > before {
		rest = share * time.Since(began)
	}
	if !more {
		rest = max(rest, f.deps.Every)
	}
	return rest, err
}

// share bounds what following takes from the answers while the log grows: after a
// batch the follower rests so many times as long as the batch took.
const share = 3

// CatchUp works until nothing is left, or another hub is at it.
func CatchUp(ctx context.Context, deps Deps) error {
	for {
		_, more, err := step(ctx, deps)
		if err != nil {
			return fmt.Errorf("follow the log as %s: %w", deps.Name, err)
		}
		if !more {
			return nil
		}
	}
}

// step does one batch. It says how long the log was then, and whether there may be
// more to do.
func step(ctx context.Context, deps Deps) (size int64, more bool, err error) {
	err = postgres.InTx(ctx, deps.DB, func(tx postgres.Tx) error {
		from, now, free, err := take(ctx, tx, deps.Name)
		size = now
		if err != nil || !free || from >= size {
			return err
		}
		to := min(size, from+deps.Batch)
		if err := deps.Work(ctx, tx, from, to); err != nil {
			return fmt.Errorf("entries from %d: %w", from, err)
		}
		more = to < size
		return remember(ctx, tx, deps.Name, to)
	})
	return size, more, err
}
