package audit_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/audit"
)

// page is an entry of n children: every third has a basis more than the others, and one
// child stands there twice.
func page(n int) audit.Entry {
	e := entry(0)
	shown := e.Disclosures[0].Shown
	e.Disclosures = make([]audit.Disclosure, n)
	for i := range e.Disclosures {
		e.Disclosures[i] = audit.Disclosure{ChildID: int64(5000 + i), Bases: []string{"own_township"}, Shown: shown}
		if i%3 == 0 {
			e.Disclosures[i].Bases = []string{"own_township", "compulsory_age"}
		}
	}
	e.Disclosures[n-1].ChildID = e.Disclosures[n-4].ChildID
	return e
}

// rowsOf are the packed rows of an entry: part, bases, ordinals and children.
func rowsOf(t *testing.T, l *log, sequence int64) []string {
	t.Helper()
	rows, err := l.pool.Query(t.Context(), `SELECT concat_ws(' ', part, bases, ordinals, child_ids) FROM audit_packed WHERE sequence = $1 ORDER BY part`, sequence)
	if err != nil {
		t.Fatal(err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestWriter_packs(t *testing.T) {
	t.Parallel()
	l := newLog(t)
	w := l.open(t)
	if _, err := w.Append(t.Context(), page(6)); err != nil {
		t.Fatal(err)
	}
	want := []string{"0 {own_township,compulsory_age} {0,3} {5000,5003}", "1 {own_township} {1,2,4,5} {5001,5002,5004,5002}"}
	if d := cmp.Diff(want, rowsOf(t, l, 0)); d != "" {
		t.Error(d)
	}
	// A row takes 512 children; the rows of a group are filled one after the other.
	if _, err := w.Append(t.Context(), page(2000)); err != nil {
		t.Fatal(err)
	}
	sizes := scalar[[]int32](t, l, `SELECT array_agg(cardinality(child_ids) ORDER BY part) FROM audit_packed WHERE sequence = 1`)
	if d := cmp.Diff([]int32{512, 512, 512, 155, 309}, sizes); d != "" {
		t.Error(d)
	}
	if n := scalar[int](t, l, `SELECT count(*) FROM audit_disclosure WHERE sequence = 1 AND child_id = 5000 + least(ordinal, 1998) - 3 * (ordinal = 1999)::int + (ordinal = 1999)::int`); n != 2000 {
		t.Errorf("%d of 2000 children stand at their place", n)
	}
	l.mustBeSound(t, 2)
}

// TestVerify_packed: nothing of a packed row can be changed without being found, not
// even what would leave every child what it was.
func TestVerify_packed(t *testing.T) {
	t.Parallel()
	l := newLog(t)
	w := l.open(t)
	for range 3 {
		if _, err := w.Append(t.Context(), page(6)); err != nil {
			t.Fatal(err)
		}
	}
	l.exec(t, `ALTER TABLE audit_packed DROP CONSTRAINT audit_packed_even`)
	const one = ` WHERE sequence = 1 AND part = 1`
	for name, sql := range map[string]string{
		"a child exchanged":         `UPDATE audit_packed SET child_ids[2] = 1` + one,
		"two children exchanged":    `UPDATE audit_packed SET child_ids = '{5002,5001,5004,5002}'` + one,
		"two places exchanged":      `UPDATE audit_packed SET ordinals = '{2,1,4,5}'` + one,
		"both exchanged":            `UPDATE audit_packed SET ordinals = '{2,1,4,5}', child_ids = '{5002,5001,5004,5002}'` + one,
		"a child left out":          `UPDATE audit_packed SET ordinals = '{1,2,4}', child_ids = '{5001,5002,5004}'` + one,
		"a child without place":     `UPDATE audit_packed SET child_ids = child_ids || 7::bigint` + one,
		"a place without child":     `UPDATE audit_packed SET ordinals = ordinals || 6` + one,
		"a place twice":             `UPDATE audit_packed SET ordinals = ordinals || 5, child_ids = child_ids || 5002::bigint` + one,
		"all children left out":     `UPDATE audit_packed SET ordinals = '{}', child_ids = '{}'` + one,
		"rows numbered otherwise":   `UPDATE audit_packed SET part = 2` + one,
		"rows in another order":     `UPDATE audit_packed SET part = part + 2 WHERE sequence = 1; UPDATE audit_packed SET part = 3 - part WHERE sequence = 1`,
		"a row without children":    `INSERT INTO audit_packed SELECT at, sequence, 2, set_id, bases, '{}', '{}' FROM audit_packed` + one,
		"a row doubled":             `INSERT INTO audit_packed SELECT at, sequence, 2, set_id, bases, ordinals, child_ids FROM audit_packed` + one,
		"a row at another time":     `UPDATE audit_packed SET at = at + interval '1 microsecond'` + one,
		"a row in another month":    `SELECT audit_partition('2020-01-01'); UPDATE audit_packed SET at = '2020-01-02'` + one,
		"a basis taken from all":    `UPDATE audit_packed SET bases = '{}'` + one,
		"groups thrown together":    `UPDATE audit_packed SET ordinals = '{0,1,2,3,4,5}', child_ids = '{5000,5001,5002,5003,5004,5002}'` + one + `; DELETE FROM audit_packed WHERE sequence = 1 AND part = 0; UPDATE audit_packed SET part = 0` + one,
		"a child of another entry":  `UPDATE audit_packed SET sequence = 2, part = 2` + one,
		"children of a foreign row": `INSERT INTO audit_packed SELECT at, sequence + 7, part, set_id, bases, ordinals, child_ids FROM audit_packed` + one,
	} {
		if report := l.changedIn(t, sql); report.OK() {
			t.Errorf("%s: not found", name)
		}
	}
	l.mustBeSound(t, 3)
}

// TestView_takesRows: a hub of the release before inserts one child a row, into the view,
// and destroys through it.
func TestView_takesRows(t *testing.T) {
	t.Parallel()
	l := newLog(t)
	w := l.open(t)
	if _, err := w.Append(t.Context(), page(6)); err != nil {
		t.Fatal(err)
	}
	if n := scalar[int](t, l, `SELECT count(*) FROM pg_trigger WHERE tgrelid = 'audit_disclosure'::regclass AND tgname IN ('audit_guard', 'audit_keep') AND tgenabled = 'O'`); n != 2 {
		t.Errorf("the self-test of the release before counts %d guards", n)
	}
	l.exec(t, `CREATE TABLE before AS SELECT * FROM audit_disclosure; `+unguarded+`DELETE FROM audit_packed; RESET session_replication_role`)
	l.exec(t, `INSERT INTO audit_disclosure (sequence, at, ordinal, child_id, set_id, bases)
		SELECT x.sequence, x.at, x.ordinal, x.child_id, x.set_id, x.bases
		FROM unnest(ARRAY(SELECT (sequence, at, ordinal, child_id, set_id, bases)::audit_disclosure_v1 FROM before ORDER BY ordinal)) x`)
	l.mustBeSound(t, 1)
	if rows := rowsOf(t, l, 0); len(rows) != 6 {
		t.Error(rows)
	}
	l.exec(t, `SET tongxin.audit_destroy = 'on'; DELETE FROM audit_disclosure d USING audit_entry e WHERE d.at = e.at AND d.sequence = e.sequence`)
	if n := scalar[int](t, l, `SELECT count(*) FROM audit_packed`); n != 0 {
		t.Errorf("%d rows are left", n)
	}
}

// TestChild_foundAtOnce: the index knows a child from the answer on, filed or not, and
// finds it without a walk; filing loses nothing.
func TestChild_foundAtOnce(t *testing.T) {
	t.Parallel()
	l := newLog(t)
	w := l.open(t)
	for i := range 3 {
		if _, err := w.Append(t.Context(), page(700)); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			l.exec(t, `SELECT audit_settle()`)
		}
	}
	const found = `SELECT DISTINCT sequence FROM audit_disclosure WHERE children @> ARRAY[5000::bigint] AND child_id = 5000 ORDER BY sequence`
	look := func() (got []int64, plan string) {
		t.Helper()
		tx, err := l.pool.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = tx.Rollback(t.Context()) }()
		if _, err := tx.Exec(t.Context(), `SET LOCAL enable_seqscan = off`); err != nil {
			t.Fatal(err)
		}
		for sql, into := range map[string]func(pgx.Rows) error{
			found: func(r pgx.Rows) (err error) { got, err = pgx.CollectRows(r, pgx.RowTo[int64]); return err },
			"EXPLAIN " + found: func(r pgx.Rows) error {
				lines, err := pgx.CollectRows(r, pgx.RowTo[string])
				plan = fmt.Sprint(lines)
				return err
			},
		} {
			rows, err := tx.Query(t.Context(), sql)
			if err == nil {
				err = into(rows)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		return got, plan
	}
	for range 2 {
		got, plan := look()
		if !slices.Equal(got, []int64{0, 1, 2}) || !strings.Contains(plan, time.Now().UTC().Format("audit_packed_200601")+"_child_ids_idx") {
			t.Error(got, plan)
		}
		l.exec(t, `SELECT audit_settle()`)
	}
	if n := scalar[int](t, l, `SELECT audit_settle()`); n != 0 {
		t.Errorf("%d pages wait after the filing", n)
	}
}

// standing puts the log back to what it was before migration 00063: a row for each child.
const standing = `
CREATE TABLE before AS SELECT sequence, at, ordinal, child_id, set_id, bases FROM audit_disclosure;
DROP VIEW audit_disclosure;
DROP TABLE audit_packed;
DROP TYPE audit_packed_v1;
DROP FUNCTION audit_keep_disclosure, audit_guard_shown;
CREATE TABLE audit_disclosure (sequence bigint NOT NULL, at timestamptz NOT NULL, ordinal integer NOT NULL, child_id bigint NOT NULL,
	set_id bigint NOT NULL, bases text[] NOT NULL, PRIMARY KEY (at, sequence, ordinal)) PARTITION BY RANGE (at);
DO $$ BEGIN
	FOR back IN -1..2 LOOP
		EXECUTE format('CREATE TABLE %I PARTITION OF audit_disclosure FOR VALUES FROM (%L) TO (%L)',
			to_char(date_trunc('month', now() AT TIME ZONE 'UTC') - back * interval '1 month', '"audit_disclosure_"YYYYMM'),
			(date_trunc('month', now() AT TIME ZONE 'UTC') - back * interval '1 month') AT TIME ZONE 'UTC',
			(date_trunc('month', now() AT TIME ZONE 'UTC') - (back - 1) * interval '1 month') AT TIME ZONE 'UTC');
	END LOOP;
END $$;
INSERT INTO audit_disclosure SELECT * FROM before;
GRANT SELECT (child_id, bases) ON audit_disclosure TO pg_monitor;
GRANT SELECT ON audit_disclosure TO pg_read_all_stats`

// TestMigration_packsWhatStands: the children of a log are packed as a writer packs them,
// none is lost, and whoever might read them still may.
func TestMigration_packsWhatStands(t *testing.T) {
	t.Parallel()
	migration, err := os.ReadFile("../postgres/migrations/00063_packed.sql")
	if err != nil {
		t.Fatal(err)
	}
	l := newLog(t)
	l.options.CheckpointFile = ""
	w := l.open(t, func(o *audit.Options) { o.Backdated = true })
	entries := []audit.Entry{page(6), page(2000), entry(1), page(700), entry(2)}
	for i := range entries {
		entries[i].At = time.Now().AddDate(0, 0, -8*(5-i))
	}
	if _, err := w.AppendBatch(t.Context(), entries); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	l.exec(t, `CREATE TABLE packed_before AS SELECT * FROM audit_packed`)
	l.exec(t, standing)
	l.exec(t, string(migration))
	for name, sql := range map[string]string{
		"children":       `(TABLE before EXCEPT ALL SELECT sequence, at, ordinal, child_id, set_id, bases FROM audit_disclosure)`,
		"children added": `(SELECT sequence, at, ordinal, child_id, set_id, bases FROM audit_disclosure EXCEPT ALL TABLE before)`,
		"rows":           `(TABLE packed_before EXCEPT ALL TABLE audit_packed)`,
	} {
		if n := scalar[int](t, l, `SELECT count(*) FROM `+sql+` x`); n != 0 {
			t.Errorf("%s: %d differ", name, n)
		}
	}
	if got := scalar[string](t, l, `SELECT string_agg(concat_ws(' ', grantee, column_name), ', ' ORDER BY grantee, column_name) FROM information_schema.column_privileges
		WHERE table_name = 'audit_disclosure' AND grantee IN ('pg_monitor', 'pg_read_all_stats')`); got != "pg_monitor bases, pg_monitor child_id, "+
		"pg_read_all_stats at, pg_read_all_stats bases, pg_read_all_stats child_id, pg_read_all_stats ordinal, pg_read_all_stats sequence, pg_read_all_stats set_id" {
		t.Error(got)
	}
	if _, err := l.open(t).Append(t.Context(), page(6)); err != nil {
		t.Fatal(err)
	}
	l.mustBeSound(t, 6)
}
