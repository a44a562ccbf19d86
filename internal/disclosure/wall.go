package disclosure

import (
	"maps"
	"slices"
	"sort"
	"strings"

	"github.com/tongxin-hub/tongxin/internal/record"
	"github.com/tongxin-hub/tongxin/internal/wall"
	"github.com/tongxin-hub/tongxin/policy"
)

// Wall is what the roles of a policy may read, for the database to hold them to:
// the columns behind the coordinates that are open to a role for any purpose, the
// columns that decide, and the children in scope.
func (c *Catalog) Wall(p *policy.Policy) (wall.Wall, error) {
	w := wall.Wall{Policy: p.Version()}
	for _, o := range c.sorted() {
		c.hangs(&w, o)
	}
	views := map[policy.Role][]*policy.View{}
	for _, pair := range p.Pairs() {
		view, err := p.View(pair.Role, pair.Purpose)
		if err != nil {
			return w, err
		}
		views[pair.Role] = append(views[pair.Role], view)
	}
	for _, role := range slices.Sorted(maps.Keys(views)) {
		m := &mason{cat: c, role: role, views: views[role], reached: map[string]bool{}, uses: map[wall.Use]bool{}}
		w.Roles = append(w.Roles, m.build())
	}
	return w, nil
}

func (c *Catalog) sorted() []*object {
	out := make([]*object, 0, len(c.objects))
	for _, o := range c.objects {
		out = append(out, o)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}

// hangs notes how the rows of a type hang on a child.
func (c *Catalog) hangs(w *wall.Wall, o *object) {
	if o.Kind == record.Node {
		w.OwnRows = append(w.OwnRows, o.Table)
	}
	for _, name := range fieldsOf(o) {
		link := o.fields[name].link
		if link == nil {
			continue
		}
		target := c.objects[link.Type]
		on := named(link.Join, map[string]string{"t": target.Table, "p": o.Table})
		switch {
		case target.Kind == record.Section && o.Kind == record.Child && target.Table != "child":
			w.Sections = append(w.Sections, wall.Section{Table: target.Table, On: on})
		case target.Kind == record.Part:
			w.Parts = append(w.Parts, wall.Part{Table: target.Table, Parent: o.Table, On: on})
		}
	}
}

func fieldsOf(o *object) []string {
	out := make([]string, 0, len(o.fields))
	for name := range o.fields {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// mason gathers what one role needs.
type mason struct {
	cat   *Catalog
	role  policy.Role
	views []*policy.View
	// bases are all bases that any view of the role asks for.
	bases   policy.Bases
	reached map[string]bool
	uses    map[wall.Use]bool
	list    []wall.Use
}

// perChild is where the SQL of bases and scopes stands.
const perChild = "child child LEFT JOIN enrolment enrolment ON enrolment.child_id = child.id AND enrolment.current"

func (m *mason) build() wall.Role {
	for _, v := range m.views {
		m.bases |= v.Bases() &^ policy.Caller.Bit()
	}
	for _, b := range m.bases.List() {
		if sql := basis(b, m.role).sql(); sql != "" {
			m.use(perChild, aboutChild(sql))
		}
		if sql := candidates(b.Bit(), m.role); sql != "" {
			m.use("", "EXISTS ("+sql+")")
		}
	}
	for _, name := range []string{"shield", "marks", "birth_date", "residence_village_id", "residence_township_id"} {
		m.use("child t", "{t}."+name)
	}
	for _, name := range slices.Sorted(maps.Keys(m.cat.roots)) {
		m.root(m.cat.roots[name])
	}
	return wall.Role{Name: string(m.role), Scope: m.scope(), Uses: m.list}
}

// scope is who is in reach for any purpose: some basis of the scope, and nothing
// that denies it.
func (m *mason) scope() wall.Scope {
	reach := map[policy.Bases]policy.Bases{}
	for _, v := range m.views {
		cell := v.Cell("Child.id")
		reach[cell.Deny] |= cell.Full &^ policy.Caller.Bit()
	}
	var out wall.Scope
	for _, deny := range slices.Sorted(maps.Keys(reach)) {
		if open := m.conditions(reach[deny]); len(open) > 0 {
			out = append(out, wall.Reach{Open: open, Deny: m.conditions(deny)})
		}
	}
	return out
}

// conditions are the bases of a set as SQL, with the caller's settings. What
// implies another basis of the set is left out.
func (m *mason) conditions(set policy.Bases) []string {
	var out []string
	for _, b := range set.List() {
		sql := basis(b, m.role).sql()
		switch {
		case sql == "" || set.Has(policy.LedgerOpen.Bit()) && (b == policy.HomeVisitStage || b == policy.PlacementStage):
			continue
		case strings.HasPrefix(string(b), "grant_"):
			sql = granted("NULL")
		}
		if sql = fill(aboutChild(sql), setting); !slices.Contains(out, sql) {
			out = append(out, sql)
		}
	}
	return out
}

// setting is a parameter of the caller in row security. What is compared with the
// child's own row is looked up once a statement, the rest where it is needed.
func setting(name, cast string) string {
	sql := wall.Setting(name, cast)
	switch name {
	case "division", "school":
		return "(SELECT " + sql + ")"
	}
	return sql
}

// root opens a root field, where it is open for some purpose.
func (m *mason) root(r record.Root) {
	if !m.open("Query." + r.Field) {
		return
	}
	if r.Type == "Node" {
		for _, o := range m.cat.sorted() {
			if slices.Contains(o.def.Interfaces, "Node") {
				m.reach(o)
			}
		}
		return
	}
	if strings.HasPrefix(r.From, "(") {
		m.use("", "EXISTS "+r.From) // the table of its type, if it has one, is reached another way
		return
	}
	o := m.cat.objects[r.Type]
	if r.From != "" {
		m.reached[o.Name] = true // a function, which has its own rights
		return
	}
	m.reach(o)
	from := o.Table + " t"
	if r.Where != "" {
		m.use(from, r.Where)
	}
	for _, key := range r.Keys {
		m.use(from, key.SQL)
	}
	for _, name := range slices.Sorted(maps.Keys(r.Filters)) {
		if m.open(m.cat.filtered(r.Field, memberOf(name))) {
			m.use(from, r.Filters[name])
		}
	}
	m.postings(&r)
	for _, name := range slices.Sorted(maps.Keys(r.Orders)) {
		if m.open(m.cat.ordered(r.Field, name)) {
			m.use(from, r.Orders[name].SQL)
		}
	}
}

// postings opens the table in which a root's rows are found.
func (m *mason) postings(r *record.Root) {
	p := &r.Postings
	if p.Table == "" {
		return
	}
	from := p.Table + " k, " + m.cat.objects[r.Type].Table + " t"
	conditions := []string{p.Match, p.Always}
	if p.Key != "" {
		conditions = append(conditions, "{k}."+p.Key+" IS NOT NULL")
	}
	for _, by := range p.By {
		conditions = append(conditions, by.Where, by.Among)
	}
	for _, sql := range conditions {
		if sql != "" {
			m.use(from, named(sql, map[string]string{"k": "k"}))
		}
	}
}

// open reports whether a coordinate is open in some form for some purpose.
func (m *mason) open(coordinate string) bool {
	return slices.ContainsFunc(m.views, func(v *policy.View) bool {
		cell := m.cat.ListCell(v, coordinate)
		return cell.Full|cell.Revealable|cell.Masked != 0
	})
}

// reach opens what is open of a type that the role can come to.
func (m *mason) reach(o *object) {
	if m.reached[o.Name] {
		return
	}
	m.reached[o.Name] = true
	from := o.Table + " t"
	if o.Kind == record.Section {
		m.section(o)
		return
	}
	m.use(from, "{t}."+o.ID())
	for _, key := range o.Keys {
		m.use(from, key.SQL)
	}
	for part := range strings.SplitSeq(orderOf(o), ", ") {
		m.use(from, strings.Fields(part)[0])
	}
	for _, name := range slices.Sorted(maps.Keys(o.Bases)) {
		if m.bases.Has(policy.Basis(name).Bit()) {
			m.use(from, o.Bases[name])
		}
	}
	if len(o.About) > 0 {
		m.use(from, "{t}.section")
	}
	m.fields(o)
}

// section opens what is open of a part of the file, which has no rows of its own.
func (m *mason) section(o *object) {
	if o.Table != "child" {
		m.use(o.Table+" t", "{t}.child_id")
	}
	m.fields(o)
}

func (m *mason) fields(o *object) {
	for _, name := range fieldsOf(o) {
		if f := o.fields[name]; !f.governed || m.open(f.coordinate) {
			m.field(o, f)
		}
	}
}

func (m *mason) field(o *object, f *field) {
	if f.link == nil {
		m.use(o.Table+" t", f.sql)
		return
	}
	target := m.cat.objects[f.link.Type]
	if f.link.Rescope {
		m.use(o.Table+" p", f.link.Join)
	} else {
		// Lists hang on the key of the row, whatever its column is called.
		m.use(target.Table+" t, "+o.Table+" p", strings.ReplaceAll(f.link.Join, "{p}.id", "{p}."+o.ID()))
	}
	m.reach(target)
}

// use notes an expression.
func (m *mason) use(from, sql string) {
	nothing := func(_, cast string) string {
		if cast == "" {
			return "NULL"
		}
		return "NULL::" + cast
	}
	u := wall.Use{From: from, SQL: fill(named(sql, map[string]string{"t": "t", "p": "p"}), nothing)}
	if !m.uses[u] {
		m.uses[u] = true
		m.list = append(m.list, u)
	}
}

// aboutChild puts the names of the tables into a template about a child.
func aboutChild(sql string) string {
	return named(sql, map[string]string{"c": "child", "enrolment": "enrolment"})
}

// named puts aliases into a template and leaves parameters.
func named(template string, aliases map[string]string) string {
	for name, alias := range aliases {
		template = strings.ReplaceAll(template, "{"+name+"}", alias)
	}
	return template
}

// fill puts something for every parameter that a template names; arguments and
// values of filters have no cast.
func fill(template string, value func(name, cast string) string) string {
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(template, "{")
		out.WriteString(before)
		if !found {
			return out.String()
		}
		name, after, _ := strings.Cut(rest, "}")
		_, cast := (&Access{}).param(name)
		out.WriteString(value(name, cast))
		template = after
	}
}
