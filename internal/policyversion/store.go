package policyversion

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/wall"
)

// Database is what this package needs of PostgreSQL; a pool and a transaction are
// one.
type Database interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

const inForceSQL = `-- name: PolicyInForce
SELECT v.version, coalesce((SELECT w.policy FROM wall w), '')
FROM policy_version v ORDER BY v.activated_at DESC, v.id DESC LIMIT 1`

const activateSQL = `-- name: ActivatePolicy
INSERT INTO policy_version (version, files, activated_by) VALUES ($1, $2, $3)`

const lockSQL = `-- name: LockActivation
SELECT pg_advisory_xact_lock(hashtext('tongxin activation'))`

// inForce is the version in force and the version of the second wall, "" before
// the first activation.
func inForce(ctx context.Context, db Database) (version, walled string, err error) {
	err = db.QueryRow(ctx, inForceSQL).Scan(&version, &walled)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", "", nil
	}
	return version, walled, err
}

// Release is a policy version with what goes with it.
type Release struct {
	Version string
	// Files is the whole text, for the record.
	Files map[string]string
	// Wall is what the database may show to each role.
	Wall wall.Wall
	// Coordinates are what the schema has; the log is read by their classes.
	Coordinates []Coordinate
	// By is who puts it in force.
	By string
}

// Coordinate is one unit of permission with its classification.
type Coordinate struct {
	// Name is Type.field; Class L1 to L4; Owner the source agency.
	Name, Class, Owner string
	// Label is the Chinese label, Group the group of the matrix.
	Label, Group string
}

const coordinatesSQL = `-- name: KeepCoordinates
INSERT INTO coordinate (name, class, owner, zh, grp)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
ON CONFLICT (name) DO UPDATE SET class = excluded.class, owner = excluded.owner, zh = excluded.zh, grp = excluded.grp
WHERE (coordinate.class, coordinate.owner, coordinate.zh, coordinate.grp) IS DISTINCT FROM (excluded.class, excluded.owner, excluded.zh, excluded.grp)`

// keepCoordinates enters what is new or classified anew; nothing is taken away.
func keepCoordinates(ctx context.Context, tx pgx.Tx, coordinates []Coordinate) error {
	var columns [5][]string
	for _, c := range coordinates {
		for i, v := range []string{c.Name, c.Class, c.Owner, c.Label, c.Group} {
			columns[i] = append(columns[i], v)
		}
	}
	_, err := tx.Exec(ctx, coordinatesSQL, columns[0], columns[1], columns[2], columns[3], columns[4])
	return err
}

// Activate puts a version in force, with its whole text, and raises the second
// wall to it, in one transaction. What already is so is left as it is.
func Activate(ctx context.Context, db postgres.Beginner, r Release) error {
	err := postgres.InTx(ctx, db, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, lockSQL); err != nil {
			return err
		}
		current, _, err := inForce(ctx, tx)
		if err != nil {
			return err
		}
		if current != r.Version {
			text, err := json.Marshal(r.Files)
			if err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, activateSQL, r.Version, text, r.By); err != nil {
				return err
			}
		}
		if err := keepCoordinates(ctx, tx, r.Coordinates); err != nil {
			return err
		}
		return wall.Raise(ctx, tx, r.Wall)
	})
	if err != nil {
		return fmt.Errorf("activate policy: %w", err)
	}
	return nil
}
