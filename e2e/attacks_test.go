package e2e

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/hubtest"
	"github.com/tongxin-hub/tongxin/policy"
)

// TestIDs_swapped asks for children by ten thousand identifiers that are sound,
// but of another agency, another type, or of a child out of reach: no row comes
// back, and no child is on record.
func TestIDs_swapped(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	c := h.Caller(t, "director")
	dice := rand.New(rand.NewPCG(10000, 1))
	reach := single[[]int64](t, h, `SELECT array_agg(id) FROM child WHERE residence_village_id = (SELECT residence_village_id FROM child WHERE id = $1)`, c.ChildID)
	agencies := single[[]string](t, h, `SELECT array_agg(code) FROM agency WHERE code <> $1`, c.AgencyCode)
	types := []string{"Visit", "Guardian", "Caregiver", "DropoutCase", "Ticket", "Post", "Division", "Registration", "AuditEntry", "Children", "child", ""}
	for range 20 {
		ids := make([]string, 500)
		for i := range ids {
			other, typename, id := c, "Child", 1+dice.Int64N(400)
			switch i % 3 {
			case 0:
				other.AgencyCode, id = agencies[dice.IntN(len(agencies))], reach[dice.IntN(len(reach))]
			case 1:
				typename, id = types[dice.IntN(len(types))], reach[dice.IntN(len(reach))]
			default:
				for slices.Contains(reach, id) {
					id = 1 + dice.Int64N(400)
				}
			}
			ids[i] = h.ID(t, other, typename, id)
		}
		got := h.Ask(t, c, hubtest.Question{Query: `query Swap($ids: [ID!]!) { childrenByIds(ids: $ids) { id name } }`, Variables: map[string]any{"ids": ids}})
		var answer struct {
			Children []any `json:"childrenByIds"`
		}
		if err := json.Unmarshal(got.Data, &answer); err != nil || len(answer.Children) != len(ids) {
			t.Fatalf("%v: %.300s", err, got.Body)
		}
		for i, child := range answer.Children {
			if child != nil {
				t.Errorf("an identifier of kind %d opens %v", i%3, child)
			}
		}
		if e := last(t, h); len(e.Shown) != 0 || e.Outcome != "NOT_FOUND" {
			t.Errorf("on record: %s %v", e.Outcome, e.Shown)
		}
	}
	found(t, "after the swaps", h, c, c.ChildID)
}

// TestIntrospection_besideWhatIsDenied mixes __typename, __schema and __type
// into hundreds of questions for what is withheld: a name of a type changes
// nothing, and introspection beside data is refused.
func TestIntrospection_besideWhatIsDenied(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	p, err := policy.Load()
	if err != nil {
		t.Fatal(err)
	}
	denied := 0
	for _, key := range []string{"class-teacher", "family-guide"} {
		c := h.Caller(t, key)
		plant(t, h, canaries(t, h), c.ChildID)
		view, err := p.View(policy.Role(c.Role), policy.Purpose(c.Purpose))
		if err != nil {
			t.Fatal(err)
		}
		id := fmt.Sprintf("child(id: %q)", h.ID(t, c, "Child", c.ChildID))
		for i, l := range leaves(view, basesOf(t, h, c, c.ChildID)) {
			if l.form != policy.Withheld {
				continue
			}
			denied++
			beside := []string{"__schema { queryType { name } }", `__type(name: "Child") { name fields { name } }`}[i%2]
			got := h.Ask(t, c, hubtest.Question{Query: "query A { " + beside + " " + id + " { __typename " + l.along(l.pick.field) + " } }"})
			refusedAs(t, l.pick.coordinate+" beside introspection", got, "BAD_REQUEST")
			got = h.Ask(t, c, hubtest.Question{Query: "query B { __typename one: " + id + " { __typename " + l.along("__typename "+l.pick.field+" __typename") + " } }"})
			if len(got.Errors) > 0 {
				t.Errorf("%s: %.300s", l.pick.coordinate, got.Body)
				continue
			}
			if values := l.values(t, member(t, got.Data, "one"), l.pick.field); len(values) > 0 {
				t.Errorf("%s: %s comes back beside __typename: %v", key, l.pick.coordinate, values)
			}
		}
	}
	if denied < 200 {
		t.Errorf("only %d denied coordinates", denied)
	}
}

// TestMessages_areTheSameForAll: what is wrong with a document is told alike to
// who may see much and to who may see nothing.
func TestMessages_areTheSameForAll(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	much, nothing := h.Caller(t, "case-manager"), h.Caller(t, "leader")
	for i, q := range badVariables() {
		if i%9 != 0 {
			continue // one in nine is some hundred
		}
		a, b := h.Ask(t, much, q), h.Ask(t, nothing, q)
		if len(a.Errors) == 0 || a.Errors[0].Extensions.Code != "VALIDATION_FAILED" {
			continue
		}
		if diff := cmp.Diff(steady(a), steady(b)); diff != "" {
			t.Errorf("%s %v (-much +nothing):\n%s", q.Query, q.Variables, diff)
		}
	}
}

// TestErrors_areDenials takes away, one after the other, the tables that denials
// are read from where the child's mark says that there is a record: the hub never
// answers as if there were no denial.
func TestErrors_areDenials(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	c := h.Caller(t, "director")
	for table, mark := range map[string]string{
		"conflict_declaration": "marks = marks | mark('conflict')",
		"shield_handler":       "marks = marks | mark('handler'), shield = 'FULL'",
		"registration":         "marks = marks | mark('exited')",
	} {
		found(t, "before", h, c, c.ChildID)
		change(t, h, "UPDATE child SET "+mark+" WHERE id = $1", c.ChildID)
		change(t, h, "ALTER TABLE "+table+" RENAME TO gone")
		got := look(t, h, c, c.ChildID, "name residenceAddress caregivers { name phone } visits(first: 3) { nodes { livingText } }")
		refusedAs(t, "without "+table, got, "INTERNAL")
		if strings.Contains(string(got.Body), table) {
			t.Errorf("the refusal names %s: %s", table, got.Body)
		}
		if e := last(t, h); e.Outcome != "FAILED" || len(e.Shown) != 0 {
			t.Errorf("without %s: on record %s %v", table, e.Outcome, e.Shown)
		}
		change(t, h, "ALTER TABLE gone RENAME TO "+table)
		change(t, h, "UPDATE child SET marks = marks_of(id, ~0::bigint), shield = 'NONE' WHERE id = $1", c.ChildID)
	}
}
