package retention_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/retention"
)

// TestKeeper_Keep counts by day, destroys by night, each once.
func TestKeeper_Keep(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	x.write(t, audit.Entry{At: today().AddDate(-4, 0, 0), AgencyID: 1, Outcome: audit.Allowed})
	k := retention.NewKeeper(t.Context(), x.walker(7), time.Hour)
	t.Cleanup(func() { _ = k.Close(context.Background()) })
	round := func(hour int, want ...string) {
		t.Helper()
		x.now = time.Date(2026, 11, 22, hour, 0, 0, 0, cst)
		for range 2 {
			must(t, k.Keep(t.Context()))
		}
		rows, err := x.db.Query(t.Context(), `SELECT name || ': ' || destroyed FROM retention_walk WHERE ended_at IS NOT NULL ORDER BY began_at, name`)
		must(t, err)
		got, err := pgx.CollectRows(rows, pgx.RowTo[string])
		must(t, err)
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
	}
	round(23, "count 2026-11-22: 0")
	round(25, "count 2026-11-22: 0", "count 2026-11-23: 0")
	round(26, "count 2026-11-22: 0", "count 2026-11-23: 0", "night 2026-11-23: 1")
	round(40, "count 2026-11-22: 0", "count 2026-11-23: 0", "night 2026-11-23: 1")
	var due, last int64
	must(t, x.db.QueryRow(t.Context(), `SELECT (SELECT sum(due) FROM retention_class), (SELECT last_destroyed FROM retention_state)`).Scan(&due, &last))
	if due != 0 || last != 1 {
		t.Error(due, last)
	}
}

func TestPlace_refuses(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	one, now := int64(1), today()
	for name, h := range map[string]retention.Hold{
		"no scope":  {OrderedBy: "区人民法院", Reason: "配合诉讼"},
		"no order":  {ChildID: &one, Reason: "配合诉讼"},
		"no reason": {ChildID: &one, OrderedBy: "区人民法院", Reason: " "},
		"no time":   {Since: &now, Until: &now, OrderedBy: "区人民法院", Reason: "配合诉讼"},
	} {
		err := postgres.InTx(t.Context(), x.db, func(tx postgres.Tx) error {
			_, err := retention.Place(t.Context(), tx, h, now)
			return err
		})
		if fault.CodeOf(err) != fault.BadRequest {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestHold_keepsItsHistory: a hold is released once and never changed or removed,
// nor is a schedule; no schedule goes below its statute.
func TestHold_keepsItsHistory(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	one := int64(1)
	id := x.hold(t, retention.Hold{AgencyID: &one})
	x.free(t, id)
	err := postgres.InTx(t.Context(), x.db, func(tx postgres.Tx) error {
		return retention.Free(t.Context(), tx, retention.Release{ID: id, Reason: "再次解除"}, x.now)
	})
	if fault.CodeOf(err) != fault.NotFound {
		t.Error(err)
	}
	for _, sql := range []string{
		`UPDATE legal_hold SET release_reason = 'other'`, `UPDATE legal_hold SET reason = 'other', released_at = now(), release_reason = 'x'`,
		`DELETE FROM legal_hold`, `TRUNCATE legal_hold`, `UPDATE retention_schedule SET kept_months = 36`,
		`DELETE FROM retention_schedule`, `TRUNCATE retention_schedule`,
		`INSERT INTO retention_schedule SELECT class, 2, 5, least_months, majority_months, basis_zh, basis_en, 'x', now() FROM retention_schedule`,
	} {
		if _, err := x.db.Exec(t.Context(), sql); err == nil {
			t.Errorf("%s was taken", sql)
		}
	}
}
