package moving_test

import (
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/tongxin-hub/tongxin/internal/moving"
	"github.com/tongxin-hub/tongxin/schema"
)

// TestMinimum_nothingOfL4: each coordinate that leaves for another county is classified
// below L4.
func TestMinimum_nothingOfL4(t *testing.T) {
	t.Parallel()
	sdl, err := gqlparser.LoadSchema(&ast.Source{Input: schema.SDL()})
	if err != nil {
		t.Fatal(err)
	}
	doc, list := gqlparser.LoadQueryWithRules(sdl, moving.Minimum, rules.NewDefaultRules())
	if len(list) > 0 {
		t.Fatal(list)
	}
	classes := map[string]int{}
	var walk func(set ast.SelectionSet)
	walk = func(set ast.SelectionSet) {
		for _, s := range set {
			f, ok := s.(*ast.Field)
			if !ok {
				t.Fatalf("%T in the document", s)
			}
			if d := f.Definition.Directives.ForName("data"); d != nil {
				class := d.Arguments.ForName("class").Value.Raw
				classes[class]++
				if class != "L1" && class != "L2" && class != "L3" {
					t.Errorf("%s.%s is of class %s", f.ObjectDefinition.Name, f.Name, class)
				}
			} else if f.Definition.Directives.ForName("structure") == nil && f.Name != "child" {
				t.Errorf("%s.%s has no class", f.ObjectDefinition.Name, f.Name)
			}
			walk(f.SelectionSet)
		}
	}
	walk(doc.Operations[0].SelectionSet)
	if classes["L3"] < 5 {
		t.Errorf("the document holds %v", classes)
	}
}
