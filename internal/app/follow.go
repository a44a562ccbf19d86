package app

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tongxin-hub/tongxin/internal/accesslog"
	"github.com/tongxin-hub/tongxin/internal/follower"
	"github.com/tongxin-hub/tongxin/internal/periodic"
	"github.com/tongxin-hub/tongxin/internal/traffic"
)

// followLog begins to work out by what each entry of the log is found.
func (p *parts) followLog(ctx context.Context) error {
	deps := searchFollower(p.db)
	deps.Every, deps.Log = time.Second, p.telemetry.Log
	p.later(follower.Start(ctx, deps).Close)
	p.later(periodic.Start(ctx, p.telemetry.Log, settleEvery, func(ctx context.Context) (time.Duration, error) {
		return settleEvery, accesslog.Settle(ctx, p.db)
	}).Close)
	return nil
}

// settleEvery is how often the children of new entries are filed. The more are filed at
// once the less each costs; what waits takes a search by child some milliseconds.
const settleEvery = 5 * time.Second

// searchFollower follows the log for the questions of auditors. A batch is done in a
// second, so that a stop waits no longer.
func searchFollower(db *pgxpool.Pool) follower.Deps {
	return follower.Deps{DB: db, Name: accesslog.Follower, Work: accesslog.Follow, Batch: 2000}
}

// FollowLog follows the log to its present end.
func FollowLog(ctx context.Context, db *pgxpool.Pool) error {
	return follower.CatchUp(ctx, searchFollower(db))
}

// countTraffic begins to count the answers of this process.
func (p *parts) countTraffic(ctx context.Context) (err error) {
	var id [16]byte
	if _, err := rand.Read(id[:]); err != nil {
		return err
	}
	p.traffic, err = traffic.Start(ctx, traffic.Deps{
		DB: p.db, Process: hex.EncodeToString(id[:]), Now: p.now, Every: 3 * time.Second, Log: p.telemetry.Log,
	})
	if err == nil {
		p.later(p.traffic.Close)
	}
	return err
}
