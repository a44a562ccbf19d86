package usage

import (
	"context"
	"slices"
	"time"

	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// Follower is the name under which the log is followed, Batch the most entries at a
// time. The name stands in the SQL of audit_uses as well.
const (
	Follower = "audit uses"
	Batch    = 5000
)

// Follow counts the entries from <= sequence < to, and makes a month anew of which
// detail was destroyed.
func Follow(ctx context.Context, tx postgres.Tx, from, to int64) error {
	return gather(ctx, tx, from, to)
}

// Way is one in which entries asked and were answered: all that decides.
type Way struct {
	Role, Purpose, Agency, System, Version, Outcome string
	RequestedID, WithheldID                         int64
	// SetIDs are sets that together hold the coordinates that each entry showed; none
	// where it showed no child.
	SetIDs []int64
	// Entries asked so, the last of them at Last.
	Entries int64
	Last    time.Time
	// Shown is what they showed of children.
	Shown []Shown
}

// Shown is how often children were shown a set on the same bases.
type Shown struct {
	SetID    int64
	Bases    []string
	Children int64
}

// Destroyed reports whether these are entries whose detail was destroyed: no more is
// known of them than that they were.
func (w *Way) Destroyed() bool { return w.Outcome == "" }

// Load reads the ways of a period, the end left out, in one order. It is exact: what is
// not counted yet is read from the log.
func Load(ctx context.Context, tx postgres.Tx, since, until time.Time) ([]*Way, error) {
	return load(ctx, tx, since, until)
}

// Sets are the ids of all sets that ways speak of, each once.
func Sets(ways []*Way) []int64 {
	var ids []int64
	for _, w := range ways {
		ids = append(append(ids, w.RequestedID, w.WithheldID), w.SetIDs...)
		for _, s := range w.Shown {
			ids = append(ids, s.SetID)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}
