package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/tongxin-hub/tongxin/internal/hubtest"
	"github.com/tongxin-hub/tongxin/policy"
)

// TestLabels_haveAnEffect: no label of the schema is decoration. Whoever adds one
// says here what it does.
func TestLabels_haveAnEffect(t *testing.T) {
	t.Parallel()
	p, err := policy.Load()
	if err != nil {
		t.Fatal(err)
	}
	var views []*policy.View
	for _, pair := range p.Pairs() {
		view, err := p.View(pair.Role, pair.Purpose)
		if err != nil {
			t.Fatal(err)
		}
		views = append(views, view)
	}
	effects := map[string]func(coordinate string, def *ast.Definition, value string) string{
		"owner": func(_ string, _ *ast.Definition, value string) string {
			if published().Types["DataOwner"].EnumValues.ForName(value) == nil {
				return "names no owner"
			}
			return ""
		},
		"zh":      func(_ string, _ *ast.Definition, _ string) string { return "" }, // the dictionary prints it
		"class":   func(c string, _ *ast.Definition, value string) string { return classEffect(views, c, value) },
		"coarser": func(c string, def *ast.Definition, value string) string { return coarserEffect(views, c, def, value) },
		"mask":    func(c string, _ *ast.Definition, _ string) string { return maskEffect(views, c) },
	}
	checked := map[string]int{}
	for _, def := range published().Types {
		for _, f := range def.Fields {
			data := f.Directives.ForName("data")
			if data == nil {
				continue
			}
			for _, a := range data.Arguments {
				effect := effects[a.Name]
				if effect == nil {
					t.Fatalf("nothing says what the label @data(%s:) does: give it an effect, and this test a way to see it", a.Name)
				}
				checked[a.Name]++
				if fault := effect(def.Name+"."+f.Name, def, a.Value.Raw); fault != "" {
					t.Errorf("%s.%s @data(%s: %s): %s", def.Name, f.Name, a.Name, a.Value.Raw, fault)
				}
			}
			if data.Arguments.ForName("mask") == nil {
				for _, v := range views {
					if c := v.Cell(def.Name + "." + f.Name); c.Masked|c.Revealable != 0 {
						t.Errorf("%s %s masks %s.%s, which has no mask: it would be withheld", v.Role, v.Purpose, def.Name, f.Name)
					}
				}
			}
		}
	}
	for _, a := range published().Directives["data"].Arguments {
		if checked[a.Name] == 0 {
			t.Errorf("the label @data(%s:) stands nowhere", a.Name)
		}
	}
}

// feedback is what a reporter is owed of the own report (未成年人保护法 11), by a
// worked case of the policy also in a conflict of interest. The list of reports
// is denied then, so that this shows nothing.
var feedback = []string{"MandatoryReport.state", "MandatoryReport.outcome", "MandatoryReport.feedbackGivenOn"}

// classEffect: L4 of a child is withheld from whoever declared a conflict of
// interest, and L5 has no place. L1 to L3 are for the reader of the dictionary.
func classEffect(views []*policy.View, coordinate, class string) string {
	switch {
	case class == "L1", class == "L2", class == "L3", slices.Contains(feedback, coordinate):
		return ""
	case class == "L4":
		for _, v := range views {
			c := v.Cell(coordinate)
			if (c.Full|c.Revealable|c.Masked)&^policy.Caller.Bit() != 0 && c.Deny&policy.Conflict.Bit() == 0 {
				return fmt.Sprintf("%s %s sees it in a conflict of interest", v.Role, v.Purpose)
			}
		}
		return ""
	}
	return "must not be in the schema"
}

// coarserEffect: whoever sees the finer step sees the coarser one.
func coarserEffect(views []*policy.View, coordinate string, def *ast.Definition, coarser string) string {
	if def.Fields.ForName(coarser) == nil {
		return "no such field"
	}
	for _, v := range views {
		if fine, coarse := v.Cell(coordinate), v.Cell(def.Name+"."+coarser); fine.Full&^coarse.Full != 0 {
			return fmt.Sprintf("%s %s sees the finer step on %s and not the coarser one", v.Role, v.Purpose, fine.Full&^coarse.Full)
		}
	}
	return ""
}

// maskEffect: somebody sees the coordinate masked.
func maskEffect(views []*policy.View, coordinate string) string {
	for _, v := range views {
		if c := v.Cell(coordinate); c.Masked|c.Revealable != 0 {
			return ""
		}
	}
	return "nobody sees it masked"
}

// TestSchema_countsNothing: a total would tell of rows that the caller may not
// see, so no page has one; counts are figures with small cells held back.
func TestSchema_countsNothing(t *testing.T) {
	t.Parallel()
	for _, def := range published().Types {
		for _, f := range def.Fields {
			name := strings.ToLower(f.Name)
			if (strings.HasSuffix(def.Name, "Connection") || def.Name == "PageInfo") && (strings.Contains(name, "count") || strings.Contains(name, "total")) {
				t.Errorf("%s.%s counts rows", def.Name, f.Name)
			}
		}
	}
}

// TestNumbers_areProtectedAlike: the student number holds the identity number, so
// it is masked in the same way and of the same class, and open to nobody to whom
// the identity number is not open at least masked (trap: the number inside).
func TestNumbers_areProtectedAlike(t *testing.T) {
	t.Parallel()
	label := func(typename, field, name string) string {
		return published().Types[typename].Fields.ForName(field).Directives.ForName("data").Arguments.ForName(name).Value.Raw
	}
	for _, name := range []string{"mask", "class"} {
		if a, b := label("Child", "citizenId", name), label("Enrolment", "studentNo", name); a != b {
			t.Errorf("%s: %s of the identity number, %s of the student number", name, a, b)
		}
	}
	p, err := policy.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, pair := range p.Pairs() {
		view, err := p.View(pair.Role, pair.Purpose)
		if err != nil {
			t.Fatal(err)
		}
		if c := view.Cell("Enrolment.studentNo"); c.Full != 0 {
			t.Errorf("%s %s sees the student number unmasked", pair.Role, pair.Purpose)
		}
	}
}

// TestLists_sayThatTheyAreCut: a bounded list with more records than its bound is
// cut there, and the receipt says so; with as many as its bound it is whole.
func TestLists_sayThatTheyAreCut(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	c := h.Caller(t, "director")
	const bound = 6 // @bounded(max:) of Child.guardians
	for _, n := range []int{bound, bound + 1} {
		change(t, h, `DELETE FROM guardian WHERE child_id = $1`, c.ChildID)
		change(t, h, `INSERT INTO guardian (child_id, name, relation) SELECT $1, '监护人' || i, 'FATHER' FROM generate_series(1, $2::int) i`, c.ChildID, n)
		got := look(t, h, c, c.ChildID, "guardians { name }")
		list := elements(t, member(t, got.Data, "child", "guardians"))
		if cut := got.Extensions.Disclosure.Truncated; len(list) != bound || (len(cut) == 1 && cut[0] == "Child.guardians") != (n > bound) {
			t.Errorf("%d of %d records, the receipt says cut: %v", len(list), n, cut)
		}
	}
}

// TestMutations_carryAKey: a change can be repeated safely, because its client names it.
// A reveal changes nothing: each is one more access.
func TestMutations_carryAKey(t *testing.T) {
	t.Parallel()
	for _, f := range published().Mutation.Fields {
		input := published().Types[f.Arguments.ForName("input").Type.Name()]
		key := input.Fields.ForName("key")
		if (key != nil && key.Type.NonNull) == (f.Name == "revealField") {
			t.Errorf("%s: its input has the key %v", f.Name, key)
		}
	}
}
