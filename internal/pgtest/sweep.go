package pgtest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// databasePrefix starts the name of every database made here; the number of
// the run follows, so that leftovers can be told from living ones.
const databasePrefix = "tongxin_test_"

// holdRun takes the advisory lock of this run until the process ends, and
// drops the databases of runs that have ended without cleaning up (templates,
// and tests that were killed). A private server is thrown away as a whole; this
// is for the shared one.
func holdRun(ctx context.Context, admin *pgxpool.Pool, run int64) (*pgx.Conn, error) {
	acquired, err := admin.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	conn := acquired.Hijack() // never goes back: the lock lasts as long as we do
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", run); err != nil {
		return nil, err
	}
	const list = `-- name: TestDatabases
SELECT datname FROM pg_database WHERE starts_with(datname, $1) ORDER BY datname`
	rows, err := conn.Query(ctx, list, databasePrefix)
	if err != nil {
		return nil, err
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if err := dropIfLeft(ctx, conn, name, run); err != nil {
			return nil, err
		}
	}
	return conn, nil
}

// dropIfLeft drops the database unless its run still holds its lock.
func dropIfLeft(ctx context.Context, conn *pgx.Conn, database string, self int64) error {
	number, _, _ := strings.Cut(strings.TrimPrefix(database, databasePrefix), "_")
	run, err := strconv.ParseInt(number, 16, 64)
	if err != nil || run == self {
		return nil //nolint:nilerr // not a name of ours
	}
	var free bool
	if err := conn.QueryRow(ctx, "SELECT pg_try_advisory_lock($1)", run).Scan(&free); err != nil || !free {
		return err
	}
	_, dropErr := conn.Exec(ctx, "DROP DATABASE IF EXISTS "+pgx.Identifier{database}.Sanitize()+" WITH (FORCE)")
	_, unlockErr := conn.Exec(ctx, "SELECT pg_advisory_unlock($1)", run)
	if err := errors.Join(dropErr, unlockErr); err != nil {
		return fmt.Errorf("drop the left over %s: %w", database, err)
	}
	return nil
}
