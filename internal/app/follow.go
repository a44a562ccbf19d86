package app

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tongxin-hub/tongxin/internal/accesslog"
	"github.com/tongxin-hub/tongxin/internal/follower"
	"github.com/tongxin-hub/tongxin/internal/traffic"
	"github.com/tongxin-hub/tongxin/internal/usage"
)

// followLog begins to work out by what each entry of the log is found.
func (p *parts) followLog(ctx context.Context) error {
	search := searchFollower(p.db)
	search.Every, search.Log = time.Second, p.telemetry.Log
	p.later(follower.Start(ctx, search).Close)
	uses := useFollower(p.db)
	uses.Every, uses.Log = usesEvery, p.telemetry.Log
	p.later(follower.Start(ctx, uses).Close)
	return nil
}

// usesEvery is how often the uses of the log are counted: what is not counted yet is
// read from the log, so that nobody waits for it, and many entries together cost less.
const usesEvery = 30 * time.Second

// searchFollower follows the log for the questions of auditors. A batch is done in a
// second, so that a stop waits no longer.
func searchFollower(db *pgxpool.Pool) follower.Deps {
	return follower.Deps{DB: db, Name: accesslog.Follower, Work: accesslog.Follow, Batch: 2000}
}

// useFollower follows the log for replays and for the meter of rights.
func useFollower(db *pgxpool.Pool) follower.Deps {
	return follower.Deps{DB: db, Name: usage.Follower, Work: usage.Follow, Batch: usage.Batch}
}

// FollowLog follows the log to its present end.
func FollowLog(ctx context.Context, db *pgxpool.Pool) error {
	return errors.Join(follower.CatchUp(ctx, searchFollower(db)), follower.CatchUp(ctx, useFollower(db)))
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
