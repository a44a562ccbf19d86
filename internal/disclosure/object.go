package disclosure

import (
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/tongxin-hub/tongxin/internal/record"
	"github.com/tongxin-hub/tongxin/policy"
)

// object compiles the selection on one row that the statement already reaches.
func (c *compiler) object(stmt *statement, o *object, alias string, fr frame, sets []ast.SelectionSet) *node {
	n := &node{index: len(c.plan.nodes), obj: o, id: -1, child: -1}
	c.plan.nodes = append(c.plan.nodes, n)
	n.bases = stmt.column(fr.sql)
	switch o.Kind {
	case record.Child:
		n.child = stmt.column(alias + "." + n.obj.ID())
	case record.OfChild:
		n.child = stmt.column(alias + ".child_id")
	}
	for _, s := range c.collect(o.Name, sets...) {
		n.entries = append(n.entries, c.entry(stmt, n, alias, fr, s))
	}
	return n
}

// entry compiles one response key of an object.
func (c *compiler) entry(stmt *statement, n *node, alias string, fr frame, s selected) entry {
	e := entry{key: jsonKey(s.key)}
	if s.name == "__typename" {
		e.kind = entryTypename
		return e
	}
	f := n.obj.fields[s.name]
	cell := policy.Cell{Full: policy.Caller.Bit()}
	if f.governed {
		cell = c.view.Cell(f.coordinate)
		n.coords, n.cells = append(n.coords, f), append(n.cells, cell)
	}
	switch {
	case f.link == nil:
		c.value(stmt, &e, f, cell, alias, fr)
	case f.link.List || f.link.Paged || f.link.Rescope:
		c.below(stmt, n, &e, f, cell, alias, fr, s)
	default:
		c.inline(stmt, n, &e, f, cell, alias, fr, s)
	}
	return e
}

// value compiles a column: in full, masked in place or not selected at all, as
// the row's bases decide.
func (c *compiler) value(stmt *statement, e *entry, f *field, cell policy.Cell, alias string, fr frame) {
	e.out, e.idType = f.out, f.idType
	open := cell.Full
	if c.reveal == f.coordinate {
		open |= cell.Revealable
	}
	full := fr.guard(open, cell.Deny)
	masked := "false"
	if f.mask != "" {
		masked = fr.guard(cell.Revealable|cell.Masked, cell.Deny)
	}
	if full == "false" && masked == "false" {
		e.kind = entryNull
		return
	}
	e.kind = entryColumn
	sql := stmt.expand(f.sql, map[string]string{"t": alias})
	var when strings.Builder
	switch {
	case full == "":
		e.column = stmt.column(sql)
		return
	case full != "false":
		when.WriteString(" WHEN " + full + " THEN (" + sql + ")::text")
	}
	if masked == "" {
		masked = "true"
	}
	if masked != "false" {
		when.WriteString(" WHEN " + masked + " THEN " + f.mask + "(" + sql + ")")
	}
	e.column = stmt.column("CASE" + when.String() + " END")
}

// inline joins a to-one link into the same statement.
func (c *compiler) inline(stmt *statement, n *node, e *entry, f *field, cell policy.Cell, alias string, fr frame, s selected) {
	guard := fr.guard(cell.Full, cell.Deny)
	if guard == "false" {
		e.kind = entryNull
		return
	}
	target := c.cat.objects[f.link.Type]
	to := stmt.alias()
	on := stmt.expand(f.link.Join, map[string]string{"t": to, "p": alias})
	stmt.joins = append(stmt.joins, "LEFT JOIN "+target.Table+" "+to+" ON "+and(on, guard))
	if target.Kind == record.Child {
		// A right to one record is no right to the child's other records.
		fr.computed &^= recordBases
		fr.sql = "(" + fr.sql + " & ~" + strconv.FormatUint(uint64(recordBases), 10) + "::bigint)"
	}
	e.kind, e.node = entryObject, c.object(stmt, target, to, fr, s.sets())
	if target.Kind != record.Section {
		e.node.inlined, e.node.id = true, stmt.column(to+"."+target.ID())
	}
}

// below compiles a list, a page or a rescoped child into a statement of its
// own, run once for all rows of this level.
func (c *compiler) below(parent *statement, n *node, e *entry, f *field, cell policy.Cell, alias string, fr frame, s selected) {
	target := c.cat.objects[f.link.Type]
	stmt := &statement{name: target.Name}
	child := &fetch{stmt: stmt, link: f, cell: cell, list: !f.link.Rescope, args: s.args(), slot: len(n.fetches)}
	stmt.column("p.o")
	keys := stmt.param("keys")
	bases := stmt.param("bases")
	if f.link.Rescope {
		child.parentID = parent.column(parent.expand(f.link.Join, map[string]string{"p": alias}))
		stmt.from = "unnest(" + keys + "::bigint[], " + bases + "::bigint[]) WITH ORDINALITY AS p(id, b, o) JOIN " + target.Table + " t ON t.id = p.id"
		fr := c.anchor(stmt, target, false)
		stmt.order = "p.o"
		child.body = c.object(stmt, target, "t", fr, s.sets())
	} else {
		child.parentID = parent.column(alias + "." + n.obj.ID())
		c.hang(stmt, child, target, fr, s)
	}
	e.kind, e.fetch = entryFetch, child
	n.fetches = append(n.fetches, child)
}

// hang compiles rows that hang on parents, each parent with its own bases.
func (c *compiler) hang(stmt *statement, child *fetch, target *object, fr frame, s selected) {
	t := map[string]string{"t": "t", "p": "p"}
	bits := c.recordBits(stmt, target, "t")
	set := "p.b"
	if bits != "" {
		set = "(p.b | " + bits + ")"
	}
	order := stmt.expand(orderOf(target), t)
	stmt.from = "unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS p(id, b, o)"
	stmt.inner = "SELECT t.*, " + set + " AS bases_ FROM " + target.Table + " t"
	stmt.where = stmt.expand(child.link.link.Join, t)
	child.perRecord = child.cell.Full&recordBases != 0
	if child.perRecord {
		own := frame{sql: set, computed: ^policy.Bases(0)}
		stmt.where = and(stmt.where, own.guard(child.cell.Full, child.cell.Deny))
	}
	stmt.innerOrder = order
	stmt.order = "p.o, " + order
	fr.sql, fr.computed = "t.bases_", fr.computed|recordBases&c.relevant
	c.fill(child, target, "t", fr, s)
}
