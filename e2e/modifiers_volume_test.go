package e2e

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// officer is a new dropout officer, who reaches the whole district.
func officer(t *testing.T, h *hubtest.Hub, system bool) demo.Caller {
	t.Helper()
	return hire(t, h, post{agency: "JY", role: "DPS", purpose: "DROPOUT_PREVENTION", system: system})
}

// some asks for children by id, and tells how many came back.
func some(t *testing.T, h *hubtest.Hub, c demo.Caller, children []int64) (int, hubtest.Response) {
	t.Helper()
	ids := make([]string, len(children))
	for i, child := range children {
		ids[i] = h.ID(t, c, "Child", child)
	}
	got := h.Ask(t, c, hubtest.Question{
		Query: `query Some($ids: [ID!]!) { childrenByIds(ids: $ids) { __typename } }`, Variables: map[string]any{"ids": ids},
	})
	return strings.Count(string(got.Data), `"Child"`), got
}

// reachable are children that a dropout officer may find.
func reachable(t *testing.T, h *hubtest.Hub, n int) []int64 {
	t.Helper()
	list := single[[]int64](t, h, `SELECT array_agg(id ORDER BY id) FROM (SELECT c.id FROM child c JOIN enrolment e ON e.child_id = c.id AND e.current
		LEFT JOIN registration r ON r.child_id = c.id
		WHERE c.shield = 'NONE' AND e.stage IN ('PRIMARY', 'JUNIOR') AND coalesce(r.status, '') <> 'EXITED' ORDER BY c.id LIMIT $1) x`, n)
	if len(list) < n {
		t.Fatalf("only %d children in reach, want %d", len(list), n)
	}
	return list
}

func TestVolume_aDay(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	list := reachable(t, h, 60)
	c := officer(t, h, false)
	if n, got := some(t, h, c, list[:50]); n != 50 {
		t.Fatalf("%d of 50 children: %.300s", n, got.Body)
	}
	if n, _ := some(t, h, c, list[10:50]); n != 40 {
		t.Error("children opened already today count again")
	}
	_, got := some(t, h, c, list[50:51])
	refusedAs(t, "the 51st child", got, "VOLUME_LIMIT")
	if e := last(t, h); e.Outcome != "DENIED" || e.Reason != "VOLUME_LIMIT" || len(e.Shown) != 0 {
		t.Errorf("the log of a refused volume: %+v", e)
	}
	refusedAs(t, "the 51st child, alone", look(t, h, c, list[50], "name"), "VOLUME_LIMIT")
	reveal := h.Ask(t, c, hubtest.Question{
		Query: `mutation R($id: ID!) { revealField(input: {id: $id, coordinate: "Child.citizenId", reason: ENROLMENT, statement: "核对学籍信息需要核验身份"}) { value userErrors { code } } }`,
		Variables: map[string]any{
			"id": h.ID(t, c, "Child", list[50]),
		},
	})
	if strings.Contains(string(reveal.Body), "4201") {
		t.Errorf("the 51st child by a reveal: %s", reveal.Body)
	}
	if n, _ := some(t, h, c, list[:50]); n != 50 {
		t.Error("the 50 children of today are refused after the limit was hit")
	}
	approve(t, h, c, "2026-11-22", 60)
	_, got = some(t, h, c, list[50:51])
	refusedAs(t, "with yesterday's approval", got, "VOLUME_LIMIT")
	approve(t, h, c, today, 55)
	if n, got := some(t, h, c, list[50:55]); n != 5 {
		t.Errorf("with an approval for 55: %.300s", got.Body)
	}
	_, got = some(t, h, c, list[55:56])
	refusedAs(t, "beyond the approval", got, "VOLUME_LIMIT")
	if n, _ := some(t, h, officer(t, h, false), list[50:60]); n != 10 {
		t.Error("another person is held to the first one's volume")
	}
}

func approve(t *testing.T, h *hubtest.Hub, c demo.Caller, day string, most int) {
	t.Helper()
	change(t, h, `INSERT INTO volume_approval (staff_id, approved_by, day, max_children) VALUES ($1, 1, $2::date, $3)`, staffID(t, h, c), day, most)
}

func TestVolume_aWeekAndSystems(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	change(t, h, `UPDATE parameter SET value = '1000' WHERE name = 'volume_day'`)
	list := reachable(t, h, 201)
	c := officer(t, h, false)
	system := officer(t, h, true)
	for from := 0; from < 200; from += 100 {
		for _, caller := range []demo.Caller{c, system} {
			if n, got := some(t, h, caller, list[from:from+100]); n != 100 {
				t.Fatalf("%d of 100 children: %.300s", n, got.Body)
			}
		}
	}
	_, got := some(t, h, c, list[200:])
	refusedAs(t, "the 201st child of the week", got, "VOLUME_LIMIT")
	if n, got := some(t, h, system, list[200:]); n != 1 {
		t.Errorf("a system is held to a person's volume: %.300s", got.Body)
	}
}

// TestSmallCells holds the counts that leaders see against the true ones.
func TestSmallCells(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	c := h.Caller(t, "leader")
	type cell struct {
		TownshipCode, Category *string
		Value                  *int
		Shown                  string
	}
	for _, population := range []string{"LEFT_BEHIND_3", "LEFT_BEHIND_6", "HARDSHIP", "EDUCATION_FLAG"} {
		for _, by := range []string{"AGE_BAND", "SEX", "RISK_LEVEL", "GUARDIANSHIP", "SCHOOLING"} {
			got := h.Ask(t, c, hubtest.Question{Query: fmt.Sprintf(
				`query Counts { childCounts(population: %s, by: %s) { townshipCode category value shown } }`, population, by)})
			var cells []cell
			if err := json.Unmarshal(member(t, got.Data, "childCounts"), &cells); err != nil || len(cells) < 10 {
				t.Fatalf("%v: %.300s", err, got.Body)
			}
			hidden := map[string]int{}
			for _, x := range cells {
				line := ""
				if x.TownshipCode != nil {
					line = *x.TownshipCode
				}
				switch {
				case x.Value == nil:
					hidden[line]++
					if x.Shown != "<5" && x.Shown != "*" {
						t.Errorf("%s by %s: a held-back cell reads %q", population, by, x.Shown)
					}
				case *x.Value >= 1 && *x.Value <= 4:
					t.Errorf("%s by %s: a cell of %d is printed", population, by, *x.Value)
				case x.Shown != strconv.Itoa(*x.Value):
					t.Errorf("%s by %s: value %d reads %q", population, by, *x.Value, x.Shown)
				}
			}
			for line, n := range hidden {
				if n == 1 {
					t.Errorf("%s by %s: line %q holds back a single cell, which its total gives away", population, by, line)
				}
			}
		}
	}
	e := last(t, h)
	if len(e.Shown) != 0 {
		t.Errorf("counting disclosed children: %+v", e.Shown)
	}
}
