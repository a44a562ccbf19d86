package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
	"github.com/tongxin-hub/tongxin/policy"
)

// probe is one question of somebody who wants to find out a value by asking what
// it is not.
type probe struct{ root, coordinate, args string }

// probes are all filters and orders of all listings, each with every value that
// could be asked for.
func probes(t *testing.T) []probe {
	t.Helper()
	var out []probe
	for _, root := range published().Query.Fields {
		for _, arg := range root.Arguments {
			for _, m := range published().Types[arg.Type.Name()].Fields {
				if d := m.Directives.ForName("filters"); d != nil {
					for _, v := range guessed(t, m) {
						out = append(out, probe{root.Name, d.Arguments.ForName("coordinate").Value.Raw, fmt.Sprintf("filter: {%s: %s}", m.Name, v)})
					}
				}
				for _, v := range published().Types[m.Type.Name()].EnumValues {
					if d := v.Directives.ForName("orders"); d != nil {
						for _, direction := range []string{"ASC", "DESC"} {
							out = append(out, probe{root.Name, d.Arguments.ForName("coordinate").Value.Raw, fmt.Sprintf("orderBy: {by: %s, direction: %s}", v.Name, direction)})
						}
					}
				}
			}
		}
	}
	return out
}

// guessed are values of a member of a filter.
func guessed(t *testing.T, m *ast.FieldDefinition) []string {
	t.Helper()
	d := published().Types[m.Type.Name()]
	switch {
	case d.Kind == ast.Enum:
		out := make([]string, len(d.EnumValues))
		for i, v := range d.EnumValues {
			out[i] = v.Name
		}
		return out
	case d.Name == "Boolean":
		return []string{"true", "false"}
	case d.Name == "LocalDate":
		return []string{`"2020-01-01"`, `"2026-09-01"`, `"2026-11-23"`}
	case d.Name == "DateTime":
		return []string{`"2026-09-01T00:00:00+08:00"`, `"2026-11-23T00:00:00+08:00"`}
	case d.Name == "String":
		return []string{`"420117001"`, `"420117002901"`, `"9900220001"`, `"MZ"`, `"x"`}
	}
	t.Fatalf("a filter of type %s: say in guessed, in e2e/oracle_test.go, what to guess", d.Name)
	return nil
}

// TestOracle_refusedAlike asks, in every role and purpose, every filter and
// order by a coordinate that is not open in full: two values of each get one and
// the same refusal, before anything of the children is read.
func TestOracle_refusedAlike(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	p, err := policy.Load()
	if err != nil {
		t.Fatal(err)
	}
	refused := 0
	for _, pair := range p.Pairs() {
		view, err := p.View(pair.Role, pair.Purpose)
		if err != nil {
			t.Fatal(err)
		}
		c := hire(t, h, post{agency: "MZ", role: string(pair.Role), purpose: string(pair.Purpose), division: int64(3)})
		if view.Ticket.Required {
			c = give(t, h, c, view.Ticket.Kind, nil)
		}
		sentences := map[string]bool{}
		values := map[string]int{}
		for _, x := range probes(t) {
			member, _, _ := strings.Cut(x.args, ": ")
			if values[x.root+member+x.coordinate]++; view.Cell(x.coordinate).Full != 0 || values[x.root+member+x.coordinate] > 2 {
				continue
			}
			got := h.Ask(t, c, hubtest.Question{Query: fmt.Sprintf("query O { %s(first: 1, %s) { pageInfo { hasNextPage } } }", x.root, x.args)})
			refusedAs(t, fmt.Sprintf("%s %s by %s", pair.Role, pair.Purpose, x.args), got, "FORBIDDEN")
			if view.Cell("Query."+x.root).Full != 0 && len(got.Errors) > 0 {
				refused++
				sentences[got.Errors[0].Message] = true
			}
		}
		if len(sentences) > 1 {
			t.Errorf("%s %s: refusals differ: %v", pair.Role, pair.Purpose, sentences)
		}
	}
	if refused < 200 {
		t.Errorf("%d refusals: too few to prove anything", refused)
	}
}

// TestOracle_recoversNothing runs an extraction against children whose address
// is shielded: whatever can be seen from outside of every filter by place and
// every order, whole pages and receipts, is the same wherever the child lives.
// Without the shield the same script finds the place.
func TestOracle_recoversNothing(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	change(t, h, `UPDATE parameter SET value = '100000' WHERE name LIKE 'volume%'`)
	child := demo.Bailu
	c := supervisor(t, h, child)
	township := where(t, h, child, "township")
	villages := single[[]int64](t, h, `SELECT array_agg(id ORDER BY id) FROM (SELECT id FROM division WHERE parent_id = $1 ORDER BY id LIMIT 4) d`, township)
	seen := map[string][]string{}
	for _, shield := range []string{"NONE", "ADDRESS"} {
		for _, village := range villages {
			change(t, h, `UPDATE child SET shield = $2, residence_village_id = $3 WHERE id = $1`, child, shield, village)
			seen[shield] = append(seen[shield], extraction(t, h, c, villages))
		}
	}
	for i, v := range seen["ADDRESS"] {
		if diff := cmp.Diff(seen["ADDRESS"][0], v); diff != "" {
			t.Errorf("a shielded child in village %d looks otherwise than in village 0:\n%.2000s", i, diff)
		}
	}
	slices.Sort(seen["NONE"])
	if n := len(slices.Compact(seen["NONE"])); n != len(villages) {
		t.Errorf("without a shield the script tells %d of %d villages apart: it proves nothing", n, len(villages))
	}
}

// extraction asks every listing for whom lives where, and writes down all that
// comes back.
func extraction(t *testing.T, h *hubtest.Hub, c demo.Caller, villages []int64) string {
	t.Helper()
	var out strings.Builder
	ask := func(args, selection string) {
		got := h.Ask(t, c, hubtest.Question{Query: "query X { children(" + args + ") { " + selection + " } }"})
		out.WriteString(args + " " + steady(got) + "\n")
	}
	for _, v := range villages {
		filter := fmt.Sprintf("filter: {villageCode: %q}", single[string](t, h, `SELECT code FROM division WHERE id = $1`, v))
		ask("first: 100, "+filter, "nodes { id name residenceVillage { code } } pageInfo { hasNextPage }")
		ask("first: 0, "+filter, "pageInfo { hasNextPage }")
		for _, order := range []string{"BIRTH_DATE", "LAST_VISITED"} {
			ask("first: 100, orderBy: {by: "+order+"}, "+filter, "edges { node { id } }")
		}
	}
	return out.String()
}

// TestOrder_isNoWayIn sends SQL where names and values are expected: two texts
// that would order or match otherwise, were they run, come to the same.
func TestOrder_isNoWayIn(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	c := h.Caller(t, "supervisor")
	for _, text := range []string{
		"(CASE WHEN %s THEN birth_date ELSE NULL END)", "BIRTH_DATE, (CASE WHEN %s THEN 1 ELSE 1/0 END)", "' OR %s --", "x') OR (%s",
		"420117001' AND %s AND '1'='1", "\\' OR %s", "$1::text OR %s", "(SELECT CASE WHEN %s THEN 'x' ELSE pg_sleep(1)::text END)", "{t}.id OR %s", "%% OR %s",
	} {
		for name, q := range map[string]string{
			"order by":  `query O($x: ChildOrderBy!) { children(first: 9, orderBy: {by: $x}) { nodes { id } } }`,
			"direction": `query O($x: Direction!) { children(first: 9, orderBy: {by: BIRTH_DATE, direction: $x}) { nodes { id } } }`,
			"township":  `query O($x: String!) { children(first: 9, filter: {townshipCode: $x}) { nodes { id } } }`,
			"village":   `query O($x: String!) { children(first: 9, filter: {villageCode: $x}) { nodes { id } } }`,
			"school":    `query O($x: String!) { children(first: 9, filter: {schoolCode: $x}) { nodes { id } } }`,
			"date":      `query O($x: LocalDate!) { children(first: 9, filter: {notVisitedSince: $x}) { nodes { id } } }`,
			"cursor":    `query O($x: String!) { children(first: 9, after: $x) { nodes { id } } }`,
			"division":  `query O($x: String!) { division(code: $x) { name } }`,
		} {
			answer := func(condition string) string {
				return steady(h.Ask(t, c, hubtest.Question{Query: q, Variables: map[string]any{"x": fmt.Sprintf(text, condition)}}))
			}
			yes := answer("1=1")
			if diff := cmp.Diff(yes, answer("1=2")); diff != "" || strings.Contains(yes, `"id":"`) || strings.Contains(yes, "INTERNAL") {
				t.Errorf("%s with %q: %.300s\n%s", name, text, yes, diff)
			}
		}
	}
}
