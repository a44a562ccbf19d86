package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/audit/audittest"
	"github.com/tongxin-hub/tongxin/internal/jobs"
	"github.com/tongxin-hub/tongxin/internal/pgtest"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// work is a database with twenty things to be done, and its log.
func work(t *testing.T) (*pgxpool.Pool, *audit.Writer) {
	t.Helper()
	url, db := pgtest.New(t)
	if _, err := db.Exec(t.Context(), `CREATE TABLE work (n bigint PRIMARY KEY, done integer NOT NULL DEFAULT 0)`); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(t.Context(), `INSERT INTO work SELECT generate_series(1, 20)`); err != nil {
		t.Fatal(err)
	}
	return db, audittest.Open(t, url, audittest.Options(t, "jobs.example.test/log"))
}

// three does three things a step.
func three() jobs.Job {
	return jobs.Job{
		Name: "three", Every: 10 * time.Millisecond,
		Step: func(ctx context.Context, tx postgres.Tx, _ time.Time) (jobs.Done, error) {
			rows, err := tx.Query(ctx, `UPDATE work SET done = done + 1 WHERE n IN (SELECT n FROM work WHERE done = 0 ORDER BY n LIMIT 3 FOR UPDATE) RETURNING n`)
			if err != nil {
				return jobs.Done{}, err
			}
			defer rows.Close()
			var done jobs.Done
			for rows.Next() {
				var n int64
				if err := rows.Scan(&n); err != nil {
					return jobs.Done{}, err
				}
				done.Children = append(done.Children, n)
			}
			done.More = len(done.Children) == 3
			return done, rows.Err()
		},
	}
}

// states counts what is done once, and how many children the log says were changed.
func states(t *testing.T, db *pgxpool.Pool) (once, recorded int) {
	t.Helper()
	err := db.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM work WHERE done = 1),
		(SELECT count(DISTINCT child_id) FROM audit_disclosure d JOIN audit_entry e USING (at, sequence) WHERE e.operation = 'job.three')`).Scan(&once, &recorded)
	if err != nil {
		t.Fatal(err)
	}
	return once, recorded
}

func TestRun_doesAllAndRecordsIt(t *testing.T) {
	t.Parallel()
	db, log := work(t)
	for range 2 { // the second finds nothing
		if err := jobs.Run(t.Context(), db, log, three(), time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	if once, recorded := states(t, db); once != 20 || recorded != 20 {
		t.Errorf("%d done once, %d on record", once, recorded)
	}
	var entries int
	if err := db.QueryRow(t.Context(), `SELECT count(*) FROM audit_entry`).Scan(&entries); err != nil || entries != 7 {
		t.Errorf("%d entries, %v", entries, err)
	}
	if got := progress(t, db); got != "three 20 t 0" {
		t.Errorf("the run stands at %q", got)
	}
}

// progress is how far the last run that found work came, whether it ended, and how often
// the job broke off since.
func progress(t *testing.T, db *pgxpool.Pool) (line string) {
	t.Helper()
	err := db.QueryRow(t.Context(), `SELECT concat_ws(' ', name, done, ended_at >= started_at AND checked_at >= ended_at, failures) FROM job_progress`).Scan(&line)
	if err != nil {
		t.Fatal(err)
	}
	return line
}

// TestRun_outside: what a step leaves to be done outside is done while no transaction is
// open, once for each, and what came of it is noted by a step of its own.
func TestRun_outside(t *testing.T) {
	t.Parallel()
	db, log := work(t)
	outside := 0
	job := jobs.Job{Name: "three", Step: func(ctx context.Context, tx postgres.Tx, _ time.Time) (jobs.Done, error) {
		var n int64
		if err := tx.QueryRow(ctx, `SELECT coalesce(min(n), 0) FROM work WHERE done = 0`).Scan(&n); err != nil || n == 0 {
			return jobs.Done{}, err
		}
		return jobs.Done{Outside: func(ctx context.Context) jobs.Step {
			outside++
			var open int
			if err := db.QueryRow(ctx, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'`).Scan(&open); err != nil || open != 0 {
				t.Errorf("%d transactions are open, %v", open, err)
			}
			return func(ctx context.Context, tx postgres.Tx, _ time.Time) (jobs.Done, error) {
				_, err := tx.Exec(ctx, `UPDATE work SET done = done + 1 WHERE n = $1`, n)
				return jobs.Done{Children: []int64{n}, More: true}, err
			}
		}}, nil
	}}
	if err := jobs.Run(t.Context(), db, log, job, time.Now()); err != nil {
		t.Fatal(err)
	}
	if once, recorded := states(t, db); once != 20 || recorded != 20 || outside != 20 {
		t.Errorf("%d done once, %d on record, %d outside", once, recorded, outside)
	}
}

func TestRun_brokenOffAnywhere(t *testing.T) {
	t.Parallel()
	db, log := work(t)
	cut := errors.New("cut")
	broken := 0
	for at := range 9 {
		job, steps := three(), 0
		step := job.Step
		job.Step = func(ctx context.Context, tx postgres.Tx, now time.Time) (jobs.Done, error) {
			done, err := step(ctx, tx, now)
			if steps++; steps > at/3 && err == nil {
				err = cut
			}
			return done, err
		}
		err := jobs.Run(t.Context(), db, log, job, time.Now())
		if err != nil && !errors.Is(err, cut) {
			t.Fatal(err)
		}
		if broken++; err == nil {
			broken = 0
		}
		if got, want := progress(t, db), fmt.Sprintf(" %d", broken); !strings.HasSuffix(got, want) {
			t.Errorf("the job stands at %q, want%s failures", got, want)
		}
	}
	if err := jobs.Run(t.Context(), db, log, three(), time.Now()); err != nil {
		t.Fatal(err)
	}
	if once, recorded := states(t, db); once != 20 || recorded != 20 {
		t.Errorf("%d done once, %d on record", once, recorded)
	}
}

// TestStart_severalHubs has three hubs share one job; one of them is torn down in
// the middle of it.
func TestStart_severalHubs(t *testing.T) {
	t.Parallel()
	db, log := work(t)
	started := make(chan struct{}, 100)
	job := three()
	step := job.Step
	job.Step = func(ctx context.Context, tx postgres.Tx, now time.Time) (jobs.Done, error) {
		select {
		case started <- struct{}{}:
		default:
		}
		return step(ctx, tx, now)
	}
	start := func() *jobs.Runner {
		pool, err := postgres.Open(t.Context(), db.Config().ConnString(), postgres.Options{Application: "jobs", MaxConns: 3})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(pool.Close)
		r, err := jobs.Start(t.Context(), jobs.Deps{Pool: pool, Log: log, Jobs: []jobs.Job{job}, Now: time.Now, Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	first := start()
	<-started
	if err := first.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	second, third := start(), start()
	for once := 0; once < 20; once, _ = states(t, db) {
		if t.Context().Err() != nil {
			t.Fatal("the job was not finished")
		}
	}
	for _, r := range []*jobs.Runner{second, third} {
		if err := r.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if once, recorded := states(t, db); once != 20 || recorded != 20 {
		t.Errorf("%d done once, %d on record", once, recorded)
	}
}

// TestStart_afterAKill finds the run of a hub that is gone, which counts as running and
// would keep its job from beginning again, and leaves the run of one that is there.
func TestStart_afterAKill(t *testing.T) {
	t.Parallel()
	db, log := work(t)
	there, err := db.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(there.Release)
	if _, err := there.Exec(t.Context(), `SELECT pg_advisory_lock($1, hashtext('hub-there'))`, jobs.Present); err != nil {
		t.Fatal(err)
	}
	for _, left := range []struct{ job, hub string }{{"three", "hub-gone"}, {"other", "hub-there"}} {
		if _, err := db.Exec(t.Context(), `INSERT INTO jobs.river_job (args, kind, max_attempts, attempt, state, attempted_at, attempted_by)
			VALUES (jsonb_build_object('job', $1::text), 'run', 25, 1, 'running', now(), ARRAY['hub-before', $2::text])`, left.job, left.hub); err != nil {
			t.Fatal(err)
		}
	}
	pool, err := postgres.Open(t.Context(), db.Config().ConnString(), postgres.Options{Application: "jobs", MaxConns: 4})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	r, err := jobs.Start(t.Context(), jobs.Deps{Pool: pool, Log: log, Jobs: []jobs.Job{three()}, Now: time.Now, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	var ended bool
	for end := time.Now().Add(10 * time.Second); !ended; {
		if err := db.QueryRow(t.Context(), `SELECT EXISTS (SELECT FROM jobs.river_job WHERE attempt = 2 AND state = 'completed')`).Scan(&ended); err != nil || time.Now().After(end) {
			t.Fatalf("the run was not taken up: %v", err)
		}
	}
	var running string
	if err := db.QueryRow(t.Context(), `SELECT string_agg(args ->> 'job', ' ') FROM jobs.river_job WHERE state = 'running'`).Scan(&running); err != nil || running != "other" {
		t.Errorf("%q run on, %v", running, err)
	}
}
