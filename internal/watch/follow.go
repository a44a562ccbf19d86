package watch

import (
	"context"
	"fmt"
	"time"

	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// Name is that of the follower; it never changes.
const Name = "review"

// Batch and Every are how the follower goes: so many entries in one transaction, so
// often a look when there is nothing to do.
const (
	Batch = 20_000
	Every = 5 * time.Second
)

// Follow is the follower's work: it notes the facts of the entries and runs every
// rule over them. now is when items are put on the list.
func Follow(now func() time.Time) func(ctx context.Context, tx postgres.Tx, from, to int64) error {
	return func(ctx context.Context, tx postgres.Tx, from, to int64) error {
		if err := keepRules(ctx, tx, Rules()); err != nil {
			return fmt.Errorf("keep rules: %w", err)
		}
		if err := noteFacts(ctx, tx, from, to); err != nil {
			return fmt.Errorf("note facts: %w", err)
		}
		for _, r := range Rules() {
			found, err := find(ctx, tx, r, from, to)
			if err == nil && len(found.sequences) > 0 {
				err = place(ctx, tx, r, found, now())
			}
			if err != nil {
				return fmt.Errorf("rule %s: %w", r.Code, err)
			}
		}
		return forget(ctx, tx, to)
	}
}
