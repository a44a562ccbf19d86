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
	followSQL = `SELECT audit_follow($1, $2), audit_gather($1, $2)`
	gatherSQL = `SELECT audit_gather($1, $2)`
	// postSQL and judgeSQL are the parts of audit_follow, so that the postings of the
	// whole log can be ordered once, when all are there.
	postSQL  = `SELECT audit_post($1, $2, lo, hi)` + spanSQL
	judgeSQL = `SELECT audit_total($1, $2, lo, hi), audit_judge($1, $2, lo, hi), audit_judge_tasks($1, $2, lo, hi)` + spanSQL
	// spanSQL looks at the entries of a chunk, behind a fence as audit_follow does.
	spanSQL = ` FROM (SELECT min(x.at) AS lo, max(x.at) AS hi
    FROM (SELECT e.at FROM audit_entry e WHERE e.sequence >= $1 AND e.sequence < $2 OFFSET 0) x) y`
	unorderSQL  = `DROP INDEX audit_key_order`
	orderSQL    = `CREATE INDEX audit_key_order ON audit_key (key, at, sequence)`
	standingSQL = `SELECT count(*) FROM audit_entry WHERE sequence < 0`
	analyseSQL  = `VACUUM (ANALYZE) audit_entry, audit_disclosure, audit_set, audit_key, audit_finding, audit_day, audit_address, audit_hour, audit_use, audit_way`
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

// chunk is how many entries one statement makes, judged how many are held against the
// records at once, followed how many a follower of a hub works through at once, and
// sample how many of the last are followed as a hub does.
const (
	chunk    = 100_000
	judged   = 100_000
	followed = 2_000
	sample   = 20_000
)

// Took is how long the parts of a fill took: the entries, what is kept beside them,
// and one entry when a hub follows it on a log of that length.
type Took struct{ Entries, Kept, Followed time.Duration }

// Fill makes the log, once; one that was left half made is refused. The register of
// the database must have staff and children, and its policy must be in force.
func Fill(ctx context.Context, db *pgxpool.Pool, o Options) (took Took, err error) {
	conn, err := db.Acquire(ctx)
	if err != nil {
		return took, err
	}
	defer conn.Release()
	var have int
	if err := conn.QueryRow(ctx, standingSQL).Scan(&have); err != nil {
		return took, err
	}
	switch have {
	case 0:
	case o.Entries:
		o.Say("the log of %d entries stands", have)
		return took, nil
	default:
		return took, fmt.Errorf("a log of %d entries stands where %d are wanted: delete its directory to make it anew", have, o.Entries)
	}
	began := time.Now()
	for _, sql := range []string{"SET statement_timeout = 0", "SET synchronous_commit = off", "SET work_mem = '256MB'", "SET maintenance_work_mem = '1GB'"} {
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
	if took.Kept, err = keep(ctx, conn, o); err != nil {
		return took, err
	}
	if _, err := conn.Exec(ctx, analyseSQL); err != nil {
		return took, err
	}
	began = time.Now()
	err = steps(ctx, conn, followSQL, -min(sample, o.Entries), 0, followed)
	took.Followed = time.Since(began) / time.Duration(min(sample, o.Entries))
	return took, err
}

// keep works through all but the last entries, and orders the postings once.
func keep(ctx context.Context, conn *pgxpool.Conn, o Options) (time.Duration, error) {
	began, to := time.Now(), -min(sample, o.Entries)
	for _, sql := range []string{analyseSQL, unorderSQL} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return 0, err
		}
	}
	if err := steps(ctx, conn, postSQL, -o.Entries, to, chunk); err != nil {
		return 0, err
	}
	o.Say("posted in %.0f s", time.Since(began).Seconds())
	for _, sql := range []string{orderSQL, analyseSQL} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return 0, err
		}
	}
	o.Say("ordered in %.0f s", time.Since(began).Seconds())
	err := steps(ctx, conn, judgeSQL, -o.Entries, to, judged)
	o.Say("judged in %.0f s", time.Since(began).Seconds())
	if err != nil {
		return 0, err
	}
	err = steps(ctx, conn, gatherSQL, -o.Entries, to, chunk)
	o.Say("counted in %.0f s", time.Since(began).Seconds())
	return time.Since(began), err
}

// steps works through the entries from <= sequence < to, so many at once.
func steps(ctx context.Context, conn *pgxpool.Conn, sql string, from, to, size int) error {
	for ; from < to; from += size {
		if _, err := conn.Exec(ctx, sql, from, min(from+size, to)); err != nil {
			return fmt.Errorf("entries from %d: %w", from, err)
		}
	}
	return nil
}
