package granting

import (
	"context"

	"github.com/tongxin-hub/tongxin/internal/access"
	"github.com/tongxin-hub/tongxin/internal/conflict"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// EndConflict proposes that a declared conflict of interest has ended, which opens the
// child's file to the person again: never proposed by that person.
func EndConflict(ctx context.Context, tx postgres.Tx, d disclosure.Decided, a access.Aim) (disclosure.Changed, error) {
	n, err := conflict.Take(ctx, tx, d, a.ID)
	if err != nil {
		return disclosure.Changed{}, err
	}
	return draft{
		kind: endConflict, subject: n.Subject, about: n.ID, gains: n.Staff, before: "回避中 in force", after: "解除 ended", reason: a.Reason,
		facts: struct{}{},
	}.propose(ctx, tx, d)
}

func reconcile(ctx context.Context, tx postgres.Tx, d disclosure.Decided, p proposal) error {
	if _, err := conflict.Take(ctx, tx, d, p.about); err != nil {
		return overtaken()
	}
	return conflict.End(ctx, tx, p.about, d.Now)
}
