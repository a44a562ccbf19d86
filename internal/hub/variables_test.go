package hub

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/tongxin-hub/tongxin/graph"
	"github.com/tongxin-hub/tongxin/internal/limit"
)

// TestPlainly takes the short way only where the validator would change nothing.
func TestPlainly(t *testing.T) {
	t.Parallel()
	schema := graph.NewExecutableSchema(graph.Config{}).Schema()
	declarations := map[string]bool{ // whether the first of the values is plain for it
		"$v: ID!": true, "$v: ID": true, "$v: String": true, "$v: [ID!]!": false, "$v: Int": false, "$v: Boolean": false, "$v: Role": false,
	}
	values := []any{"text", []any{"a", "b"}, []any{}, []any{"a", nil}, []any{[]any{"a"}}, nil, true, map[string]any{"a": "b"}}
	for declaration, plain := range declarations {
		doc, err := limit.Parse("query("+declaration+") { __typename }", limit.Defaults())
		if err != nil {
			t.Fatal(err)
		}
		_ = validator.ValidateWithRules(schema, doc, rules.NewDefaultRules()) // says what the types are
		op := doc.Operations[0]
		for i, value := range values {
			for _, vars := range []map[string]any{{"v": value}, {"w": value}, {"v": value, "w": "more"}, {}} {
				got := plainly(op.VariableDefinitions, vars)
				if _, first := vars["v"]; i == 0 && first && len(vars) == 1 && got != plain {
					t.Errorf("%s of a text: %t", declaration, got)
				}
				if !got {
					continue
				}
				want, err := validator.VariableValues(schema, op, vars)
				if diff := cmp.Diff(want, vars); err != nil || diff != "" {
					t.Errorf("%s of %v: %v (-want +got):\n%s", declaration, vars, err, diff)
				}
			}
		}
	}
}
