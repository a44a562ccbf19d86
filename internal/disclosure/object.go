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
	// open is a further condition on everything of this row, "" for none.
	open string
}

// expand fills a template of the row's own columns.
func (p place) expand(template string) string {
	return p.stmt.expand(template, map[string]string{"t": p.alias})
}

// guard is the condition under which a cell shows something of this row.
func (p place) guard(allow, deny policy.Bases) string {
	guard := p.frame.guard(allow, deny)
	if p.open == "" || guard == "false" {
		return guard
	}
	return and(p.open, guard)
}

// column adds one of the row's own columns, null where the row is not open.
func (p place) column(template string) int {
	sql := p.expand(template)
	if p.open != "" {
		sql = "CASE WHEN " + p.open + " THEN " + sql + " END"
	}
	return p.stmt.column(sql)
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
		n.child = p.column("{t}.id")
	case record.OfChild:
		n.child = p.column("{t}.child_id")
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
		c.inline(p, n, &e, w)
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
	full, masked := p.guard(open, w.cell.Deny), "false"
	if w.field.mask != "" {
		masked = p.guard(w.cell.Revealable|w.cell.Masked, w.cell.Deny)
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
		when.WriteString(" WHEN " + full + " THEN " + sql)
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
func (c *compiler) inline(p place, n *node, e *entry, w wanted) {
	guard := p.guard(w.cell.Full, w.cell.Deny)
	if guard == "false" {
		e.kind = entryNull
		return
	}
	target := c.cat.objects[w.field.link.Type]
	to := place{stmt: p.stmt, frame: p.frame}
	switch {
	case target.Kind == record.Section && n.obj.Kind == record.Child:
		to.alias, to.open = sectionAlias(p.alias, target.Table), guard
	case target.Kind == record.Child && p.stmt.child != "" && w.field.link.Join == ofItsChild:
		to.alias, to.open = p.stmt.child, guard
	default:
		to.alias = p.stmt.alias()
		on := p.stmt.expand(w.field.link.Join, map[string]string{"t": to.alias, "p": p.alias})
		p.stmt.joins = append(p.stmt.joins, "LEFT JOIN "+target.Table+" "+to.alias+" ON "+and(on, guard))
	}
	if target.Kind == record.Child {
		// A right to one record is no right to the child's other records.
		to.frame.computed &^= recordBases
		to.frame.reach = slices.DeleteFunc(slices.Clone(p.frame.reach), func(set policy.Bases) bool { return set&recordBases != 0 })
		to.frame.sql = "(" + p.frame.sql + " & ~" + strconv.FormatUint(uint64(recordBases), 10) + "::bigint)"
	}
	e.kind, e.node = entryObject, c.object(to, target, w.sets())
	if target.Kind != record.Section {
		e.node.inlined, e.node.id = true, to.column("{t}."+target.ID())
	}
}

// ofItsChild leads from a record to the child it is about, which the statement
// of a root has already joined.
const ofItsChild = "{t}.id = {p}.child_id"

// sectionAlias is where the columns of a section stand: on the child's own row.
func sectionAlias(child, table string) string {
	if table == "child" {
		return child
	}
	return child + "." + table + sectionMark
}

// below compiles a list, a page or a rescoped child into a statement of its
// own, run once for all rows of this level.
func (c *compiler) below(p place, n *node, w wanted) *fetch {
	link := w.field.link
	target := c.cat.objects[link.Type]
	stmt := &statement{name: target.Name, role: c.view.Role}
	f := &fetch{stmt: stmt, link: w.field, cell: w.cell, list: !link.Rescope, args: w.args()}
	stmt.column("p.o")
	stmt.from = "unnest(" + stmt.param("keys") + "::bigint[], " + stmt.param("bases") + "::bigint[]) WITH ORDINALITY AS p(id, b, o)"
	if link.Rescope {
		f.parentID = p.column(strings.ReplaceAll(link.Join, "{p}", "{t}"))
		stmt.from += " JOIN " + target.Table + " t ON t.id = p.id"
		f.body = c.object(place{stmt: stmt, alias: "t", frame: c.anchor(stmt, target, false)}, target, w.sets())
	} else {
		f.parentID = p.column("{t}." + n.obj.ID())
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
	stmt.inner, stmt.innerBases = target.Table, set
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
	c.fill(f, target, place{stmt: stmt, alias: "t", frame: rows}, s)
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
