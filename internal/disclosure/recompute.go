package disclosure

import (
	"slices"
	"strings"

	"github.com/tongxin-hub/tongxin/internal/record"
	"github.com/tongxin-hub/tongxin/policy"
)

// Asking is what an entry of the log says of a question about one child: enough to
// decide it again, under the same or another policy.
type Asking struct {
	// Coordinates were asked for together.
	Coordinates []string
	// Bases held, those of all records that were shown together.
	Bases policy.Bases
	// Child: it was about a child, and not about the hub's own records.
	Child bool
}

// Forms are the forms in which the coordinates are shown at most: where there is no
// such record, or where the basis held for another record alone, less is. What is
// withheld is left out.
func (c *Catalog) Forms(view *policy.View, q Asking) map[string]policy.Form {
	out := map[string]policy.Form{}
	scope := view.Cell("Child.id")
	if q.Child && !changes(q.Coordinates) && (q.Bases&scope.Deny != 0 || q.Bases&scope.Full&^policy.Caller.Bit() == 0) {
		return out // out of reach
	}
	for _, coordinate := range q.Coordinates {
		root := strings.HasPrefix(coordinate, "Query.") || strings.HasPrefix(coordinate, "Mutation.")
		form := c.form(view, coordinate, q.Bases)
		if root && form == policy.Withheld {
			return map[string]policy.Form{} // the whole operation is refused
		}
		if form != policy.Withheld {
			out[coordinate] = form
		}
	}
	for c.prune(out, q.Coordinates) {
	}
	return out
}

// changes reports a change: whether its child is in reach, it has asked itself, where
// that matters at all.
func changes(coordinates []string) bool {
	return slices.ContainsFunc(coordinates, func(c string) bool {
		return strings.HasPrefix(c, "Mutation.") && c != "Mutation.revealField"
	})
}

// form is one coordinate alone.
func (c *Catalog) form(view *policy.View, coordinate string, bases policy.Bases) policy.Form {
	form := c.ListCell(view, coordinate).Form(bases)
	typename, name, _ := strings.Cut(coordinate, ".")
	if o := c.objects[typename]; o != nil && form != policy.Full && (o.fields[name] == nil || o.fields[name].mask == "") {
		return policy.Withheld // what cannot be masked in place is not shown masked
	}
	return form
}

// prune takes away what hangs on links that are all withheld, and reports whether
// there was something.
func (c *Catalog) prune(out map[string]policy.Form, asked []string) bool {
	open, shut := map[string]bool{}, map[string]bool{}
	for _, coordinate := range asked {
		typename, name, _ := strings.Cut(coordinate, ".")
		if typename == "Query" {
			open[c.roots[name].Type] = true
		}
		if link := c.objects[typename].linkOf(name); link != nil && link.Type != "Child" {
			if _, shown := out[coordinate]; shown {
				open[link.Type] = true
			} else {
				shut[link.Type] = true
			}
		}
	}
	pruned := false
	for coordinate := range out {
		if typename, _, _ := strings.Cut(coordinate, "."); shut[typename] && !open[typename] {
			delete(out, coordinate)
			pruned = true
		}
	}
	return pruned
}

// Looked are the bases that were looked at for sure when these coordinates were
// asked for: of any other nobody can say from the log whether it held.
func (c *Catalog) Looked(view *policy.View, coordinates []string) policy.Bases {
	set := policy.Caller.Bit() | bits(view.Cell("Child.id"))
	for _, coordinate := range coordinates {
		set |= bits(c.ListCell(view, coordinate))
	}
	return set
}

// OfChildren reports whether a coordinate is a part of a child's file, and not of the
// hub's own records.
func (c *Catalog) OfChildren(coordinate string) bool {
	typename, _, _ := strings.Cut(coordinate, ".")
	o := c.objects[typename]
	return o != nil && o.Kind != record.Node
}

// RecordBases are the bases that hold for one record rather than for a child.
func RecordBases() policy.Bases { return recordBases }
