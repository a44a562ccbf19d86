package audit

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/tongxin-hub/tongxin/internal/cosignature"
	"github.com/tongxin-hub/tongxin/internal/fault"
)

// Proof shows, to anybody who has the log's public key and nothing else, that
// an entry stands in the signed log. It tells nothing about people: who holds
// the receipt of an answer can show it to a third party.
type Proof struct {
	// Sequence, EntryID and At are what the leaf says, repeated for people;
	// Check compares them.
	Sequence int64     `json:"sequence"`
	EntryID  string    `json:"entryId"`
	At       time.Time `json:"at"`
	// Leaf is the leaf's bytes.
	Leaf []byte `json:"leaf"`
	// Hashes lead from the leaf to the root (RFC 6962 inclusion proof).
	Hashes []tlog.Hash `json:"hashes"`
	// Checkpoint is the signed note.
	Checkpoint string `json:"checkpoint"`
}

const (
	findEntry = `-- name: FindEntry
SELECT sequence, at, version, backdated, entry_id, commitment FROM audit_entry
WHERE entry_id = $1 ORDER BY at, sequence LIMIT 1`
)

// errProof: the proof does not show what it says.
var errProof = errors.New("the proof does not hold")

// Prove builds the proof of the entry with this id (of a receipt) against the
// newest checkpoint. It returns NotFound when there is no such entry and
// Unavailable while no checkpoint covers it yet.
func Prove(ctx context.Context, db Beginner, entryID string) (Proof, error) {
	return ProveIn(ctx, db, entryID, "")
}

// ProveIn is Prove against a checkpoint of this log that was published, with the
// cosignatures on it; where that does not reach the entry yet, against the newest.
func ProveIn(ctx context.Context, db Beginner, entryID, published string) (Proof, error) {
	id, err := hex.DecodeString(entryID)
	if err != nil || len(id) != 16 {
		return Proof{}, errNoEntry()
	}
	return prove(ctx, db, findEntry, uuid.UUID(id), published)
}

// ProveSequence is Prove by the entry's place in the log.
func ProveSequence(ctx context.Context, db Beginner, sequence int64) (Proof, error) {
	return prove(ctx, db, readLeaf, sequence, "")
}

func errNoEntry() error {
	return fault.New(fault.NotFound, "日志中没有该条目。", "There is no such entry in the log.")
}

func prove(ctx context.Context, db Beginner, find string, key any, published string) (Proof, error) {
	tx, err := db.BeginTx(ctx, snapshot)
	if err != nil {
		return Proof{}, fmt.Errorf("audit prove: %w", hide(err))
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	l, err := scanLeaf(tx.QueryRow(ctx, find, key))
	if errors.Is(err, pgx.ErrNoRows) {
		return Proof{}, errNoEntry()
	}
	if err != nil {
		return Proof{}, fmt.Errorf("audit prove: %w", hide(err))
	}
	var size int64
	var root []byte
	var signed string
	err = tx.QueryRow(ctx, latestCheckpoint).Scan(&size, &root, &signed)
	if errors.Is(err, pgx.ErrNoRows) || err == nil && size <= l.sequence {
		return Proof{}, fault.New(fault.Unavailable,
			"该条目尚未被签名的检查点覆盖，请几秒后重试。",
			"No signed checkpoint covers this entry yet; retry in a few seconds.")
	}
	if err != nil {
		return Proof{}, fmt.Errorf("audit prove: %w", hide(err))
	}
	if text, _, signedToo := cosignature.Split(published); signedToo {
		if c, err := ParseCheckpoint(text); err == nil && c.Size > l.sequence && c.Size <= size {
			size, signed = c.Size, published
		}
	}
	hashes, err := tlog.ProveRecord(size, l.sequence, hashReader(ctx, tx))
	if err != nil {
		return Proof{}, fmt.Errorf("audit prove: %w", hide(err))
	}
	return Proof{
		Sequence: l.sequence, EntryID: hex.EncodeToString(l.id[:]), At: l.at.UTC(),
		Leaf: l.bytes(), Hashes: hashes, Checkpoint: signed,
	}, nil
}

// ParseProof reads the JSON form. What it returns proves nothing before Check.
func ParseProof(data []byte) (Proof, error) {
	var p Proof
	if err := json.Unmarshal(data, &p); err != nil {
		return Proof{}, fmt.Errorf("%w: %w", errProof, err)
	}
	return p, nil
}

// Check verifies the proof without any database: the signature of v on the
// checkpoint, the way from the leaf to its root, and that the leaf says what
// the proof says. It returns the checkpoint that the proof rests on.
func (p *Proof) Check(v note.Verifier) (Checkpoint, error) {
	c, err := OpenCheckpoint([]byte(p.Checkpoint), v)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("%w: %w", errProof, err)
	}
	l, err := parseLeaf(p.Leaf)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("%w: %w", errProof, err)
	}
	if l.sequence != p.Sequence || hex.EncodeToString(l.id[:]) != p.EntryID || !l.at.Equal(p.At) {
		return Checkpoint{}, fmt.Errorf("%w: it is about another entry", errProof)
	}
	if p.Sequence < 0 || p.Sequence >= c.Size {
		return Checkpoint{}, fmt.Errorf("%w: the checkpoint does not reach the entry", errProof)
	}
	if err := tlog.CheckRecord(p.Hashes, c.Size, c.Root, p.Sequence, l.hash()); err != nil {
		return Checkpoint{}, fmt.Errorf("%w: %w", errProof, err)
	}
	return c, nil
}

// String is the proof for people; Check decides whether it holds.
func (p *Proof) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "条目 entry %s\n序号 sequence %d\n时间 time %s\n", p.EntryID, p.Sequence, p.At.Format(time.RFC3339Nano))
	fmt.Fprintf(&b, "叶 leaf %s\n", tlog.RecordHash(p.Leaf))
	for _, h := range p.Hashes {
		fmt.Fprintf(&b, "路径 path %s\n", h)
	}
	fmt.Fprintf(&b, "检查点 checkpoint\n%s", p.Checkpoint)
	return b.String()
}
