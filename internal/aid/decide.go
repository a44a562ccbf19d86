package aid

import (
	"context"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// Return sends an application back to be completed, once. Faults: those of move; Conflict
// where it was sent back before.
func Return(ctx context.Context, tx postgres.Tx, d disclosure.Decided, version int, missing string) (disclosure.Changed, error) {
	return move(ctx, tx, d, ReturnMove, version, func(f *file) error {
		if f.returnedOn != "" {
			return conflict("id", "已退回补正一次，请批准或不予批准。", "It was sent back once; approve or refuse it.")
		}
		f.returnedOn, f.missing = f.today, missing
		return nil
	})
}

// Approve grants the aid up to the end of the term. Faults: those of move; Conflict for a
// term that is over.
func Approve(ctx context.Context, tx postgres.Tx, d disclosure.Decided, version int) (disclosure.Changed, error) {
	return move(ctx, tx, d, ApproveMove, version, func(f *file) error {
		if f.termEnds < f.today {
			return conflict("id", "该学期已结束，请不予批准。", "The term is over; refuse it.")
		}
		f.decidedOn, f.validUntil = f.today, f.termEnds
		return nil
	})
}

// Refuse refuses the aid, with the reason that the family is told. Faults: those of move.
func Refuse(ctx context.Context, tx postgres.Tx, d disclosure.Decided, version int, reason string) (disclosure.Changed, error) {
	return move(ctx, tx, d, RefuseMove, version, func(f *file) error {
		f.decidedOn, f.refusal = f.today, reason
		return nil
	})
}
