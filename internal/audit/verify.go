package audit

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// chunkSize is how many entries Verify holds at a time.
const chunkSize = 2048

// Beginner starts a transaction; a pool and a connection do.
type Beginner interface {
	BeginTx(ctx context.Context, options pgx.TxOptions) (pgx.Tx, error)
}

// Verify reads the whole log, in one snapshot, and reports everything that is
// wrong with it. trusted are signed checkpoints from outside the database (the
// kept file, a witness, another agency): only they show that a database was put
// back as a whole. An error means that the log could not be read to the end.
func Verify(ctx context.Context, db Beginner, v note.Verifier, trusted ...[]byte) (Report, error) {
	tx, err := db.BeginTx(ctx, snapshot)
	if err != nil {
		return Report{}, fmt.Errorf("audit verify: %w", hide(err))
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	r := &reader{
		tx: tx, key: v, sets: map[int64]storedSet{},
		signed: map[int64][]signedRow{}, latest: time.Unix(0, 0),
	}
	for _, step := range []func(context.Context) error{
		r.unlimited, r.readHead, r.readSets, r.readCheckpoints, r.readCosignatures,
	} {
		if err := step(ctx); err != nil {
			return r.report, fmt.Errorf("audit verify: %w", hide(err))
		}
	}
	r.trust(trusted)
	for lo := int64(0); lo < r.size; lo += chunkSize {
		if err := r.chunk(ctx, lo, min(lo+chunkSize, r.size)); err != nil {
			return r.report, fmt.Errorf("audit verify: entries from %d: %w", lo, hide(err))
		}
	}
	if err := r.leftovers(ctx); err != nil {
		return r.report, fmt.Errorf("audit verify: %w", hide(err))
	}
	r.conclude()
	return r.report, nil
}

// reader is the state of one Verify.
type reader struct {
	tx     pgx.Tx
	key    note.Verifier
	report Report

	size int64 // that the head claims
	head headRow

	sets      map[int64]storedSet
	keepBytes bool // of the sets, to write them out again
	signed    map[int64][]signedRow

	tree   frontier
	last   leaf      // of the entry just read
	latest time.Time // of the newest entry that was not backdated
	hashes int64     // stored hashes that the tree needs

	emptied []int64    // entries without detail
	records [][2]int64 // ranges that a record of destruction names
}

// headRow is audit_head as it stands.
type headRow struct {
	rows           int64
	root, frontier []byte
	at             time.Time
}

// storedSet is one row of audit_set: its true hash, and the ranges it names if
// it belongs to a record of destruction.
type storedSet struct {
	hash   [32]byte
	ranges [][2]int64
	bytes  []byte
}

// signedRow is one checkpoint to be met on the way.
type signedRow struct {
	checkpoint Checkpoint
	at         time.Time
	stored     bool
}

// unlimited lifts the bound on single statements; the whole is bounded by ctx.
func (r *reader) unlimited(ctx context.Context) error {
	_, err := r.tx.Exec(ctx, "SET LOCAL statement_timeout = 0")
	return err
}

func (r *reader) readHead(ctx context.Context) error {
	rows, err := r.tx.Query(ctx, readHeads)
	if err != nil {
		return err
	}
	var size int64
	var h headRow
	var singleton bool
	_, err = pgx.ForEachRow(rows, []any{&size, &h.root, &h.frontier, &h.at, &singleton}, func() error {
		if r.head.rows == 0 && singleton {
			r.size, r.head = size, h
		}
		r.head.rows++
		return nil
	})
	if r.head.rows != 1 || r.head.root == nil {
		r.report.add(HeadWrong, -1, "%d rows", r.head.rows)
	}
	return err
}

func (r *reader) readSets(ctx context.Context) error {
	rows, err := r.tx.Query(ctx, readSets)
	if err != nil {
		return err
	}
	var id int64
	var hash []byte
	var coordinates, labels []string
	_, err = pgx.ForEachRow(rows, []any{&id, &hash, &coordinates, &labels}, func() error {
		r.report.Sets++
		if len(coordinates) != len(labels) {
			r.report.add(SetChanged, id, "%d coordinates, %d labels", len(coordinates), len(labels))
			return nil
		}
		items := make([]Shown, len(coordinates))
		for i := range items {
			items[i] = Shown{Coordinate: coordinates[i], Form: labels[i]}
		}
		truth := hashSet(items)
		if string(truth[:]) != string(hash) {
			r.report.add(SetChanged, id, "")
		}
		set := storedSet{hash: truth, ranges: parseRanges(coordinates)}
		if r.keepBytes {
			set.bytes = setBytes(items)
		}
		r.sets[id] = set
		return nil
	})
	return err
}

func (r *reader) readCheckpoints(ctx context.Context) error {
	rows, err := r.tx.Query(ctx, readCheckpoints)
	if err != nil {
		return err
	}
	var size int64
	var root []byte
	var signed string
	var at time.Time
	_, err = pgx.ForEachRow(rows, []any{&size, &root, &signed, &at}, func() error {
		r.report.Checkpoints++
		c, err := OpenCheckpoint([]byte(signed), r.key)
		switch {
		case err != nil:
			r.report.add(CheckpointWrong, size, "not signed by %s", r.key.Name())
		case c.Size != size || string(c.Root[:]) != string(root):
			r.report.add(CheckpointWrong, size, "the note says size %d", c.Size)
			r.meet(c, time.Time{}, false)
		default:
			r.meet(c, at, true)
		}
		return nil
	})
	return err
}

// trust adds the checkpoints from outside.
func (r *reader) trust(trusted [][]byte) {
	for _, signed := range trusted {
		c, err := OpenCheckpoint(signed, r.key)
		if err != nil {
			r.report.add(CheckpointWrong, -1, "trusted checkpoint not signed by %s", r.key.Name())
			continue
		}
		r.meet(c, time.Time{}, false)
	}
}

// meet makes the walk compare c when the tree has its size.
func (r *reader) meet(c Checkpoint, at time.Time, stored bool) {
	r.signed[c.Size] = append(r.signed[c.Size], signedRow{checkpoint: c, at: at, stored: stored})
}

// pass compares the checkpoints of the tree's present size.
func (r *reader) pass() {
	rows, found := r.signed[r.tree.size]
	if !found {
		return
	}
	delete(r.signed, r.tree.size)
	root := r.tree.root()
	for _, s := range rows {
		switch {
		case s.checkpoint.Root != root:
			r.report.add(CheckpointForked, s.checkpoint.Size, "newest good checkpoint before it: %d", r.report.Signed)
		case s.stored && !s.at.Equal(r.last.at):
			r.report.add(CheckpointWrong, s.checkpoint.Size, "its time is not that of its newest entry")
		default:
			r.report.Signed = s.checkpoint.Size
		}
	}
}

// conclude judges what only the end shows: head, checkpoints beyond the end,
// details that were emptied.
func (r *reader) conclude() {
	r.report.Root = r.tree.root()
	root := r.tree.root()
	if r.head.root != nil {
		switch {
		case string(r.head.root) != string(root[:]):
			r.report.add(HeadWrong, r.size, "root")
		case string(r.head.frontier) != string(r.tree.bytes()):
			r.report.add(HeadWrong, r.size, "frontier")
		case !r.head.at.Equal(r.latest):
			r.report.add(HeadWrong, r.size, "time")
		}
	}
	for size := range r.signed {
		if size > r.tree.size {
			r.report.add(LogShorter, size, "the log has %d entries", r.tree.size)
		} else if size != 0 {
			r.report.add(CheckpointWrong, size, "no tree of this size")
		}
	}
	records := merged(r.records)
	for _, sequence := range r.emptied {
		if covered(sequence, records) {
			r.report.Destroyed++
		} else {
			r.report.add(DetailGone, sequence, "")
		}
	}
}

// storedHashes reads the hashes that entries lo to hi added to the tree.
func (r *reader) storedHashes(ctx context.Context, lo, hi int64) (map[int64]tlog.Hash, error) {
	rows, err := r.tx.Query(ctx, readHashRange, tlog.StoredHashCount(lo), tlog.StoredHashCount(hi))
	if err != nil {
		return nil, err
	}
	hashes := make(map[int64]tlog.Hash, 2*(hi-lo))
	var index int64
	var hash []byte
	_, err = pgx.ForEachRow(rows, []any{&index, &hash}, func() error {
		if len(hash) != tlog.HashSize {
			r.report.add(HashWrong, index, "%d bytes", len(hash))
			return nil
		}
		hashes[index] = tlog.Hash(hash)
		return nil
	})
	return hashes, err
}
