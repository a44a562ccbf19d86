package statistics

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/record"
)

// Records says where each type of schema/statistics.graphqls is stored. Both come
// from functions of the database (see Roots), which suppress small cells before
// a number reaches the process. A field that is not listed is the column of its
// own name in snake case.
func Records() []record.Type {
	return []record.Type{
		{Name: "Figure", Table: "figure", Kind: record.Node},
		{Name: "ChildCount", Table: "child_counts", Kind: record.Node},
		{Name: "QuarterCount", Table: "count_trend", Kind: record.Node},
		{Name: "TownshipTile", Table: "township_tiles", Kind: record.Node},
	}
}

// Roots are the root fields that statistics answers.
func Roots() []record.Root {
	return []record.Root{
		{
			Field: "figures", Type: "Figure", List: true,
			From: "figures({today}::date)",
		},
		{
			Field: "childCounts", Type: "ChildCount", List: true,
			From: "child_counts({today}::date, {arg.population}::text, {arg.by}::text)",
		},
		{
			Field: "countTrend", Type: "QuarterCount", List: true,
			From: "count_trend({today}::date, {arg.population}::text)",
		},
		{
			Field: "townshipTiles", Type: "TownshipTile", List: true,
			From: "township_tiles()",
		},
	}
}

// Database is what keeping counts needs of PostgreSQL; a pool is one.
type Database interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// count is a population by a dimension.
type count struct{ Population, Dimension string }

const missingSQL = `-- name: CountsNotKept
SELECT p.name, d.name
FROM unnest($2::text[]) WITH ORDINALITY AS p (name, n) CROSS JOIN unnest($3::text[]) WITH ORDINALITY AS d (name, n)
WHERE EXISTS (SELECT FROM division WHERE level IN ('TOWNSHIP', 'DISTRICT'))
  AND (EXISTS (SELECT FROM count_change) OR NOT EXISTS (
      SELECT FROM count_kept k WHERE k.as_of = $1::date AND k.population = p.name AND k.dimension = d.name))
ORDER BY p.n, d.n`

const keepSQL = `-- name: KeepCounts
SELECT keep_counts($1::date, $2, $3)`

// missing are the counts of a day that are not kept or no longer true.
func missing(ctx context.Context, db Database, today string, populations, dimensions []string) ([]count, error) {
	rows, err := db.Query(ctx, missingSQL, today, populations, dimensions)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[count])
}

// keep keeps one count; false when another hub is at it.
func keep(ctx context.Context, db Database, today string, c count) (kept bool, err error) {
	err = db.QueryRow(ctx, keepSQL, today, c.Population, c.Dimension).Scan(&kept)
	return kept, err
}

const keepQuarterSQL = `-- name: KeepQuarter
SELECT coalesce(sum(keep_quarter($1::date, p.name)), 0)::bigint FROM unnest($2::text[]) AS p (name)
WHERE NOT EXISTS (SELECT FROM quarter_count q WHERE q.population = p.name AND q.as_of >= $1::date)`

// keepQuarter writes down how the running quarter stands; the number of lines that
// changed.
func keepQuarter(ctx context.Context, db Database, today string, populations []string) (changed int64, err error) {
	err = db.QueryRow(ctx, keepQuarterSQL, today, populations).Scan(&changed)
	return changed, err
}
