package audit

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Checkpoint is the head of the tree as it is signed: the C2SP checkpoint
// (origin, size, root), without extension lines, so that any witness can
// cosign it.
type Checkpoint struct {
	// Origin names the log.
	Origin string
	// Size is how many entries the tree has, and Root its RFC 6962 hash.
	Size int64
	Root tlog.Hash
}

// Text is what is signed.
func (c Checkpoint) Text() string {
	return fmt.Sprintf("%s\n%d\n%s\n", c.Origin, c.Size, base64.StdEncoding.EncodeToString(c.Root[:]))
}

// errCheckpoint: the text is no checkpoint in canonical form.
var errCheckpoint = errors.New("malformed checkpoint")

// ParseCheckpoint reads the text of a checkpoint. It takes no form but the
// canonical one; extension lines are refused, because this log writes none.
func ParseCheckpoint(text string) (Checkpoint, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[0] == "" || lines[3] != "" {
		return Checkpoint{}, errCheckpoint
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 {
		return Checkpoint{}, errCheckpoint
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize {
		return Checkpoint{}, errCheckpoint
	}
	c := Checkpoint{Origin: lines[0], Size: size, Root: tlog.Hash(root)}
	if c.Text() != text { // the decoder passes over line ends, strict or not
		return Checkpoint{}, errCheckpoint
	}
	return c, nil
}

// OpenCheckpoint returns the checkpoint in a signed note after checking v's
// signature on it. Signatures of others (witnesses) do no harm. A signature has
// one spelling: base64 with stray bits at its end is refused, so that no byte
// of a stored checkpoint can be changed unseen. Signatures of others, where they
// stand on it, must hold too.
func OpenCheckpoint(signed []byte, v note.Verifier, others ...note.Verifier) (Checkpoint, error) {
	n, err := note.Open(signed, note.VerifierList(append([]note.Verifier{v}, others...)...))
	if err != nil {
		return Checkpoint{}, fmt.Errorf("open checkpoint: %w", err)
	}
	if !slices.ContainsFunc(n.Sigs, func(s note.Signature) bool { return s.Name == v.Name() && s.Hash == v.KeyHash() }) {
		return Checkpoint{}, fmt.Errorf("open checkpoint: not signed by %s", v.Name())
	}
	for _, s := range slices.Concat(n.Sigs, n.UnverifiedSigs) {
		if _, err := base64.StdEncoding.Strict().DecodeString(s.Base64); err != nil {
			return Checkpoint{}, fmt.Errorf("open checkpoint: %w", errCheckpoint)
		}
	}
	return ParseCheckpoint(n.Text)
}

// checkpointer signs the tree while it grows. It never signs a tree that does
// not hold the one it signed before: somebody who rewrites the tables gets no
// signature of this hub on the result.
type checkpointer struct {
	side    *side
	options *Options
	halt    func(error)
	quit    chan struct{}
	done    chan struct{}

	mu   sync.Mutex
	last Checkpoint
	// failed is why the newest attempt ended without a signed tree; nil after one that did.
	failed atomic.Pointer[error]
}

func newCheckpointer(s *side, o *Options, halt func(error)) *checkpointer {
	return &checkpointer{side: s, options: o, halt: halt, quit: make(chan struct{}), done: make(chan struct{})}
}

// start signs at every tick until stop.
func (c *checkpointer) start(ctx context.Context) {
	go func() {
		defer close(c.done)
		ticker := time.NewTicker(c.options.CheckpointEvery)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				c.tick(ctx)
			case <-c.quit:
				return
			}
		}
	}()
}

func (c *checkpointer) stop() {
	close(c.quit)
	<-c.done
}

func (c *checkpointer) tick(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, c.options.Deadline)
	defer cancel()
	if _, err := c.sign(ctx); err != nil {
		c.options.Logger.ErrorContext(ctx, "audit checkpoint not signed", slog.String("cause", hide(err).Error()))
	}
}

// Checkpoint signs the tree now, if it has grown, and returns its newest
// checkpoint. The zero Checkpoint means that the log is empty.
func (w *Writer) Checkpoint(ctx context.Context) (Checkpoint, error) {
	c, err := w.signs.sign(ctx)
	if err != nil {
		return Checkpoint{}, unavailable(err)
	}
	return c, nil
}

// Signing says why the log could not be signed when that was tried last, or nil: keys
// may be there and no checkpoint be kept all the same.
func (w *Writer) Signing() error {
	if failed := w.signs.failed.Load(); failed != nil {
		return unavailable(*failed)
	}
	return nil
}

func (c *checkpointer) sign(ctx context.Context) (Checkpoint, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	signed, err := c.attempt(ctx)
	if err != nil {
		c.failed.Store(&err)
	} else {
		c.failed.Store(nil)
	}
	return signed, err
}

// attempt signs the tree and keeps what it signed, in the log and beside it.
func (c *checkpointer) attempt(ctx context.Context) (Checkpoint, error) {
	var next Checkpoint
	err := c.side.do(ctx, func(ctx context.Context, conn *pgx.Conn) error {
		var err error
		next, err = c.grown(ctx, conn)
		return err
	})
	if err != nil {
		c.halt(err)
		return Checkpoint{}, err
	}
	if next.Size == c.last.Size {
		return c.last, nil
	}
	signed, err := note.Sign(&note.Note{Text: next.Text()}, c.options.Signer)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("sign checkpoint: %w", err)
	}
	err = c.side.do(ctx, func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, insertCheckpoint, next.Size, next.Root[:], string(signed))
		return err
	})
	if err != nil {
		return Checkpoint{}, err
	}
	if err := keepFile(c.options.CheckpointFile, signed); err != nil {
		return Checkpoint{}, err
	}
	c.last = next
	return next, nil
}

// grown returns the tree as it stands, proven to hold the last signed one.
func (c *checkpointer) grown(ctx context.Context, conn *pgx.Conn) (Checkpoint, error) {
	tx, err := conn.BeginTx(ctx, snapshot)
	if err != nil {
		return Checkpoint{}, err
	}
	defer func() { _ = tx.Rollback(ctx) }()
	h, err := scanHead(tx.QueryRow(ctx, readHead))
	if err != nil {
		return Checkpoint{}, err
	}
	next := Checkpoint{Origin: c.options.Origin, Size: h.size, Root: h.root()}
	return next, extends(next, c.last, hashReader(ctx, tx))
}

// snapshot is how the log is read when several tables must agree.
var snapshot = pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}

// extends proves, by the stored hashes, that tree next holds tree last.
func extends(next, last Checkpoint, hashes tlog.HashReader) error {
	switch {
	case last.Size == 0:
		return nil
	case next.Size < last.Size, next.Size == last.Size && next.Root != last.Root:
		return fmt.Errorf("%w: size %d, signed %d", errShorter, next.Size, last.Size)
	case next.Size == last.Size:
		return nil
	}
	proof, err := tlog.ProveTree(next.Size, last.Size, hashes)
	if err != nil {
		return fmt.Errorf("prove that the tree grew: %w", err)
	}
	if err := tlog.CheckTree(proof, next.Size, next.Root, last.Size, last.Root); err != nil {
		return fmt.Errorf("%w: it does not hold the signed tree of size %d", errShorter, last.Size)
	}
	return nil
}
