package main

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
)

// replay is a database that remembers the rows of every batch and, once on, sends
// them again: what is left is the hub's own work.
type replay struct {
	disclosure.Database
	on   bool
	kept map[string][][][]byte
	cols map[string][]pgconn.FieldDescription
}

func newReplay(db disclosure.Database) *replay {
	return &replay{Database: db, kept: map[string][][][]byte{}, cols: map[string][]pgconn.FieldDescription{}}
}

// SendBatch sends remembered rows, or those of the database, which it remembers
// by the statement and the number of keys.
func (r *replay) SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults {
	out := &batch{replay: r}
	for _, q := range b.QueuedQueries {
		key := name(q)
		if !r.on {
			rows, err := r.Query(ctx, q.SQL, q.Arguments...)
			if err != nil {
				out.err = err
				return out
			}
			r.keep(key, rows)
			out.err = errors.Join(out.err, rows.Err())
		}
		out.keys = append(out.keys, key)
	}
	return out
}

func name(q *pgx.QueuedQuery) string {
	for _, a := range q.Arguments {
		if keys, ok := a.([]int64); ok {
			return q.SQL + string(rune(len(keys)))
		}
	}
	return q.SQL
}

func (r *replay) keep(key string, rows pgx.Rows) {
	defer rows.Close()
	r.kept[key] = nil
	for rows.Next() {
		var row [][]byte
		for _, v := range rows.RawValues() {
			if v != nil {
				v = append([]byte{}, v...)
			}
			row = append(row, v)
		}
		r.kept[key] = append(r.kept[key], row)
	}
	r.cols[key] = rows.FieldDescriptions()
}

// batch hands the statements' rows out in order.
type batch struct {
	pgx.BatchResults
	*replay
	keys []string
	err  error
}

// Query gives the next statement's rows.
func (b *batch) Query() (pgx.Rows, error) {
	if b.err != nil {
		return nil, b.err
	}
	key := b.keys[0]
	b.keys = b.keys[1:]
	return &again{rows: b.kept[key], cols: b.cols[key], at: -1}, nil
}

// Close ends the batch.
func (b *batch) Close() error { return b.err }

// again are remembered rows.
type again struct {
	pgx.Rows
	rows [][][]byte
	cols []pgconn.FieldDescription
	at   int
}

// Next goes to the next row.
func (a *again) Next() bool { a.at++; return a.at < len(a.rows) }

// RawValues are the columns of the row.
func (a *again) RawValues() [][]byte { return a.rows[a.at] }

// FieldDescriptions are the columns.
func (a *again) FieldDescriptions() []pgconn.FieldDescription { return a.cols }

// Err is never set: the rows are here.
func (a *again) Err() error { return nil }

// Close has nothing to let go of.
func (a *again) Close() {}
