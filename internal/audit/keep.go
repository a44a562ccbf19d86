package audit

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/jackc/pgx/v5"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// keepFile puts the signed checkpoint into path so that a crash leaves the old
// or the new one. An empty path keeps nothing.
func keepFile(path string, signed []byte) error {
	if path == "" {
		return nil
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".checkpoint-*")
	if err != nil {
		return fmt.Errorf("keep checkpoint: %w", err)
	}
	defer func() { _ = os.Remove(f.Name()) }()
	_, err = f.Write(signed)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("keep checkpoint: %w", err)
	}
	return nil
}

// keptCheckpoint reads what keepFile wrote; the zero Checkpoint when there is
// none yet.
func keptCheckpoint(path string, v note.Verifier) (Checkpoint, error) {
	if path == "" {
		return Checkpoint{}, nil
	}
	signed, err := os.ReadFile(path) //nolint:gosec // the operator's own configuration
	if errors.Is(err, fs.ErrNotExist) {
		return Checkpoint{}, nil
	}
	if err != nil {
		return Checkpoint{}, fmt.Errorf("read kept checkpoint: %w", err)
	}
	return OpenCheckpoint(signed, v)
}

// querier runs a query; pools, connections and transactions do.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// hashReader reads the stored hashes of the tree.
func hashReader(ctx context.Context, db querier) tlog.HashReader {
	return tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		rows, err := db.Query(ctx, readHashes, indexes)
		if err != nil {
			return nil, err
		}
		found := make(map[int64]tlog.Hash, len(indexes))
		var index int64
		var hash []byte
		_, err = pgx.ForEachRow(rows, []any{&index, &hash}, func() error {
			if len(hash) != tlog.HashSize {
				return fmt.Errorf("stored hash %d has %d bytes", index, len(hash))
			}
			found[index] = tlog.Hash(hash)
			return nil
		})
		if err != nil {
			return nil, err
		}
		hashes := make([]tlog.Hash, len(indexes))
		for i, n := range indexes {
			h, ok := found[n]
			if !ok {
				return nil, fmt.Errorf("stored hash %d is missing", n)
			}
			hashes[i] = h
		}
		return hashes, nil
	})
}
