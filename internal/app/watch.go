package app

import (
	"context"

	"github.com/tongxin-hub/tongxin/internal/follower"
	"github.com/tongxin-hub/tongxin/internal/watch"
)

// watchAccesses starts putting accesses on the review list, behind the answers, unless
// a test does that itself.
func (p *parts) watchAccesses(ctx context.Context) error {
	if p.options.Still || !p.cfg.Background {
		return nil
	}
	p.later(follower.Start(ctx, p.watcher()).Close)
	return nil
}

// watcher is how the log is followed for the review list.
func (p *parts) watcher() follower.Deps {
	return follower.Deps{
		DB: p.db, Name: watch.Name, Work: watch.Follow(p.now), Batch: watch.Batch, Every: watch.Every, Log: p.telemetry.Log,
	}
}

// WatchAccesses looks at what is new in the log, for tests that keep the hub's own
// clock still.
func (a *App) WatchAccesses(ctx context.Context) error {
	return follower.CatchUp(ctx, a.parts.watcher())
}
