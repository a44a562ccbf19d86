package matching_test

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/tongxin-hub/tongxin/internal/pgtest"
)

const (
	day   = "2026-11-23"
	crowd = 10
)

// TestNeedBoard_hidesEveryChildInACrowd publishes a need of every child of made-up
// districts. Whoever reads a cell of the board can name no fewer than a crowd of
// children whose need would read the same.
func TestNeedBoard_hidesEveryChildInACrowd(t *testing.T) {
	t.Parallel()
	_, db := pgtest.New(t)
	random := rand.New(rand.NewPCG(3, 4))
	printed := 0
	for round := range 20 {
		tx, err := db.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = tx.Rollback(context.Background()) }) // t.Context has ended by then
		do := func(sql string, args ...any) {
			if _, err := tx.Exec(t.Context(), sql, args...); err != nil {
				t.Fatalf("%s: %v", sql, err)
			}
		}
		do(`INSERT INTO division (id, code, name, level, parent_id) VALUES (1, '1', 'd', 'DISTRICT', NULL)`)
		total := 0
		for town := range 2 + random.IntN(6) {
			do(`INSERT INTO division (id, code, name, level, parent_id) VALUES ($1::bigint, 't' || $1::bigint, 't', 'TOWNSHIP', 1), ($1::bigint + 100, 'v' || $1::bigint, 'v', 'VILLAGE', $1::bigint)`, 2+town)
			for _, born := range []string{"2022-01-01", "2015-01-01", "2011-11-01"} {
				n := random.IntN([]int{4, 14, 60}[random.IntN(3)])
				do(`INSERT INTO child (id, sex, birth_date, residence_village_id, residence_township_id) SELECT $4::bigint + g, 'MALE', $2::date, $1::bigint + 100, $1::bigint FROM generate_series(1, $3::integer) g`, 2+town, born, n, total)
				total += n
			}
		}
		do(`INSERT INTO registration (child_id, status) SELECT id, 'REGISTERED' FROM child`)
		do(`INSERT INTO need_match (child_id, need, state) SELECT id, 'STUDY_AID', 'PUBLISHED' FROM child`)
		rows, err := tx.Query(t.Context(), `SELECT count(*) FROM need_cells($1::date) GROUP BY age_band, township_id`, day)
		if err != nil {
			t.Fatal(err)
		}
		cells, err := pgx.CollectRows(rows, pgx.RowTo[int])
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range cells {
			if n < crowd && n < total {
				t.Errorf("round %d: a cell tells of %d children among %d", round, n, total)
			}
		}
		var small int
		if err := tx.QueryRow(t.Context(), `SELECT count(*) FILTER (WHERE open BETWEEN 1 AND 4 OR shown ~ '^[1-4]$') FROM need_board($1::date)`, day).Scan(&small); err != nil || small > 0 {
			t.Errorf("round %d: %d small counts are printed (%v)", round, small, err)
		}
		printed += len(cells)
		if err := tx.Rollback(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if printed < 30 {
		t.Errorf("only %d cells in all: the board tells nothing", printed)
	}
}

// TestNeedBoard_attackFinds proves that the attack itself works: by band and township
// alone a single child stands out.
func TestNeedBoard_attackFinds(t *testing.T) {
	t.Parallel()
	_, db := pgtest.New(t)
	const scene = `
INSERT INTO division (id, code, name, level, parent_id) VALUES (1, '1', 'd', 'DISTRICT', NULL), (2, '2', 't', 'TOWNSHIP', 1), (3, '3', 'v', 'VILLAGE', 2);
INSERT INTO child (id, sex, birth_date, residence_village_id, residence_township_id, shield)
SELECT n, 'MALE', CASE WHEN n = 1 THEN '2011-11-01'::date ELSE '2015-01-01' END, 3, 2, CASE WHEN n = 2 THEN 'FULL' ELSE 'NONE' END FROM generate_series(1, 30) n;
INSERT INTO registration (child_id, status) SELECT n, 'REGISTERED' FROM generate_series(1, 30) n;
INSERT INTO need_match (child_id, need, state) VALUES (1, 'TUTORING', 'PUBLISHED'), (2, 'MEDICAL_AID', 'PUBLISHED'), (3, 'STUDY_AID', 'WITHDRAWN');`
	if _, err := db.Exec(t.Context(), scene); err != nil {
		t.Fatal(err)
	}
	read := func(sql string) (s string) {
		if err := db.QueryRow(t.Context(), sql, day).Scan(&s); err != nil {
			t.Fatal(err)
		}
		return s
	}
	if got := read(`SELECT string_agg(concat_ws(' ', need, age_band, township_code, shown, open), ';' ORDER BY id) FROM need_board($1::date)`); got != "TUTORING 2 <5" {
		t.Errorf("the board reads %q: the band of one child, a shielded child or a withdrawn need", got)
	}
	if got := read(`SELECT count(*)::text FROM child WHERE age_band(birth_date, $1::date) = 'AGE_14_15'`); got != "1" {
		t.Errorf("%s children of that band: the attack would find nothing", got)
	}
}
