package demo_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/pgtest"
	"github.com/tongxin-hub/tongxin/policy"
)

// digests are a hash of the contents of every table; order of rows is left out.
func digests(tb testing.TB, pool *pgxpool.Pool) map[string]string {
	tb.Helper()
	rows, err := pool.Query(tb.Context(), `SELECT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname <> 'goose_db_version'`)
	if err != nil {
		tb.Fatal(err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		tb.Fatal(err)
	}
	out := map[string]string{}
	for _, table := range tables {
		row := "t::text"
		if table == "task" { // but the number of the transaction
			row = "(to_jsonb(t) - 'changed')::text"
		}
		out[table] = one[string](tb, pool, `SELECT coalesce(md5(string_agg(md5(`+row+`), '' ORDER BY md5(`+row+`))), '') FROM `+
			pgx.Identifier{table}.Sanitize()+` t`)
	}
	return out
}

func TestFill_repeats(t *testing.T) {
	t.Parallel()
	pool, _ := filled(t)
	want := digests(t, pool)

	t.Run("the same seed and day give the same rows", func(t *testing.T) {
		t.Parallel()
		url, again := pgtest.New(t)
		if err := fill(t.Context(), url, newDistrict(t, small)); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, digests(t, again)); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("another seed gives another district with the same figures", func(t *testing.T) {
		t.Parallel()
		o := small
		o.Seed, o.LogEntries = 2, -1
		url, other := pgtest.New(t)
		if err := fill(t.Context(), url, newDistrict(t, o)); err != nil {
			t.Fatal(err)
		}
		got := digests(t, other)
		var same []string
		for _, table := range slices.Sorted(maps.Keys(want)) {
			if want[table] == got[table] {
				same = append(same, table)
			}
		}
		// Places, the catalogue and the yearly reply are no matter of chance.
		fixed := []string{
			"audit_checkpoint", "catalogue_entry", "clinic", "contract", "division", "parameter", "proposal_reply", "term",
			"training_record", "volume_approval",
		}
		for _, table := range []string{"child", "registration", "visit", "staff", "enrolment", "guardian", "ticket"} {
			if slices.Contains(same, table) {
				t.Errorf("%s does not depend on the seed (as do not %v)", table, fixed)
			}
		}
		if diff := cmp.Diff(exactFigures(), figures(t, other, exactFigures())); diff != "" {
			t.Error(diff)
		}
	})
}

func TestFill_isDoneOnce(t *testing.T) {
	t.Parallel()
	pool, d := filled(t)
	before := digests(t, pool)
	nothing := func(string, int, int) { t.Error("a second fill wrote something") }
	if err := d.Fill(t.Context(), pool, demo.Deps{}, nothing); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, digests(t, pool)); diff != "" {
		t.Error(diff)
	}
	o, complete, found, err := demo.Filled(t.Context(), pool)
	if err != nil || !complete || !found {
		t.Fatalf("Filled: %v, complete %v, found %v", err, complete, found)
	}
	if err := newDistrict(t, o).Fill(t.Context(), pool, demo.Deps{}, nothing); err != nil {
		t.Errorf("the stored options make another district: %v", err)
	}
	other := small
	other.Seed = 99
	if err := newDistrict(t, other).Fill(t.Context(), pool, demo.Deps{}, nothing); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("filled with another district: %v", err)
	}
}

func TestFill_refusesRealData(t *testing.T) {
	t.Parallel()
	_, pool := pgtest.New(t)
	if _, err := pool.Exec(t.Context(), `INSERT INTO division (code, name, level) VALUES ('420117', '真实的区', 'DISTRICT')`); err != nil {
		t.Fatal(err)
	}
	err := newDistrict(t, small).Fill(t.Context(), pool, demo.Deps{}, func(string, int, int) {})
	if fault.CodeOf(err) != fault.Conflict {
		t.Errorf("a database that is not empty: %v", err)
	}
	if n := one[int64](t, pool, `SELECT count(*) FROM staff`) + one[int64](t, pool, `SELECT count(*) FROM demo_fill`); n != 0 {
		t.Errorf("%d rows were written all the same", n)
	}
}

// breaking stops the log after a number of batches.
type breaking struct {
	log  demo.Log
	left int
}

var errBroken = errors.New("the log broke")

func (b *breaking) AppendBatch(ctx context.Context, entries []audit.Entry) ([]audit.Receipt, error) {
	if b.left--; b.left < 0 {
		return nil, errBroken
	}
	return b.log.AppendBatch(ctx, entries)
}

func TestFill_finishesAnInterruptedLog(t *testing.T) {
	t.Parallel()
	rules, err := policy.Load()
	if err != nil {
		t.Fatal(err)
	}
	url, pool := pgtest.New(t)
	d := newDistrict(t, small)
	writer := newWriter(t, url)
	deps := demo.Deps{Log: &breaking{log: writer, left: 1}, Policy: rules, JoinToken: token}
	progress := func(string, int, int) {}
	if err := d.Fill(t.Context(), pool, deps, progress); !errors.Is(err, errBroken) {
		t.Fatalf("an interrupted fill: %v", err)
	}
	if _, complete, found, err := demo.Filled(t.Context(), pool); err != nil || complete || !found {
		t.Fatalf("after the interruption: %v, complete %v, found %v", err, complete, found)
	}
	deps.Log = writer
	if err := d.Fill(t.Context(), pool, deps, progress); err != nil {
		t.Fatal(err)
	}
	whole, _ := filled(t)
	const content = `SELECT md5(string_agg(md5((at, staff_code, purpose, ticket, operation, outcome, reason, trace_id, disclosed)::text), ''
		ORDER BY sequence)) FROM audit_entry`
	if got, want := one[string](t, pool, content), one[string](t, whole, content); got != want {
		t.Error("the finished log differs from one written at once")
	}
}
