package limit

import (
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// load is an estimate of what an answer holds.
type load struct{ nodes, values int }

func (l load) plus(o load) load {
	return load{add(l.nodes, o.nodes), add(l.values, o.values)}
}

func (l load) times(n int) load {
	return load{multiply(l.nodes, n), multiply(l.values, n)}
}

// summary is what one selection set costs with its fragments written out.
type summary struct {
	depth, fields, aliases, directives, uses int
	// once is returned once per record of the enclosing type, paged once per
	// item of the page, where the enclosing type is a connection.
	once, paged load
}

func (s *summary) add(o summary) {
	s.depth = max(s.depth, o.depth)
	s.fields = add(s.fields, o.fields)
	s.aliases = add(s.aliases, o.aliases)
	s.directives = add(s.directives, o.directives)
	s.uses = add(s.uses, o.uses)
	s.once = s.once.plus(o.once)
	s.paged = s.paged.plus(o.paged)
}

// walker measures one operation. Every fragment is measured once: its type
// condition fixes what its fields mean wherever it is spread.
type walker struct {
	schema    *ast.Schema
	doc       *ast.QueryDocument
	op        *ast.OperationDefinition
	vars      map[string]any
	limits    Limits
	fragments map[string]*ast.FragmentDefinition
	measured  map[string]*summary // nil while being measured
	cyclic    bool
	first     int
	ids       int
	// asked are the variables that gave a size.
	asked []string
}

func newWalker(
	schema *ast.Schema, doc *ast.QueryDocument, op *ast.OperationDefinition,
	vars map[string]any, limits Limits,
) *walker {
	w := &walker{
		schema: schema, doc: doc, op: op, vars: vars, limits: limits,
		fragments: make(map[string]*ast.FragmentDefinition, len(doc.Fragments)),
		measured:  make(map[string]*summary, len(doc.Fragments)),
	}
	for _, f := range doc.Fragments {
		if w.fragments[f.Name] == nil {
			w.fragments[f.Name] = f
		}
	}
	return w
}

func (w *walker) operation() Cost {
	s := w.set(w.root(), w.op.SelectionSet)
	directives := add(s.directives, len(w.op.Directives))
	for _, v := range w.op.VariableDefinitions {
		directives = add(directives, len(v.Directives))
	}
	all := s.once.plus(s.paged)
	return Cost{
		Depth: s.depth, Aliases: s.aliases, RootFields: s.fields,
		Directives: max(directives, directivesIn(w.doc)),
		Fragments:  max(s.uses, len(w.doc.Fragments)), Repeats: repeatsIn(w.doc),
		Nodes: all.nodes, Values: all.values,
		First: w.first, IDs: w.ids,
	}
}

func (w *walker) root() *ast.Definition {
	switch w.op.Operation {
	case ast.Mutation:
		return w.schema.Mutation
	case ast.Subscription:
		return w.schema.Subscription
	default:
		return w.schema.Query
	}
}

// set measures a selection set on parent, which is nil where unknown.
func (w *walker) set(parent *ast.Definition, set ast.SelectionSet) summary {
	var s summary
	for _, selection := range set {
		switch sel := selection.(type) {
		case *ast.Field:
			s.add(w.field(parent, sel))
		case *ast.FragmentSpread:
			s.add(summary{uses: 1, directives: len(sel.Directives)})
			s.add(w.fragment(sel.Name))
		case *ast.InlineFragment:
			s.add(summary{uses: 1, directives: len(sel.Directives)})
			on := parent
			if sel.TypeCondition != "" {
				on = w.schema.Types[sel.TypeCondition]
			}
			s.add(w.set(on, sel.SelectionSet))
		}
	}
	return s
}

func (w *walker) fragment(name string) summary {
	if s, seen := w.measured[name]; seen {
		if s == nil {
			w.cyclic = true
			return summary{}
		}
		return *s
	}
	f := w.fragments[name]
	if f == nil {
		return summary{}
	}
	w.measured[name] = nil
	s := w.set(w.schema.Types[f.TypeCondition], f.SelectionSet)
	s.directives = add(s.directives, len(f.Directives))
	w.measured[name] = &s
	return s
}

// field measures one field with everything below it.
func (w *walker) field(parent *ast.Definition, f *ast.Field) summary {
	var def *ast.FieldDefinition
	var result *ast.Definition
	if parent != nil {
		if def = parent.Fields.ForName(f.Name); def != nil {
			result = w.schema.Types[def.Type.Name()]
		}
	}
	below := w.set(result, f.SelectionSet)
	s := summary{
		depth: below.depth + 1, fields: 1,
		aliases:    below.aliases,
		directives: add(below.directives, len(f.Directives)), uses: below.uses,
	}
	if f.Alias != f.Name {
		s.aliases = add(s.aliases, 1)
	}
	if isWrapping(parent, f) {
		s.depth = below.depth
	}
	items := w.items(def, result, f)
	if isConnection(result) {
		s.once = below.once.plus(below.paged.times(items))
		return s
	}
	each := self(f, result).plus(below.once).plus(below.paged)
	if isConnection(parent) && def != nil && def.Type.Elem != nil {
		s.paged = each
		return s
	}
	s.once = each.times(items)
	return s
}

// self is the field's own part of the answer: a value, a record, or nothing
// where the type only gives structure. An unknown field counts as a record.
func self(f *ast.Field, result *ast.Definition) load {
	switch {
	case f.Name == "__typename":
		return load{values: 1}
	case result == nil:
		return load{nodes: 1}
	case result.IsLeafType():
		return load{values: 1}
	case isStructure(result):
		return load{}
	default:
		return load{nodes: 1}
	}
}

// isWrapping says whether f only unwraps an introspected type. The chain is a
// straight line that every client tool asks for, so it adds no depth.
func isWrapping(parent *ast.Definition, f *ast.Field) bool {
	return parent != nil && parent.Name == "__Type" && f.Name == "ofType"
}

func isConnection(def *ast.Definition) bool {
	return def != nil && strings.HasSuffix(def.Name, "Connection")
}

func isStructure(def *ast.Definition) bool {
	return def.Name == "PageInfo" || strings.HasSuffix(def.Name, "Edge") ||
		isConnection(def) || def.Directives.ForName("structure") != nil
}

// directivesIn counts the directives written anywhere in doc, also where op
// does not reach: validation looks at each of them.
func directivesIn(doc *ast.QueryDocument) int {
	n := 0
	for _, op := range doc.Operations {
		n += len(op.Directives) + directivesInSet(op.SelectionSet)
		for _, v := range op.VariableDefinitions {
			n += len(v.Directives)
		}
	}
	for _, f := range doc.Fragments {
		n += len(f.Directives) + directivesInSet(f.SelectionSet)
	}
	return n
}

func directivesInSet(set ast.SelectionSet) int {
	n := 0
	for _, selection := range set {
		switch sel := selection.(type) {
		case *ast.Field:
			n += len(sel.Directives) + directivesInSet(sel.SelectionSet)
		case *ast.FragmentSpread:
			n += len(sel.Directives)
		case *ast.InlineFragment:
			n += len(sel.Directives) + directivesInSet(sel.SelectionSet)
		}
	}
	return n
}

// add and multiply stop at ceiling; their operands are between 0 and ceiling.
func add(a, b int) int { return min(a+b, ceiling) }

func multiply(a, b int) int { return min(a*b, ceiling) }
