package periodic

import (
	"context"
	"log/slog"
	"time"
)

// Step does the work once and says how long to rest before the next time.
type Step func(ctx context.Context) (rest time.Duration, err error)

// Loop repeats a step until it is closed.
type Loop struct {
	stop context.CancelFunc
	done chan struct{}
}

// Start begins after a rest, and outlives ctx. A step that fails is tried again; log is
// told when it begins to fail, not each time.
func Start(ctx context.Context, log *slog.Logger, rest time.Duration, step Step) *Loop {
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	l := &Loop{stop: stop, done: make(chan struct{})}
	go l.run(running, log, rest, step)
	return l
}

func (l *Loop) run(ctx context.Context, log *slog.Logger, rest time.Duration, step Step) {
	defer close(l.done)
	timer := time.NewTimer(rest)
	defer timer.Stop()
	failing := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		next, err := step(ctx)
		if ctx.Err() != nil {
			return
		}
		if err != nil && !failing {
			log.WarnContext(ctx, "work beside the answers fails and is tried again", slog.Any("error", err))
		}
		failing = err != nil
		timer.Reset(next)
	}
}

// Close ends the work, in the middle of a step if need be, and waits for its end.
func (l *Loop) Close(context.Context) error {
	l.stop()
	<-l.done
	return nil
}
