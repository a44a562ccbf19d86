package task

import (
	"context"
	"fmt"
	"time"

	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/policy"
)

// New is a task to be opened.
type New struct {
	Kind Kind
	// Child is whom it is about, 0 for no child.
	Child int64
	// Subject and SubjectID are the table and row of the record.
	Subject   string
	SubjectID int64
	// Staff is who has to do it; Ticket the work item that opens the file for it, 0
	// for none.
	Staff, Ticket int64
	// For is the role in whose stead the person has it, "" for their own: it goes back when
	// that post is held.
	For policy.Role
	// From is when its deadline begins.
	From time.Time
	// Until is the end of the deadline where the record itself says it, zero for the
	// kind's own.
	Until time.Time
}

// Open gives somebody a task, inside the transaction of the change that makes it
// necessary. A task of the same kind for the same person and record that is not done
// is left as it is.
func Open(ctx context.Context, tx postgres.Tx, n New) error {
	if err := open(ctx, tx, n, 0); err != nil {
		return fmt.Errorf("open task %s: %w", n.Kind.Code, err)
	}
	return nil
}

// Subject is the record that tasks are about.
type Subject struct {
	Table string
	ID    int64
}

// Finish ends what there is to do of some kinds about a record, whoever had to do it:
// the move that was asked for is made. No kinds means all.
func Finish(ctx context.Context, tx postgres.Tx, about Subject, by int64, now time.Time, kinds ...Kind) error {
	if _, err := tx.Exec(ctx, finishSQL, about.Table, about.ID, codes(kinds), orNull(by), now); err != nil {
		return fmt.Errorf("finish tasks: %w", err)
	}
	return nil
}

// FinishOwn ends what one person has to do of some kinds about a record, with what went
// up from it, and leaves the tasks of others.
func FinishOwn(ctx context.Context, tx postgres.Tx, about Subject, staff int64, now time.Time, kinds ...Kind) error {
	if _, err := tx.Exec(ctx, finishOwnSQL, about.Table, staff, now, codes(kinds), about.ID); err != nil {
		return fmt.Errorf("finish tasks: %w", err)
	}
	return nil
}

// Own is the newest record of a table about which one person has a task of some kinds
// for a child, 0 for none.
func Own(ctx context.Context, tx postgres.Tx, table string, child, staff int64, kinds ...Kind) (id int64, err error) {
	if err := tx.QueryRow(ctx, ownSQL, table, child, staff, codes(kinds)).Scan(&id); err != nil {
		return 0, fmt.Errorf("find task: %w", err)
	}
	return id, nil
}

// Ended is what a task was about.
type Ended struct {
	Child, SubjectID, Ticket int64
	Subject                  string
}

// End ends one task of one person, of one of the kinds, with what went up from it.
// Faults: NotFound.
func End(ctx context.Context, tx postgres.Tx, id, staff int64, now time.Time, kinds ...Kind) (Ended, error) {
	e, err := end(ctx, tx, id, staff, now, codes(kinds))
	if err != nil {
		return e, fmt.Errorf("end task: %w", err)
	}
	return e, nil
}

func codes(kinds []Kind) []string {
	out := make([]string, len(kinds))
	for i, k := range kinds {
		out[i] = k.Code
	}
	return out
}

// orNever is a moment, or null for none.
func orNever(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// orNull is an id, or null for 0.
func orNull(id int64) *int64 {
	if id == 0 {
		return nil
	}
	return &id
}
