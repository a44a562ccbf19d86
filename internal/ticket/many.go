package ticket

import (
	"context"
	"fmt"
	"time"

	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// Each is whose one of many work items is, and whom it opens.
type Each struct{ Staff, Child int64 }

// OpenAll opens work items that differ in nothing else, in one statement, and returns
// them in the order of the list.
func OpenAll(ctx context.Context, tx postgres.Tx, alike New, list []Each) ([]int64, error) {
	ids, err := openAll(ctx, tx, alike, list)
	if err == nil && len(ids) != len(list) {
		err = fmt.Errorf("%d of %d opened", len(ids), len(list))
	}
	if err != nil {
		return nil, fmt.Errorf("open tickets %s: %w", alike.Kind, err)
	}
	return ids, nil
}

// CloseAll closes work items as Close does.
func CloseAll(ctx context.Context, tx postgres.Tx, ids []int64, now time.Time) error {
	if _, err := tx.Exec(ctx, closeAllSQL, ids, now); err != nil {
		return fmt.Errorf("close tickets: %w", err)
	}
	return nil
}
