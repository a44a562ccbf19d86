package raw

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
)

// event is one answer for the record.
type event struct {
	operation string
	children  []int64
	done      chan error
}

// auditor writes events by group commit: whatever waits goes into one statement
// on the auditor's own connection, and every answer waits for its commit.
type auditor struct {
	conn  *pgx.Conn
	queue chan event
	ended chan struct{}
}

const (
	queueLength = 4096
	batchLength = 512
)

// appendSQL takes the children as text, because arrays of arrays must be even.
const appendSQL = `INSERT INTO bench.access (at, subject, purpose, operation, fields, children)
SELECT now(), 'education-system', 'DROPOUT_PREVENTION', e.operation, 'all of the operation', e.children::bigint[]
FROM unnest($1::text[], $2::text[]) AS e(operation, children)`

func newAuditor(ctx context.Context, url string) (*auditor, error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return nil, err
	}
	a := &auditor{conn: conn, queue: make(chan event, queueLength), ended: make(chan struct{})}
	go a.run(context.WithoutCancel(ctx))
	return a, nil
}

// append waits until the event is durable.
func (a *auditor) append(ctx context.Context, e event) error {
	e.done = make(chan error, 1)
	select {
	case a.queue <- e:
	default:
		return errors.New("the queue is full")
	}
	select {
	case err := <-e.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (a *auditor) run(ctx context.Context) {
	defer close(a.ended)
	batch := make([]event, 0, batchLength)
	for e := range a.queue {
		batch = append(batch[:0], e)
		for len(batch) < batchLength && len(a.queue) > 0 {
			batch = append(batch, <-a.queue)
		}
		err := a.write(ctx, batch)
		for _, e := range batch {
			e.done <- err
		}
	}
}

func (a *auditor) write(ctx context.Context, batch []event) error {
	operations, children := make([]string, len(batch)), make([]string, len(batch))
	for i, e := range batch {
		operations[i], children[i] = e.operation, array(e.children)
	}
	_, err := a.conn.Exec(ctx, appendSQL, operations, children)
	return err
}

func (a *auditor) close(ctx context.Context) {
	close(a.queue)
	<-a.ended
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	_ = a.conn.Close(ctx)
}

// array is the text of an array of numbers.
func array(numbers []int64) string {
	out := make([]byte, 0, 2+8*len(numbers))
	out = append(out, '{')
	for i, n := range numbers {
		if i > 0 {
			out = append(out, ',')
		}
		out = strconv.AppendInt(out, n, 10)
	}
	return string(append(out, '}'))
}
