package pglocal

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// role is the one database role, the owner of everything.
	role = "tongxin"
	// startTimeout covers crash recovery after a power cut.
	startTimeout = 2 * time.Minute
	// stopTimeout is how long a fast shutdown may take before we insist.
	stopTimeout = 30 * time.Second
)

// Options are what callers may choose; the zero value is a durable server.
type Options struct {
	// Settings are further "name=value" settings of the server.
	Settings []string
	// NoSync skips flushing while a new data directory is made, for tests that
	// throw it away. The running server flushes as always.
	NoSync bool
}

// Server is a running private server.
type Server struct {
	dir     string
	socket  string
	lock    *os.File
	process *os.Process
	done    chan struct{}

	stop    sync.Once
	stopErr error
}

// Start runs the server whose files live in dir, making them the first time.
// It holds dir until Stop, so that two hubs never share it; a server left over
// from a hub that was killed is stopped first.
//
// When we are root and the server's account may not walk to dir (a checkout
// below /root), the files live under /var/lib/tongxin and dir leads there.
func Start(ctx context.Context, dir string, o Options) (*Server, error) {
	binaries, err := Find(ctx)
	if err != nil {
		return nil, err
	}
	account, err := serverOwner()
	if err != nil {
		return nil, err
	}
	dir, err = settle(dir, account)
	if err != nil {
		return nil, err
	}
	lock, err := hold(dir)
	if err != nil {
		return nil, err
	}
	s := &Server{dir: dir, lock: lock, done: make(chan struct{})}
	if err := s.start(ctx, binaries, account, o); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

func (s *Server) start(ctx context.Context, binaries string, account owner, o Options) error {
	if err := stopLeftover(ctx, s.data()); err != nil {
		return err
	}
	if err := initialise(ctx, binaries, s.data(), account, o); err != nil {
		return err
	}
	var err error
	if s.socket, err = socketDirectory(s.dir, account); err != nil {
		return err
	}
	if err := s.run(binaries, account, o); err != nil {
		return err
	}
	return s.ready(ctx)
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

// LogFile is where the server writes; treat it as sensitive.
func (s *Server) LogFile() string { return filepath.Join(s.dir, "postgres.log") }

// PID is the process of the server, for a watchdog; 0 before it runs.
func (s *Server) PID() int {
	if s.process == nil {
		return 0
	}
	return s.process.Pid
}

// URL is the address of a database of this server for pgx and psql. It holds
// no secret: the server asks the kernel who is calling.
func (s *Server) URL(database string) string {
	address := url.URL{
		Scheme:   "postgres",
		User:     url.User(role),
		Path:     "/" + database,
		RawQuery: url.Values{"host": {s.socket}, "sslmode": {"disable"}}.Encode(),
	}
	return address.String()
}

// run starts the process from a goroutine that keeps its thread: the kernel
// sends the death signal when the starting thread ends, not the process.
func (s *Server) run(binaries string, account owner, o Options) error {
	logFile, err := os.OpenFile(s.LogFile(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = logFile.Close() }()
	// The server outlives the context of its start; Stop ends it.
	command := exec.Command(filepath.Join(binaries, "postgres"), serverArguments(s.data(), s.socket, o)...) //nolint:noctx,gosec // a found binary, ended by Stop
	command.Dir = s.data()
	command.Env = cleanEnvironment()
	command.Stdout, command.Stderr = logFile, logFile
	command.SysProcAttr = childAttributes(account)

	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := command.Start()
		started <- err
		if err == nil {
			_ = command.Wait() // how it ended stands in its log
			close(s.done)
		}
	}()
	if err := <-started; err != nil {
		return fmt.Errorf("start PostgreSQL: %w", err)
	}
	s.process = command.Process
	return nil
}

// ready waits until the server answers, and makes the hub's database.
func (s *Server) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	tick := time.NewTicker(25 * time.Millisecond)
	defer tick.Stop()
	for {
		conn, err := pgx.Connect(ctx, s.URL("postgres"))
		if err == nil {
			return errors.Join(createDatabase(ctx, conn), conn.Close(ctx))
		}
		select {
		case <-s.done:
			return fmt.Errorf("PostgreSQL ended at once; its reason is in %s", s.LogFile())
		case <-ctx.Done():
			return fmt.Errorf("PostgreSQL does not answer (see %s): %w", s.LogFile(), err)
		case <-tick.C:
		}
	}
}

// createDatabase makes the database named like the role, once.
func createDatabase(ctx context.Context, conn *pgx.Conn) error {
	const exists = `-- name: DatabaseExists
SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)`
	var found bool
	if err := conn.QueryRow(ctx, exists, role).Scan(&found); err != nil {
		return fmt.Errorf("look for database %s: %w", role, err)
	}
	if found {
		return nil
	}
	if _, err := conn.Exec(ctx, "CREATE DATABASE "+pgx.Identifier{role}.Sanitize()); err != nil {
		return fmt.Errorf("create database %s: %w", role, err)
	}
	return nil
}

// Stop ends the server by a fast shutdown (open transactions are rolled back,
// everything committed is flushed) and lets go of the directory. It may be
// called more than once.
func (s *Server) Stop() error {
	s.stop.Do(func() {
		s.stopErr = errors.Join(s.shutdown(), s.lock.Close())
		if s.socket != "" && filepath.Dir(s.socket) != s.dir {
			s.stopErr = errors.Join(s.stopErr, os.RemoveAll(s.socket))
		}
	})
	return s.stopErr
}

func (s *Server) shutdown() error {
	if s.process == nil {
		return nil
	}
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGQUIT, syscall.SIGKILL} {
		if err := s.process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return fmt.Errorf("stop PostgreSQL: %w", err)
		}
		select {
		case <-s.done:
			return nil
		case <-time.After(stopTimeout):
		}
	}
	return errors.New("stop PostgreSQL: it does not end")
}
