package session

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// DB is the part of a connection pool that sessions need.
type DB interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
}

// stored is a session as it lies in the database.
type stored struct {
	hash, former                 []byte
	issuer, subject              string
	sealed                       []byte
	started, seen, rotated, ends time.Time
}

const insertSQL = `-- name: BeginConsoleSession
INSERT INTO console_session (cookie_hash, issuer, subject, sealed, started_at, seen_at, rotated_at, ends_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`

func (d *Deps) insert(ctx context.Context, r stored) error {
	_, err := d.DB.Exec(ctx, insertSQL, r.hash, r.issuer, r.subject, r.sealed, r.started, r.seen, r.rotated, r.ends)
	return err
}

const findSQL = `-- name: FindConsoleSession
SELECT cookie_hash, former_hash, issuer, subject,
    CASE WHEN cookie_hash = $1 THEN sealed ELSE former_sealed END, started_at, seen_at, rotated_at, ends_at
FROM console_session WHERE cookie_hash = $1 OR former_hash = $1 ORDER BY cookie_hash LIMIT 1`

func (d *Deps) find(ctx context.Context, hash []byte) (stored, error) {
	var r stored
	err := d.DB.QueryRow(ctx, findSQL, hash).Scan(
		&r.hash, &r.former, &r.issuer, &r.subject, &r.sealed, &r.started, &r.seen, &r.rotated, &r.ends)
	if errors.Is(err, pgx.ErrNoRows) {
		return r, ErrNone
	}
	if err != nil {
		return r, fmt.Errorf("find session: %w", err)
	}
	return r, nil
}

const touchSQL = `-- name: TouchConsoleSession
UPDATE console_session SET seen_at = $2 WHERE cookie_hash = $1`

func (d *Deps) touch(ctx context.Context, hash []byte, now time.Time) error {
	_, err := d.DB.Exec(ctx, touchSQL, hash, now)
	return err
}

const replaceSQL = `-- name: RotateConsoleSession
UPDATE console_session SET cookie_hash = $2, former_hash = $1, sealed = $3, former_sealed = sealed, seen_at = $4, rotated_at = $4
WHERE cookie_hash = $1`

func (d *Deps) replace(ctx context.Context, r stored) error {
	tag, err := d.DB.Exec(ctx, replaceSQL, r.former, r.hash, r.sealed, r.rotated)
	if err == nil && tag.RowsAffected() == 0 {
		return errFirst
	}
	return err
}

// errFirst: another request gave the browser a new cookie already.
var errFirst = errors.New("another request was first")

const removeSQL = `-- name: EndConsoleSession
DELETE FROM console_session WHERE cookie_hash = $1`

func (d *Deps) remove(ctx context.Context, hash []byte) error {
	_, err := d.DB.Exec(ctx, removeSQL, hash)
	return err
}

const removeAllSQL = `-- name: EndConsoleSessionsOfPerson
DELETE FROM console_session WHERE issuer = $1 AND subject = $2`

func (d *Deps) removeAll(ctx context.Context, p Person) error {
	_, err := d.DB.Exec(ctx, removeAllSQL, p.Issuer, p.Subject)
	return err
}

const sweepSQL = `-- name: SweepConsoleSessions
DELETE FROM console_session WHERE ends_at <= $1 OR seen_at <= $2`

// sweep removes what has ended; whoever signs in pays for it.
func (d *Deps) sweep(ctx context.Context, now, idle time.Time) error {
	_, err := d.DB.Exec(ctx, sweepSQL, now, idle)
	return err
}
