package statistics_test

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"pgregory.net/rapid"

	"github.com/tongxin-hub/tongxin/internal/pgtest"
	"github.com/tongxin-hub/tongxin/internal/postgres"
)

const today = "2026-11-23"

var (
	populations = []string{"LEFT_BEHIND_3", "LEFT_BEHIND_6", "HARDSHIP", "EDUCATION_FLAG"}
	dimensions  = []string{"AGE_BAND", "SEX", "RISK_LEVEL", "GUARDIANSHIP", "SCHOOLING"}
)

// plantSQL is a district of six townships with so many children, some of them
// few enough in a cell to be held back.
const plantSQL = `
INSERT INTO division (id, code, name, level, parent_id)
SELECT 1, '420100', '区', 'DISTRICT', NULL
UNION ALL SELECT 1 + n, '42010000' || n, '镇' || n, 'TOWNSHIP', 1 FROM generate_series(1, 6) n
UNION ALL SELECT 10 + n, '42010000' || n || '001', '村' || n, 'VILLAGE', 1 + n FROM generate_series(1, 6) n;
INSERT INTO child (id, sex, birth_date, residence_village_id, residence_township_id)
SELECT n, (ARRAY['MALE', 'FEMALE', 'FEMALE', 'UNSPECIFIED'])[1 + n % 4], date '2008-01-01' + n * 7919 % 6300, 11 + n % 7 % 6, 2 + n % 7 % 6
FROM generate_series(1, {n}) n;
INSERT INTO registration (child_id, kinds, status, left_behind, left_behind_since, risk_level)
SELECT n, CASE n % 3 WHEN 0 THEN ARRAY['HARDSHIP'] ELSE ARRAY['LEFT_BEHIND'] END, CASE n % 11 WHEN 0 THEN 'EXITED' ELSE 'REGISTERED' END,
    n % 5 <> 0, date '2026-11-01' - n * 31 % 400, (ARRAY['GREEN', 'YELLOW', 'ORANGE', 'RED'])[1 + n % 13 % 4]
FROM generate_series(1, {n}) n;
INSERT INTO guardianship (child_id, kind)
SELECT n, (ARRAY['PARENTS', 'GRANDPARENTS', 'OTHER_KIN', 'NONE'])[1 + n % 9 % 4] FROM generate_series(1, {n}) n WHERE n % 10 <> 0;
INSERT INTO enrolment (child_id, stage, status, edu_left_behind_flag, current)
SELECT n, (ARRAY['KINDERGARTEN', 'PRIMARY', 'JUNIOR'])[1 + n % 3], (ARRAY['ENROLLED', 'SUSPENDED', 'LEFT'])[1 + n % 7 % 3], n % 2 = 0, true
FROM generate_series(1, {n}) n WHERE n % 8 <> 0;`

// children is how many children district plants.
const children = 240

func plant(n int) func(context.Context, string) error {
	return func(ctx context.Context, url string) error {
		pool, err := postgres.Open(ctx, url, postgres.Options{Application: "plant", StatementTimeout: -1})
		if err != nil {
			return err
		}
		defer pool.Close()
		_, err = pool.Exec(ctx, strings.ReplaceAll(plantSQL, "{n}", strconv.Itoa(n)))
		return err
	}
}

func district(tb testing.TB) *pgxpool.Pool {
	tb.Helper()
	_, pool := pgtest.NewFrom(tb, "counted", plant(children))
	return pool
}

// database is a pool, a connection or a transaction.
type database interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// failer is a *testing.T or a *rapid.T.
type failer interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

func one[T any](ctx context.Context, f failer, db database, sql string, args ...any) (v T) {
	f.Helper()
	if err := db.QueryRow(ctx, sql, args...).Scan(&v); err != nil {
		f.Fatalf("%s: %v", sql, err)
	}
	return v
}

// keepAll keeps every count of the day.
func keepAll(ctx context.Context, f failer, db database) {
	f.Helper()
	if n := one[int](ctx, f, db, `SELECT count(*) FILTER (WHERE keep_counts($1, p, d)) FROM unnest($2::text[]) p, unnest($3::text[]) d`,
		today, populations, dimensions); n != len(populations)*len(dimensions) {
		f.Fatalf("%d counts kept", n)
	}
}

// isKept reports whether a count would be answered from what is kept.
const isKept = `SELECT EXISTS (SELECT FROM count_kept WHERE as_of = $1 AND population = $2 AND dimension = $3)
	AND NOT EXISTS (SELECT FROM count_change)`

// wrong is what is kept against what is so, in one statement and so by one snapshot.
const wrong = `SELECT count(*) FROM (
	(SELECT * FROM child_counts($1, $2, $3) EXCEPT SELECT * FROM child_counts_live($1, $2, $3)) UNION ALL
	(SELECT * FROM child_counts_live($1, $2, $3) EXCEPT SELECT * FROM child_counts($1, $2, $3))) x`

func mustBeRight(ctx context.Context, f failer, db database, after string) {
	f.Helper()
	for _, p := range populations {
		for _, d := range dimensions {
			if n := one[int](ctx, f, db, wrong, today, p, d); n != 0 {
				f.Fatalf("after %s: %d lines of %s by %s are not what is so", after, n, p, d)
			}
		}
	}
}

func TestKeepCounts_keepsWhatIsAnsweredAndNoMore(t *testing.T) {
	t.Parallel()
	pool := district(t)
	keepAll(t.Context(), t, pool)
	mustBeRight(t.Context(), t, pool, "keeping")
	const answered = `SELECT count(*) FROM unnest($2::text[]) p, unnest($3::text[]) d, child_counts_live($1, p, d) c`
	if diff := cmp.Diff(one[int](t.Context(), t, pool, answered, today, populations, dimensions),
		one[int](t.Context(), t, pool, `SELECT count(*) FROM count_kept`)); diff != "" {
		t.Error(diff)
	}
	for what, sql := range map[string]string{
		"held-back counts":                `SELECT count(*) > 50 FROM count_kept WHERE shown IN ('*', '<5')`,
		"printed counts":                  `SELECT count(*) > 50 FROM count_kept WHERE value IS NOT NULL`,
		"held-back counts without number": `SELECT NOT EXISTS (SELECT FROM count_kept WHERE shown IN ('*', '<5') AND value IS NOT NULL)`,
	} {
		if !one[bool](t.Context(), t, pool, sql) {
			t.Errorf("what is kept has no %s", what)
		}
	}
	// What is answered does come from what is kept.
	if _, err := pool.Exec(t.Context(), `UPDATE count_kept SET township = 'kept'`); err != nil {
		t.Fatal(err)
	}
	if got := one[string](t.Context(), t, pool, `SELECT min(township) || max(township) FROM child_counts($1, 'HARDSHIP', 'SEX')`, today); got != "keptkept" {
		t.Errorf("answered from %s", got)
	}
	if got := one[string](t.Context(), t, pool, `SELECT min(township) FROM child_counts($1::date + 1, 'HARDSHIP', 'SEX')`, today); got == "kept" {
		t.Error("another day is answered from this one")
	}
}

func TestKeepCounts_refusesAHeldBackNumber(t *testing.T) {
	t.Parallel()
	pool := district(t)
	for _, shown := range []string{"*", "<5", "4"} {
		if _, err := pool.Exec(t.Context(), `INSERT INTO count_kept VALUES ($1, 'HARDSHIP', 'SEX', 1, '1', '镇', 'MALE', 3, $2)`, today, shown); err == nil {
			t.Errorf("3 was kept beside %s", shown)
		}
	}
}

// TestCountChanged_watchesWhatIsCounted asks PostgreSQL which columns the
// functions read, and holds the triggers against them.
func TestCountChanged_watchesWhatIsCounted(t *testing.T) {
	t.Parallel()
	pool := district(t)
	tx, err := pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(context.Background()) }() // the test's context has ended by then
	// With a body that is parsed when it is made, a function depends on columns.
	const remake = `
DO $do$
DECLARE f regproc;
BEGIN
	FOREACH f IN ARRAY ARRAY['counted_children', 'count_grid', 'child_counts_live']::regproc[] LOOP
		EXECUTE format('CREATE FUNCTION probe_%s(%s) RETURNS %s LANGUAGE sql BEGIN ATOMIC %s; END', f,
			pg_get_function_arguments(f), pg_get_function_result(f), (SELECT prosrc FROM pg_proc WHERE oid = f));
	END LOOP;
END $do$`
	if _, err := tx.Exec(t.Context(), remake); err != nil {
		t.Fatal(err)
	}
	const reads = `
SELECT array_agg(DISTINCT c.relname || '.' || a.attname)
FROM pg_proc p
JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.refclassid = 'pg_class'::regclass
JOIN pg_class c ON c.oid = d.refobjid
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.refobjsubid AND a.attnum > 0
WHERE p.proname LIKE 'probe\_%'`
	const watches = `
SELECT array_agg(DISTINCT c.relname || '.' || a.attname)
FROM pg_trigger t
JOIN pg_class c ON c.oid = t.tgrelid
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (t.tgattr)
WHERE t.tgfoid = 'count_changed'::regproc
  AND t.tgtype = 4 + 8 + 16 + 32 -- after each statement that inserts, deletes, updates or truncates`
	want, got := one[[]string](t.Context(), t, tx, reads), one[[]string](t.Context(), t, tx, watches)
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("columns read and columns watched (-read +watched):\n%s", diff)
	}
	if len(want) < 15 {
		t.Errorf("only %v are read", want)
	}
}

// changes are what may happen to what is counted; $1 is a child, $2 a number.
var changes = []string{
	`UPDATE child SET birth_date = birth_date + 365 * ($2::int - 3) WHERE id = $1`,
	`UPDATE child SET sex = (ARRAY['MALE', 'FEMALE', 'UNSPECIFIED'])[1 + $2::int % 3] WHERE id >= $1`,
	`UPDATE child SET residence_township_id = 2 + $2 % 6 WHERE id % 20 = $1 % 20`,
	`UPDATE registration SET status = CASE $2::int % 2 WHEN 0 THEN 'EXITED' ELSE 'REGISTERED' END WHERE child_id = $1`,
	`UPDATE registration SET left_behind = NOT left_behind, left_behind_since = date '2026-11-23' - 30 * $2::int WHERE child_id = $1`,
	`UPDATE registration SET kinds = CASE $2::int % 2 WHEN 0 THEN ARRAY['HARDSHIP'] ELSE NULL END WHERE child_id = $1`,
	`UPDATE registration SET risk_level = (ARRAY['GREEN', 'RED', NULL])[1 + $2::int % 3] WHERE child_id <= $1`,
	`UPDATE guardianship SET kind = (ARRAY['PARENTS', 'NONE', NULL])[1 + $2::int % 3] WHERE child_id = $1`,
	`UPDATE enrolment SET edu_left_behind_flag = $2::int % 2 = 0, status = 'LEFT', stage = 'JUNIOR' WHERE child_id = $1`,
	`UPDATE enrolment SET current = NOT current WHERE child_id = $1 AND $2::int > 2`,
	`DELETE FROM guardianship WHERE child_id = $1 AND $2::int > 1`,
	`DELETE FROM registration WHERE child_id = $1 AND $2::int > 4`,
	`DELETE FROM enrolment WHERE child_id = $1 AND $2::int > 4`,
	`INSERT INTO guardianship (child_id, kind) VALUES ($1, (ARRAY['PARENTS', 'OTHER'])[1 + $2::int % 2]) ON CONFLICT (child_id) DO UPDATE SET kind = excluded.kind`,
	`INSERT INTO registration (child_id, status, left_behind, left_behind_since) VALUES ($1, 'REGISTERED', true, date '2026-01-01' + $2::int) ON CONFLICT DO NOTHING`,
	`UPDATE parameter SET value = (4 + $2::int % 3)::text WHERE name = 'small_cell' AND $1::int > 0`,
	`UPDATE division SET name = '镇' || $2::int WHERE id = 2 + $1::int % 6`,
	`UPDATE division SET code = '4201' || $2::int || '00' || $1::int % 6 WHERE id = 2 + $1::int % 6`, // unique: the last digit is the township's
	`UPDATE child SET name = $2::int::text WHERE id = $1`,                                            // is not counted
}

func TestKeepCounts_isNeverStale(t *testing.T) {
	t.Parallel()
	pool := district(t)
	ctx := t.Context()
	fromKept := 0
	rapid.Check(t, func(rt *rapid.T) {
		tx, err := pool.Begin(ctx)
		if err != nil {
			rt.Fatal(err)
		}
		defer func() { _ = tx.Rollback(ctx) }()
		population, dimension := rapid.SampledFrom(populations).Draw(rt, "population"), rapid.SampledFrom(dimensions).Draw(rt, "dimension")
		back := `SAVEPOINT s` // to where a rollback leads
		for range rapid.IntRange(1, 8).Draw(rt, "steps") {
			step := rapid.SampledFrom([]string{"change", "change", "change", "keep", "savepoint", "rollback", "commit"}).Draw(rt, "step")
			switch step {
			case "change":
				sql := rapid.SampledFrom(changes).Draw(rt, "sql")
				_, err = tx.Exec(ctx, sql, rapid.IntRange(1, children).Draw(rt, "child"), rapid.IntRange(0, 6).Draw(rt, "number"))
			case "keep":
				one[bool](ctx, rt, tx, `SELECT keep_counts($1, $2, $3)`, today, population, dimension)
			case "savepoint":
				_, err = tx.Exec(ctx, `SAVEPOINT s`)
				back = `ROLLBACK TO s`
			case "rollback":
				_, err = tx.Exec(ctx, back)
			case "commit":
				if err = tx.Commit(ctx); err == nil {
					tx, err = pool.Begin(ctx)
					back = `SAVEPOINT s`
				}
			}
			if err != nil {
				rt.Fatalf("%s: %v", step, err)
			}
			if one[bool](ctx, rt, tx, isKept, today, population, dimension) {
				fromKept++
			}
			if n := one[int](ctx, rt, tx, wrong, today, population, dimension); n != 0 {
				rt.Fatalf("after %s: %d lines of %s by %s are not what is so", step, n, population, dimension)
			}
		}
		if err := tx.Commit(ctx); err != nil {
			rt.Fatal(err)
		}
	})
	if fromKept == 0 {
		t.Error("nothing was ever answered from what is kept")
	}
}
