package audit

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// The eight tables of the log with two guards each.
const guardCount = 16

const (
	countGuards = `-- name: CountGuards
SELECT count(*) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
WHERE c.oid IN ('audit_entry'::regclass, 'audit_packed'::regclass, 'audit_set'::regclass,
    'audit_hash'::regclass, 'audit_head'::regclass, 'audit_checkpoint'::regclass,
    'audit_witness'::regclass, 'audit_cosignature'::regclass)
AND t.tgname IN ('audit_guard', 'audit_keep') AND t.tgenabled IN ('O', 'A')`

	readTail = `-- name: ReadTail
SELECT (SELECT coalesce(max(sequence), -1) FROM audit_entry),
    (SELECT coalesce(max(index), -1) FROM audit_hash)`

	readLeaf = `-- name: ReadLeaf
SELECT sequence, at, version, backdated, entry_id, commitment FROM audit_entry
WHERE sequence = $1 ORDER BY at`
)

// selfTest refuses to start a writer that would not keep its promise: settings
// that lose acknowledged commits (checked with every connection), guards that
// are switched off, a head that does not fit tables and tree, a log that lost
// what was signed, a log that cannot be written.
func (w *Writer) selfTest(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 4*w.options.Deadline)
	defer cancel()
	if _, err := w.append.get(ctx); err != nil {
		return err
	}
	err := w.side.do(ctx, func(ctx context.Context, conn *pgx.Conn) error {
		tx, err := conn.BeginTx(ctx, snapshot)
		if err != nil {
			return err
		}
		defer func() { _ = tx.Rollback(ctx) }()
		return w.inspect(ctx, tx)
	})
	if err != nil {
		return err
	}
	return w.probe(ctx)
}

// inspect compares guards, head, tail, tree and checkpoints.
func (w *Writer) inspect(ctx context.Context, tx pgx.Tx) error {
	var guards int
	if err := tx.QueryRow(ctx, countGuards).Scan(&guards); err != nil {
		return fmt.Errorf("count guards: %w", err)
	}
	if guards != guardCount {
		return fmt.Errorf("%d of %d guards of the audit tables are on", guards, guardCount)
	}
	h, err := scanHead(tx.QueryRow(ctx, readHead))
	if err != nil {
		return err
	}
	if err := checkTail(ctx, tx, &h); err != nil {
		return err
	}
	hashes := hashReader(ctx, tx)
	if h.size > 0 {
		root, err := tlog.TreeHash(h.size, hashes)
		if err != nil {
			return fmt.Errorf("read tree: %w", err)
		}
		if root != h.root() {
			return fmt.Errorf("%w: the stored tree has another root", errHead)
		}
	}
	w.known = &h
	w.reached.Store(h.size)
	return w.inspectSigned(ctx, tx, Checkpoint{Origin: w.options.Origin, Size: h.size, Root: h.root()}, hashes)
}

// checkTail compares the head with the last entry and the last stored hash.
func checkTail(ctx context.Context, tx pgx.Tx, h *head) error {
	var sequence, index int64
	if err := tx.QueryRow(ctx, readTail).Scan(&sequence, &index); err != nil {
		return fmt.Errorf("read tail: %w", err)
	}
	if sequence != h.size-1 || index != tlog.StoredHashCount(h.size)-1 {
		return fmt.Errorf("%w: size %d, last entry %d, last hash %d", errHead, h.size, sequence, index)
	}
	if h.size == 0 {
		return nil
	}
	l, err := scanLeaf(tx.QueryRow(ctx, readLeaf, sequence))
	if err != nil {
		return err
	}
	stored, err := hashReader(ctx, tx).ReadHashes([]int64{tlog.StoredHashIndex(0, sequence)})
	if err != nil {
		return err
	}
	if l.hash() != stored[0] {
		return fmt.Errorf("%w: the last entry is not the one in the tree", errHead)
	}
	return nil
}

// inspectSigned holds the log against the newest checkpoint in the table and
// the one kept outside, and lets the checkpointer go on from there.
func (w *Writer) inspectSigned(ctx context.Context, tx pgx.Tx, now Checkpoint, hashes tlog.HashReader) error {
	kept, err := keptCheckpoint(w.options.CheckpointFile, w.options.Verifier)
	if err != nil {
		return err
	}
	stored, err := storedCheckpoint(ctx, tx, w.options.Verifier)
	if err != nil {
		return err
	}
	for _, signed := range []Checkpoint{kept, stored} {
		if signed.Size > 0 && signed.Origin != w.options.Origin {
			return fmt.Errorf("the checkpoint is of log %q, not %q", signed.Origin, w.options.Origin)
		}
		if err := extends(now, signed, hashes); err != nil {
			return err
		}
	}
	w.signs.last = kept
	if stored.Size > kept.Size {
		w.signs.last = stored
	}
	return nil
}

// storedCheckpoint is the newest one in the table, checked; zero when there is
// none.
func storedCheckpoint(ctx context.Context, tx pgx.Tx, v note.Verifier) (Checkpoint, error) {
	var size int64
	var root []byte
	var signed string
	err := tx.QueryRow(ctx, latestCheckpoint).Scan(&size, &root, &signed)
	if errors.Is(err, pgx.ErrNoRows) {
		return Checkpoint{}, nil
	}
	if err != nil {
		return Checkpoint{}, fmt.Errorf("read checkpoint: %w", err)
	}
	c, err := OpenCheckpoint([]byte(signed), v)
	if err != nil {
		return Checkpoint{}, err
	}
	if c.Size != size || string(c.Root[:]) != string(root) {
		return Checkpoint{}, fmt.Errorf("stored checkpoint of size %d: %w", size, errCheckpoint)
	}
	return c, nil
}

// probe writes an entry and rolls it back.
func (w *Writer) probe(ctx context.Context) error {
	r, err := w.prepare(ctx, &Entry{Operation: "audit.probe", Outcome: Failed, Disclosures: []Disclosure{{}}})
	if err != nil {
		return err
	}
	if err := w.parts.ensure(ctx, w.likelyMonths(r)); err != nil {
		return err
	}
	return w.side.do(ctx, func(ctx context.Context, conn *pgx.Conn) error {
		tx, err := conn.Begin(ctx)
		if err != nil {
			return err
		}
		if _, err := w.appendTx(ctx, tx, r); err != nil {
			return err
		}
		return tx.Rollback(ctx)
	})
}
