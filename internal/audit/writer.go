package audit

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/fault"
)

// maxDisclosures is the most children one entry may name.
const maxDisclosures = 100_000

// earliest is the first year an entry may carry.
const earliest = 2000

// Writer appends to the log. One goroutine collects the entries that wait and
// makes them durable in one transaction; everybody's answer waits for that
// commit. Any number of goroutines may use a Writer, and any number of
// processes may write one log.
//
// Every method that appends returns a fault with code AuditUnavailable when the
// entry is not certainly durable; the caller must then show nothing.
type Writer struct {
	options Options
	append  *link
	side    *side
	sets    *interner
	parts   *partitions
	signs   *checkpointer
	buffers sync.Pool // of *[]byte, for canonical bytes

	mu     sync.RWMutex // guards closed against sends on queue
	closed bool
	queue  chan *job
	done   chan struct{}

	known   *head                  // what the log was when we last looked; used by run alone
	reached atomic.Int64           // the size of the log that was last acknowledged to us
	shapes  atomic.Pointer[shapes] // of the last connection, for transactions of others
	health  health
}

// errClosed and errFull: the writer takes no entry now.
var (
	errClosed = errors.New("the audit writer is closed")
	errFull   = errors.New("the audit queue is full")
)

// Open connects to the database at url, proves that the log can be written and
// is the one that was signed (see selfTest), and starts the writer. Close it.
func Open(ctx context.Context, url string, o Options) (*Writer, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	w := &Writer{options: o, queue: make(chan *job, o.Queue), done: make(chan struct{})}
	if w.append, err = newLink(url, "tongxin-audit", &o, func(s shapes) { w.shapes.Store(&s) }); err != nil {
		return nil, err
	}
	second, err := newLink(url, "tongxin-audit-side", &o, func(shapes) { w.sets.forget() })
	if err != nil {
		return nil, err
	}
	w.side = newSide(second)
	w.sets = newInterner(w.side)
	w.parts = newPartitions(w.side)
	w.signs = newCheckpointer(w.side, &w.options, w.health.set)
	if err := w.selfTest(ctx); err != nil {
		w.append.drop()
		w.side.close(ctx)
		return nil, fmt.Errorf("audit self-test: %w", hide(err))
	}
	// Neither ends with the context of the start.
	ctx = context.WithoutCancel(ctx)
	go w.run(ctx)
	w.signs.start(ctx)
	return w, nil
}

// Append makes e durable and returns its receipt. It does not end with ctx: a
// caller who has gone away is recorded all the same. It ends at the deadline
// of the options, and then the entry may or may not stand in the log.
func (w *Writer) Append(ctx context.Context, e Entry) (Receipt, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), w.options.Deadline)
	defer cancel()
	if err := w.check(&e); err != nil {
		return Receipt{}, unavailable(err)
	}
	e.Operation = foreignOperation(e.Operation)
	r, err := w.prepare(ctx, &e)
	if err != nil {
		return Receipt{}, unavailable(err)
	}
	j := newJob([]*record{r})
	if err := w.enqueue(j); err != nil {
		return Receipt{}, unavailable(err)
	}
	receipts, err := j.wait(ctx)
	if err != nil {
		return Receipt{}, unavailable(err)
	}
	return receipts[0], nil
}

// AppendTx appends e inside the caller's transaction, as its last statement: it
// takes the lock that all appenders share and holds it to the end. The
// transaction must be READ COMMITTED, and an error of its commit means that
// neither change nor entry may be relied upon. The receipt holds once the
// commit has succeeded.
func (w *Writer) AppendTx(ctx context.Context, tx pgx.Tx, e Entry) (Receipt, error) {
	e.Operation = foreignOperation(e.Operation)
	return w.recordTx(ctx, tx, e)
}

// recordTx is AppendTx for entries of any operation.
func (w *Writer) recordTx(ctx context.Context, tx pgx.Tx, e Entry) (Receipt, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), w.options.Deadline)
	defer cancel()
	if err := w.check(&e); err != nil {
		return Receipt{}, unavailable(err)
	}
	r, err := w.prepare(ctx, &e)
	if err != nil {
		return Receipt{}, unavailable(err)
	}
	receipt, err := w.appendTx(ctx, tx, r)
	if err != nil {
		return Receipt{}, unavailable(err)
	}
	return receipt, nil
}

func (w *Writer) appendTx(ctx context.Context, tx pgx.Tx, r *record) (Receipt, error) {
	if err := w.health.get(); err != nil {
		return Receipt{}, err
	}
	// Partitions are made outside the lock; the months that place can choose
	// are this one and, past midnight, the next.
	if err := w.parts.ensure(ctx, w.likelyMonths(r)); err != nil {
		return Receipt{}, err
	}
	s := *w.shapes.Load()
	s.register(tx.Conn().TypeMap())
	batch := &pgx.Batch{}
	batch.Queue(limitTx, w.options.lockTimeout())
	batch.Queue(lockLog)
	batch.Queue(readHead)
	now, err := readLocked(tx.SendBatch(ctx, batch), 2)
	if err != nil {
		return Receipt{}, err
	}
	if reached := w.reached.Load(); now.size < reached {
		err := fmt.Errorf("%w: size %d, known %d", errShorter, now.size, reached)
		w.health.set(err)
		return Receipt{}, err
	}
	x := now.extend(s, []*record{r}, w.options.Now(), w.options.Backdated)
	batch = &pgx.Batch{}
	x.queue(batch)
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return Receipt{}, err
	}
	return x.receipts[0], nil
}

// AppendBatch appends entries in order, in large transactions; for jobs, not
// for requests. On an error the receipts of those that are durable come back.
func (w *Writer) AppendBatch(ctx context.Context, entries []Entry) ([]Receipt, error) {
	receipts := make([]Receipt, 0, len(entries))
	var flying *job
	land := func() error {
		if flying == nil {
			return nil
		}
		got, err := flying.wait(ctx)
		flying = nil
		receipts = append(receipts, got...)
		return err
	}
	for from := 0; from < len(entries); from += maxBatch {
		chunk := entries[from:min(from+maxBatch, len(entries))]
		records := make([]*record, len(chunk))
		for i := range chunk {
			if err := w.check(&chunk[i]); err != nil {
				return receipts, unavailable(errors.Join(err, land()))
			}
			e := chunk[i]
			e.Operation = foreignOperation(e.Operation)
			r, err := w.prepare(ctx, &e)
			if err != nil {
				return receipts, unavailable(errors.Join(err, land()))
			}
			records[i] = r
		}
		if err := land(); err != nil {
			return receipts, unavailable(err)
		}
		flying = newJob(records)
		if err := w.enqueue(flying); err != nil {
			return receipts, unavailable(err)
		}
	}
	if err := land(); err != nil {
		return receipts, unavailable(err)
	}
	return receipts, nil
}

// check refuses entries that the log cannot hold.
func (w *Writer) check(e *Entry) error {
	if len(e.Disclosures) > maxDisclosures {
		return fmt.Errorf("entry with %d disclosures", len(e.Disclosures))
	}
	if w.options.Backdated && !e.At.IsZero() && e.At.Year() < earliest {
		return fmt.Errorf("entry of the year %d", e.At.Year())
	}
	return nil
}

// enqueue hands j to the writer at once or not at all.
func (w *Writer) enqueue(j *job) error {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if w.closed {
		return errClosed
	}
	select {
	case w.queue <- j:
		return nil
	default:
		return errFull
	}
}

// Close makes durable what waits, signs a last checkpoint and ends the writer's
// connections. Entries that come later are refused.
func (w *Writer) Close(ctx context.Context) error {
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return nil
	}
	w.closed = true
	close(w.queue)
	w.mu.Unlock()
	select {
	case <-w.done:
	case <-ctx.Done():
		return ctx.Err()
	}
	w.signs.stop()
	_, err := w.Checkpoint(ctx)
	w.side.close(ctx)
	return err
}

// Ready says why entries cannot be written now, or nil. It writes an entry and
// takes it back, so it sees what an answer would see.
func (w *Writer) Ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, w.options.Deadline)
	defer cancel()
	if err := w.health.get(); err != nil {
		return unavailable(err)
	}
	if err := w.probe(ctx); err != nil {
		return unavailable(err)
	}
	return nil
}

// likelyMonths are the months r can land in.
func (w *Writer) likelyMonths(r *record) []time.Time {
	now := monthOf(w.options.Now())
	if w.options.Backdated && !r.at.IsZero() {
		return []time.Time{monthOf(r.at), now}
	}
	return []time.Time{now, now.AddDate(0, 1, 0)}
}

// unavailable is the one error of this package that callers see.
func unavailable(cause error) error {
	return fault.Wrap(fault.AuditUnavailable,
		"访问记录暂时无法写入，因此未提供任何数据，请稍后重试。",
		"The access could not be recorded, so nothing was shown; please retry later.",
		hide(cause))
}
