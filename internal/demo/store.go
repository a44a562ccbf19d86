package demo

import (
	"context"
	"fmt"
	"iter"

	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/postgres"
)

const (
	occupiedSQL = `-- name: IsOccupied
SELECT EXISTS (SELECT 1 FROM division) OR EXISTS (SELECT 1 FROM staff) OR EXISTS (SELECT 1 FROM child)`

	findFillSQL = `-- name: FindFill
SELECT seed, scale, left_behind, log_entries, today, log_complete FROM demo_fill`

	markFillSQL = `-- name: MarkFill
INSERT INTO demo_fill (seed, scale, left_behind, log_entries, today) VALUES ($1, $2, $3, $4, $5)`

	countLoggedSQL = `-- name: CountLogged
SELECT count(*) FROM audit_entry WHERE backdated`

	completeFillSQL = `-- name: CompleteFill
UPDATE demo_fill SET log_complete = true`

	followIDsSQL = `-- name: FollowIDs
SELECT setval(pg_get_serial_sequence($1, 'id'), greatest((SELECT max(id) FROM %s), 1))`

	analyzeSQL = `-- name: AnalyzeAll
ANALYZE`

	analyzeLogSQL = `-- name: AnalyzeLog
ANALYZE audit_entry, audit_disclosure, audit_set`

	stampSQL = `-- name: LimitNothing
SELECT set_config('statement_timeout', '0', true)`
)

// Database is a pool or a connection; Fill needs nothing else of it.
type Database interface {
	postgres.Beginner
	QueryRow(ctx context.Context, statement string, args ...any) pgx.Row
}

// copyRows copies one sheet and moves the table's id sequence behind it.
func copyRows(ctx context.Context, tx pgx.Tx, s sheet) (int64, error) {
	next, stop := iter.Pull(s.rows)
	defer stop()
	n, err := tx.CopyFrom(ctx, pgx.Identifier{s.table}, s.columns, pgx.CopyFromFunc(func() ([]any, error) {
		row, more := next()
		if !more {
			return nil, nil
		}
		if len(row) != len(s.columns) {
			return nil, fmt.Errorf("%d values for %d columns", len(row), len(s.columns))
		}
		return row, nil
	}))
	if err != nil {
		return n, fmt.Errorf("copy %s: %w", s.table, err)
	}
	if s.columns[0] != "id" {
		return n, nil
	}
	if _, err := tx.Exec(ctx, fmt.Sprintf(followIDsSQL, pgx.Identifier{s.table}.Sanitize()), s.table); err != nil {
		return n, fmt.Errorf("follow the ids of %s: %w", s.table, err)
	}
	return n, nil
}
