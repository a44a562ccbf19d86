package e2e

import (
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/tongxin-hub/tongxin/schema"
)

// published is the parsed schema.
var published = sync.OnceValue(func() *ast.Schema {
	return gqlparser.MustLoadSchema(&ast.Source{Name: "schema", Input: schema.SDL()})
})

// pick is one response key of a selection that a test knows by heart.
type pick struct {
	key, field, args string
	// coordinate is Type.field; governed where it carries @data.
	coordinate string
	governed   bool
	class      string
	// result is the type selected from, "" for a leaf.
	result string
	sub    []pick
}

// ground are types that hold no child: two members are enough.
var ground = []string{"Division", "School", "Agency", "Clinic", "Post", "Term", "ServiceContract"}

// whole selects every coordinate below a type once; records do not lead back.
func whole(typename string) []pick {
	var out []pick
	for _, f := range published().Types[typename].Fields {
		if strings.HasPrefix(f.Name, "__") || f.Type.Name() == "Child" || f.Type.Name() == "AuditEntry" {
			continue
		}
		if slices.Contains(ground, typename) && f.Name != "code" && f.Name != "name" {
			continue
		}
		out = append(out, pickOf(typename, f))
	}
	return out
}

// pickOf is a field with everything below it.
func pickOf(typename string, f *ast.FieldDefinition) pick {
	p := pick{key: f.Name, field: f.Name, coordinate: typename + "." + f.Name}
	if d := f.Directives.ForName("data"); d != nil {
		p.governed, p.class = true, d.Arguments.ForName("class").Value.Raw
	}
	result := published().Types[f.Type.Name()]
	if result.Kind != ast.Object {
		return p
	}
	p.result = result.Name
	if strings.HasSuffix(result.Name, "Connection") {
		p.args = "(first: 20)"
		node := result.Fields.ForName("nodes")
		p.sub = []pick{{key: "nodes", field: "nodes", coordinate: result.Name + ".nodes", result: node.Type.Name(), sub: whole(node.Type.Name())}}
		return p
	}
	p.sub = whole(result.Name)
	return p
}

// text writes a selection.
func text(picks []pick) string {
	var b strings.Builder
	for _, p := range picks {
		if p.key != p.field {
			b.WriteString(p.key + ": ")
		}
		b.WriteString(p.field + p.args)
		if p.sub != nil {
			b.WriteString(" { " + text(p.sub) + "}")
		}
		b.WriteByte(' ')
	}
	return b.String()
}

// portions splits the whole file of a child into documents within the limits.
func portions() [][]pick {
	var out [][]pick
	tokens := 1 << 20
	for _, p := range whole("Child") {
		n := len(strings.Fields(text([]pick{p})))
		if tokens+n > 700 {
			out, tokens = append(out, nil), 0
		}
		out[len(out)-1] = append(out[len(out)-1], p)
		tokens += n
	}
	return out
}

// visitor sees one response key of an object with its value.
type visitor func(p pick, value json.RawMessage)

// walk goes through an answer along its selection. Lists of records are walked
// element by element.
func walk(t *testing.T, picks []pick, object json.RawMessage, see visitor) {
	t.Helper()
	if isNull(object) {
		return
	}
	if object[0] == '[' {
		for _, element := range elements(t, object) {
			walk(t, picks, element, see)
		}
		return
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(object, &members); err != nil {
		t.Fatalf("%v in %.200s", err, object)
	}
	if len(members) != len(picks) {
		t.Errorf("%d members answered, %d asked: %.300s", len(members), len(picks), object)
	}
	for _, p := range picks {
		value, ok := members[p.key]
		if !ok {
			t.Errorf("%s is missing under %q", p.coordinate, p.key)
			continue
		}
		see(p, value)
		if p.sub != nil {
			walk(t, p.sub, value, see)
		}
	}
}

func elements(t *testing.T, list json.RawMessage) []json.RawMessage {
	t.Helper()
	var out []json.RawMessage
	if err := json.Unmarshal(list, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func isNull(v json.RawMessage) bool { return len(v) == 0 || string(v) == "null" }

// member is one member of an object of an answer.
func member(t *testing.T, object json.RawMessage, names ...string) json.RawMessage {
	t.Helper()
	for _, name := range names {
		if isNull(object) {
			return nil
		}
		var members map[string]json.RawMessage
		if err := json.Unmarshal(object, &members); err != nil {
			t.Fatalf("%v in %.200s", err, object)
		}
		object = members[name]
	}
	return object
}
