package readnotice

import (
	"context"
	"fmt"
	"time"

	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// Name is that of the follower; it never changes.
const Name = "readnotice"

// Batch and Every are how the follower goes: so many entries in one transaction, so
// often a look when there is nothing to do.
const (
	Batch = 20_000
	Every = 5 * time.Second
)

// Follow is the follower's work: it notes who read what in some entries of the log. What
// is highly sensitive joins the owner's open alert, what was never read so before the
// digest of its day.
func Follow(now func() time.Time) func(ctx context.Context, tx postgres.Tx, from, to int64) error {
	return func(ctx context.Context, tx postgres.Tx, from, to int64) error {
		if err := note(ctx, tx, from, to, now()); err != nil {
			return fmt.Errorf("notices of reads: %w", err)
		}
		return nil
	}
}
