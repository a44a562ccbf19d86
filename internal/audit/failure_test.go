package audit_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/audit"
)

// appendLater appends in the background and hands back the error.
func appendLater(t *testing.T, w *audit.Writer) <-chan error {
	t.Helper()
	done := make(chan error, 1)
	go func() {
		_, err := w.Append(t.Context(), entry(0))
		done <- err
	}()
	return done
}

// hold opens a transaction that keeps a lock until release.
func (l *log) hold(t *testing.T, sql string) (release func()) {
	t.Helper()
	tx, err := l.pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := tx.Rollback(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// waitFor polls the server until the writer's backend waits as sql says.
func (l *log) waitFor(t *testing.T, sql string) int {
	t.Helper()
	for {
		var pid int
		err := l.pool.QueryRow(t.Context(), sql).Scan(&pid)
		if err == nil {
			return pid
		}
		if !errors.Is(err, pgx.ErrNoRows) {
			t.Fatal(err)
		}
	}
}

// writerWaits finds the backend that appends while it waits for a lock.
const writerWaits = `SELECT pid FROM pg_stat_activity
WHERE datname = current_database() AND application_name = 'tongxin-audit' AND wait_event_type = 'Lock'`

func TestWriter_lockedTable(t *testing.T) {
	t.Parallel()
	for _, table := range []string{"audit_entry", "audit_packed", "audit_hash", "audit_head", "audit_set"} {
		t.Run(table, func(t *testing.T) {
			t.Parallel()
			l := newLog(t)
			deadline := 900 * time.Millisecond
			w := l.open(t, func(o *audit.Options) { o.Deadline = deadline })
			release := l.hold(t, "LOCK TABLE "+table+" IN ACCESS EXCLUSIVE MODE")
			start := time.Now()
			_, err := w.Append(t.Context(), entry(0))
			wantUnavailable(t, err)
			if took := time.Since(start); took > 2*deadline {
				t.Errorf("refused after %v, deadline %v", took, deadline)
			}
			// Entries whose sets are known need no audit_set.
			if table != "audit_set" && w.Ready(t.Context()) == nil {
				t.Error("the writer says that it is ready")
			}
			release()
			if _, err := w.Append(t.Context(), entry(1)); err != nil {
				t.Errorf("no recovery: %v", err)
			}
			if err := w.Ready(t.Context()); err != nil {
				t.Errorf("not ready: %v", err)
			}
			if _, err := w.Checkpoint(t.Context()); err != nil {
				t.Error(err)
			}
			l.mustBeSound(t, 1)
		})
	}
}

func TestWriter_connectionKilled(t *testing.T) {
	t.Parallel()

	t.Run("while the transaction waits for the lock of the log", func(t *testing.T) {
		t.Parallel()
		l := newLog(t)
		w := l.open(t)
		release := l.hold(t, `SELECT size FROM audit_head FOR UPDATE`)
		done := appendLater(t, w)
		l.exec(t, `SELECT pg_terminate_backend($1)`, l.waitFor(t, writerWaits))
		wantUnavailable(t, <-done)
		release()
		l.write(t, w, 2)
		l.mustBeSound(t, 2)
	})

	t.Run("in the middle of the commit", func(t *testing.T) {
		t.Parallel()
		l := newLog(t)
		w := l.open(t)
		// A deferred trigger runs when the server has the COMMIT in hand.
		l.exec(t, `CREATE FUNCTION stall() RETURNS trigger LANGUAGE plpgsql AS
			$$ BEGIN PERFORM pg_advisory_xact_lock(42); RETURN NULL; END $$`)
		l.exec(t, `CREATE CONSTRAINT TRIGGER stall AFTER INSERT ON audit_hash
			DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION stall()`)
		release := l.hold(t, `SELECT pg_advisory_xact_lock(42)`)
		done := appendLater(t, w)
		l.exec(t, `SELECT pg_terminate_backend($1)`, l.waitFor(t, writerWaits+` AND query = 'COMMIT'`))
		wantUnavailable(t, <-done)
		release()
		l.write(t, w, 2)
		l.mustBeSound(t, 2)
	})

	t.Run("while it was idle", func(t *testing.T) {
		t.Parallel()
		l := newLog(t)
		w := l.open(t)
		l.write(t, w, 1)
		l.exec(t, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
			WHERE datname = current_database() AND application_name LIKE 'tongxin-audit%'`)
		// The first entry may meet the dead connection; never a false success.
		size := 1
		for range 3 {
			if _, err := w.Append(t.Context(), entry(1)); err == nil {
				size++
			}
		}
		if size < 3 {
			t.Errorf("no recovery: %d entries", size)
		}
		l.mustBeSound(t, size)
	})
}

// cutter is a connection that breaks when the server reports a commit.
type cutter struct {
	net.Conn
	armed *atomic.Bool
}

func (c *cutter) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if bytes.Contains(b[:n], []byte("COMMIT\x00")) && c.armed.CompareAndSwap(true, false) {
		_ = c.Close()
		return 0, net.ErrClosed
	}
	return n, err
}

func TestWriter_ambiguousCommit(t *testing.T) {
	t.Parallel()
	l := newLog(t)
	armed := &atomic.Bool{}
	w := l.open(t, func(o *audit.Options) {
		o.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return &cutter{Conn: conn, armed: armed}, nil
		}
	})
	l.write(t, w, 3)
	for range 5 {
		armed.Store(true)
		_, err := w.Append(t.Context(), entry(3))
		wantUnavailable(t, err)
		if armed.Load() {
			t.Fatal("the commit was never sent")
		}
		if _, err := w.Append(t.Context(), entry(4)); err != nil {
			t.Fatal(err)
		}
	}
	// The server had committed what it could not say: the log holds more than
	// was shown, never less.
	l.mustBeSound(t, 13)
}

func TestWriter_warning(t *testing.T) {
	t.Parallel()
	l := newLog(t)
	w := l.open(t)
	l.write(t, w, 1)
	l.exec(t, `CREATE FUNCTION warn() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
		RAISE WARNING 'canceling wait for synchronous replication due to user request'; RETURN NULL; END $$`)
	l.exec(t, `CREATE CONSTRAINT TRIGGER warn AFTER INSERT ON audit_hash
		DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION warn()`)
	_, err := w.Append(t.Context(), entry(1))
	wantUnavailable(t, err)
	l.exec(t, `DROP TRIGGER warn ON audit_hash`)
	if _, err := w.Append(t.Context(), entry(2)); err != nil {
		t.Error(err)
	}
	l.mustBeSound(t, 3)
}

// TestWriter_readOnly makes the database read-only as its operators do, which
// new sessions alone notice: when it is over the writer needs no restart.
func TestWriter_readOnly(t *testing.T) {
	t.Parallel()
	l := newLog(t)
	w := l.open(t)
	l.write(t, w, 1)
	l.exec(t, `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database()); END $$`)
	l.exec(t, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
		WHERE datname = current_database() AND application_name LIKE 'tongxin-audit%'`)
	// The first meets a lost connection, the others sessions that may not write.
	for range 4 {
		_, err := w.Append(t.Context(), entry(1))
		wantUnavailable(t, err)
	}
	l.exec(t, `BEGIN READ WRITE;
		DO $$ BEGIN EXECUTE format('ALTER DATABASE %I RESET default_transaction_read_only', current_database()); END $$;
		COMMIT`)
	// The writer's two sessions may each refuse once more.
	refused := 0
	for ; refused < 3; refused++ {
		if _, err := w.Append(t.Context(), entry(2)); err == nil {
			break
		}
	}
	if refused > 2 {
		t.Error("no recovery")
	}
	l.mustBeSound(t, 2)
}

func TestWriter_fullQueue(t *testing.T) {
	t.Parallel()
	l := newLog(t)
	w := l.open(t, func(o *audit.Options) { o.Queue = 1 })
	release := l.hold(t, `SELECT size FROM audit_head FOR UPDATE`)
	first := appendLater(t, w)
	l.waitFor(t, writerWaits)
	// One more fits the queue; the one after it is refused at once. Which of
	// the two appends below is first does not matter.
	second, third := appendLater(t, w), appendLater(t, w)
	select {
	case err := <-second:
		wantUnavailable(t, err)
		second = third
	case err := <-third:
		wantUnavailable(t, err)
	}
	release()
	for _, done := range []<-chan error{first, second} {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	l.mustBeSound(t, 2)
}

func TestWriter_asynchronousCommit(t *testing.T) {
	t.Parallel()
	l := newLog(t)
	w := l.open(t)
	tx, err := l.pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(t.Context()) }()
	if _, err := tx.Exec(t.Context(), `SET LOCAL synchronous_commit = off`); err != nil {
		t.Fatal(err)
	}
	_, err = w.AppendTx(t.Context(), tx, entry(0))
	wantUnavailable(t, err)
}

// ice is a connection whose words no longer arrive once it is frozen.
type ice struct {
	net.Conn
	frozen *atomic.Bool
}

func (c *ice) Write(b []byte) (int, error) {
	if c.frozen.Load() {
		return len(b), nil
	}
	return c.Conn.Write(b)
}

func TestWriter_frozenServer(t *testing.T) {
	t.Parallel()
	l := newLog(t)
	frozen := &atomic.Bool{}
	deadline := 600 * time.Millisecond
	w := l.open(t, func(o *audit.Options) {
		o.Deadline = deadline
		o.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return &ice{Conn: conn, frozen: frozen}, nil
		}
	})
	l.write(t, w, 2)
	frozen.Store(true)
	start := time.Now()
	waiting := []<-chan error{appendLater(t, w), appendLater(t, w), appendLater(t, w)}
	for _, done := range waiting {
		wantUnavailable(t, <-done)
	}
	if took := time.Since(start); took > 2*deadline {
		t.Errorf("refused after %v, deadline %v", took, deadline)
	}
	frozen.Store(false)
	// The batch that hung ends with its own deadline; nothing needs a restart.
	thawed := time.Now()
	refused := 0
	for ; ; refused++ {
		if _, err := w.Append(t.Context(), entry(1)); err == nil {
			break
		}
		if time.Since(thawed) > 2*time.Second+deadline {
			t.Fatal("no recovery")
		}
	}
	// A caller, before or after the thaw, may have given up on an entry that was
	// then written: the log may hold more than was acknowledged, never less.
	n := scalar[int](t, l, `SELECT size FROM audit_head`)
	if n < 3 || n > 3+len(waiting)+refused {
		t.Errorf("%d entries, 3 acknowledged, %d refused", n, refused)
	}
	l.mustBeSound(t, n)
}
