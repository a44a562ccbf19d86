package quorum

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// Database is what this package needs of PostgreSQL; a pool is one.
type Database interface {
	postgres.Beginner
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

const (
	nameWitness = `-- name: NameWitness
INSERT INTO audit_witness (name, key) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING`

	findWitness = `-- name: FindWitness
SELECT id FROM audit_witness WHERE key = $1`

	configure = `-- name: ConfigureWitness
INSERT INTO witness_state (witness_id, configured) VALUES ($1, true)
ON CONFLICT (witness_id) DO UPDATE SET configured = true WHERE NOT witness_state.configured`

	dismiss = `-- name: DismissWitnesses
UPDATE witness_state SET configured = false WHERE configured AND witness_id <> ALL ($1)`

	newest = `-- name: NewestCheckpoint
SELECT size, note FROM audit_checkpoint ORDER BY size DESC LIMIT 1`

	readState = `-- name: ReadWitnessState
SELECT size, cosigned_at, coalesce(reason, '') FROM witness_state WHERE witness_id = $1`

	insertCosignature = `-- name: InsertCosignature
INSERT INTO audit_cosignature (size, witness_id, signature, at) VALUES ($1, $2, $3, $4)
ON CONFLICT (size, witness_id) DO NOTHING`

	noteCosigned = `-- name: NoteCosigned
UPDATE witness_state SET size = $2, cosigned_at = $3, refused_at = NULL, refused_size = NULL, reason = NULL
WHERE witness_id = $1`

	noteRefused = `-- name: NoteRefused
UPDATE witness_state SET refused_at = $2, refused_size = $3, reason = $4 WHERE witness_id = $1`

	// The newest checkpoint that enough of the witnesses cosigned; as long as there
	// is none, the newest one.
	published = `-- name: PublishedCheckpoint
SELECT c.note || coalesce((SELECT string_agg(s.signature, '' ORDER BY s.witness_id) FROM audit_cosignature s WHERE s.size = c.size), '')
FROM audit_checkpoint c
WHERE c.size = coalesce(
    (SELECT q.size FROM audit_cosignature q WHERE q.witness_id = ANY ($1)
     GROUP BY q.size HAVING count(*) >= $2 ORDER BY q.size DESC LIMIT 1),
    (SELECT max(size) FROM audit_checkpoint))
ORDER BY c.size`
)

// enrol makes the witnesses known and returns their numbers in the database.
func enrol(ctx context.Context, db Database, names, keys []string) ([]int64, error) {
	ids := make([]int64, len(keys))
	err := postgres.InTx(ctx, db, func(tx pgx.Tx) error {
		for i, key := range keys {
			if _, err := tx.Exec(ctx, nameWitness, names[i], key); err != nil {
				return err
			}
			if err := tx.QueryRow(ctx, findWitness, key).Scan(&ids[i]); err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, configure, ids[i]); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, dismiss, ids)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("enrol witnesses: %w", err)
	}
	return ids, nil
}

// signedTree is a checkpoint to be cosigned.
type signedTree struct {
	size int64
	note string
}

// latest is the newest checkpoint; its size is 0 when there is none.
func latest(ctx context.Context, db Database) (signedTree, error) {
	var c signedTree
	err := db.QueryRow(ctx, newest).Scan(&c.size, &c.note)
	if errors.Is(err, pgx.ErrNoRows) {
		return signedTree{}, nil
	}
	return c, err
}

// standing is how a witness stands.
type standing struct {
	size     int64
	cosigned *time.Time
	reason   string
}

func stands(ctx context.Context, db Database, id int64) (standing, error) {
	var s standing
	err := db.QueryRow(ctx, readState, id).Scan(&s.size, &s.cosigned, &s.reason)
	return s, err
}

// cosigned keeps a cosignature.
func cosigned(ctx context.Context, db Database, id, size int64, line string, at time.Time) error {
	return postgres.InTx(ctx, db, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, insertCosignature, size, id, line, at); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, noteCosigned, id, size, at)
		return err
	})
}

// refused notes that there is none, and why.
func refused(ctx context.Context, db Database, id, size int64, why Refusal, at time.Time) error {
	return postgres.InTx(ctx, db, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, noteRefused, id, at, size, string(why))
		return err
	})
}

// publish returns the checkpoint for everybody, with its cosignatures.
func publish(ctx context.Context, db Database, ids []int64, need int) ([]byte, error) {
	var signed string
	err := db.QueryRow(ctx, published, ids, max(need, 1)).Scan(&signed)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, fault.New(fault.NotFound, "日志尚无签名的检查点。", "The log has no signed checkpoint yet.")
	}
	if err != nil {
		return nil, fmt.Errorf("read checkpoint: %w", err)
	}
	return []byte(signed), nil
}
