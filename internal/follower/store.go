package follower

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/postgres"
)

const enterSQL = `-- name: EnterFollower
INSERT INTO follower (name) VALUES ($1) ON CONFLICT (name) DO NOTHING`

const takeSQL = `-- name: TakeFollower
SELECT sequence FROM follower WHERE name = $1 FOR UPDATE SKIP LOCKED`

// The head is read after the row is taken: what it counts is committed by then.
const sizeSQL = `-- name: ReadLogSize
SELECT size FROM audit_head`

const rememberSQL = `-- name: RememberFollower
UPDATE follower SET sequence = $2, at = now() WHERE name = $1`

// take holds the follower's row to the end of tx and reads how far there is to go;
// it is not free while another process holds it.
func take(ctx context.Context, tx pgx.Tx, name string) (from, size int64, free bool, err error) {
	if _, err := tx.Exec(ctx, enterSQL, name); err != nil {
		return 0, 0, false, err
	}
	err = tx.QueryRow(ctx, takeSQL, name).Scan(&from)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, 0, false, nil
	}
	if err == nil {
		err = tx.QueryRow(ctx, sizeSQL).Scan(&size)
	}
	return from, size, err == nil, err
}

func remember(ctx context.Context, tx pgx.Tx, name string, to int64) error {
	_, err := tx.Exec(ctx, rememberSQL, name, to)
	return err
}

// Behind a fence: the planner would look for the oldest in the order of time, through
// the whole log.
const spanSQL = `-- name: SpanOfEntries
SELECT coalesce(min(x.at), 'epoch'), coalesce(max(x.at), 'epoch')
FROM (SELECT e.at FROM audit_entry e WHERE e.sequence >= $1 AND e.sequence < $2 OFFSET 0) x`

// Span is from when to when the entries of a batch were written, so that what asks for
// them looks into their partitions alone.
func Span(ctx context.Context, tx postgres.Tx, from, to int64) (first, last time.Time, err error) {
	err = tx.QueryRow(ctx, spanSQL, from, to).Scan(&first, &last)
	return first, last, err
}
