package audit

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// Seen returns the distinct children that a person has been shown since a time,
// by id, for the limits on volume. db is a pool, a connection or a transaction.
// Like those that append it fails with AuditUnavailable, in less time than an
// entry has: who cannot be counted is shown nothing.
func Seen(ctx context.Context, db postgres.Beginner, staffID int64, since time.Time) ([]int64, error) {
	var children []int64
	err := postgres.InTx(ctx, db, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, limitSeen); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, selectSeen, staffID, since)
		if err != nil {
			return err
		}
		children, err = pgx.CollectRows(rows, pgx.RowTo[int64])
		return err
	})
	if err != nil {
		return nil, unavailable(fmt.Errorf("seen: %w", err))
	}
	return children, nil
}
