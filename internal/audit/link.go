package audit

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"

	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// idleCheck is how long a connection may rest before it is tried with a round
// trip: a broken one found then has cost nobody an answer.
const idleCheck = time.Second

// errWarning: the server acknowledged the statement with a warning. The one
// that matters says that a commit is not on the standby.
var errWarning = errors.New("the server answered with a warning")

// link is one connection of the writer's own, outside every pool, made anew
// when it is lost. It has one user at a time.
//
// It never asks the server to cancel: PostgreSQL turns the cancel of a commit
// that waits for its standby into a success with a warning.
type link struct {
	config    *pgx.ConnConfig
	connected func(shapes)

	conn   *pgx.Conn
	shapes shapes
	used   time.Time

	mu      sync.Mutex
	warning string
}

func newLink(url, application string, o *Options, connected func(shapes)) (*link, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("audit: read database URL: %w", err)
	}
	l := &link{config: config, connected: connected}
	config.ConnectTimeout = o.Deadline
	config.OnNotice = l.notice
	config.BuildContextWatcherHandler = func(c *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.DeadlineContextWatcherHandler{Conn: c.Conn()}
	}
	if o.Dial != nil {
		config.DialFunc = o.Dial
	} else {
		config.DialFunc = (&net.Dialer{KeepAlive: 2 * time.Second}).DialContext
	}
	config.RuntimeParams["application_name"] = application
	config.RuntimeParams["timezone"] = postgres.Timezone
	config.RuntimeParams["default_transaction_isolation"] = "read committed"
	config.RuntimeParams["plan_cache_mode"] = "force_generic_plan"
	config.RuntimeParams["lock_timeout"] = o.lockTimeout()
	// A hub that died in a transaction must not hold the lock of the log.
	config.RuntimeParams["idle_in_transaction_session_timeout"] = strconv.FormatInt(o.Deadline.Milliseconds(), 10)
	return l, nil
}

func (l *link) notice(_ *pgconn.PgConn, n *pgconn.Notice) {
	switch n.SeverityUnlocalized {
	case "DEBUG", "LOG", "INFO", "NOTICE":
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.warning = n.Code
}

// warned is an error when a warning came since the last call.
func (l *link) warned() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.warning == "" {
		return nil
	}
	err := fmt.Errorf("%w: SQLSTATE %s", errWarning, l.warning)
	l.warning = ""
	return err
}

// get returns a connection that answered lately, to a server that keeps what
// it acknowledges.
func (l *link) get(ctx context.Context) (*pgx.Conn, error) {
	if l.conn != nil && !l.conn.IsClosed() {
		if time.Since(l.used) < idleCheck || l.conn.Ping(ctx) == nil {
			l.used = time.Now()
			return l.conn, nil
		}
	}
	l.drop()
	conn, err := pgx.ConnectConfig(ctx, l.config)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	l.conn, l.used = conn, time.Now()
	if err := postgres.CheckDurability(ctx, conn); err != nil {
		l.drop()
		return nil, err
	}
	if l.shapes, err = loadShapes(ctx, conn); err != nil {
		l.drop()
		return nil, err
	}
	l.shapes.register(conn.TypeMap())
	_ = l.warned()
	l.connected(l.shapes)
	return conn, nil
}

// drop cuts the connection without a word to a server that may be gone; one
// that is there undoes what was open.
func (l *link) drop() {
	if l.conn == nil {
		return
	}
	_ = l.conn.PgConn().Conn().Close()
	l.conn = nil
}

// side is the second connection: interning, partitions, checkpoints and the
// self-test, one at a time, so that the first does nothing but append.
type side struct {
	turn chan *link
}

func newSide(l *link) *side {
	s := &side{turn: make(chan *link, 1)}
	s.turn <- l
	return s
}

// do runs work on the side connection. It waits for its turn no longer than
// ctx. Work may run twice, when the connection turns out to be lost: all that is
// done here may be repeated without harm.
func (s *side) do(ctx context.Context, work func(context.Context, *pgx.Conn) error) error {
	select {
	case l := <-s.turn:
		defer func() { s.turn <- l }()
		err := l.try(ctx, work)
		if err != nil && l.conn == nil && ctx.Err() == nil {
			err = l.try(ctx, work)
		}
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// try runs work once and leaves the connection clean or dropped.
func (l *link) try(ctx context.Context, work func(context.Context, *pgx.Conn) error) error {
	conn, err := l.get(ctx)
	if err != nil {
		return err
	}
	if err := work(ctx, conn); err != nil {
		l.recover(ctx, err)
		return err
	}
	return l.warned()
}

// readOnly is the SQLSTATE of a write in a session that may not write.
const readOnly = "25006"

// recover leaves a failed transaction, or the connection when that fails too.
// A session that was made while the database was read-only, or on a standby,
// stays so: only a new one finds out when that is over.
func (l *link) recover(ctx context.Context, cause error) {
	_ = l.warned()
	if l.conn == nil {
		return
	}
	if l.conn.IsClosed() || sqlState(cause) == readOnly {
		l.drop()
		return
	}
	if l.conn.PgConn().TxStatus() == 'I' {
		return
	}
	if _, err := l.conn.Exec(ctx, undo); err != nil {
		l.drop()
	}
}

// close ends the connection in good order.
func (s *side) close(ctx context.Context) {
	select {
	case l := <-s.turn:
		l.drop()
	case <-ctx.Done():
	}
}

// hide keeps of a server's error what a log may hold: its text can carry
// stored values.
func hide(err error) error {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return fmt.Errorf("SQLSTATE %s", pg.Code)
	}
	return err
}

// sqlState is the SQLSTATE of err, empty when the server did not answer.
func sqlState(err error) string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code
	}
	return ""
}
