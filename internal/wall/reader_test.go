package wall_test

import (
	"context"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/tongxin-hub/tongxin/internal/pgtest"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/wall"
)

// twoVillages is a wall with one role, which reaches the children of a village.
func twoVillages() wall.Wall {
	return wall.Wall{
		Policy: "test", Parts: []wall.Part{{Table: "persuasion_visit", Parent: "dropout_case", On: "persuasion_visit.dropout_case_id = dropout_case.id"}},
		Roles: []wall.Role{{
			Name:  "WALLTEST",
			Scope: wall.Scope{{Open: []string{"child.residence_village_id = " + wall.Setting("division", "bigint")}, Deny: []string{"child.shield = 'FULL'"}}},
			Uses: []wall.Use{
				{From: "child t", SQL: "t.name"},
				{From: "caregiver t", SQL: "t.name"},
				{From: "dropout_case t", SQL: "t.id"},
				{From: "persuasion_visit t", SQL: "t.id"},
			},
		}},
	}
}

// director reads for a village; number tells callers apart.
func director(village, number int64) wall.Caller {
	return wall.Caller{Role: "WALLTEST", Key: [7]int64{number}, Values: func() [][2]string {
		return [][2]string{{"division", strconv.FormatInt(village, 10)}}
	}}
}

func newReader(t *testing.T) *wall.Reader {
	t.Helper()
	url, db := pgtest.New(t)
	for _, sql := range []string{
		`INSERT INTO division (id, code, name, level) VALUES (1, '1', 'd', 'DISTRICT'), (2, '2', 'e', 'DISTRICT')`,
		`INSERT INTO child (id, name, sex, birth_date, residence_village_id, residence_township_id, shield)
			VALUES (11, '甲', 'MALE', '2015-01-01', 1, 1, 'NONE'), (12, '乙', 'MALE', '2015-01-01', 1, 1, 'FULL'), (21, '丙', 'MALE', '2015-01-01', 2, 1, 'NONE')`,
		`INSERT INTO caregiver (child_id, name) VALUES (11, '奶奶'), (12, '爷爷'), (21, '外婆')`,
		`INSERT INTO dropout_case (id, child_id) VALUES (1, 11), (2, 21)`,
		`INSERT INTO persuasion_visit (id, dropout_case_id) VALUES (1, 1), (2, 2)`,
	} {
		if _, err := db.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	raise := func(tx pgx.Tx) error { return wall.Raise(t.Context(), tx, twoVillages()) }
	for range 2 { // the second time it stands
		if err := postgres.InTx(t.Context(), db, raise); err != nil {
			t.Fatal(err)
		}
	}
	if err := wall.Check(t.Context(), db, twoVillages()); err != nil {
		t.Error(err)
	}
	if err := wall.Check(t.Context(), db, wall.Wall{Policy: "test"}); err == nil {
		t.Error("another wall of the same policy is taken for this one")
	}
	pool, err := postgres.Open(t.Context(), url, postgres.Options{MaxConns: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return wall.NewReader(pool, noop.NewTracerProvider())
}

// read gives the first column of every row of one statement.
func read(ctx context.Context, r *wall.Reader, c wall.Caller, sql string, args ...any) ([]string, error) {
	var out []string
	err := r.Read(ctx, c, []wall.Statement{{SQL: sql, Args: args}}, func(_ int, rows wall.Rows) error {
		for rows.NextRow() {
			out = append(out, string(rows.Values()[0]))
		}
		return nil
	})
	return out, err
}

func TestReader_Read(t *testing.T) {
	t.Parallel()
	r := newReader(t)
	const names = `SELECT name FROM child ORDER BY id`
	expect := func(what string, c wall.Caller, want []string, sql string, args ...any) {
		t.Helper()
		got, err := read(t.Context(), r, c, sql, args...)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", what, err, diff)
		}
	}
	one, two := director(1, 1), director(2, 2)
	for range 3 { // on one connection, whose caller changes
		expect("the first village", one, []string{"甲"}, names)
		expect("the second village", two, []string{"丙"}, names)
	}
	expect("carers", one, []string{"奶奶"}, `SELECT name FROM caregiver`)
	expect("a record of a record", two, []string{"2"}, `SELECT id FROM persuasion_visit`)
	expect("ids in binary", one, []string{"11"}, `SELECT id FROM child WHERE id = ANY ($1::bigint[])`, []int64{21, 11})
	expect("no ids", one, nil, `SELECT id FROM child WHERE id = ANY ($1::bigint[])`, []int64{})
	expect("every kind of argument", one, []string{"t"},
		`SELECT $1::bigint = 7 AND $2::text = '字' AND $3::boolean AND $4::timestamptz = '2026-11-25T01:02:03Z' AND $5::text IS NULL`,
		int64(7), "字", true, time.Date(2026, 11, 25, 1, 2, 3, 0, time.UTC), nil)

	for name, c := range map[string]struct {
		caller wall.Caller
		sql    string
		code   string
	}{
		"a statement that fails":     {one, `SELECT 1 / (id - id) FROM child`, "22012"},
		"a column that is not open":  {one, `SELECT phone FROM caregiver`, "42501"},
		"a role that does not exist": {wall.Caller{Role: "WALLNONE", Values: one.Values}, names, "22023"},
		"a change":                   {one, `UPDATE caregiver SET name = ''`, "42501"},
	} {
		if got, err := read(t.Context(), r, c.caller, c.sql); postgres.Code(err) != c.code || len(got) > 0 {
			t.Errorf("%s: %v %v, want SQLSTATE %s", name, got, err, c.code)
		}
		expect("after "+name, two, []string{"丙"}, names)
	}
	if _, err := read(t.Context(), r, one, `SELECT $1::text`, 1.5); err == nil {
		t.Error("an argument without a wire form is sent")
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := read(ended, r, one, names); err == nil {
		t.Error("a read whose time is over is answered")
	}
	expect("after that", one, []string{"甲"}, names)
}

// TestReader_manyStatements keeps no more statements than it may, and none is lost.
func TestReader_manyStatements(t *testing.T) {
	t.Parallel()
	r := newReader(t)
	c := director(1, 1)
	for round := range 2 {
		for i := range 600 {
			sql := fmt.Sprintf("SELECT %d + count(*) FROM child", i)
			if got, err := read(t.Context(), r, c, sql); err != nil || len(got) != 1 || got[0] != strconv.Itoa(i+1) {
				t.Fatalf("round %d, statement %d: %v %v", round, i, got, err)
			}
		}
	}
	// Statements of one round trip take each other's room.
	for i := range 600 {
		var list []wall.Statement
		for n := range 7 {
			list = append(list, wall.Statement{SQL: fmt.Sprintf("SELECT %d + count(*) FROM child", (i+n*97)%700)})
		}
		seen := 0
		err := r.Read(t.Context(), c, list, func(n int, rows wall.Rows) error {
			for rows.NextRow() {
				if string(rows.Values()[0]) == strconv.Itoa((i+n*97)%700+1) {
					seen++
				}
			}
			return nil
		})
		if err != nil || seen != len(list) {
			t.Fatalf("round trip %d: %d of %d statements, %v", i, seen, len(list), err)
		}
	}
	if got, err := read(t.Context(), r, c, "SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'wall%'"); err != nil || len(got[0]) > 3 || got[0] > "513" {
		t.Errorf("%v statements are prepared, %v", got, err)
	}
}
