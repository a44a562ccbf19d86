package policyversion

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Database is what this package needs of PostgreSQL; a pool is one.
type Database interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
}

const inForceSQL = `-- name: PolicyInForce
SELECT version FROM policy_version ORDER BY activated_at DESC, id DESC LIMIT 1`

const activateSQL = `-- name: ActivatePolicy
INSERT INTO policy_version (version, files, activated_by) VALUES ($1, $2, $3)`

// inForce is the version in force, "" before the first activation.
func inForce(ctx context.Context, db Database) (string, error) {
	var version string
	err := db.QueryRow(ctx, inForceSQL).Scan(&version)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", nil
	}
	return version, err
}

// Activate puts a version in force, with its whole text, unless it already is.
func Activate(ctx context.Context, db Database, version string, files map[string]string, by string) error {
	current, err := inForce(ctx, db)
	if err != nil || current == version {
		return err
	}
	text, err := json.Marshal(files)
	if err != nil {
		return fmt.Errorf("activate policy: %w", err)
	}
	if _, err := db.Exec(ctx, activateSQL, version, text, by); err != nil {
		return fmt.Errorf("activate policy: %w", err)
	}
	return nil
}
