package audit

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Bounds of one transaction: entries, and rows of children under them.
const (
	maxBatch = 512
	maxRows  = 20_000
)

// States of a job: it waits, or the writer has it, or its caller gave up.
const (
	waiting int32 = iota
	taken
	abandoned
)

// job is one caller's entries on their way into the log.
type job struct {
	records  []*record
	receipts []Receipt
	state    atomic.Int32
	done     chan error
}

func newJob(records []*record) *job {
	return &job{records: records, done: make(chan error, 1)}
}

// wait returns the receipts once the entries are durable. A job given up before
// the writer took it is not written at all.
func (j *job) wait(ctx context.Context) ([]Receipt, error) {
	select {
	case err := <-j.done:
		return j.receipts, err
	case <-ctx.Done():
	}
	j.state.CompareAndSwap(waiting, abandoned)
	return nil, fmt.Errorf("wait for the audit writer: %w", ctx.Err())
}

// rows is how many rows of children the job brings.
func (j *job) rows() int {
	n := 0
	for _, r := range j.records {
		n += len(r.detail.disclosures)
	}
	return n
}

// health remembers what a writer may not recover from: a log that went
// backwards or was forked. Everything else mends itself with the next batch.
type health struct {
	mu  sync.Mutex
	err error
}

// get is why the writer has halted, or nil.
func (h *health) get() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.err
}

// set halts the writer when err says that the log is not the one it knows.
func (h *health) set(err error) {
	if !errors.Is(err, errShorter) && !errors.Is(err, errHead) {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.err == nil {
		h.err = err
	}
}

// run is the writer's goroutine: while one batch is on its way to the disk, the
// next one gathers in the queue.
func (w *Writer) run(ctx context.Context) {
	defer close(w.done)
	defer w.append.drop()
	batch := make([]*job, 0, maxBatch)
	for first := range w.queue {
		batch = w.gather(batch[:0], first)
		if len(batch) == 0 {
			continue
		}
		err := w.write(ctx, batch)
		w.health.set(err)
		if err != nil {
			w.options.Logger.ErrorContext(ctx, "audit entries are not durable",
				slog.Int("operations", len(batch)), slog.String("cause", hide(err).Error()))
		}
		for _, j := range batch {
			j.done <- err
		}
	}
}

// gather takes what waits, up to the bounds of one transaction.
func (w *Writer) gather(batch []*job, first *job) []*job {
	entries, rows := 0, 0
	take := func(j *job) {
		if j.state.CompareAndSwap(waiting, taken) {
			batch = append(batch, j)
			entries += len(j.records)
			rows += j.rows()
		}
	}
	take(first)
	for entries < maxBatch && rows < maxRows {
		select {
		case j, open := <-w.queue:
			if !open {
				return batch
			}
			take(j)
		default:
			return batch
		}
	}
	return batch
}

// write makes the batch durable and fills in its receipts.
func (w *Writer) write(ctx context.Context, batch []*job) error {
	if err := w.health.get(); err != nil {
		return err
	}
	records := make([]*record, 0, len(batch))
	for _, j := range batch {
		records = append(records, j.records...)
	}
	ctx, cancel := context.WithTimeout(ctx, w.options.Deadline)
	defer cancel()
	x, err := w.commit(ctx, records)
	if err != nil {
		return err
	}
	rest := x.receipts
	for _, j := range batch {
		j.receipts, rest = rest[:len(j.records)], rest[len(j.records):]
	}
	return nil
}

// commit appends the records in one transaction. It first trusts its memory of
// the head, which costs one round trip; when another process was faster it
// takes the lock, reads the head and tries once more.
func (w *Writer) commit(ctx context.Context, records []*record) (*extension, error) {
	conn, err := w.append.get(ctx)
	if err != nil {
		return nil, err
	}
	x, err := w.attempt(ctx, conn, w.known, records)
	if sqlState(err) == stale {
		w.append.recover(ctx, err)
		x, err = w.attempt(ctx, conn, nil, records)
	}
	if err != nil {
		w.append.recover(ctx, err)
		w.forget()
		return nil, err
	}
	w.known = &x.to
	w.reached.Store(x.to.size)
	return x, nil
}

// forget makes the next batch read the head, but keeps what a head must not
// fall behind.
func (w *Writer) forget() {
	if w.known != nil {
		w.known = &head{frontier: w.known.frontier, at: w.known.at, old: true}
	}
}

// attempt extends trusted, or, when that is nil or old, the head it reads under
// the lock.
func (w *Writer) attempt(ctx context.Context, conn *pgx.Conn, trusted *head, records []*record) (*extension, error) {
	batch := &pgx.Batch{}
	if trusted == nil || trusted.old {
		locked, err := w.lock(ctx, conn)
		if err != nil {
			return nil, err
		}
		trusted = locked
	} else {
		batch.Queue(begin)
	}
	x := trusted.extend(w.append.shapes, records, w.options.Now(), w.options.Backdated)
	if err := w.parts.ensure(ctx, x.months()); err != nil {
		return nil, err
	}
	x.queue(batch)
	batch.Queue(finish)
	if err := settle(conn.SendBatch(ctx, batch), batch.Len()); err != nil {
		return nil, err
	}
	return x, w.append.warned()
}

// lock begins a transaction, takes the lock of the log and reads its head.
func (w *Writer) lock(ctx context.Context, conn *pgx.Conn) (*head, error) {
	batch := &pgx.Batch{}
	batch.Queue(begin)
	batch.Queue(lockLog)
	batch.Queue(readHead)
	h, err := readLocked(conn.SendBatch(ctx, batch), 2)
	if err != nil {
		return nil, err
	}
	if err := h.follows(w.known); err != nil {
		return nil, err
	}
	return &h, nil
}

// readLocked passes over skip results and reads the head behind them.
func readLocked(results pgx.BatchResults, skip int) (head, error) {
	var h head
	var err error
	for i := 0; i < skip && err == nil; i++ {
		_, err = results.Exec()
	}
	if err == nil {
		h, err = scanHead(results.QueryRow())
	}
	if closing := results.Close(); err == nil {
		err = closing
	}
	return h, err
}

// settle reads all results and demands that the last one is a commit: of a
// failed transaction PostgreSQL reports a ROLLBACK, without an error.
func settle(results pgx.BatchResults, n int) error {
	var err error
	var tag pgconn.CommandTag
	for i := 0; i < n && err == nil; i++ {
		tag, err = results.Exec()
	}
	if closing := results.Close(); err == nil {
		err = closing
	}
	if err == nil && tag.String() != finish {
		err = fmt.Errorf("the server answered %q to the commit", tag.String())
	}
	return err
}
