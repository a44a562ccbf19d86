package task

import (
	"context"
	"fmt"
	"time"

	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/policy"
)

// Each is what one of many tasks is about, and whose it is; For and Until as in New.
type Each struct {
	Child, SubjectID, Staff, Ticket int64
	For                             policy.Role
	Until                           time.Time
}

// OpenAll gives out many tasks of one kind in one statement, each as Open does. The
// list names no person and record twice.
func OpenAll(ctx context.Context, tx postgres.Tx, alike New, list []Each) error {
	if err := openAll(ctx, tx, alike, list); err != nil {
		return fmt.Errorf("open tasks %s: %w", alike.Kind.Code, err)
	}
	return nil
}

// FinishAll ends tasks of some kinds about many records of a table, as Finish does.
func FinishAll(ctx context.Context, tx postgres.Tx, table string, ids []int64, now time.Time, kinds ...Kind) error {
	if _, err := tx.Exec(ctx, finishAllSQL, table, ids, codes(kinds), now); err != nil {
		return fmt.Errorf("finish tasks: %w", err)
	}
	return nil
}
