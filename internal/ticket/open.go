package ticket

import (
	"context"
	"fmt"
	"time"

	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// New is a work item to be opened.
type New struct {
	// Kind and Purpose are those of the policy's list of purposes.
	Kind, Purpose string
	// Staff is whose it is, and Child whom it opens, 0 for no single child.
	Staff, Child int64
	// Reason says why, in neutral words.
	Reason string
	From   time.Time
	// Days names the setting after which it ends by itself, "" for none.
	Days string
}

// Open opens a work item inside the transaction of the change that needs it.
func Open(ctx context.Context, tx postgres.Tx, n New) (int64, error) {
	id, err := open(ctx, tx, n)
	if err != nil {
		return 0, fmt.Errorf("open ticket %s: %w", n.Kind, err)
	}
	return id, nil
}

// Close ends a work item; the purpose says how long it still opens anything. 0 and
// what is closed already are left as they are.
func Close(ctx context.Context, tx postgres.Tx, id int64, now time.Time) error {
	if _, err := tx.Exec(ctx, closeSQL, id, now); err != nil {
		return fmt.Errorf("close ticket: %w", err)
	}
	return nil
}
