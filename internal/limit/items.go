package limit

import (
	"encoding/json"
	"errors"
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"
)

const (
	// defaultPage is the page of a connection that is asked without a size.
	defaultPage = 20
	// defaultList is the length taken for a list that states no bound.
	defaultList = 5
)

// items is the number of results that a field gives at most, or is taken to
// give. It remembers the largest page and the longest list of identifiers.
func (w *walker) items(def *ast.FieldDefinition, result *ast.Definition, f *ast.Field) int {
	if def == nil {
		return 1
	}
	ids, hasIDs := w.identifiers(def, f)
	if isPaged(def, result) {
		page, given := w.page(def, f)
		w.first = max(w.first, page)
		if hasIDs && !given {
			return ids
		}
		return max(page, ids)
	}
	switch {
	case hasIDs:
		return ids
	case def.Type.Elem != nil:
		return listBound(def)
	default:
		return 1
	}
}

func isPaged(def *ast.FieldDefinition, result *ast.Definition) bool {
	return isConnection(result) ||
		def.Arguments.ForName("first") != nil || def.Arguments.ForName("last") != nil
}

// page is the size of the page asked for and whether the caller gave one.
func (w *walker) page(def *ast.FieldDefinition, f *ast.Field) (int, bool) {
	size, given := 0, false
	for _, name := range []string{"first", "last"} {
		if n, ok := w.number(argument(f, name)); ok {
			size, given = max(size, n), true
		}
	}
	if given {
		return size, true
	}
	if arg := def.Arguments.ForName("first"); arg != nil {
		if n, ok := w.number(arg.DefaultValue); ok {
			return n, false
		}
	}
	return min(defaultPage, w.limits.First), false
}

// identifiers is the length of the field's list of ids, if it takes one.
func (w *walker) identifiers(def *ast.FieldDefinition, f *ast.Field) (int, bool) {
	arg := def.Arguments.ForName("ids")
	if arg == nil || arg.Type.Elem == nil {
		return 0, false
	}
	n, given := 0, false
	switch v := w.literal(argument(f, "ids")); {
	case v == nil:
	case v.Kind == ast.Variable:
		n, given = lengthOf(w.vars[v.Raw])
	case v.Kind == ast.ListValue:
		n, given = len(v.Children), true
	case v.Kind != ast.NullValue:
		n, given = 1, true
	}
	w.ids = max(w.ids, n)
	return n, given
}

func lengthOf(v any) (int, bool) {
	switch v := v.(type) {
	case nil:
		return 0, false
	case []any:
		return len(v), true
	case []string:
		return len(v), true
	default:
		return 1, true
	}
}

// literal follows a variable without a value to its default in the document.
func (w *walker) literal(v *ast.Value) *ast.Value {
	if v == nil || v.Kind != ast.Variable {
		return v
	}
	w.asked = append(w.asked, v.Raw)
	if _, set := w.vars[v.Raw]; set {
		return v
	}
	if def := w.op.VariableDefinitions.ForName(v.Raw); def != nil {
		return def.DefaultValue
	}
	return nil
}

// number is the size that v asks for; false means that v leaves it open. A
// value that is no size at all counts as the largest page: it will be refused
// as invalid, and must not be cheap until then.
func (w *walker) number(v *ast.Value) (int, bool) {
	v = w.literal(v)
	switch {
	case v == nil || v.Kind == ast.NullValue:
		return 0, false
	case v.Kind == ast.Variable:
		given := w.vars[v.Raw]
		if given == nil {
			return 0, false
		}
		return w.limits.size(given), true
	case v.Kind == ast.IntValue:
		return w.limits.size(json.Number(v.Raw)), true
	default:
		return w.limits.First, true
	}
}

// size is the number that v stands for.
func (l Limits) size(v any) int {
	n := -1
	switch v := v.(type) {
	case int:
		n = min(v, ceiling)
	case int32:
		n = int(v)
	case int64:
		n = int(min(v, ceiling))
	case float64:
		n = int(min(v, ceiling))
	case json.Number:
		n = parseSize(v.String())
	case string:
		n = parseSize(v)
	}
	if n < 0 {
		return l.First
	}
	return n
}

// parseSize is -1 for what is no whole number and the ceiling for one too large.
func parseSize(s string) int {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return -1
	}
	return int(max(-1, min(n, ceiling)))
}

func argument(f *ast.Field, name string) *ast.Value {
	if arg := f.Arguments.ForName(name); arg != nil {
		return arg.Value
	}
	return nil
}

// listBound is the length that the schema states for a list by
// @bounded(max:), or the default.
func listBound(def *ast.FieldDefinition) int {
	d := def.Directives.ForName("bounded")
	if d == nil {
		return defaultList
	}
	arg := d.Arguments.ForName("max")
	if arg == nil {
		return defaultList
	}
	n, err := strconv.Atoi(arg.Value.Raw)
	if err != nil || n < 0 {
		return defaultList
	}
	return min(n, ceiling)
}
