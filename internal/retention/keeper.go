package retention

import (
	"context"
	"time"

	"github.com/tongxin-hub/tongxin/internal/chinatime"
	"github.com/tongxin-hub/tongxin/internal/periodic"
)

// Every is how often a hub looks whether a walk is to be made.
const Every = 5 * time.Minute

// The hours of the night, in China, in which entries are destroyed.
const (
	nightBegins = 2
	nightEnds   = 6
)

// Keeper makes one walk a night that destroys what is due, and where there was
// none that day, one that counts. A hub that is down at night is late, and
// destroys less than it might, never more.
type Keeper struct {
	*periodic.Loop

	walker *Walker
}

// NewKeeper starts a keeper, which works until Close.
func NewKeeper(ctx context.Context, w *Walker, every time.Duration) *Keeper {
	k := &Keeper{walker: w}
	k.Loop = periodic.Start(ctx, w.Progress, every, func(ctx context.Context) (time.Duration, error) { return every, k.Keep(ctx) })
	return k
}

// Keep makes the walk that is to be made now, if any.
func (k *Keeper) Keep(ctx context.Context) error {
	now := k.walker.Now().In(chinatime.Zone())
	day := now.Format(time.DateOnly)
	night, count := Walk{"night " + day, true, "retention"}, Walk{"count " + day, false, "retention"}
	if hour := now.Hour(); hour >= nightBegins && hour < nightEnds {
		return k.once(ctx, night)
	}
	done, err := walked(ctx, k.walker.DB, night.Name)
	if err != nil || done {
		return err
	}
	return k.once(ctx, count)
}

// once makes a walk that has not ended yet.
func (k *Keeper) once(ctx context.Context, w Walk) error {
	done, err := walked(ctx, k.walker.DB, w.Name)
	if err != nil || done {
		return err
	}
	_, err = k.walker.Walk(ctx, w)
	return err
}
