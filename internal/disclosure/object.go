package disclosure

import (
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/tongxin-hub/tongxin/internal/record"
	"github.com/tongxin-hub/tongxin/policy"
)

// place is a row that a statement reaches: its alias and what is known of its
// bases.
type place struct {
	stmt  *statement
	alias string
	frame frame
}

// expand fills a template of the row's own columns.
func (p place) expand(template string) string {
	return p.stmt.expand(template, map[string]string{"t": p.alias})
}

// wanted is one field of the selection with its cell in the policy.
type wanted struct {
	selected
	field *field
	cell  policy.Cell
}

// object compiles the selection on a row.
func (c *compiler) object(p place, o *object, sets []ast.SelectionSet) *node {
	n := &node{index: len(c.plan.nodes), obj: o, id: -1, child: -1}
	c.plan.nodes = append(c.plan.nodes, n)
	n.bases = p.stmt.column(p.frame.sql)
	switch o.Kind {
	case record.Child:
		n.child = p.stmt.column(p.alias + ".id")
	case record.OfChild:
		n.child = p.stmt.column(p.alias + ".child_id")
	case record.Node, record.Section, record.Part: // no child of their own
	}
	for _, s := range c.collect(o.Name, sets...) {
		n.entries = append(n.entries, c.entry(p, n, s))
	}
	return n
}

// entry compiles one response key of an object.
func (c *compiler) entry(p place, n *node, s selected) entry {
	e := entry{key: jsonKey(s.key)}
	if s.name == "__typename" {
		e.kind = entryTypename
		return e
	}
	w := wanted{s, n.obj.fields[s.name], policy.Cell{Full: policy.Caller.Bit()}}
	if w.field.governed {
		w.cell = c.cat.ListCell(c.view, w.field.coordinate)
		n.coords, n.cells = append(n.coords, w.field), append(n.cells, w.cell)
	}
	switch link := w.field.link; {
	case link == nil:
		c.value(p, &e, w)
	case link.List || link.Paged || link.Rescope:
		e.kind, e.fetch = entryFetch, c.below(p, n, w)
		n.fetches = append(n.fetches, e.fetch)
	default:
		c.inline(p, &e, w)
	}
	return e
}

// value compiles a column: in full, masked in place or not selected at all, as
// the row's bases decide.
func (c *compiler) value(p place, e *entry, w wanted) {
	e.out, e.idType = w.field.out, w.field.idType
	open := w.cell.Full
	if c.reveal == w.field.coordinate {
		open |= w.cell.Revealable
	}
	full, masked := p.frame.guard(open, w.cell.Deny), "false"
	if w.field.mask != "" {
		masked = p.frame.guard(w.cell.Revealable|w.cell.Masked, w.cell.Deny)
	}
	if full == "false" && masked == "false" {
		e.kind = entryNull
		return
	}
	e.kind = entryColumn
	sql := p.expand(w.field.sql)
	if full == "" {
		e.column = p.stmt.column(sql)
		return
	}
	var when strings.Builder
	if full != "false" {
		when.WriteString(" WHEN " + full + " THEN (" + sql + ")::text")
	}
	switch masked {
	case "false":
	case "":
		when.WriteString(" ELSE " + w.field.mask + "(" + sql + ")")
	default:
		when.WriteString(" WHEN " + masked + " THEN " + w.field.mask + "(" + sql + ")")
	}
	if full == "false" && masked == "" {
		e.column = p.stmt.column(w.field.mask + "(" + sql + ")")
		return
	}
	e.column = p.stmt.column("CASE" + when.String() + " END")
}

// inline joins a to-one link into the same statement.
func (c *compiler) inline(p place, e *entry, w wanted) {
	guard := p.frame.guard(w.cell.Full, w.cell.Deny)
	if guard == "false" {
		e.kind = entryNull
		return
	}
	target := c.cat.objects[w.field.link.Type]
	to := place{p.stmt, p.stmt.alias(), p.frame}
	on := p.stmt.expand(w.field.link.Join, map[string]string{"t": to.alias, "p": p.alias})
	p.stmt.joins = append(p.stmt.joins, "LEFT JOIN "+target.Table+" "+to.alias+" ON "+and(on, guard))
	if target.Kind == record.Child {
		// A right to one record is no right to the child's other records.
		to.frame.computed &^= recordBases
		to.frame.reach = slices.DeleteFunc(slices.Clone(p.frame.reach), func(set policy.Bases) bool { return set&recordBases != 0 })
		to.frame.sql = "(" + p.frame.sql + " & ~" + strconv.FormatUint(uint64(recordBases), 10) + "::bigint)"
	}
	e.kind, e.node = entryObject, c.object(to, target, w.sets())
	if target.Kind != record.Section {
		e.node.inlined, e.node.id = true, p.stmt.column(to.alias+"."+target.ID())
	}
}

// below compiles a list, a page or a rescoped child into a statement of its
// own, run once for all rows of this level.
func (c *compiler) below(p place, n *node, w wanted) *fetch {
	link := w.field.link
	target := c.cat.objects[link.Type]
	stmt := &statement{name: target.Name}
	f := &fetch{stmt: stmt, link: w.field, cell: w.cell, list: !link.Rescope, args: w.args()}
	stmt.column("p.o")
	stmt.from = "unnest(" + stmt.param("keys") + "::bigint[], " + stmt.param("bases") + "::bigint[]) WITH ORDINALITY AS p(id, b, o)"
	if link.Rescope {
		f.parentID = p.stmt.column(p.stmt.expand(link.Join, map[string]string{"p": p.alias}))
		stmt.from += " JOIN " + target.Table + " t ON t.id = p.id"
		stmt.order = "p.o"
		f.body = c.object(place{stmt, "t", c.anchor(stmt, target, false)}, target, w.sets())
	} else {
		f.parentID = p.stmt.column(p.alias + "." + n.obj.ID())
		c.hang(p.frame, f, target, w.selected)
	}
	f.finish(nil)
	return f
}

// hang compiles rows that hang on parents, each with the bases of its parent
// and its own record-level ones.
func (c *compiler) hang(parents frame, f *fetch, target *object, s selected) {
	stmt, names := f.stmt, map[string]string{"t": "t", "p": "p"}
	set := "p.b"
	switch bits := c.recordBits(stmt, target, "t"); {
	case target.Kind == record.Node && len(target.Bases) > 0:
		// A right to one entry is no right to all that hangs on it.
		parents = c.ownBases(stmt, target)
		set = parents.sql
	case bits != "":
		set = "(p.b | " + bits + ")"
	}
	stmt.inner = "SELECT t.*, " + set + " AS bases_ FROM " + target.Table + " t"
	stmt.where = stmt.expand(f.link.link.Join, names)
	if target.Kind == record.Node && len(target.Bases) > 0 {
		stmt.where = and(stmt.where, parents.guard(c.cat.opens(c.view, target.Name), 0))
	}
	if f.perRecord = f.cell.Full&recordBases != 0; f.perRecord {
		own := frame{sql: set, computed: ^policy.Bases(0)}
		stmt.where = and(stmt.where, own.guard(f.cell.Full, f.cell.Deny))
		f.listed = &node{
			index: len(c.plan.nodes), coords: []*field{f.link}, cells: []policy.Cell{{Full: ^policy.Bases(0)}},
		}
		c.plan.nodes = append(c.plan.nodes, f.listed)
	}
	stmt.where = and(stmt.where, c.about(target, parents))
	stmt.innerOrder = stmt.expand(orderOf(target), names)
	stmt.order = "p.o, " + stmt.innerOrder
	rows := parents
	rows.sql, rows.computed = "t.bases_", rows.computed|recordBases&c.relevant
	c.fill(f, target, place{stmt, "t", rows}, s)
}

// about keeps, of rows that tell about parts of the file, those about a part of
// which something is open.
func (c *compiler) about(target *object, parents frame) string {
	var parts []string
	for section, typename := range target.About {
		fr := parents
		fr.sql, fr.always, fr.reach = "p.b", 0, nil
		guard := fr.guard(c.cat.opens(c.view, typename)&^policy.Caller.Bit(), 0)
		parts = append(parts, "t.section = '"+section+"' AND "+guard)
	}
	sort.Strings(parts)
	return strings.Join(parts, " OR ")
}
