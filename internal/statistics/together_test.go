package statistics_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tongxin-hub/tongxin/internal/pgtest"
	"github.com/tongxin-hub/tongxin/internal/statistics"
)

// A reader of several tables knows of every count between what and what it lies: by its
// mark, by the sums, and by what another table says of the same children. knowledge
// draws these bounds together until nothing follows any more.
type knowledge struct {
	least, most []int32
	sums        [][]int // the first is the sum of the others
	within      [][2]int
}

// table adds a printed table and gives the place of its first cell.
func (k *knowledge) table(n []int32, state []int16, width int) int {
	first, height := len(k.least), len(n)/width
	m := read(state, width)
	for p := range n {
		if state[p] == 0 {
			m.least[p], m.most[p] = n[p], n[p]
		}
	}
	k.least, k.most = append(k.least, m.least...), append(k.most, m.most...)
	for i := range height {
		line := []int{first + i*width + width - 1}
		for j := range width - 1 {
			line = append(line, first+i*width+j)
		}
		k.sums = append(k.sums, line)
	}
	for j := range width {
		column := []int{first + (height-1)*width + j}
		for i := range height - 1 {
			column = append(column, first+i*width+j)
		}
		k.sums = append(k.sums, column)
	}
	return first
}

// same says that two places hold the same number, inside that one is never above another.
func (k *knowledge) same(a, b int) { k.inside(a, b); k.inside(b, a) }

func (k *knowledge) inside(small, large int) { k.within = append(k.within, [2]int{small, large}) }

func (k *knowledge) think() {
	for moved := true; moved; {
		moved = false
		raise := func(p int, to int64) {
			if to > int64(k.least[p]) {
				k.least[p], moved = int32(min(to, int64(anything))), true
			}
		}
		lower := func(p int, to int64) {
			if to < int64(k.most[p]) {
				k.most[p], moved = int32(max(to, 0)), true
			}
		}
		for _, s := range k.sums {
			var least, most int64
			for _, p := range s[1:] {
				least, most = least+int64(k.least[p]), most+int64(k.most[p])
			}
			raise(s[0], least)
			lower(s[0], most)
			for _, p := range s[1:] {
				raise(p, int64(k.least[s[0]])-(most-int64(k.most[p])))
				lower(p, int64(k.most[s[0]])-(least-int64(k.least[p])))
			}
		}
		for _, w := range k.within {
			raise(w[1], int64(k.least[w[0]]))
			lower(w[0], int64(k.most[w[1]]))
		}
	}
}

// told are the held-back counts of a table of which one value is left.
func (k *knowledge) told(first int, n []int32, state []int16) (out []int) {
	for p := range n {
		if at := first + p; state[p] != 0 && n[p] > 0 && k.least[at] == k.most[at] {
			out = append(out, p)
		}
	}
	return out
}

// TestKnowledge_finds: the attack works. A "*" is five or more; where the wider table
// prints five for the same cell it is five, and the "<5" beside it follows.
func TestKnowledge_finds(t *testing.T) {
	t.Parallel()
	n, width := grid([][]int32{{3, 5, 20}, {20, 30, 20}})
	wide, _ := grid([][]int32{{9, 5, 20}, {20, 30, 20}})
	state := []int16{1, 2, 0, 0, 2, 2, 0, 0, 0, 0, 0, 0}
	var k knowledge
	a, b := k.table(n, state, width), k.table(wide, make([]int16, len(wide)), width)
	for p := range n {
		k.inside(a+p, b+p)
	}
	if k.think(); len(k.told(a, n, state)) == 0 {
		t.Error("what follows from two tables is not found")
	}
}

// printed is a table as child_counts prints it, with what it holds back.
type printed struct {
	n     []int32
	state []int16
	width int
}

func tableOf(tb testing.TB, db *pgxpool.Pool, population, dimension string) (p printed) {
	tb.Helper()
	err := db.QueryRow(tb.Context(), `SELECT count_grid($1, $2, $3), cardinality(count_groups($3)) + 1`, today, population, dimension).Scan(&p.n, &p.width)
	if err != nil {
		tb.Fatal(err)
	}
	rows, err := db.Query(tb.Context(), `SELECT CASE shown WHEN '*' THEN 2 WHEN value::text THEN 0 ELSE 1 END::smallint FROM child_counts($1, $2, $3) ORDER BY id`, today, population, dimension)
	if err != nil {
		tb.Fatal(err)
	}
	if p.state, err = pgx.CollectRows(rows, pgx.RowTo[int16]); err != nil || len(p.state) != len(p.n) {
		tb.Fatal(err, len(p.state), len(p.n))
	}
	return p
}

// TestBoard_tellsNoSmallCell reads everything that the board can show of a day, each
// population by each dimension, side by side: no held-back count has one value left.
func TestBoard_tellsNoSmallCell(t *testing.T) {
	t.Parallel()
	for _, size := range []int{90, 900} {
		t.Run(strconv.Itoa(size), func(t *testing.T) {
			t.Parallel()
			_, db := pgtest.NewFrom(t, fmt.Sprintf("counted%d", size), plant(size))
			var k knowledge
			held, first, tables := 0, map[string]int{}, map[string]printed{}
			for _, population := range populations {
				for i, dimension := range dimensions {
					p, name := tableOf(t, db, population, dimension), population+dimension
					first[name], tables[name] = k.table(p.n, p.state, p.width), p
					if before := population + dimensions[max(i-1, 0)]; i > 0 { // the totals are the same in each dimension
						for line := range len(p.n) / p.width {
							k.same(first[name]+(line+1)*p.width-1, first[before]+(line+1)*tables[before].width-1)
						}
					}
				}
			}
			for _, dimension := range dimensions {
				for p := range tables["LEFT_BEHIND_6"+dimension].n {
					k.inside(first["LEFT_BEHIND_6"+dimension]+p, first["LEFT_BEHIND_3"+dimension]+p)
				}
			}
			k.think()
			for name, p := range tables {
				if told := k.told(first[name], p.n, p.state); len(told) > 0 {
					t.Errorf("%s: %v follow from the rest of %v", name, told, p)
				}
				held += strings.Count(fmt.Sprint(p.state), "1") + strings.Count(fmt.Sprint(p.state), "2")
			}
			if held == 0 || held == len(k.least) {
				t.Errorf("%d of %d counts are held back", held, len(k.least))
			}
		})
	}
}

// TestFigures_partsTellNoRest: a figure that is part of another is printed only where the
// rest is not small.
func TestFigures_partsTellNoRest(t *testing.T) {
	t.Parallel()
	db := district(t)
	const unattended = `UPDATE registration SET hardship_groups = ARRAY['DE_FACTO_UNATTENDED'] WHERE child_id IN (
		SELECT c.child_id FROM counted_children($1, 'HARDSHIP') c ORDER BY c.child_id OFFSET $2)`
	shown := func(leave int) string {
		t.Helper()
		if _, err := db.Exec(t.Context(), `UPDATE registration SET hardship_groups = NULL`); err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec(t.Context(), unattended, today, leave); err != nil {
			t.Fatal(err)
		}
		return one[string](t.Context(), t, db, `SELECT shown FROM figures($1) WHERE code = 'DE_FACTO_UNATTENDED'`, today)
	}
	all := one[int](t.Context(), t, db, `SELECT count(*)::int FROM counted_children($1, 'HARDSHIP')`, today)
	want := []string{strconv.Itoa(all), "*", "*", strconv.Itoa(all - 5)}
	if diff := cmp.Diff(want, []string{shown(0), shown(1), shown(4), shown(5)}); diff != "" {
		t.Error(diff)
	}
}

// TestQuarters: the trend has a quarter as it stood on its last day, rounded, and holds
// back what the table of that day holds back.
func TestQuarters(t *testing.T) {
	t.Parallel()
	db := district(t)
	run := func(at time.Time) {
		t.Helper()
		tx := begin(t, db, pgx.ReadCommitted)
		if _, err := statistics.Quarters(populations).Step(t.Context(), tx, at); err != nil {
			t.Fatal(err)
		}
		commit(t, tx)
	}
	trend := func(day string) string {
		t.Helper()
		return one[string](t.Context(), t, db, `SELECT string_agg(quarter || ' ' || shown || ' ' || as_of, ', ' ORDER BY id) FROM count_trend($1, 'HARDSHIP') WHERE township_code = '420100'`, day)
	}
	noon := time.Date(2026, 9, 29, 4, 0, 0, 0, time.UTC)
	run(noon)
	run(noon.AddDate(0, 0, 1))
	before := trend("2026-10-02")
	if _, err := db.Exec(t.Context(), `UPDATE registration SET status = 'EXITED' WHERE child_id % 3 = 0 AND child_id > 60`); err != nil {
		t.Fatal(err)
	}
	run(noon.AddDate(0, 0, 2))
	total := one[int](t.Context(), t, db, `SELECT count(*)::int FROM counted_children('2026-10-02', 'HARDSHIP')`)
	if diff := cmp.Diff(strings.Split(before, ",")[0]+fmt.Sprintf(", 2026Q4 %d 2026-10-02", (total+2)/5*5), trend("2026-10-02")); diff != "" || !strings.HasPrefix(before, "2026Q3 ") || !strings.Contains(before, "2026-09-30") {
		t.Errorf("%s\n%s", before, diff)
	}
	for what, sql := range map[string]string{
		"a number to the child":          `SELECT count(*) FROM count_trend('2026-10-02', 'HARDSHIP') WHERE value % 5 <> 0`,
		"a number that the table hides":  `SELECT count(*) FROM count_trend('2026-10-02', 'LEFT_BEHIND_6') q JOIN child_counts('2026-10-02', 'LEFT_BEHIND_6', 'SEX') c ON c.township_code = q.township_code AND c.category = 'TOTAL' WHERE q.quarter = '2026Q4' AND (q.value IS NULL) <> (c.value IS NULL)`,
		"a quarter that was not counted": `SELECT count(*) FROM count_trend('2026-10-02', 'HARDSHIP') WHERE quarter NOT IN ('2026Q3', '2026Q4')`,
	} {
		if n := one[int](context.WithoutCancel(t.Context()), t, db, sql); n != 0 {
			t.Errorf("%s, %d times", what, n)
		}
	}
}
