package audit

import (
	"context"
	"fmt"
	"math"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/tongxin-hub/tongxin/internal/fault"
)

// Published reads the part of the log that anybody may have: checkpoints, hashes
// and leaves, never beyond the newest signed checkpoint. None of it tells about
// people.
type Published struct{ db querier }

// NewPublished reads through a pool, a connection or a transaction.
func NewPublished(db querier) Published { return Published{db} }

const (
	signedHashes = `-- name: SignedHashes
SELECT hash FROM audit_hash
WHERE index = ANY ($1) AND (SELECT max(size) FROM audit_checkpoint) >= $2 ORDER BY index`

	signedLeaves = `-- name: SignedLeaves
SELECT sequence, at, version, backdated, entry_id, commitment FROM audit_entry
WHERE sequence >= $1 AND sequence < $2 AND (SELECT max(size) FROM audit_checkpoint) >= $2 ORDER BY sequence`
)

// tileWidth is how many hashes or leaves a whole tile has.
const tileWidth = 256

// Hashes are those of a tile of C2SP tlog-tiles, one behind the other: width
// hashes of the n'th tile at a level. NotFound: no signed tree has them.
func (p Published) Hashes(ctx context.Context, level int, n int64, width int) ([]byte, error) {
	shift := 8 * level
	if level < 0 || n < 0 || width < 1 || width > tileWidth || shift+8 >= 63 || n >= math.MaxInt64>>(shift+8) {
		return nil, errNoTile()
	}
	indexes := make([]int64, width)
	for i := range indexes {
		indexes[i] = tlog.StoredHashIndex(shift, n*tileWidth+int64(i))
	}
	rows, err := p.db.Query(ctx, signedHashes, indexes, (n*tileWidth+int64(width))<<shift)
	if err != nil {
		return nil, fmt.Errorf("read tile: %w", hide(err))
	}
	out := make([]byte, 0, width*tlog.HashSize)
	var hash []byte
	_, err = pgx.ForEachRow(rows, []any{&hash}, func() error {
		out = append(out, hash...)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read tile: %w", hide(err))
	}
	if len(out) != width*tlog.HashSize {
		return nil, errNoTile()
	}
	return out, nil
}

// Leaves are the bytes of the entries from one to before another, as the tree
// hashes them. NotFound: no signed tree has them all.
func (p Published) Leaves(ctx context.Context, from, to int64) ([][]byte, error) {
	if from < 0 || to < from {
		return nil, errNoTile()
	}
	rows, err := p.db.Query(ctx, signedLeaves, from, to)
	if err != nil {
		return nil, fmt.Errorf("read leaves: %w", hide(err))
	}
	leaves := make([][]byte, 0, min(to-from, tileWidth))
	var l leaf
	var version int16
	var id uuid.UUID
	var commitment []byte
	_, err = pgx.ForEachRow(rows, []any{&l.sequence, &l.at, &version, &l.backdated, &id, &commitment}, func() error {
		if l.sequence != from+int64(len(leaves)) {
			return fmt.Errorf("entry %d is missing", from+int64(len(leaves)))
		}
		leaves = append(leaves, nil)
		err := l.fill(version, id, commitment)
		leaves[len(leaves)-1] = l.bytes()
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read leaves: %w", hide(err))
	}
	if int64(len(leaves)) != to-from {
		return nil, errNoTile()
	}
	return leaves, nil
}

// Checkpoint is the newest signed one. NotFound: nothing is signed yet.
func (p Published) Checkpoint(ctx context.Context) ([]byte, error) {
	rows, err := p.db.Query(ctx, latestCheckpoint)
	if err != nil {
		return nil, fmt.Errorf("read checkpoint: %w", hide(err))
	}
	var size int64
	var root []byte
	var signed string
	tag, err := pgx.ForEachRow(rows, []any{&size, &root, &signed}, func() error { return nil })
	if err != nil {
		return nil, fmt.Errorf("read checkpoint: %w", hide(err))
	}
	if tag.RowsAffected() == 0 {
		return nil, fault.New(fault.NotFound, "日志尚无签名的检查点。", "The log has no signed checkpoint yet.")
	}
	return []byte(signed), nil
}

func errNoTile() error {
	return fault.New(fault.NotFound, "签名的日志中没有这一段。", "No signed tree has this tile.")
}

// Consistency leads from the tree of one size to that of a larger one, as the
// stored hashes have it (RFC 6962). From the empty tree no way is needed.
func (p Published) Consistency(ctx context.Context, from, to int64) ([]tlog.Hash, error) {
	if from < 0 || from > to {
		return nil, fmt.Errorf("no tree of %d holds one of %d", to, from)
	}
	if from == 0 || from == to {
		return nil, nil
	}
	proof, err := tlog.ProveTree(to, from, hashReader(ctx, p.db))
	if err != nil {
		return nil, fmt.Errorf("prove consistency: %w", hide(err))
	}
	return proof, nil
}
