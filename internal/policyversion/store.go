package policyversion

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/wall"
	"github.com/tongxin-hub/tongxin/policy"
)

// Database is what this package needs of PostgreSQL; a pool and a transaction are
// one.
type Database interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

const inForceSQL = `-- name: PolicyInForce
SELECT v.id, v.version, coalesce((SELECT w.policy FROM wall w), '')
FROM policy_version v ORDER BY v.activated_at DESC, v.id DESC LIMIT 1`

const storedSQL = `-- name: StoredPolicy
SELECT version, coalesce(proposal_id, 0), files FROM policy_version WHERE id = $1`

const keptSQL = `-- name: KeptPolicy
SELECT id, version, coalesce(proposal_id, 0), files FROM policy_version WHERE version = $1 ORDER BY id DESC LIMIT 1`

const activateSQL = `-- name: ActivatePolicy
INSERT INTO policy_version (version, files, activated_by, proposal_id, activated_at)
SELECT $1, $2, $3, nullif($4::bigint, 0), greatest(now(), max(v.activated_at) + interval '1 microsecond') FROM policy_version v`

const lockSQL = `-- name: LockActivation
SELECT pg_advisory_xact_lock(hashtext('tongxin activation'))`

// Stored is a version that is or was in force, with its text.
type Stored struct {
	ID       int64
	Version  string
	Proposal int64 // that made it, 0 for what came with the program
	Files    policy.Tree
}

// inForce is the version in force and the version of the second wall; id 0 before
// the first activation.
func inForce(ctx context.Context, db Database) (id int64, version, walled string, err error) {
	err = db.QueryRow(ctx, inForceSQL).Scan(&id, &version, &walled)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, "", "", nil
	}
	return id, version, walled, err
}

// InForce is the version in force with its text; its ID is 0 before the first
// activation.
func InForce(ctx context.Context, db Database) (Stored, error) {
	id, _, _, err := inForce(ctx, db)
	if err != nil || id == 0 {
		return Stored{}, err
	}
	return stored(ctx, db, id)
}

func stored(ctx context.Context, db Database, id int64) (Stored, error) {
	s := Stored{ID: id}
	err := db.QueryRow(ctx, storedSQL, id).Scan(&s.Version, &s.Proposal, &s.Files)
	if err != nil {
		return s, fmt.Errorf("read policy version: %w", err)
	}
	return s, nil
}

// Kept is a version that is or was in force, by its name; its ID is 0 when it
// never was.
func Kept(ctx context.Context, db Database, version string) (s Stored, err error) {
	err = db.QueryRow(ctx, keptSQL, version).Scan(&s.ID, &s.Version, &s.Proposal, &s.Files)
	if errors.Is(err, pgx.ErrNoRows) {
		return Stored{}, nil
	}
	if err != nil {
		return s, fmt.Errorf("read policy version: %w", err)
	}
	return s, nil
}

// Release is a policy version with what goes with it.
type Release struct {
	Loaded
	// Files is the whole text, for the record.
	Files policy.Tree
	// By is who puts it in force.
	By string
	// Proposal is the approved proposal that it comes from, if any.
	Proposal int64
}

// Coordinate is one unit of permission with its classification.
type Coordinate struct {
	// Name is Type.field; Class L1 to L4; Owner the source agency.
	Name, Class, Owner string
	// Label is the Chinese label, Group the group of the matrix; Coarser is the next step
	// of the ladder, "" for none.
	Label, Group, Coarser string
}

const coordinatesSQL = `-- name: KeepCoordinates
INSERT INTO coordinate (name, class, owner, zh, grp, coarser)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
ON CONFLICT (name) DO UPDATE SET class = excluded.class, owner = excluded.owner, zh = excluded.zh, grp = excluded.grp, coarser = excluded.coarser
WHERE (coordinate.class, coordinate.owner, coordinate.zh, coordinate.grp, coordinate.coarser)
    IS DISTINCT FROM (excluded.class, excluded.owner, excluded.zh, excluded.grp, excluded.coarser)`

// keepCoordinates enters what is new or classified anew; nothing is taken away.
func keepCoordinates(ctx context.Context, tx pgx.Tx, coordinates []Coordinate) error {
	var columns [6][]string
	for _, c := range coordinates {
		for i, v := range []string{c.Name, c.Class, c.Owner, c.Label, c.Group, c.Coarser} {
			columns[i] = append(columns[i], v)
		}
	}
	_, err := tx.Exec(ctx, coordinatesSQL, columns[0], columns[1], columns[2], columns[3], columns[4], columns[5])
	return err
}

// Activate puts a version in force, with its whole text, and raises the second
// wall to it, in one transaction. What already is so is left as it is.
func Activate(ctx context.Context, db postgres.Beginner, r Release) error {
	return postgres.InTx(ctx, db, func(tx pgx.Tx) error { return ActivateIn(ctx, tx, r) })
}

// ActivateIn is Activate as a part of a transaction.
func ActivateIn(ctx context.Context, tx pgx.Tx, r Release) error {
	if err := activate(ctx, tx, r); err != nil {
		return fmt.Errorf("activate policy: %w", err)
	}
	return nil
}

func activate(ctx context.Context, tx pgx.Tx, r Release) error {
	if err := Lock(ctx, tx); err != nil {
		return err
	}
	_, current, _, err := inForce(ctx, tx)
	if err != nil {
		return err
	}
	if version := r.Policy.Version(); current != version {
		text, err := json.Marshal(r.Files)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, activateSQL, version, text, r.By, r.Proposal); err != nil {
			return err
		}
	}
	if err := keepCoordinates(ctx, tx, r.Coordinates); err != nil {
		return err
	}
	return wall.Raise(ctx, tx, r.Wall)
}

// Lock keeps every other activation waiting until the transaction ends: what is in
// force now stays so.
func Lock(ctx context.Context, tx pgx.Tx) error {
	_, err := tx.Exec(ctx, lockSQL)
	return err
}
