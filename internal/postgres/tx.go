package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Tx is a transaction, for those who pass one on and send nothing themselves.
type Tx = pgx.Tx

// Beginner starts transactions; a pool and a connection do.
type Beginner interface {
	Begin(ctx context.Context) (pgx.Tx, error)
}

// InTx runs work in one transaction and commits it when work returns nil.
// Inside, use the transaction only. An error of the commit is returned: the
// change may or may not have happened, and the caller must treat it as not.
func InTx(ctx context.Context, db Beginner, work func(tx pgx.Tx) error) error {
	tx, err := db.Begin(ctx)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	// After a commit this does nothing; after an error or a panic it undoes the
	// work even when the caller's context has ended.
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	if err := work(tx); err != nil {
		return err
	}
	if err := tx.Commit(ctx); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}
