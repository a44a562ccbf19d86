package traffic

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// Database is where counts are written; a pool is one.
type Database = postgres.Beginner

const processSQL = `-- name: WriteEdgeProcess
INSERT INTO edge_process (id, started_at, written_at, ended_at) VALUES ($1, $2, $3::timestamptz, CASE WHEN $4 THEN $3::timestamptz END)
ON CONFLICT (id) DO UPDATE SET written_at = excluded.written_at, ended_at = excluded.ended_at`

const countSQL = `-- name: WriteEdgeCounts
INSERT INTO edge_count (process_id, hour, agency_code, system, answered)
SELECT $1, x.hour, x.agency, x.system, x.answered
FROM unnest($2::timestamptz[], $3::text[], $4::text[], $5::bigint[]) AS x (hour, agency, system, answered)
ON CONFLICT (hour, agency_code, system, process_id) DO UPDATE SET answered = excluded.answered`

// write notes that the process lives, or ends, with its totals.
func (c *Counter) write(ctx context.Context, list []line, last bool) error {
	hours, agencies := make([]time.Time, len(list)), make([]string, len(list))
	systems, answered := make([]string, len(list)), make([]int64, len(list))
	for i, l := range list {
		hours[i], agencies[i], systems[i], answered[i] = time.Unix(l.hour, 0), l.agency, l.system, l.answered
	}
	return postgres.InTx(ctx, c.deps.DB, func(tx pgx.Tx) error {
		batch := &pgx.Batch{}
		batch.Queue(processSQL, c.deps.Process, c.started, c.deps.Now(), last)
		if len(list) > 0 {
			batch.Queue(countSQL, c.deps.Process, hours, agencies, systems, answered)
		}
		return tx.SendBatch(ctx, batch).Close()
	})
}
