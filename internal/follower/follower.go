package follower

import (
	"context"
	"fmt"
	"log/slog"
	"time"

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
	deps Deps
	stop context.CancelFunc
	done chan struct{}
}

// Start begins to follow where the last process of this name left off.
func Start(ctx context.Context, deps Deps) *Follower {
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	f := &Follower{deps: deps, stop: stop, done: make(chan struct{})}
	go f.run(running)
	return f
}

func (f *Follower) run(ctx context.Context) {
	defer close(f.done)
	timer := time.NewTimer(f.deps.Every)
	defer timer.Stop()
	failing, size := false, int64(-1)
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		began, before := time.Now(), size
		now, more, err := step(ctx, f.deps)
		size = now
		if err != nil && !failing && ctx.Err() == nil {
			f.deps.Log.WarnContext(ctx, "the log is not followed", slog.String("follower", f.deps.Name), slog.Any("error", err))
		}
		failing = err != nil
		rest := time.Duration(0)
		if size > before {
			rest = share * time.Since(began)
		}
		if !more {
			rest = max(rest, f.deps.Every)
		}
		timer.Reset(rest)
	}
}

// share bounds what following takes from the answers while the log grows: after a
// batch the follower rests so many times as long as the batch took.
const share = 3

// Close ends the follower, in the middle of a batch if need be.
func (f *Follower) Close(context.Context) error {
	f.stop()
	<-f.done
	return nil
}

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
