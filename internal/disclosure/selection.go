package disclosure

import (
	"slices"
	"sort"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/tongxin-hub/tongxin/policy"
)

// selected is one response key with the fields merged under it.
type selected struct {
	key    string
	name   string
	fields []*ast.Field
}

func (s selected) sets() []ast.SelectionSet {
	out := make([]ast.SelectionSet, len(s.fields))
	for i, f := range s.fields {
		out[i] = f.SelectionSet
	}
	return out
}

func (s selected) args() args {
	f := s.fields[0]
	list := ast.ArgumentDefinitionList(nil)
	if f.Definition != nil {
		list = f.Definition.Arguments
	}
	return args{def: list, list: f.Arguments}
}

// collect merges selection sets on an object type as the GraphQL specification
// says (CollectFields): fragments entered, @skip and @include applied.
func (c *compiler) collect(typename string, sets ...ast.SelectionSet) []selected {
	var out []selected
	for _, set := range sets {
		out = c.collectInto(out, typename, set)
	}
	return out
}

func (c *compiler) collectInto(out []selected, typename string, set ast.SelectionSet) []selected {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			if c.included(s.Directives) {
				out = c.merge(out, typename, s)
			}
		case *ast.InlineFragment:
			if c.included(s.Directives) && c.applies(s.TypeCondition, typename) {
				out = c.collectInto(out, typename, s.SelectionSet)
			}
		case *ast.FragmentSpread:
			if def := c.doc.Fragments.ForName(s.Name); def != nil && c.included(s.Directives) && c.applies(def.TypeCondition, typename) {
				out = c.collectInto(out, typename, def.SelectionSet)
			}
		}
	}
	return out
}

func (c *compiler) merge(out []selected, typename string, f *ast.Field) []selected {
	key := f.Alias
	if c.canonical && typename != "Query" {
		key = f.Name
	}
	for i := range out {
		if out[i].key == key {
			out[i].fields = append(out[i].fields, f)
			return out
		}
	}
	return append(out, selected{key: key, name: f.Name, fields: []*ast.Field{f}})
}

func (c *compiler) applies(condition, typename string) bool {
	if condition == "" || condition == typename {
		return true
	}
	def := c.cat.schema.Types[typename]
	return def != nil && slices.Contains(def.Interfaces, condition)
}

// included evaluates @skip and @include.
func (c *compiler) included(directives ast.DirectiveList) bool {
	for _, d := range directives {
		if d.Name != "skip" && d.Name != "include" {
			continue
		}
		v, err := d.Arguments.ForName("if").Value.Value(c.vars)
		yes, isBool := v.(bool)
		if err != nil || !isBool || yes == (d.Name == "skip") {
			return false
		}
	}
	return true
}

// survey walks the whole selection once before anything is compiled: it lists
// the governed coordinates and gathers the bases that could matter to them.
func (c *compiler) survey() {
	seen := map[string]bool{}
	visited := map[*ast.Field]bool{}
	var walk func(set ast.SelectionSet)
	walk = func(set ast.SelectionSet) {
		for _, selection := range set {
			switch s := selection.(type) {
			case *ast.Field:
				if visited[s] || s.ObjectDefinition == nil || !c.included(s.Directives) {
					continue
				}
				visited[s] = true
				c.ask(s.ObjectDefinition.Name+"."+s.Name, seen)
				walk(s.SelectionSet)
			case *ast.InlineFragment:
				walk(s.SelectionSet)
			case *ast.FragmentSpread:
				if def := c.doc.Fragments.ForName(s.Name); def != nil {
					walk(def.SelectionSet)
				}
			}
		}
	}
	walk(c.op.SelectionSet)
	sort.Strings(c.plan.Requested)
}

func (c *compiler) ask(coordinate string, seen map[string]bool) {
	typename, name, _ := strings.Cut(coordinate, ".")
	o := c.cat.objects[typename]
	governed := typename == "Query" && name != "__typename" || o != nil && o.fields[name] != nil && o.fields[name].governed
	if !governed || seen[coordinate] {
		return
	}
	seen[coordinate] = true
	if link := o.linkOf(name); link != nil && len(c.cat.objects[link.Type].About) > 0 {
		c.relevant |= c.view.Bases()
	}
	c.plan.Requested = append(c.plan.Requested, coordinate)
	c.relevant |= bits(c.cat.ListCell(c.view, coordinate))
}

// bits are all bases that matter to a cell.
func bits(cell policy.Cell) policy.Bases {
	return cell.Full | cell.Revealable | cell.Masked | cell.Deny
}
