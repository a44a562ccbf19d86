package postgres

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
	"github.com/jackc/pgx/v5/pgxpool"
	"go.opentelemetry.io/otel/trace"
)

// Timezone is the zone of every session: dates of visits and terms are local.
const Timezone = "Asia/Shanghai"

// defaultStatementTimeout bounds one statement; the request deadline is lower.
const defaultStatementTimeout = 8 * time.Second

// Options are what processes may choose about their pool; zero values are safe.
type Options struct {
	// Application is shown in pg_stat_activity; "tongxin" when empty.
	Application string
	// MaxConns is the size of the pool; 0 leaves the choice to pgx
	// (pool_max_conns in the URL, else the number of processors, at least 4).
	MaxConns int32
	// StatementTimeout ends a statement on the server; 0 means 8 seconds, a
	// negative value means none (batch jobs, builders of test templates).
	StatementTimeout time.Duration
	// OnNotice sees warnings of the server. The audit writer uses it: a warning
	// such as "canceling wait for synchronous replication" is a failure there.
	OnNotice func(*pgconn.PgConn, *pgconn.Notice)
	// Bare leaves preparing statements to whoever has the connection.
	Bare bool
	// Traces takes a span of every statement below a span; nil for OpenTelemetry's
	// global provider.
	Traces trace.TracerProvider
}

// Open returns a pool that has reached the database once.
//
// Sessions plan every statement generically (scopes are arrays, and a plan per
// value costs more than it saves), end statements that run too long, and live
// in Timezone. A context that ends closes its connection instead of sending a
// cancel request: PostgreSQL answers a cancelled commit with a mere warning, so
// that an entry which was never replicated would look durable.
func Open(ctx context.Context, url string, o Options) (*pgxpool.Pool, error) {
	config, err := poolConfig(url, o)
	if err != nil {
		return nil, err
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("reach database: %w", err)
	}
	return pool, nil
}

func poolConfig(url string, o Options) (*pgxpool.Config, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("read database URL: %w", err)
	}
	if o.MaxConns > 0 {
		config.MaxConns = o.MaxConns
	}
	config.MaxConnLifetime = time.Hour
	config.MaxConnLifetimeJitter = 5 * time.Minute
	config.MaxConnIdleTime = 10 * time.Minute
	config.HealthCheckPeriod = 30 * time.Second

	conn := config.ConnConfig
	if conn.ConnectTimeout == 0 {
		conn.ConnectTimeout = 5 * time.Second
	}
	conn.OnNotice = o.OnNotice
	conn.Tracer = newTracer(o.Traces)
	conn.BuildContextWatcherHandler = func(c *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.DeadlineContextWatcherHandler{Conn: c.Conn()}
	}
	if o.Bare {
		conn.StatementCacheCapacity, conn.DescriptionCacheCapacity = 0, 0
	}
	setSession(conn.RuntimeParams, o)
	return config, nil
}

// setSession writes the settings every session starts with.
func setSession(params map[string]string, o Options) {
	application := o.Application
	if application == "" {
		application = "tongxin"
	}
	timeout := o.StatementTimeout
	switch {
	case timeout == 0:
		timeout = defaultStatementTimeout
	case timeout < 0:
		timeout = 0
	}
	params["application_name"] = application
	params["timezone"] = Timezone
	params["plan_cache_mode"] = "force_generic_plan"
	// Statements are short and prepared; compiling one costs more than it saves.
	params["jit"] = "off"
	// What is looked up for each row differs for each row: nothing to remember.
	params["enable_memoize"] = "off"
	// A page starts in the middle; a merge would read the other table from its start.
	params["enable_mergejoin"] = "off"
	// Statements read pages; two processors serve many callers, not one.
	params["max_parallel_workers_per_gather"] = "0"
	params["datestyle"] = "ISO"
	params["statement_timeout"] = strconv.FormatInt(timeout.Milliseconds(), 10)
	params["idle_in_transaction_session_timeout"] = "60000"
	params["default_transaction_isolation"] = "read committed"
}
