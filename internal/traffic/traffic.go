package traffic

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/tongxin-hub/tongxin/internal/periodic"
)

// Deps are what a Counter needs.
type Deps struct {
	DB Database
	// Process tells this process from every other, as a UUID.
	Process string
	Now     func() time.Time
	// Every is how often counts are written: what a killed process loses at most.
	Every time.Duration
	Log   *slog.Logger
}

// Counter counts in memory and writes its totals every few seconds and at its end.
type Counter struct {
	deps    Deps
	started time.Time
	writing *periodic.Loop

	mu     sync.Mutex
	totals map[bucket]*total
}

// bucket is one system of an agency in one hour.
type bucket struct {
	hour           int64
	agency, system string
}

// total only grows; written is what the table has of it.
type total struct{ answered, written int64 }

// hour is how long counts are kept together.
const hour = time.Hour

// Start says that a process has begun and counts until it is closed.
func Start(ctx context.Context, deps Deps) (*Counter, error) {
	c := &Counter{deps: deps, started: deps.Now(), totals: map[bucket]*total{}}
	if err := c.flush(ctx, false); err != nil {
		return nil, err
	}
	c.writing = periodic.Start(ctx, deps.Log, deps.Every, func(ctx context.Context) (time.Duration, error) {
		return deps.Every, c.flush(ctx, false)
	})
	return c, nil
}

// Count notes one answer whose entry the log has since at.
func (c *Counter) Count(agency, system string, at time.Time) {
	b := bucket{at.Truncate(hour).Unix(), agency, system}
	c.mu.Lock()
	t := c.totals[b]
	if t == nil {
		t = &total{}
		c.totals[b] = t
	}
	t.answered++
	c.mu.Unlock()
}

// lastWrite bounds the final write: a hub stops also where its database is gone.
const lastWrite = 3 * time.Second

// Close writes the last counts and says that the process has ended. Where that is
// not possible the process looks killed, as it should.
func (c *Counter) Close(ctx context.Context) error {
	if err := c.writing.Close(ctx); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, lastWrite)
	defer cancel()
	if err := c.flush(ctx, true); err != nil {
		c.deps.Log.WarnContext(ctx, "the last counts of the edge are not written", slog.Any("error", err))
	}
	return nil
}

// flush writes what has changed. Totals and not differences: written twice, they
// are the same, so that a write in doubt is simply repeated.
func (c *Counter) flush(ctx context.Context, last bool) error {
	list := c.changed()
	if err := c.write(ctx, list, last); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	old := c.deps.Now().Add(-2 * hour).Unix()
	for _, l := range list {
		c.totals[l.bucket].written = l.answered
	}
	for b, t := range c.totals {
		if b.hour < old && t.written == t.answered {
			delete(c.totals, b) // nothing of that hour is answered any more
		}
	}
	return nil
}

// line is one bucket as it is written.
type line struct {
	bucket
	answered int64
}

func (c *Counter) changed() []line {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []line
	for b, t := range c.totals {
		if t.answered != t.written {
			out = append(out, line{b, t.answered})
		}
	}
	return out
}
