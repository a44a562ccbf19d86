package disclosure

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/record"
	"github.com/tongxin-hub/tongxin/policy"
)

// compiler turns one validated operation into a plan for one view.
type compiler struct {
	cat  *Catalog
	view *policy.View
	doc  *ast.QueryDocument
	op   *ast.OperationDefinition
	// vars are read for @skip and @include only; they are part of the cache key.
	vars map[string]any
	// nodeTypes are the types of the ids given to node and nodes.
	nodeTypes []string
	// canonical writes field names instead of aliases (the reference path).
	canonical bool
	// reveal is the coordinate whose REVEALABLE form is opened, if any.
	reveal string
	// all computes every basis of the view, not only those that matter here.
	all      bool
	plan     *Plan
	relevant policy.Bases
	scope    policy.Cell
}

// compile makes the plan. It fails with fault.Forbidden where a root field is
// not open to the post; a coordinate that is not open is simply withheld.
func (c *compiler) compile(set ast.SelectionSet) (*Plan, error) {
	c.plan = &Plan{memo: memo{faces: map[faceKey]*face{}, sets: map[string]*audit.Set{}}}
	c.scope = c.view.Cell("Child.id")
	c.relevant = bits(c.scope) | policy.Caller.Bit()
	if c.all {
		c.relevant |= c.view.Bases()
	}
	c.survey()
	for _, name := range c.nodeTypes {
		c.relevant |= bits(c.listCell(c.cat.objects[name]))
	}
	for _, s := range c.collect("Query", set) {
		if root := c.cat.roots[s.name]; c.cat.objects[root.Type] != nil {
			c.relevant |= bits(c.listCell(c.cat.objects[root.Type]))
			for _, coordinate := range c.cat.searchable[s.name] {
				c.relevant |= bits(c.view.Cell(coordinate))
			}
		}
	}
	for _, s := range c.collect("Query", set) {
		st, err := c.start(s)
		if err != nil {
			return nil, err
		}
		c.plan.roots = append(c.plan.roots, st)
	}
	return c.plan, nil
}

// start compiles one root field.
func (c *compiler) start(s selected) (*start, error) {
	st := &start{key: jsonKey(s.key), field: s.name}
	if s.name == "__typename" {
		st.field = ""
		return st, nil
	}
	if cell := c.view.Cell("Query." + s.name); cell.Form(policy.Caller.Bit()) != policy.Full {
		return nil, fault.New(fault.Forbidden,
			"当前岗位与用途不能使用此查询。", "This post may not use this query for this purpose.")
	}
	root, ok := c.cat.roots[s.name]
	if !ok {
		return nil, fault.New(fault.BadRequest,
			"请将数据查询与枢纽信息查询分开发送。", "Ask for data and for information about the hub in separate operations.")
	}
	st.root, st.args = root, s.args()
	types := []string{root.Type}
	if root.Type == "Node" {
		types = c.nodeTypes
	}
	st.bodies = map[string]*fetch{}
	for _, name := range types {
		f, err := c.rootFetch(st, name, s)
		if err != nil {
			return nil, err
		}
		st.bodies[name] = f
	}
	return st, nil
}

// rootFetch compiles the statement that starts a read of one type.
func (c *compiler) rootFetch(st *start, typename string, s selected) (*fetch, error) {
	o := c.cat.objects[typename]
	if o == nil {
		return nil, fault.New(fault.NotFound, "没有这个编号。", "There is no such id.")
	}
	stmt := &statement{name: typename, role: c.view.Role}
	table := o.Table
	if st.root.From != "" {
		table = st.root.From
	}
	ordinal, order := "1", stmt.expand(orderOf(o), map[string]string{"t": "t"})
	switch {
	case st.root.Keyed && st.root.List:
		ordinal = "p.o"
		stmt.from = "unnest(" + stmt.param("keys") + "::bigint[]) WITH ORDINALITY AS p(id, o) JOIN " + table + " t ON t." + o.ID() + " = p.id"
		order = "" // a row for each key, wherever it stands
	case st.root.Keyed:
		stmt.from, order = table+" t", ""
		stmt.where = "t." + o.ID() + " = " + stmt.param("key") + "::bigint"
	default:
		stmt.from = stmt.expand(table, nil) + " t"
	}
	stmt.column(ordinal)
	stmt.order = order
	fr := c.anchor(stmt, o, !st.root.Keyed)
	if st.root.Where != "" {
		stmt.where = and(stmt.where, stmt.expand(st.root.Where, map[string]string{"t": "t"}))
	}
	if always := st.root.Postings.Always; always != "" {
		stmt.post(&st.root.Postings, stmt.expand(always, map[string]string{"k": "k"}), "")
	}
	f := &fetch{
		stmt: stmt, frame: fr, list: st.root.List || st.root.Paged, args: st.args,
		rootName: "Query." + st.field, rootBound: c.cat.bound(st.field),
	}
	c.fill(f, o, place{stmt: stmt, alias: "t", frame: fr}, s)
	if st.root.Keys != nil {
		f.conn.orders = st.root.Keys
	}
	f.finish(&st.root)
	return f, nil
}

// anchor computes the bases of the rows of a root and narrows them to scope.
func (c *compiler) anchor(stmt *statement, o *object, search bool) frame {
	switch o.Kind {
	case record.Child:
		return c.childBases(stmt, "t", "", search)
	case record.OfChild:
		child := stmt.alias()
		stmt.child = child
		stmt.from += " JOIN child " + child + " ON " + child + ".id = t.child_id"
		return c.listed(stmt, o, c.childBases(stmt, child, c.recordBits(stmt, o, "t"), search))
	case record.Node, record.Section, record.Part:
	}
	stmt.where = and(stmt.where, stmt.bound("active"))
	fr := c.ownBases(stmt, o)
	if len(o.Bases) > 0 {
		opens := c.cat.opens(c.view, o.Name)
		stmt.where = and(stmt.where, fr.guard(opens, 0))
		fr.reach = append(fr.reach, opens&fr.computed) // so that such rows may be filtered by what it opens
	}
	return fr
}

// listed narrows the records of a child to those that the child's own list
// would show: there is no second way to a record.
func (c *compiler) listed(stmt *statement, o *object, fr frame) frame {
	cell := c.listCell(o)
	stmt.where = and(stmt.where, fr.guard(cell.Full, cell.Deny))
	fr.reach = append(fr.reach, cell.Full&fr.computed)
	fr.deny |= cell.Deny & fr.computed
	return fr
}

// listCell is the cell of the child's list of a type of record.
func (c *compiler) listCell(o *object) policy.Cell {
	if f := c.cat.listOf(o); f != nil {
		return c.cat.ListCell(c.view, f.coordinate)
	}
	return policy.Cell{}
}

// ownBases are the bases of a row that is about no child in reach: the post's
// own and those of the record.
func (c *compiler) ownBases(stmt *statement, o *object) frame {
	caller := policy.Caller.Bit()
	fr := frame{sql: strconv.FormatUint(uint64(caller), 10) + "::bigint", always: caller, computed: caller}
	if bits := c.recordBits(stmt, o, "t"); bits != "" {
		fr.sql = "(" + fr.sql + " | " + bits + ")"
		fr.computed |= bitsOf(o)
	}
	return fr
}

// bitsOf are the record-level bases that a type can hold.
func bitsOf(o *object) policy.Bases {
	var set policy.Bases
	for name := range o.Bases {
		set |= policy.Basis(name).Bit()
	}
	return set
}

// childBases joins the set of bases of a child's row as s.b and adds the scope
// to the statement's conditions.
func (c *compiler) childBases(stmt *statement, child, record string, search bool) frame {
	aliases := map[string]string{"c": child, "enrolment": child + ".enrolment" + sectionMark}
	terms := []string{strconv.FormatUint(uint64(policy.Caller.Bit()), 10)}
	computed := policy.Caller.Bit() | recordBases&c.relevant
	// Bases that share a condition stand under it together.
	shared := map[string][]string{}
	for _, b := range (c.relevant &^ recordBases).List() {
		basis := basis(b, c.view.Role)
		if basis.state == "" {
			continue
		}
		computed |= b.Bit()
		bit := fmt.Sprintf("CASE WHEN %s THEN %d ELSE 0 END", stmt.expand(basis.state, aliases), uint64(b.Bit()))
		shared[basis.shared] = append(shared[basis.shared], bit)
	}
	for _, condition := range slices.Sorted(maps.Keys(shared)) {
		bits := strings.Join(shared[condition], " | ")
		if condition != "" {
			bits = "CASE WHEN " + stmt.expand(condition, aliases) + " THEN " + bits + " ELSE 0 END"
		}
		terms = append(terms, bits)
	}
	if record != "" {
		terms = append(terms, record)
	}
	alias := stmt.alias()
	stmt.from += "\nCROSS JOIN LATERAL (SELECT (" + strings.Join(terms, " | ") + ")::bigint AS b OFFSET 0) " + alias
	fr := frame{
		sql: alias + ".b", always: policy.Caller.Bit(), computed: computed,
		reach: []policy.Bases{c.scope.Full & computed}, deny: c.scope.Deny & computed, child: true,
	}
	// A right that hangs on the post alone brings no child into reach.
	scope := frame{sql: fr.sql, computed: computed, child: true}.guard(c.scope.Full&^policy.Caller.Bit(), c.scope.Deny)
	// As a CASE, because the planner takes a comparison with a parameter for one that
	// leaves almost nothing, and then reads everything before it sorts.
	stmt.where = and(stmt.where, scope,
		"CASE "+stmt.bound("ticketChild")+" WHEN 0 THEN true ELSE "+child+".id = "+stmt.bound("ticketChild")+" END")
	if search {
		if found := candidates(c.scope.Full&computed, c.view.Role); found != "" {
			stmt.where = and(stmt.where, child+".id IN ("+stmt.expand(found, nil)+")")
		}
	}
	return fr
}

// recordBits is the SQL of the record-level bases of one row, "" if none matter.
func (c *compiler) recordBits(stmt *statement, o *object, alias string) string {
	var terms []string
	for _, b := range (bitsOf(o) & c.relevant).List() {
		sql := stmt.expand(o.Bases[string(b)], map[string]string{"t": alias})
		terms = append(terms, fmt.Sprintf("CASE WHEN %s THEN %d ELSE 0 END", sql, uint64(b.Bit())))
	}
	return strings.Join(terms, " | ")
}

func orderOf(o *object) string {
	if o.Order != "" {
		return o.Order
	}
	return "{t}." + o.ID()
}

// fill compiles the selection of a fetch: an object or a connection of objects.
func (c *compiler) fill(f *fetch, o *object, p place, s selected) {
	def := c.cat.schema.Types[s.fields[0].Definition.Type.Name()]
	if !strings.HasSuffix(def.Name, "Connection") {
		f.body = c.object(p, o, s.sets())
		return
	}
	f.conn = &connection{typename: def.Name, orders: o.Keys, row: c.object(p, o, nil)}
	if o.Keys == nil {
		f.conn.orders = record.ByID()
	}
	f.conn.entries = c.connection(f.conn, def.Name, o, p, s.sets())
}

// connection compiles edges, nodes and pageInfo; each selection of the record
// becomes a node of its own over the same row.
func (c *compiler) connection(conn *connection, typename string, o *object, p place, sets []ast.SelectionSet) []connEntry {
	var out []connEntry
	for _, s := range c.collect(typename, sets...) {
		e := connEntry{key: jsonKey(s.key), field: s.name, text: typename}
		switch s.name {
		case "nodes", "node":
			e.node = c.object(p, o, s.sets())
			conn.nodes = append(conn.nodes, e.node)
		case "edges", "pageInfo":
			e.sub = c.connection(conn, s.fields[0].Definition.Type.Name(), o, p, s.sets())
		}
		out = append(out, e)
	}
	return out
}

// jsonKey is a response key ready to be written.
func jsonKey(name string) []byte { return []byte(strconv.Quote(name) + ":") }
