package audit

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Batcher sends statements in one round trip, which is one transaction; a pool does.
type Batcher interface {
	SendBatch(ctx context.Context, batch *pgx.Batch) pgx.BatchResults
}

// Seen returns the distinct children that a person has been shown since a time, by
// id, and those of them since a later time, for the limits on volume. Like those
// that append it fails with AuditUnavailable, in less time than an entry has: who
// cannot be counted is shown nothing.
func Seen(ctx context.Context, db Batcher, staffID int64, since, lately time.Time) (all, late []int64, err error) {
	batch := &pgx.Batch{}
	batch.Queue(limitSeen)
	batch.Queue(selectSeen, staffID, since, lately).Query(func(rows pgx.Rows) error {
		var child int64
		var isLate bool
		_, err := pgx.ForEachRow(rows, []any{&child, &isLate}, func() error {
			all = append(all, child)
			if isLate {
				late = append(late, child)
			}
			return nil
		})
		return err
	})
	if err := db.SendBatch(ctx, batch).Close(); err != nil {
		return nil, nil, unavailable(fmt.Errorf("seen: %w", err))
	}
	return all, late, nil
}
