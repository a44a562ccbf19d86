package postgres

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// Fingerprint is the same for two programs only when their migration files are.
func Fingerprint() (string, error) {
	sum := sha256.New()
	err := fs.WalkDir(migrationFiles, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := migrationFiles.ReadFile(path)
		fmt.Fprintf(sum, "%s %d ", path, len(content))
		sum.Write(content)
		return err
	})
	return hex.EncodeToString(sum.Sum(nil)), err
}

// migrationLock is the advisory lock that a migrating node holds, so that two
// nodes may start together: the second finds the work done.
const migrationLock = 0x746f6e6778696e // "tongxin"

// Migrate brings the database at url up to the newest numbered migration.
// Migrations only go forward, each in its own transaction.
func Migrate(ctx context.Context, url string) error {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return fmt.Errorf("migrate: read database URL: %w", err)
	}
	setSession(config.RuntimeParams, Options{Application: "tongxin-migrate", StatementTimeout: -1})
	db := stdlib.OpenDB(*config)
	defer func() { _ = db.Close() }()

	files, err := fs.Sub(migrationFiles, "migrations")
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	// Wait for the other node: once a second, ten minutes at most.
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockID(migrationLock), lock.WithLockTimeout(1, 600))
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db, files,
		goose.WithSessionLocker(locker), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", failedMigration(err))
	}
	if err := migrateJobs(ctx, config); err != nil {
		return fmt.Errorf("migrate: jobs: %w", err)
	}
	return nil
}

// JobSchema is where River keeps the runs of jobs.
const JobSchema = "jobs"

const lockJobs = `-- name: LockJobMigration
SELECT pg_advisory_lock($1)`

// migrateJobs brings River's own tables up, one node after another; some of its
// migrations need a transaction each.
func migrateJobs(ctx context.Context, config *pgx.ConnConfig) error {
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }() // and gives the lock back
	if _, err := conn.Exec(ctx, lockJobs, int64(migrationLock)); err != nil {
		return err
	}
	pooled, err := pgxpool.ParseConfig(config.ConnString())
	if err != nil {
		return err
	}
	pooled.ConnConfig, pooled.MaxConns = config, 1
	pool, err := pgxpool.NewWithConfig(ctx, pooled)
	if err != nil {
		return err
	}
	defer pool.Close()
	migrator, err := rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{
		Schema: JobSchema, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return err
	}
	_, err = migrator.Migrate(ctx, rivermigrate.DirectionUp, nil)
	return err
}

// failedMigration names the file that failed, without the server's words: a
// statement that moves data may quote it.
func failedMigration(err error) error {
	var partial *goose.PartialError
	if errors.As(err, &partial) && partial.Failed != nil && partial.Failed.Source != nil {
		return fmt.Errorf("%s: %w", partial.Failed.Source.Path, Redact(err))
	}
	if QuotesData(err) {
		return Redact(err)
	}
	return err
}
