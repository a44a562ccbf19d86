package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Querier asks for one row; a pool, a connection and a transaction do.
type Querier interface {
	QueryRow(ctx context.Context, statement string, args ...any) pgx.Row
}

const durabilitySettings = `-- name: DurabilitySettings
SELECT current_setting('fsync'), current_setting('full_page_writes'), current_setting('synchronous_commit')`

// CheckDurability refuses a server, database or role that acknowledges a commit
// before it would survive a power cut. Call it with the pool that writes the
// audit log: synchronous_commit may be set per role and per database.
func CheckDurability(ctx context.Context, db Querier) error {
	var fsync, fullPageWrites, synchronousCommit string
	row := db.QueryRow(ctx, durabilitySettings)
	if err := row.Scan(&fsync, &fullPageWrites, &synchronousCommit); err != nil {
		return fmt.Errorf("check durability: %w", err)
	}
	return errors.Join(
		refuseOff("fsync", fsync, "a power cut would lose every acknowledged audit entry"),
		refuseOff("full_page_writes", fullPageWrites, "a power cut in the middle of a page would destroy audit entries"),
		refuseOff("synchronous_commit", synchronousCommit, "an audit entry would be acknowledged before it is on disk"),
	)
}

// refuseOff is nil unless value is "off".
func refuseOff(setting, value, consequence string) error {
	if value != "off" {
		return nil
	}
	return fmt.Errorf("PostgreSQL runs with %s=off: %s; set %s=on and start the hub again", setting, consequence, setting)
}
