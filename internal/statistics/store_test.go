package statistics_test

import (
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tongxin-hub/tongxin/internal/pgtest"
)

func suppress(tb testing.TB, pool *pgxpool.Pool, n, wider []int32, width int) []int16 {
	tb.Helper()
	var state []int16
	err := pool.QueryRow(tb.Context(), `SELECT suppress_cells($1, $2, $3, 5)`, n, wider, width).Scan(&state)
	if err != nil {
		tb.Fatal(err)
	}
	return state
}

// grid adds the totals that a reader sees to the inner counts.
func grid(inner [][]int32) (n []int32, width int) {
	width = len(inner[0]) + 1
	total := make([]int32, width)
	for _, row := range inner {
		var sum int32
		for j, x := range row {
			sum += x
			total[j] += x
		}
		n = append(append(n, row...), sum)
		total[width-1] += sum
	}
	return append(n, total...), width
}

func TestSuppressCells(t *testing.T) {
	t.Parallel()
	_, pool := pgtest.New(t)

	t.Run("prints what is not small", func(t *testing.T) {
		t.Parallel()
		n, width := grid([][]int32{{20, 30}, {0, 11}})
		if diff := cmp.Diff(make([]int16, len(n)), suppress(t, pool, n, nil, width)); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("holds a rectangle back around a small cell", func(t *testing.T) {
		t.Parallel()
		n, width := grid([][]int32{{3, 30, 40}, {20, 9, 70}, {33, 44, 55}})
		want := []int16{1, 2, 0, 0, 2, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}
		if diff := cmp.Diff(want, suppress(t, pool, n, nil, width)); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("prints totals alone where nothing else is safe", func(t *testing.T) {
		t.Parallel()
		n, width := grid([][]int32{{1, 5}})
		want := []int16{2, 2, 0, 2, 2, 0}
		if diff := cmp.Diff(want, suppress(t, pool, n, nil, width)); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("leaves a small township blank, and another to hide it", func(t *testing.T) {
		t.Parallel()
		n, width := grid([][]int32{{2, 0}, {30, 9}, {10, 20}})
		want := []int16{2, 2, 2, 0, 0, 0, 2, 2, 2, 0, 0, 0}
		if diff := cmp.Diff(want, suppress(t, pool, n, nil, width)); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("prints nothing of a small population", func(t *testing.T) {
		t.Parallel()
		n, width := grid([][]int32{{1, 0}, {0, 2}})
		want := []int16{2, 2, 2, 2, 2, 2, 2, 2, 1}
		if diff := cmp.Diff(want, suppress(t, pool, n, nil, width)); diff != "" {
			t.Error(diff)
		}
	})
}

// TestSuppressCells_resistsSubtraction attacks made-up grids with everything a
// reader can do with sums: a held-back cell must never have one value only.
func TestSuppressCells_resistsSubtraction(t *testing.T) {
	t.Parallel()
	_, pool := pgtest.New(t)
	random := rand.New(rand.NewPCG(1, 2))
	printed := 0
	for round := range 250 {
		inner := make([][]int32, 2+random.IntN(14))
		scale := []int32{3, 8, 20, 90}[random.IntN(4)]
		for i := range inner {
			inner[i] = make([]int32, 0, 6)
		}
		for range 2 + random.IntN(5) {
			share := 1 + random.Int32N(scale)
			for i := range inner {
				inner[i] = append(inner[i], random.Int32N(1+share*(1+int32(i)%5)))
			}
		}
		n, width := grid(inner)
		var wider []int32
		if round%2 == 1 {
			for i := range inner {
				for j := range inner[i] {
					inner[i][j] += random.Int32N(3)
				}
			}
			wider, _ = grid(inner)
		}
		state := suppress(t, pool, n, wider, width)
		for _, s := range state {
			if s == 0 {
				printed++
			}
		}
		if found := attack(n, state, width); len(found) > 0 {
			t.Fatalf("round %d: cells %v can be worked out of %v printed as %v (width %d)", round, found, n, state, width)
		}
		if wider != nil {
			noSmallDifference(t, n, wider, state, suppress(t, pool, wider, nil, width))
		}
	}
	if printed == 0 {
		t.Error("nothing was ever printed")
	}
}

func noSmallDifference(tb testing.TB, n, wider []int32, state, widerState []int16) {
	tb.Helper()
	for p := range n {
		if d := wider[p] - n[p]; state[p] == 0 && widerState[p] == 0 && n[p] > 0 && d >= 1 && d <= 4 {
			tb.Fatalf("cell %d: %d and %d are both printed and differ by %d", p, n[p], wider[p], d)
		}
	}
}

// TestSuppressCells_attackFinds proves that the attack itself works: without
// complementary suppression it recovers the cell.
func TestSuppressCells_attackFinds(t *testing.T) {
	t.Parallel()
	n, width := grid([][]int32{{3, 30}, {20, 90}})
	state := []int16{1, 0, 0, 0, 0, 0, 0, 0, 0}
	if diff := cmp.Diff([]int{0}, attack(n, state, width)); diff != "" {
		t.Error(diff)
	}
	n, width = grid([][]int32{{1, 5}, {60, 70}}) // "<5" and "*" that add up to 6 are 1 and 5
	state = []int16{1, 2, 0, 2, 2, 0, 0, 0, 0}
	if found := attack(n, state, width); len(found) == 0 {
		t.Error("the attack does not know what the marks mean")
	}
}

func TestRoots(t *testing.T) {
	t.Parallel()
	_, pool := pgtest.New(t)
	for _, call := range []string{
		"figure('2026-01-01')", "child_counts('2026-01-01', 'LEFT_BEHIND_3', 'SEX')",
	} {
		rows, err := pool.Query(t.Context(), "SELECT * FROM "+call)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := pgx.CollectRows(rows, pgx.RowToMap); err != nil {
			t.Errorf("an empty hub: %s: %v", call, err)
		}
	}
}
