package e2e

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/tongxin-hub/tongxin/internal/config"
	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// path is one way from a root field to a child, by the fields that lead there.
type path []string

// wrap writes the selection of a child at the end of the path.
func (p path) wrap(selection string) string {
	for _, step := range slices.Backward(p) {
		selection = step + " { " + selection + " }"
	}
	return selection
}

// children takes what an answer holds at the end of the path.
func (p path) children(t *testing.T, data json.RawMessage) []json.RawMessage {
	t.Helper()
	at := []json.RawMessage{data}
	for _, step := range p {
		name, _, _ := strings.Cut(step, "(")
		var next []json.RawMessage
		for _, v := range at {
			switch {
			case isNull(v):
			case strings.HasPrefix(step, "..."): // a fragment is no step in the answer
				next = append(next, v)
			default:
				next = append(next, flat(t, member(t, v, strings.TrimSpace(name)))...)
			}
		}
		at = next
	}
	return slices.DeleteFunc(at, isNull)
}

// flat is a list as its elements and a single value as itself.
func flat(t *testing.T, v json.RawMessage) []json.RawMessage {
	t.Helper()
	if !isNull(v) && v[0] == '[' {
		return elements(t, v)
	}
	return []json.RawMessage{v}
}

// paths are all ways from a root field to a child that go on from one child to
// another at most once, by whatever the schema links; id stands for a child's identifier.
func paths(id string) []path {
	var out []path
	var walk func(typename string, so path, children int)
	walk = func(typename string, so path, children int) {
		if typename == "Child" {
			out = append(out, slices.Clone(so))
			if children++; children == 2 {
				return
			}
		}
		if len(so) > 7 || slices.Contains(ground, typename) {
			return
		}
		for _, f := range published().Types[typename].Fields {
			result := published().Types[f.Type.Name()]
			if strings.HasPrefix(f.Name, "__") || !leads(result.Name, map[string]bool{}) {
				continue
			}
			step := append(slices.Clone(so), f.Name+given(f, id, len(so) == 0))
			if result.Kind == ast.Interface {
				step, result = append(step, "... on Child"), published().Types["Child"]
			}
			walk(result.Name, step, children)
		}
	}
	walk("Query", nil, 0)
	return out
}

// leads reports whether a child can be reached from a type.
func leads(typename string, seen map[string]bool) bool {
	if typename == "Child" || published().Types[typename].Kind == ast.Interface {
		return true
	}
	if seen[typename] || slices.Contains(ground, typename) {
		return false
	}
	seen[typename] = true
	return slices.ContainsFunc(published().Types[typename].Fields, func(f *ast.FieldDefinition) bool {
		return !strings.HasPrefix(f.Name, "__") && leads(f.Type.Name(), seen)
	})
}

// given writes the arguments that a field must have, and a small page.
func given(f *ast.FieldDefinition, id string, root bool) string {
	var out []string
	for _, a := range f.Arguments {
		switch {
		case a.Name == "id":
			out = append(out, fmt.Sprintf("id: %q", id))
		case a.Name == "ids":
			out = append(out, fmt.Sprintf("ids: [%q]", id))
		case a.Name == "first" && root:
			out = append(out, "first: 20")
		case a.Name == "first":
			out = append(out, "first: 1")
		case a.Type.NonNull && published().Types[a.Type.Name()].Kind == ast.Enum:
			out = append(out, a.Name+": "+published().Types[a.Type.Name()].EnumValues[0].Name)
		case a.Type.NonNull && a.DefaultValue == nil:
			out = append(out, a.Name+`: {kind: CITIZEN_ID, token: "`+strings.Repeat("0", 64)+`"}`)
		}
	}
	if out == nil {
		return ""
	}
	return "(" + strings.Join(out, ", ") + ")"
}

// TestPaths_decideAlike reads the whole file of a child along every path that
// the schema has, plainly, through fragments and with __typename at every step:
// each shows of the child what child(id:) shows, no more and no less.
func TestPaths_decideAlike(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{Configure: func(c *config.Config) {
		c.Limits.Tokens, c.Limits.Nodes, c.Limits.Values, c.Limits.Depth, c.Load.Deadline = 1<<16, 1<<30, 1<<30, 20, time.Minute
	}})
	change(t, h, `UPDATE parameter SET value = '100000' WHERE name LIKE 'volume%'`)
	list := canaries(t, h)
	compared, answered := 0, map[string]bool{}
	for n, key := range []string{"dps-phone-check", "class-teacher", "director", "supervisor", "case-manager", "contractor"} {
		c := h.Caller(t, key)
		plant(t, h, list, c.ChildID)
		id := h.ID(t, c, "Child", c.ChildID)
		file := text(whole("Child"))
		want := fileOf(t, h, c, path{"child(id: \"" + id + "\")"}, file, id)
		if len(want) != 1 {
			t.Fatalf("%s does not reach the child", key)
		}
		written := []string{file, "... on Node { ... on Child { " + file + "} }", typenames(file)}
		for i, p := range paths(id) {
			for _, got := range fileOf(t, h, c, p, written[(i+n)%3], id) {
				compared++
				answered[strings.Split(p[0], "(")[0]+strconv.Itoa(len(p))] = true
				if !reflect.DeepEqual(want[0], got) {
					t.Errorf("%s by %v (-child(id:) +so):\n%.2000s", key, p, cmp.Diff(want[0], got))
				}
			}
		}
	}
	if compared < 200 || len(answered) < 20 {
		t.Errorf("%d files compared along %d kinds of path: too few to prove anything", compared, len(answered))
	}
}

// typenames asks for __typename in every object of a selection.
func typenames(selection string) string {
	return "__typename " + strings.ReplaceAll(selection, "{ ", "{ __typename ")
}

// fileOf asks along a path and takes the files of one child, without names of
// types.
func fileOf(t *testing.T, h *hubtest.Hub, c demo.Caller, p path, selection, id string) []any {
	t.Helper()
	got := h.Ask(t, c, hubtest.Question{Query: "query File { " + p.wrap("me: id ...File") + " } fragment File on Child { " + selection + "}"})
	if len(got.Errors) > 0 {
		if code := got.Errors[0].Extensions.Code; code != "FORBIDDEN" || len(got.Data) != 0 {
			t.Errorf("%s by %v: %.300s", c.Key, p, got.Body)
		}
		return nil
	}
	var out []any
	for _, raw := range p.children(t, got.Data) {
		var file map[string]any
		if err := json.Unmarshal(raw, &file); err != nil {
			t.Fatal(err)
		}
		if file["me"] == id {
			out = append(out, untyped(file))
		}
	}
	return out
}

// untyped takes __typename out of an answer.
func untyped(v any) any {
	switch v := v.(type) {
	case map[string]any:
		delete(v, "__typename")
		for _, x := range v {
			untyped(x)
		}
	case []any:
		for _, x := range v {
			untyped(x)
		}
	}
	return v
}
