package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// look is how often a hub looks for runs of hubs that are gone, and confirms that it is
// there itself.
const look = 5 * time.Second

// present is the class of the advisory locks that say which hubs are there.
const present = 0x68756273

const nameSQL = `-- name: NameHub
SELECT 'hub-' || pid || '-' || to_char(backend_start AT TIME ZONE 'UTC', 'YYYYMMDDHH24MISSUS') FROM pg_stat_activity WHERE pid = pg_backend_pid()`

const presentSQL = `-- name: SayHubIsThere
SELECT pg_advisory_lock($1, hashtext($2))`

// A run belongs to the hub that took it last. While it counts as running no other of
// its job begins, and River waits longer than any run may take before it gives one up.
const takeUpSQL = `-- name: TakeUpRunsOfHubsThatAreGone
UPDATE jobs.river_job r SET state = 'available', scheduled_at = now()
WHERE r.state = 'running' AND NOT EXISTS (SELECT FROM pg_locks l
    WHERE l.locktype = 'advisory' AND l.classid = $1::bigint::oid AND l.objsubid = 2
      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND l.objid::bigint = hashtext(r.attempted_by[cardinality(r.attempted_by)])::bigint & 4294967295)`

// presence holds a session whose lock tells that this hub is there: it ends with the
// process, however that ends, and others take up what it was at.
type presence struct {
	name string
	pool *pgxpool.Pool
	log  *slog.Logger
	stop context.CancelFunc
	done chan struct{}
}

// arrive says that this hub is there, and takes up the runs of those that are gone.
func arrive(ctx context.Context, d Deps) (*presence, error) {
	p := &presence{pool: d.Pool, log: d.Logger, done: make(chan struct{})}
	conn, err := d.Pool.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	if err = conn.QueryRow(ctx, nameSQL).Scan(&p.name); err == nil {
		if err = p.say(ctx, conn); err == nil {
			err = p.takeUp(ctx, conn)
		}
	}
	if err != nil {
		_ = conn.Hijack().Close(ctx) // the cause is known
		return nil, fmt.Errorf("presence: %w", err)
	}
	held, stop := context.WithCancel(context.WithoutCancel(ctx))
	p.stop = stop
	go p.hold(held, conn)
	return p, nil
}

// leave ends it.
func (p *presence) leave() {
	p.stop()
	<-p.done
}

// hold keeps the session, and begins another where it breaks.
func (p *presence) hold(ctx context.Context, conn *pgxpool.Conn) {
	defer close(p.done)
	ticker := time.NewTicker(look)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			if conn != nil {
				_ = conn.Hijack().Close(context.WithoutCancel(ctx)) // and the lock with it
			}
			return
		case <-ticker.C:
		}
		var err error
		if conn == nil {
			conn, err = p.again(ctx)
		}
		if err == nil {
			err = p.takeUp(ctx, conn)
		}
		if err != nil && ctx.Err() == nil {
			p.log.WarnContext(ctx, "jobs: this hub's session broke and is begun anew", slog.Any("error", err))
			if conn != nil {
				_ = conn.Hijack().Close(ctx) // it is broken
			}
			conn = nil
		}
	}
}

// again is a new session under the same name.
func (p *presence) again(ctx context.Context) (*pgxpool.Conn, error) {
	conn, err := p.pool.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	if err := p.say(ctx, conn); err != nil {
		_ = conn.Hijack().Close(ctx) // the cause is known
		return nil, err
	}
	return conn, nil
}

func (p *presence) say(ctx context.Context, conn *pgxpool.Conn) error {
	_, err := conn.Exec(ctx, presentSQL, int32(present), p.name)
	return err
}

func (p *presence) takeUp(ctx context.Context, conn *pgxpool.Conn) error {
	got, err := conn.Exec(ctx, takeUpSQL, int64(present))
	if err == nil && got.RowsAffected() > 0 {
		p.log.WarnContext(ctx, "jobs: runs of a hub that is gone are taken up", slog.Int64("runs", got.RowsAffected()))
	}
	return err
}
