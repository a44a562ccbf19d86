package audit

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// scanLeaf reads a row of readLeaf.
func scanLeaf(row pgx.Row) (leaf, error) {
	var l leaf
	var version int16
	var id uuid.UUID
	var commitment []byte
	if err := row.Scan(&l.sequence, &l.at, &version, &l.backdated, &id, &commitment); err != nil {
		return leaf{}, fmt.Errorf("read leaf: %w", err)
	}
	return l, l.fill(version, id, commitment)
}

// fill sets what the columns hold in another shape.
func (l *leaf) fill(version int16, id uuid.UUID, commitment []byte) error {
	l.id = id
	l.version = byte(version) //nolint:gosec // an unknown version is found by the caller
	if len(commitment) != len(l.commitment) || int16(l.version) != version {
		return fmt.Errorf("leaf %d: version %d, commitment of %d bytes", l.sequence, version, len(commitment))
	}
	copy(l.commitment[:], commitment)
	return nil
}

// errLeaf: the bytes are no leaf of a known format.
var errLeaf = errors.New("malformed leaf")

// parseLeaf reads what bytes wrote, and nothing else.
func parseLeaf(b []byte) (leaf, error) {
	if len(b) != leafSize || b[0] != formatVersion || b[1]&^flagBackdated != 0 {
		return leaf{}, errLeaf
	}
	l := leaf{version: b[0], backdated: b[1] == flagBackdated}
	l.sequence = int64(binary.BigEndian.Uint64(b[2:]))                  //nolint:gosec // the writer's own bits back
	l.at = time.UnixMicro(int64(binary.BigEndian.Uint64(b[10:]))).UTC() //nolint:gosec // likewise
	copy(l.id[:], b[18:])
	copy(l.commitment[:], b[34:])
	return l, nil
}

// Leaf is what a leaf says.
type Leaf struct {
	// Sequence is the number of the entry, EntryID and At are those of its receipt.
	Sequence int64
	EntryID  string
	At       time.Time
	// Backdated entries did not have to follow the clock of the log.
	Backdated bool
	// Commitment binds the detail, see Commits.
	Commitment [sha256.Size]byte
}

// ParseLeaf reads the bytes of a leaf of any known format.
func ParseLeaf(b []byte) (Leaf, error) {
	l, err := parseLeaf(b)
	if err != nil {
		return Leaf{}, err
	}
	return Leaf{Sequence: l.sequence, EntryID: hex.EncodeToString(l.id[:]), At: l.at, Backdated: l.backdated, Commitment: l.commitment}, nil
}

// Commits says whether the leaf commits to a detail in canonical form under salt.
func (l *Leaf) Commits(salt, canonical []byte) bool { return commit(salt, canonical) == l.Commitment }
