package report

import (
	"context"
	"fmt"

	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/safeguard"
)

// Heir is who takes over a child's reports, and from whom.
type Heir struct{ Child, From, To int64 }

// HandOver gives the open reports of a child, with what there is to do about them and
// the seal on the reporter, from one named handler to another.
func HandOver(ctx context.Context, tx postgres.Tx, a Actor, h Heir) error {
	list, err := handOver(ctx, tx, h, a)
	if err != nil {
		return fmt.Errorf("hand over reports: %w", err)
	}
	for _, id := range list {
		ticket, err := ticketFor(ctx, tx, open{ID: id, Child: h.Child}, h.To, a.Now)
		if err != nil {
			return fmt.Errorf("hand over report: %w", err)
		}
		if err := pass(ctx, tx, id, h, ticket); err != nil {
			return fmt.Errorf("hand over tasks: %w", err)
		}
	}
	if err := safeguard.HandOver(ctx, tx, list, h.From, h.To); err != nil {
		return fmt.Errorf("hand over steps: %w", err)
	}
	return nil
}
