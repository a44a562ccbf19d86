package app

import (
	"context"
	"errors"

	"github.com/tongxin-hub/tongxin/internal/follower"
	"github.com/tongxin-hub/tongxin/internal/readnotice"
	"github.com/tongxin-hub/tongxin/internal/watch"
)

// watchAccesses starts putting accesses on the review list and telling the owners of
// data of its reads, behind the answers.
func (p *parts) watchAccesses(ctx context.Context) error {
	for _, deps := range p.watchers() {
		p.later(follower.Start(ctx, deps).Close)
	}
	return nil
}

// watchers are how the log is followed for the review list and for the notices.
func (p *parts) watchers() []follower.Deps {
	return []follower.Deps{
		{DB: p.db, Name: watch.Name, Work: watch.Follow(p.now), Batch: watch.Batch, Every: watch.Every, Log: p.telemetry.Log},
		{DB: p.db, Name: readnotice.Name, Work: readnotice.Follow(p.now), Batch: readnotice.Batch, Every: readnotice.Every, Log: p.telemetry.Log},
	}
}

// WatchAccesses looks at what is new in the log, for tests that keep the hub's own
// clock still.
func (a *App) WatchAccesses(ctx context.Context) error {
	var errs []error
	for _, deps := range a.parts.watchers() {
		errs = append(errs, follower.CatchUp(ctx, deps))
	}
	return errors.Join(errs...)
}
