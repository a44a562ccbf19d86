package disclosure

import (
	"strings"

	"github.com/tongxin-hub/tongxin/internal/record"
)

// Holding is where a coordinate of a child's file is stored: which rows are the child's, and
// in which column. All of it comes from the catalogue.
type Holding struct {
	Coordinate, Owner string
	// Table is called t in the others; Where names the rows of the child $1.
	Table, Where, Column string
}

// Holdings are all coordinates of a child's file that are stored as they are, by name;
// what the hub works out holds nothing of its own.
func (c *Catalog) Holdings() []Holding {
	var out []Holding
	for _, k := range c.Classified() {
		typename, name, _ := strings.Cut(k.Name, ".")
		o := c.objects[typename]
		where := c.ofChild(o)
		f := o.fields[name]
		if where == "" || f.out == outID || !reads(f.sql, "{t}."+snake(name)) {
			continue
		}
		out = append(out, Holding{Coordinate: k.Name, Owner: k.Owner, Table: o.Table, Where: where, Column: "t." + snake(name)})
	}
	return out
}

// reads reports whether an expression reads a column, and not one whose name goes on.
func reads(sql, column string) bool {
	_, after, found := strings.Cut(sql, column)
	return found && (after == "" || !strings.ContainsAny(after[:1], "abcdefghijklmnopqrstuvwxyz0123456789_"))
}

// ofChild is the condition on the rows t of a type that are of the child $1, "" for a
// type of no child.
func (c *Catalog) ofChild(o *object) string {
	switch o.Kind {
	case record.Node:
	case record.Child:
		return "t.id = $1"
	case record.Section:
		return "t." + c.whereOfSection(o.Name)
	case record.OfChild:
		return "t.child_id = $1"
	case record.Part:
		for _, above := range c.sorted() {
			if join := c.linkTo(above.Name, o.Name); join != "" && above.Kind == record.OfChild {
				return "EXISTS (SELECT FROM " + above.Table + " AS p WHERE p.child_id = $1 AND " + strings.NewReplacer("{p}", "p", "{t}", "t").Replace(join) + ")"
			}
		}
	}
	return ""
}

// linkTo is how the rows of a type hang on those of another, "" where they do not.
func (c *Catalog) linkTo(from, to string) string {
	for _, name := range fieldsOf(c.objects[from]) {
		if link := c.objects[from].fields[name].link; link != nil && link.Type == to {
			return link.Join
		}
	}
	return ""
}
