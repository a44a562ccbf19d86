package biglog

import (
	"context"
	_ "embed"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

//go:embed prepare.sql
var prepareSQL string

//go:embed entries.sql
var entriesSQL string

//go:embed disclosures.sql
var disclosuresSQL string

const (
	followSQL   = `SELECT audit_follow($1, $2)`
	standingSQL = `SELECT count(*), coalesce(-min(sequence), 0) FROM audit_entry WHERE sequence < 0`
	analyseSQL  = `VACUUM (ANALYZE) audit_entry, audit_disclosure, audit_set, audit_key, audit_finding, audit_day, audit_address, audit_hour`
)

// Options say which log.
type Options struct {
	// Entries is how many, spread over the Months before Until.
	Entries int
	Months  int
	Until   time.Time
	// Say hears of the progress.
	Say func(format string, arguments ...any)
}

// chunk is how many entries one statement makes, followed how many are worked
// through at once.
const (
	chunk    = 100_000
	followed = 2_000
)

// Took is how long the parts of a fill took.
type Took struct{ Entries, Follow time.Duration }

// Fill makes the log, once: a longer or shorter one stays as it is. The register of
// the database must have staff and children, and its policy must be in force.
func Fill(ctx context.Context, db *pgxpool.Pool, o Options) (took Took, err error) {
	conn, err := db.Acquire(ctx)
	if err != nil {
		return took, err
	}
	defer conn.Release()
	var have, first int
	if err := conn.QueryRow(ctx, standingSQL).Scan(&have, &first); err != nil {
		return took, err
	}
	if have > 0 {
		o.Say("the log of %d entries stands", have)
		return took, nil
	}
	began := time.Now()
	for _, sql := range []string{"SET statement_timeout = 0", "SET synchronous_commit = off"} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return took, err
		}
	}
	if _, err := conn.Exec(ctx, prepareSQL); err != nil {
		return took, fmt.Errorf("prepare: %w", err)
	}
	since := o.Until.AddDate(0, -o.Months, 0)
	step := o.Until.Sub(since) / time.Duration(o.Entries)
	for from := 0; from < o.Entries; from += chunk {
		to := min(from+chunk, o.Entries)
		if _, err := conn.Exec(ctx, entriesSQL, from, to, o.Entries, since, step); err != nil {
			return took, fmt.Errorf("entries: %w", err)
		}
		if _, err := conn.Exec(ctx, disclosuresSQL, from, to, o.Entries, since, step); err != nil {
			return took, fmt.Errorf("disclosures: %w", err)
		}
		o.Say("%d entries", to)
	}
	took.Entries = time.Since(began)
	if _, err := conn.Exec(ctx, analyseSQL); err != nil {
		return took, err
	}
	began = time.Now()
	for from := -o.Entries; from < 0; from += followed {
		if _, err := conn.Exec(ctx, followSQL, from, min(from+followed, 0)); err != nil {
			return took, fmt.Errorf("follow: %w", err)
		}
	}
	took.Follow = time.Since(began)
	_, err = conn.Exec(ctx, analyseSQL)
	return took, err
}
