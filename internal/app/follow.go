package app

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tongxin-hub/tongxin/internal/accesslog"
	"github.com/tongxin-hub/tongxin/internal/follower"
)

// followLog begins to work out by what each entry of the log is found.
func (p *parts) followLog(ctx context.Context) error {
	deps := searchFollower(p.db)
	deps.Every, deps.Log = time.Second, p.telemetry.Log
	p.later(follower.Start(ctx, deps).Close)
	return nil
}

// searchFollower follows the log for the questions of auditors. A batch is done in a
// second, so that a stop waits no longer.
func searchFollower(db *pgxpool.Pool) follower.Deps {
	return follower.Deps{DB: db, Name: accesslog.Follower, Work: accesslog.Follow, Batch: 2000}
}

// FollowLog follows the log to its present end.
func FollowLog(ctx context.Context, db *pgxpool.Pool) error {
	return follower.CatchUp(ctx, searchFollower(db))
}
