package audit

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/tongxin-hub/tongxin/internal/fault"
)

// Consistency shows, to anybody who has the log's public key and nothing else,
// that the log of one signed checkpoint goes on in that of another: nothing of it
// was taken out or changed.
type Consistency struct {
	// Old and New are the signed notes.
	Old string `json:"old"`
	New string `json:"new"`
	// Hashes lead from the one root to the other (RFC 6962 consistency proof).
	Hashes []tlog.Hash `json:"hashes"`
}

// ProveConsistency leads from the checkpoint of one size to that of another, the
// newest when that is 0. NotFound: no checkpoint of such a size was ever signed.
func ProveConsistency(ctx context.Context, db Beginner, from, to int64) (Consistency, error) {
	var c Consistency
	err := Read(ctx, db, func(x *Excerpt) error {
		older, err := x.exactly(ctx, from)
		if err != nil {
			return err
		}
		var newer SignedCheckpoint
		if to == 0 {
			newer, err = x.checkpoint(ctx, checkpointBefore, int64(1<<62))
		} else {
			newer, err = x.exactly(ctx, to)
		}
		if err != nil {
			return err
		}
		c.Old, c.New = older.Note, newer.Note
		c.Hashes, err = x.Consistency(ctx, older.Size, newer.Size)
		return err
	})
	return c, err
}

// exactly is the checkpoint of a size.
func (x *Excerpt) exactly(ctx context.Context, size int64) (SignedCheckpoint, error) {
	c, err := x.checkpoint(ctx, checkpointBefore, size)
	if err != nil || c.Size == size {
		return c, err
	}
	return c, fault.New(fault.NotFound,
		fmt.Sprintf("没有规模为 %d 的检查点；不超过它的最近一个是 %d。", size, c.Size),
		fmt.Sprintf("No checkpoint of size %d was signed; the nearest below is of size %d.", size, c.Size))
}

// IsConsistency says whether the JSON is of a Consistency and not of a Proof.
func IsConsistency(data []byte) bool {
	var members map[string]json.RawMessage
	return json.Unmarshal(data, &members) == nil && members["old"] != nil
}

// ParseConsistency reads the JSON form. What it returns proves nothing before Check.
func ParseConsistency(data []byte) (Consistency, error) {
	var c Consistency
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		return Consistency{}, fmt.Errorf("%w: %w", errProof, err)
	}
	return c, nil
}

// Check verifies the proof without any database, and returns both checkpoints.
func (c *Consistency) Check(v note.Verifier) (older, newer Checkpoint, err error) {
	if older, err = OpenCheckpoint([]byte(c.Old), v); err == nil {
		newer, err = OpenCheckpoint([]byte(c.New), v)
	}
	switch {
	case err != nil:
		return older, newer, fmt.Errorf("%w: %w", errProof, err)
	case older.Origin != newer.Origin:
		return older, newer, fmt.Errorf("%w: two logs", errProof)
	case older == newer && len(c.Hashes) == 0:
		return older, newer, nil
	case older.Size < 1 || older.Size >= newer.Size:
		return older, newer, fmt.Errorf("%w: the new log is not larger", errProof)
	}
	if err := tlog.CheckTree(c.Hashes, newer.Size, newer.Root, older.Size, older.Root); err != nil {
		return older, newer, fmt.Errorf("%w: %w", errProof, err)
	}
	return older, newer, nil
}

// String is the proof for people; Check decides whether it holds.
func (c *Consistency) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "旧检查点 old checkpoint\n%s", c.Old)
	for _, h := range c.Hashes {
		fmt.Fprintf(&b, "路径 path %s\n", h)
	}
	fmt.Fprintf(&b, "新检查点 new checkpoint\n%s", c.New)
	return b.String()
}
