package limit

import (
	"sync/atomic"

	"github.com/vektah/gqlparser/v2/ast"
)

// Memo remembers that an operation was within the limits. Its cost depends on the
// document and on the variables that give sizes, so a request with the same sizes
// need not be measured again. The zero value remembers nothing. One Memo serves
// one operation of one document under one schema and one set of limits.
type Memo struct{ passed atomic.Pointer[[]size] }

// size is all that the cost takes from a variable.
type size struct {
	name       string
	set, given bool
	length, n  int
}

// Check is Check, unless the last operation that passed had the same sizes.
func (m *Memo) Check(
	schema *ast.Schema, doc *ast.QueryDocument, op *ast.OperationDefinition,
	vars map[string]any, limits Limits,
) error {
	if passed := m.passed.Load(); passed != nil && same(*passed, vars, limits) {
		return nil
	}
	w := newWalker(schema, doc, op, vars, limits)
	if _, err := w.check(); err != nil {
		return err
	}
	sizes := make([]size, 0, len(w.asked))
	for _, name := range w.asked {
		sizes = append(sizes, sizeOf(name, vars, limits))
	}
	m.passed.Store(&sizes)
	return nil
}

func same(sizes []size, vars map[string]any, limits Limits) bool {
	for _, s := range sizes {
		if sizeOf(s.name, vars, limits) != s {
			return false
		}
	}
	return true
}

func sizeOf(name string, vars map[string]any, limits Limits) size {
	v, set := vars[name]
	length, given := lengthOf(v)
	s := size{name: name, set: set, given: given, length: length}
	if _, isList := v.([]any); !isList {
		s.n = limits.size(v)
	}
	return s
}
