package disclosure

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/tongxin-hub/tongxin/internal/record"
)

// Place is where one coordinate of a child's file is stored. All of it comes from the
// catalogue.
type Place struct {
	// Type is the type whose id names the row: Child for the parts of the file that a
	// child has once.
	Type string
	// Table and Column hold the value; Column is empty where it is worked out. Where
	// names the row by its id, $1.
	Table, Column, Where string
	// Writable: one plain value of a row, not a number that tokens are made of and not
	// of the classes that are written by their own procedures.
	Writable bool
	// Codes are the values of a code list, nil for other values.
	Codes []string
}

// Place finds a governed coordinate of a child's file; the zero Place for any other.
func (c *Catalog) Place(coordinate string) Place {
	typename, name, _ := strings.Cut(coordinate, ".")
	o := c.objects[typename]
	if o == nil || o.fields[name] == nil || !o.fields[name].governed || o.fields[name].link != nil || o.fields[name].out == outID {
		return Place{}
	}
	p := Place{Type: typename, Table: o.Table, Where: o.ID() + " = $1"}
	switch o.Kind {
	case record.Child, record.OfChild:
	case record.Section:
		p.Type, p.Where = "Child", c.whereOfSection(typename)
	default:
		return Place{}
	}
	f := o.fields[name]
	if f.sql != "{t}."+snake(name) {
		return p
	}
	p.Column = snake(name)
	data := f.def.Directives.ForName("data")
	class := data.Arguments.ForName("class").Value.Raw
	p.Writable = f.mask == "" && f.def.Type.Elem == nil && class != "L4" && data.Arguments.ForName("owner").Value.Raw != "HUB"
	if def := c.schema.Types[f.def.Type.Name()]; def.Kind == ast.Enum {
		for _, v := range def.EnumValues {
			p.Codes = append(p.Codes, v.Name)
		}
		slices.Sort(p.Codes)
	}
	return p
}

// whereOfSection is how the row of a part of the file hangs on its child.
func (c *Catalog) whereOfSection(typename string) string {
	if join := c.linkTo("Child", typename); join != "" {
		return strings.NewReplacer("{p}.id", "$1", "{t}.", "").Replace(join)
	}
	return "false"
}
