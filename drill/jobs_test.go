package drill

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tongxin-hub/tongxin/internal/postgres"
)

// TestJobsKilled kills the hub in the middle of what the clock begins, at random
// moments, until the work is done: visits are planned and given out, reminders and
// escalations made, each exactly once and with its entry, as they are by a hub that
// nobody disturbs.
func TestJobsKilled(t *testing.T) {
	t.Parallel()
	n, kills, amid := times(0, 100), 0, 0
	if n == 0 {
		return // a minute for each: `make test` has TestStart_afterAKill
	}
	dir, d := scene(t)
	db := d.open(t)
	// Whatever waits is a minute late, and the next rung hours away.
	if _, err := db.Exec(t.Context(), `UPDATE task SET due_at = now() - interval '1 minute', next_rung_at = now() - interval '1 minute' WHERE next_rung_at IS NOT NULL`); err != nil {
		t.Fatal(err)
	}
	db.Close()
	truth := newWorld(t, d, dir, "truth")
	want := truth.finish(t)
	span := truth.working(t)
	truth.drop(t, d)
	for round := 0; kills < n && !t.Failed(); round++ {
		w := newWorld(t, d, dir, fmt.Sprintf("round%d", round))
		for range min(1+rand.IntN(3), n-kills) {
			if w.kill(t, span) {
				amid++
			}
			kills++
		}
		if diff := cmp.Diff(want, w.finish(t)); diff != "" {
			t.Errorf("after kills (+) it is not as it should be (-):\n%.4000s", diff)
		}
		if kills == n || (round+1)%10 == 0 {
			verify(t, w.dir, w.url)
		}
		w.drop(t, d)
	}
	passed(t, kills, fmt.Sprintf("%d x kill -9 of the hub at its jobs, %d amid a run, %d effects each", kills, amid, len(want)))
}

// world is a copy of the district with the hub's directory that goes with it.
type world struct {
	name, dir, url string
	db             *pgxpool.Pool
}

// newWorld copies the district of a scene, which nobody is connected to.
func newWorld(t *testing.T, d *database, from, name string) *world {
	t.Helper()
	w := &world{name: name, dir: directory(t), url: d.URL(name)}
	if out, err := exec.CommandContext(t.Context(), "cp", "-a", from+"/.", w.dir).CombinedOutput(); err != nil {
		t.Fatalf("copy the hub's directory: %v\n%s", err, out)
	}
	d.admin(t, "CREATE DATABASE "+name+" TEMPLATE tongxin")
	var err error
	if w.db, err = postgres.Open(t.Context(), w.url, postgres.Options{Application: "tongxin-drill", MaxConns: 2, StatementTimeout: -1}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.db.Close)
	return w
}

// admin runs a statement beside all districts.
func (d *database) admin(t *testing.T, sql string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), d.URL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context()) //nolint:errcheck // nothing is to be kept
	if _, err := conn.Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
}

func (w *world) drop(t *testing.T, d *database) {
	t.Helper()
	w.db.Close()
	d.admin(t, "DROP DATABASE "+w.name+" WITH (FORCE)")
}

// launch starts a hub, which need not wait for the term of one that was killed.
func (w *world) launch(t *testing.T) *node {
	t.Helper()
	if _, err := w.db.Exec(t.Context(), `DELETE FROM jobs.river_leader`); err != nil {
		t.Fatal(err)
	}
	return &node{Process: launch(t, w.dir, w.url, "--listen=127.0.0.1:0")}
}

// kill starts a hub and kills it at some moment of its work; true if it was amid a run.
func (w *world) kill(t *testing.T, span time.Duration) (amid bool) {
	t.Helper()
	h := w.launch(t)
	var before int64
	if err := w.db.QueryRow(t.Context(), `SELECT coalesce(max(id), 0) FROM jobs.river_job WHERE attempted_at IS NOT NULL`).Scan(&before); err != nil {
		t.Fatal(err)
	}
	err := h.Until(t.Context(), time.Minute, func(ctx context.Context) error {
		return w.holds(ctx, `SELECT EXISTS (SELECT FROM jobs.river_job WHERE id > $1 AND attempted_at IS NOT NULL)
			OR NOT EXISTS (SELECT FROM jobs.river_job WHERE state <> 'completed') AND EXISTS (SELECT FROM jobs.river_job)`, before)
	})
	if err != nil {
		t.Fatal(err)
	}
	<-time.After(rand.N(span))
	if err := h.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-h.Done()
	if err := w.db.QueryRow(t.Context(), `SELECT EXISTS (SELECT FROM jobs.river_job WHERE state = 'running')`).Scan(&amid); err != nil {
		t.Fatal(err)
	}
	return amid
}

// finish lets a hub do its jobs, which find what other jobs did, until they find
// nothing, and says what came of it.
func (w *world) finish(t *testing.T) []string {
	t.Helper()
	for before, turn := []string(nil), 0; ; turn++ {
		w.turn(t)
		now := w.effects(t)
		if slices.Equal(before, now) {
			return now
		}
		if before = now; turn > 6 {
			t.Fatal("the jobs do not come to an end")
		}
	}
}

// turn starts a hub and stops it when every job has run to its end, the log is followed
// to its own, and owners were told of what was found there; none may fail.
func (w *world) turn(t *testing.T) {
	t.Helper()
	last := value[int64](t, w.db, `SELECT coalesce(max(id), 0) FROM jobs.river_job`)
	h := w.launch(t)
	if err := h.Until(t.Context(), 4*time.Minute, func(ctx context.Context) error {
		return w.holds(ctx, `SELECT coalesce(bool_and(state = 'completed') AND count(DISTINCT args) FILTER (WHERE id > $1) > 10, false)
			AND coalesce(bool_or(args ->> 'job' = 'readnotice.tell' AND attempted_at > (SELECT max(f.at) FROM follower f)), false)
			AND (SELECT count(*) FILTER (WHERE f.name IN ('review', 'readnotice')) = 2 AND bool_and(f.sequence >= h.size) FROM follower f, audit_head h) FROM jobs.river_job`, last)
	}); err != nil {
		t.Fatalf("%v\n%s", err, value[string](t, w.db, `SELECT concat_ws(E'\\n', (SELECT string_agg(concat_ws(' ', id, args, state, attempt, attempted_by, errors), E'\\n') FROM jobs.river_job WHERE state <> 'completed'),
			(SELECT string_agg(name || ' ' || sequence, ' ') FROM follower), (SELECT size FROM audit_head), (SELECT count(*) FROM jobs.river_job WHERE id > `+strconv.FormatInt(last, 10)+`))`))
	}
	if err := h.Stop(); err != nil {
		t.Fatal(err)
	}
	if failed := value[int](t, w.db, `SELECT count(*)::integer FROM jobs.river_job WHERE cardinality(errors) > 0`); failed > 0 {
		t.Errorf("%d runs failed", failed)
	}
}

// working is how long a hub that came to its jobs first was at them.
func (w *world) working(t *testing.T) time.Duration {
	t.Helper()
	return time.Duration(value[float64](t, w.db, `SELECT extract(epoch FROM max(finalized_at) - min(attempted_at))::float8 FROM jobs.river_job WHERE id <= (SELECT min(id) + count(DISTINCT args) - 1 FROM jobs.river_job)`) * float64(time.Second))
}

var errNotYet = errors.New("not yet")

func (w *world) holds(ctx context.Context, sql string, args ...any) error {
	var yes bool
	if err := w.db.QueryRow(ctx, sql, args...).Scan(&yes); err != nil {
		return err
	}
	if !yes {
		return errNotYet
	}
	return nil
}

// effects are what the jobs did, each with how often, and whom each job's entries name:
// how many a step does at once, and so has in one entry, is left to where it was cut.
func (w *world) effects(t *testing.T) []string {
	t.Helper()
	return strings.Split(value[string](t, w.db, `SELECT string_agg(line || ' x' || n, E'\n' ORDER BY line) FROM (
    SELECT concat_ws(' ', 'visit', child_id, kind, plan_slot, state, planned_on, visitor_id, assigned_at IS NOT NULL) AS line, count(*) AS n FROM visit GROUP BY 1
    UNION ALL SELECT concat_ws(' ', 'task', kind, child_id, staff_id, rung, raised_by IS NOT NULL, done_at IS NOT NULL), count(*) FROM task GROUP BY 1
    UNION ALL SELECT concat_ws(' ', 'ticket', kind, child_id, staff_id, closed_at IS NULL), count(*) FROM ticket GROUP BY 1
    UNION ALL SELECT DISTINCT concat_ws(' ', e.operation, d.child_id), 1 FROM audit_entry e JOIN audit_disclosure d USING (at, sequence)
        WHERE e.operation LIKE 'job.%') x`), "\n")
}
