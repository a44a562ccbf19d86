package demo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/opening"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/policy"
)

// Log is where the year of accesses is written: the audit writer, open for
// backdating.
type Log interface {
	AppendBatch(ctx context.Context, entries []audit.Entry) ([]audit.Receipt, error)
}

// TokenFunc is the join token of a number for an agency, as that agency would
// compute it.
type TokenFunc func(agencyCode, kind, number string) []byte

// Deps are what Fill works with besides the database.
type Deps struct {
	// Log may be nil when the district has no access log (Options.LogEntries < 0).
	Log Log
	// Policy decides what the entries of the log show; required with a log.
	Policy *policy.Policy
	// JoinToken may be nil; then no child is found by token.
	JoinToken TokenFunc
}

// Filled reports what the database was filled with before, if it was.
func Filled(ctx context.Context, db Database) (o Options, complete, found bool, err error) {
	var seed int64
	var scale string
	var log int
	err = db.QueryRow(ctx, findFillSQL).Scan(&seed, &scale, &o.LeftBehind, &log, &o.Today, &complete)
	if errors.Is(err, pgx.ErrNoRows) {
		return Options{}, false, false, nil
	}
	if err != nil {
		return Options{}, false, false, fmt.Errorf("find the demo fill: %w", err)
	}
	o.Seed, o.Scale, o.LogEntries = uint64(seed), Scale(scale), log //nolint:gosec // stored as its bits
	if log == 0 {
		o.LogEntries = -1
	}
	// A date comes back as midnight UTC; Today is a moment in China.
	o.Today = o.Today.Add(12 * time.Hour)
	return o, complete, true, nil
}

// Fill writes the district into an empty, migrated database: all rows in one
// transaction, then the access log. progress, if any, hears of every table and
// batch.
//
// A database that this district has filled is left as it is; an interrupted log
// is finished. The fault is Conflict when the database holds anything else.
func (d *District) Fill(ctx context.Context, db Database, deps Deps, progress func(stage string, done, total int)) error {
	if progress == nil {
		progress = func(string, int, int) {}
	}
	before, complete, found, err := Filled(ctx, db)
	switch {
	case err != nil:
		return err
	case found && !d.madeFrom(before):
		return fault.New(fault.Conflict, "数据库中已有另一个演示区。", "The database holds another demo district.")
	case complete:
		return nil
	case !found:
		if err := d.fillRows(ctx, db, deps, progress); err != nil {
			return fmt.Errorf("fill: %w", err)
		}
	}
	if err := d.fillLog(ctx, db, deps, progress); err != nil {
		return fmt.Errorf("fill: %w", err)
	}
	return nil
}

// madeFrom: the same options make the same district.
func (d *District) madeFrom(o Options) bool {
	return o.Seed == d.options.Seed && o.Scale == d.options.Scale && o.LeftBehind == d.sizes.leftBehind &&
		max(o.LogEntries, 0) == d.sizes.log && midnight(o.Today).Equal(d.today)
}

func (d *District) fillRows(ctx context.Context, db Database, deps Deps, progress func(string, int, int)) error {
	var occupied bool
	if err := db.QueryRow(ctx, occupiedSQL).Scan(&occupied); err != nil {
		return err
	}
	if occupied {
		return fault.New(fault.Conflict, "数据库不是空的，演示数据只能写入空数据库。", "The database is not empty; the demo district goes into an empty one only.")
	}
	return postgres.InTx(ctx, db, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, stampSQL); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, markFillSQL, int64(d.options.Seed), string(d.options.Scale), d.sizes.leftBehind, d.sizes.log, d.today) //nolint:gosec // stored as its bits
		if err != nil {
			return err
		}
		sheets := d.sheets(deps.JoinToken)
		for i, s := range sheets {
			if _, err := copyRows(ctx, tx, s); err != nil {
				return err
			}
			progress(s.table, i+1, len(sheets))
		}
		if _, err = tx.Exec(ctx, analyzeSQL); err != nil {
			return err
		}
		if err := opening.Give(ctx, tx, clock(d.openingDay(), 8, 0)); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, pastQuartersSQL, d.today)
		return err
	})
}

func (d *District) fillLog(ctx context.Context, db Database, deps Deps, progress func(string, int, int)) error {
	if d.sizes.log > 0 {
		if deps.Log == nil || deps.Policy == nil {
			return errors.New("an access log needs a writer and a policy")
		}
		var logged int
		if err := db.QueryRow(ctx, countLoggedSQL).Scan(&logged); err != nil {
			return err
		}
		diary, err := d.newDiary(deps.Policy)
		if err != nil {
			return err
		}
		err = diary.write(ctx, deps.Log, logged, func(done, total int) { progress("access log", done, total) })
		if err != nil {
			return err
		}
	}
	return postgres.InTx(ctx, db, func(tx pgx.Tx) error {
		for _, statement := range []string{stampSQL, analyzeLogSQL, completeFillSQL} {
			if _, err := tx.Exec(ctx, statement); err != nil {
				return err
			}
		}
		return nil
	})
}
