package audit

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/tongxin-hub/tongxin/internal/fault"
)

const (
	periodRange = `-- name: PeriodRange
SELECT coalesce(min(sequence), 0), coalesce(max(sequence) + 1, 0) FROM audit_entry WHERE at >= $1 AND at < $2`

	checkpointBefore = `-- name: CheckpointBefore
SELECT c.size, c.note, ` + cosignatureLines + ` FROM audit_checkpoint c WHERE c.size <= $1 ORDER BY c.size DESC LIMIT 1`

	// Counted one by one from the first on: with witnesses at work it is among the
	// next few.
	checkpointCovering = `-- name: CheckpointCovering
SELECT c.size, c.note, ` + cosignatureLines + ` FROM audit_checkpoint c
WHERE c.size >= $1 AND (SELECT count(*) FROM audit_cosignature s WHERE s.size = c.size) >= $2 ORDER BY c.size LIMIT 1`

	checkpointsWithin = `-- name: CheckpointsWithin
SELECT c.size, c.note, ` + cosignatureLines + ` FROM audit_checkpoint c WHERE c.size > $1 AND c.size <= $2 ORDER BY c.size`

	cosignatureLines = `coalesce((SELECT string_agg(s.signature, '' ORDER BY s.witness_id) FROM audit_cosignature s WHERE s.size = c.size), '')`
)

// SignedCheckpoint is one as it was stored.
type SignedCheckpoint struct {
	Size int64
	// Note is the signed note with the lines of all witnesses.
	Note string
}

// Excerpt is one view of the log, in which all reads agree.
type Excerpt struct {
	Published
	tx     pgx.Tx
	reader *reader
}

// Read lets use read the log in one snapshot.
func Read(ctx context.Context, db Beginner, use func(x *Excerpt) error) error {
	tx, err := db.BeginTx(ctx, snapshot)
	if err != nil {
		return fmt.Errorf("read log: %w", hide(err))
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	x := &Excerpt{Published: NewPublished(tx), tx: tx, reader: &reader{tx: tx, sets: map[int64]storedSet{}}}
	if err := x.reader.unlimited(ctx); err != nil {
		return fmt.Errorf("read log: %w", hide(err))
	}
	return use(x)
}

// Period is the range of entries from one time to before another.
func (x *Excerpt) Period(ctx context.Context, since, until time.Time) (from, to int64, err error) {
	if err := x.tx.QueryRow(ctx, periodRange, since, until).Scan(&from, &to); err != nil {
		return 0, 0, fmt.Errorf("read period: %w", hide(err))
	}
	return from, to, nil
}

// Before is the newest checkpoint that does not reach beyond size; its size is 0
// when there is none.
func (x *Excerpt) Before(ctx context.Context, size int64) (SignedCheckpoint, error) {
	c, err := x.checkpoint(ctx, checkpointBefore, size)
	if fault.CodeOf(err) == fault.NotFound {
		return SignedCheckpoint{}, nil
	}
	return c, err
}

// Covering is the first checkpoint of at least this size that so many witnesses
// cosigned. NotFound: there is none yet.
func (x *Excerpt) Covering(ctx context.Context, size int64, cosigned int) (SignedCheckpoint, error) {
	return x.checkpoint(ctx, checkpointCovering, size, cosigned)
}

func (x *Excerpt) checkpoint(ctx context.Context, query string, args ...any) (SignedCheckpoint, error) {
	var c SignedCheckpoint
	var lines string
	err := x.tx.QueryRow(ctx, query, args...).Scan(&c.Size, &c.Note, &lines)
	if errors.Is(err, pgx.ErrNoRows) {
		return c, fault.New(fault.NotFound, "日志没有这样的检查点，请稍后重试。", "The log has no such checkpoint yet; retry later.")
	}
	if err != nil {
		return c, fmt.Errorf("read checkpoint: %w", hide(err))
	}
	c.Note += lines
	return c, nil
}

// Checkpoints are those behind one size up to another, smallest first.
func (x *Excerpt) Checkpoints(ctx context.Context, from, to int64) ([]SignedCheckpoint, error) {
	rows, err := x.tx.Query(ctx, checkpointsWithin, from, to)
	if err != nil {
		return nil, fmt.Errorf("read checkpoints: %w", hide(err))
	}
	var all []SignedCheckpoint
	var c SignedCheckpoint
	var lines string
	_, err = pgx.ForEachRow(rows, []any{&c.Size, &c.Note, &lines}, func() error {
		all = append(all, SignedCheckpoint{c.Size, c.Note + lines})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read checkpoints: %w", hide(err))
	}
	return all, nil
}

// Nodes are stored hashes of the tree by their index.
func (x *Excerpt) Nodes(ctx context.Context, indexes []int64) ([]tlog.Hash, error) {
	if len(indexes) == 0 {
		return nil, nil
	}
	hashes, err := hashReader(ctx, x.tx).ReadHashes(indexes)
	if err != nil {
		return nil, fmt.Errorf("read hashes: %w", hide(err))
	}
	return hashes, nil
}

// Detail is what the commitment of an entry covers. It names children by their
// internal ids.
type Detail struct {
	// Salt is nil, and Canonical too, once the detail was destroyed.
	Salt, Canonical []byte
	// Sets are the canonical bytes of the sets that the detail names by their hash.
	Sets [][]byte
}

// Details are those of the entries from one to before another.
func (x *Excerpt) Details(ctx context.Context, from, to int64) ([]Detail, error) {
	r := x.reader
	if len(r.sets) == 0 {
		r.keepBytes = true
		if err := r.readSets(ctx); err != nil {
			return nil, fmt.Errorf("read sets: %w", hide(err))
		}
	}
	entries, err := r.entries(ctx, from, to)
	if err != nil {
		return nil, fmt.Errorf("read details: %w", hide(err))
	}
	disclosures, err := r.disclosures(ctx, from, to, entries)
	if err != nil {
		return nil, fmt.Errorf("read details: %w", hide(err))
	}
	details := make([]Detail, to-from)
	for sequence := from; sequence < to; sequence++ {
		rows := entries[sequence]
		if len(rows) != 1 {
			return nil, fmt.Errorf("read details: entry %d has %d rows; run `tongxin audit verify`", sequence, len(rows))
		}
		if rows[0].salt == nil {
			continue
		}
		if why := r.rebuild(rows[0], disclosures[sequence]); why != "" {
			return nil, fmt.Errorf("read details: entry %d: %s; run `tongxin audit verify`", sequence, why)
		}
		details[sequence-from] = r.detailOf(rows[0], disclosures[sequence])
	}
	return details, nil
}

// detailOf is a rebuilt detail with its sets, each once.
func (r *reader) detailOf(e *entryRow, disclosures []disclosureRow) Detail {
	d := Detail{Salt: e.salt, Canonical: e.detail.append(nil)}
	seen := map[int64]bool{}
	ids := []int64{e.requestedID, e.withheldID}
	for i := range disclosures {
		ids = append(ids, disclosures[i].setID)
	}
	for _, id := range ids {
		if !seen[id] {
			seen[id] = true
			d.Sets = append(d.Sets, r.sets[id].bytes)
		}
	}
	return d
}

// ParseDetail reads canonical bytes of any known format, and returns what they
// say, with the hashes of the sets in the order requested, withheld, and one for
// each child.
func ParseDetail(canonical []byte) (e Entry, entryID string, sets [][sha256.Size]byte, err error) {
	d, err := parseDetail(canonical)
	if err != nil {
		return Entry{}, "", nil, err
	}
	e, sets = d.entry()
	return e, fmt.Sprintf("%x", d.id), sets, nil
}
