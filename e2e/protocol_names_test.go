package e2e

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// misspelt is a name of the schema with a slip of the pen, such as a guesser's.
func misspelt(name string) string {
	for _, wrong := range []string{name[:len(name)-1], name + "s", name + "Zq", "Zq" + name} {
		if len(wrong) > 2 && !isName(wrong) {
			return wrong
		}
	}
	return name + "ZqZq"
}

// isName reports whether the schema uses a word as any name.
func isName(word string) bool { return schemaNames()[word] }

// schemaNames are all names of the published schema.
var schemaNames = sync.OnceValue(func() map[string]bool {
	names := map[string]bool{}
	for _, d := range published().Types {
		names[d.Name] = true
		for _, f := range d.Fields {
			names[f.Name] = true
			for _, a := range f.Arguments {
				names[a.Name] = true
			}
		}
		for _, v := range d.EnumValues {
			names[v.Name] = true
		}
	}
	for _, d := range published().Directives {
		names[d.Name] = true
		for _, a := range d.Arguments {
			names[a.Name] = true
		}
	}
	return names
})

// guesses are questions with one wrong name in every place where a name can
// stand: types, fields, arguments, members and values of inputs, directives.
func guesses() []hubtest.Question {
	var out []hubtest.Question
	ask := func(format string, args ...any) {
		out = append(out, hubtest.Question{Query: fmt.Sprintf(format, args...)})
	}
	for _, d := range published().Types {
		if strings.HasPrefix(d.Name, "__") {
			continue
		}
		ask(`query G { node(id: "x") { ... on %s { __typename } } }`, misspelt(d.Name))
		ask(`query G($x: %s) { __typename }`, misspelt(d.Name))
		if d.Kind == ast.Enum {
			ask(`query G($x: %s = %s) { __typename }`, d.Name, misspelt(d.EnumValues[0].Name))
		}
		for _, f := range d.Fields {
			if d.Kind == ast.InputObject {
				ask(`query G($x: %s = {%s: 1}) { __typename }`, d.Name, misspelt(f.Name))
				continue
			}
			ask(`query G { node(id: "x") { ... on %s { %s } } }`, d.Name, misspelt(f.Name))
			for _, a := range f.Arguments {
				ask(`query G { node(id: "x") { ... on %s { %s(%s: 1) } } }`, d.Name, f.Name, misspelt(a.Name))
			}
		}
	}
	for _, d := range published().Directives {
		ask(`query G @%s { __typename @%s }`, misspelt(d.Name), misspelt(d.Name))
		for _, a := range d.Arguments {
			ask(`query G @%s(%s: 1) { __typename }`, d.Name, misspelt(a.Name))
		}
	}
	return append(out, badVariables()...)
}

// badVariables are values that do not fit what the root fields take: nothing,
// wrong kinds, unknown members and values. A variable named "variable" looks
// like the path to one, and once had the name of a member told.
func badVariables() []hubtest.Question {
	var out []hubtest.Question
	for _, root := range []*ast.Definition{published().Query, published().Mutation} {
		for _, f := range root.Fields {
			for _, a := range f.Arguments {
				d := published().Types[a.Type.Name()]
				values := []any{nil, 7, "zq", true, []any{[]any{}}, map[string]any{}, map[string]any{"zq": 1}}
				for _, m := range d.Fields {
					values = append(values, map[string]any{misspelt(m.Name): 1}, map[string]any{m.Name: map[string]any{"zq": 1}})
				}
				if d.Kind == ast.Enum {
					values = append(values, misspelt(d.EnumValues[0].Name))
				}
				names := []string{"x"}
				if d.Kind == ast.InputObject {
					names = append(names, "variable")
				}
				for _, value := range values {
					for _, name := range names {
						out = append(out, hubtest.Question{
							Query:     fmt.Sprintf(`%s G($%s: %s) { %s(%s) { __typename } }`, strings.ToLower(root.Name), name, a.Type, f.Name, arguments(f, a, name)),
							Variables: map[string]any{name: value},
						})
					}
				}
			}
		}
	}
	return out
}

// arguments gives a field the variable for one argument and something for each
// other one that it must have.
func arguments(f *ast.FieldDefinition, with *ast.ArgumentDefinition, variable string) string {
	list := []string{with.Name + ": $" + variable}
	for _, a := range f.Arguments {
		if a != with && a.Type.NonNull && a.DefaultValue == nil {
			list = append(list, a.Name+`: "x"`)
		}
	}
	return strings.Join(list, ", ")
}

var (
	numbers  = regexp.MustCompile(`\d+`)
	quoted   = regexp.MustCompile(`"(x|variable|)"`)
	nameLike = regexp.MustCompile(`[_A-Za-z][_0-9A-Za-z]*`)
)

// TestProtocol_teachesNoName guesses at every name of the schema: the hub's
// sentences are always the same few, and none holds a name that the question
// did not.
func TestProtocol_teachesNoName(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{Strict: true})
	c := h.Caller(t, "director")
	questions := guesses()
	if len(questions) < 1200 {
		t.Fatalf("only %d guesses", len(questions))
	}
	var mu sync.Mutex
	said := map[string]hubtest.Question{}
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			for i := worker; i < len(questions); i += 8 {
				got := h.Ask(t, c, questions[i])
				mu.Lock()
				for _, e := range got.Errors {
					said[quoted.ReplaceAllString(numbers.ReplaceAllString(e.Message, "0"), `""`)+" "+e.Extensions.Code] = questions[i]
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if len(said) > 25 {
		t.Errorf("%d different sentences", len(said))
	}
	for sentence, q := range said {
		for _, word := range nameLike.FindAllString(sentence, -1) {
			if isName(word) && !plain[word] && !strings.Contains(q.Query, word) {
				t.Errorf("%q is taught by %q to who asks %s %v", word, sentence, q.Query, q.Variables)
			}
		}
	}
}

// plain are words of the hub's English sentences that are names as well; each
// stands in the documentation of GraphQL or of the hub's headers.
var plain = map[string]bool{"of": true, "to": true, "from": true, "no": true, "role": true, "value": true, "post": true, "purpose": true, "cursor": true, "first": true}

// TestSchema_hasNoOneOf: the validator lets a whole-object variable give two
// members of a @oneOf input. Whoever wants one checks it in the gate first, and
// then replaces this test.
func TestSchema_hasNoOneOf(t *testing.T) {
	t.Parallel()
	for _, d := range published().Types {
		if d.Directives.ForName("oneOf") != nil {
			t.Errorf("%s is a @oneOf input, which nothing enforces for whole-object variables", d.Name)
		}
	}
}
