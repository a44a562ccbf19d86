package audit

import (
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"golang.org/x/mod/sumdb/note"
)

// Options are what a process chooses about its writer. Origin, Signer and
// Verifier are required, because a log without checkpoints proves nothing; the
// zero value of everything else is safe.
type Options struct {
	// Origin is the first line of every checkpoint and names this log.
	Origin string
	// Signer signs checkpoints, and Verifier knows them again after a restart.
	Signer   note.Signer
	Verifier note.Verifier
	// CheckpointEvery is how often a grown tree is signed; 5 seconds when 0.
	CheckpointEvery time.Duration
	// CheckpointFile keeps the newest signed checkpoint outside the database,
	// so that a database put back to an older state does not start. Empty: only
	// the table is held against the log.
	CheckpointFile string
	// Deadline is how long an entry may take to become durable; 3 seconds when 0.
	Deadline time.Duration
	// Queue is how many entries may wait for the writer; 4,096 when 0.
	Queue int
	// Backdated lets entries keep a time in the past, for a job that writes
	// history. They are marked so for ever.
	Backdated bool
	// Now is the clock and Random the source of salts and ids; the system's
	// when nil.
	Now    func() time.Time
	Random io.Reader
	// Logger gets ids, counts and SQLSTATEs; the default logger when nil.
	Logger *slog.Logger
	// Dial replaces the way to the server, for tests that cut it.
	Dial pgconn.DialFunc
}

// withDefaults fills what was left open and refuses what may not be.
func (o Options) withDefaults() (Options, error) {
	if o.Origin == "" || o.Signer == nil || o.Verifier == nil {
		return o, errors.New("audit: origin, signer and verifier of checkpoints are required")
	}
	if o.CheckpointEvery <= 0 {
		o.CheckpointEvery = 5 * time.Second
	}
	if o.Deadline <= 0 {
		o.Deadline = 3 * time.Second
	}
	if o.Queue <= 0 {
		o.Queue = 4096
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return o, nil
}

// lockTimeout ends a wait for a lock on the server before our own deadline
// does, so that the connection survives a locked table.
func (o *Options) lockTimeout() string {
	return strconv.FormatInt(o.Deadline.Milliseconds()*2/3, 10)
}
