package quorum

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/cosignature"
	"github.com/tongxin-hub/tongxin/internal/periodic"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/telemetry"
)

const (
	// Every is how often the newest checkpoint is taken to the witnesses.
	Every = 2 * time.Second
	// toldFor is how long the published checkpoint is told again: anybody may ask, and
	// with witnesses away the newest that is cosigned lies far back.
	toldFor = time.Second
	// refresh is how often a witness is asked about a log that does not grow: it
	// must still be there, and of the same mind.
	refresh = time.Minute
)

// Deps are the parts of a collector.
type Deps struct {
	DB      Database
	Quorum  cosignature.Quorum
	Now     func() time.Time
	Log     *slog.Logger
	Metrics *telemetry.Metrics
}

// Collector takes checkpoints to the witnesses. Several hubs on one log may each
// have one: what the other got first is kept.
type Collector struct {
	Deps
	log     audit.Published
	ids     []int64
	client  *http.Client
	running []*periodic.Loop

	mu   sync.Mutex
	told []byte
	at   time.Time
}

// New makes the witnesses known to the database. Nobody is asked until Start.
func New(ctx context.Context, d Deps) (*Collector, error) {
	c := &Collector{Deps: d, log: audit.NewPublished(d.DB), client: newClient()}
	names, keys := make([]string, 0, len(d.Quorum.Witnesses)), make([]string, 0, len(d.Quorum.Witnesses))
	for _, w := range d.Quorum.Witnesses {
		names, keys = append(names, w.Name), append(keys, w.Key)
	}
	var err error
	c.ids, err = enrol(ctx, d.DB, names, keys)
	return c, err
}

// Start asks at every tick until Close, each witness for itself: one that does not
// answer keeps nobody waiting.
func (c *Collector) Start(ctx context.Context, every time.Duration) {
	for i := range c.Quorum.Witnesses {
		c.running = append(c.running, periodic.Start(ctx, c.Log, 0, func(ctx context.Context) (time.Duration, error) {
			c.turn(ctx, i)
			return every, nil
		}))
	}
}

// Close ends the work of Start.
func (c *Collector) Close(ctx context.Context) error {
	errs := make([]error, 0, len(c.running))
	for _, loop := range c.running {
		errs = append(errs, loop.Close(ctx))
	}
	c.client.CloseIdleConnections()
	return errors.Join(errs...)
}

// Round takes the newest checkpoint to every witness once, and waits for them.
func (c *Collector) Round(ctx context.Context) {
	var wg sync.WaitGroup
	for i := range c.Quorum.Witnesses {
		wg.Go(func() { c.turn(ctx, i) })
	}
	wg.Wait()
}

// turn takes the newest checkpoint to one witness.
func (c *Collector) turn(ctx context.Context, i int) {
	tree, err := latest(ctx, c.DB)
	if err == nil && tree.size > 0 {
		err = c.visit(ctx, c.Quorum.Witnesses[i], c.ids[i], tree)
	}
	if err != nil && ctx.Err() == nil {
		c.Log.ErrorContext(ctx, "witness not asked", slog.String("witness", c.Quorum.Witnesses[i].Name),
			slog.Any("error", postgres.Redact(err)))
	}
}

// visit asks one witness, if there is something to ask, and notes the answer.
func (c *Collector) visit(ctx context.Context, w cosignature.Witness, id int64, tree signedTree) error {
	before, err := stands(ctx, c.DB, id)
	if err != nil {
		return err
	}
	now := c.Now()
	if before.cosigned != nil {
		c.Metrics.WitnessAge(ctx, w.Name, now.Sub(*before.cosigned))
		if before.reason == "" && before.size == tree.size && now.Sub(*before.cosigned) < refresh {
			return nil
		}
	}
	got, err := c.cosign(ctx, w, tree, before.size)
	var refusal *refusalError
	switch {
	case err == nil:
		c.Metrics.Witnessed(ctx, w.Name, "")
		return cosigned(ctx, c.DB, id, tree.size, got.Line, got.At)
	case ctx.Err() != nil:
		return nil //nolint:nilerr // the hub stops; the witness is not to blame
	case !errors.As(err, &refusal):
		return err
	}
	why := refusal.why
	c.Metrics.Witnessed(ctx, w.Name, string(why))
	if string(why) != before.reason {
		c.Log.WarnContext(ctx, "witness does not cosign", slog.String("witness", w.Name), slog.String("reason", string(why)),
			slog.Int64("size", tree.size), slog.Int64("cosigned", before.size))
	}
	return refused(ctx, c.DB, id, tree.size, why, now)
}

// Log is the log as it is published: its checkpoint is the newest that has the
// quorum, with all cosignatures.
type Log struct {
	audit.Published
	collector *Collector
}

// Published is the log with the checkpoint that the witnesses vouch for.
func (c *Collector) Published() Log { return Log{c.log, c} }

// Checkpoint is the newest one that the quorum cosigned; as long as there is none,
// the newest one. NotFound: nothing is signed yet.
func (l Log) Checkpoint(ctx context.Context) ([]byte, error) {
	c := l.collector
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := c.Now(); c.told == nil || now.Sub(c.at) >= toldFor || now.Before(c.at) {
		signed, err := publish(ctx, c.DB, c.ids, c.Quorum.Need)
		if err != nil {
			return nil, err
		}
		c.told, c.at = signed, now
	}
	return c.told, nil
}
