package audit

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Seen returns the distinct children that a person has been shown since a time,
// by id, for the limits on volume. db is a pool, a connection or a transaction.
// Like those that append it fails with AuditUnavailable: who cannot be counted
// is shown nothing.
func Seen(ctx context.Context, db querier, staffID int64, since time.Time) ([]int64, error) {
	rows, err := db.Query(ctx, selectSeen, staffID, since)
	if err != nil {
		return nil, unavailable(fmt.Errorf("seen: %w", err))
	}
	children, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return nil, unavailable(fmt.Errorf("seen: %w", err))
	}
	return children, nil
}
