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

	// Seven quarters that are over: each a little larger than the next, unevenly by
	// township, held back where today's table holds back.
	pastQuartersSQL = `-- name: FillPastQuarters
INSERT INTO quarter_count (quarter, population, place, township_code, township, value, shown, as_of)
SELECT b.quarter, b.population, b.place, b.township_code, b.township, b.rounded, coalesce(b.rounded::text, '*'), b.as_of
FROM (SELECT (date_trunc('quarter', $1::timestamp) - back * interval '3 months')::date AS quarter, p.name AS population, c.place, c.township_code, c.township,
          CASE WHEN c.value > 0 THEN greatest(5, round(c.value * (1 + 0.015 * back + CASE WHEN d.level = 'TOWNSHIP' THEN 0.02 * ((c.place * 7 + back * 3) % 5 - 2) ELSE 0 END) / 5)::integer * 5) ELSE c.value END AS rounded,
          (date_trunc('quarter', $1::timestamp) - (back - 1) * interval '3 months')::date - 1 AS as_of
      FROM unnest(ARRAY['LEFT_BEHIND_3', 'LEFT_BEHIND_6', 'HARDSHIP', 'EDUCATION_FLAG']) AS p (name)
      CROSS JOIN LATERAL count_quarter($1::date, p.name) c JOIN division d ON d.code = c.township_code CROSS JOIN generate_series(1, 7) back) b`

	analyzeSQL = `-- name: AnalyzeAll
ANALYZE`

	analyzeLogSQL = `-- name: AnalyzeLog
ANALYZE audit_entry, audit_packed, audit_set`

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
