package disclosure

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/tongxin-hub/tongxin/internal/record"
	"github.com/tongxin-hub/tongxin/policy"
)

// Catalog knows for every coordinate of the schema where it is stored. It is
// built once at start-up and never changes.
type Catalog struct {
	schema  *ast.Schema
	objects map[string]*object
	roots   map[string]record.Root
	// searchable are the coordinates that a root field can filter or order by.
	searchable map[string][]string
}

// object is a type of the schema with its storage.
type object struct {
	record.Type
	def    *ast.Definition
	fields map[string]*field
}

// linkOf is where a field leads, nil for columns, unknown fields and no object.
func (o *object) linkOf(name string) *record.Link {
	if o == nil || o.fields[name] == nil {
		return nil
	}
	return o.fields[name].link
}

// field is one coordinate.
type field struct {
	coordinate string
	def        *ast.FieldDefinition
	// governed: the coordinate carries @data and has a cell in the policy.
	governed bool
	// sql is the expression of a column, with {t}; empty for links.
	sql  string
	out  output
	mask string
	// idType is the type whose pairwise id this column is.
	idType string
	link   *record.Link
	bound  int
}

// output says how the text of a column becomes JSON.
type output int

const (
	outText output = iota // quoted and escaped
	outRaw                // number or ready JSON
	outBool               // t or f
	outID                 // internal id, written as pairwise id
)

// NewCatalog joins the schema with what the areas say of their storage. It
// refuses, with a sentence naming the place to mend, a type without storage,
// a coordinate that is neither classified nor structural, a link to nowhere.
func NewCatalog(schema *ast.Schema, types []record.Type, roots []record.Root) (*Catalog, error) {
	c := &Catalog{
		schema: schema, objects: map[string]*object{}, roots: map[string]record.Root{}, searchable: map[string][]string{},
	}
	for _, t := range types {
		def := schema.Types[t.Name]
		if def == nil {
			return nil, fmt.Errorf("store of %s: schema/ has no such type; remove it or add the type", t.Name)
		}
		c.objects[t.Name] = &object{Type: t, def: def, fields: map[string]*field{}}
	}
	for _, o := range c.objects {
		if err := c.addFields(o); err != nil {
			return nil, err
		}
	}
	for _, r := range roots {
		if schema.Query.Fields.ForName(r.Field) == nil {
			return nil, fmt.Errorf("root %s: schema/ has no such field of Query", r.Field)
		}
		if c.objects[r.Type] == nil && r.Type != "Node" {
			return nil, fmt.Errorf("root %s: type %s has no storage", r.Field, r.Type)
		}
		if o := c.objects[r.Type]; o != nil && o.Kind == record.OfChild && c.listOf(o) == nil {
			return nil, fmt.Errorf("root %s: Child has no field that lists %s, so nobody would see a row: add one to schema/child.graphqls", r.Field, r.Type)
		}
		c.roots[r.Field] = r
		c.searchable[r.Field] = c.search(r.Field)
	}
	return c, nil
}

// listOf is the field of Child that lists records of a type.
func (c *Catalog) listOf(o *object) *field {
	for _, f := range c.objects["Child"].fields {
		if f.link != nil && f.link.Type == o.Name {
			return f
		}
	}
	return nil
}

// search lists the coordinates behind the filter and order inputs of a root.
func (c *Catalog) search(root string) []string {
	var out []string
	name := func(d *ast.Directive) {
		if d != nil {
			out = append(out, coordinateOf(d))
		}
	}
	for _, arg := range c.schema.Query.Fields.ForName(root).Arguments {
		for _, member := range c.schema.Types[arg.Type.Name()].Fields {
			name(member.Directives.ForName("filters"))
			for _, value := range c.schema.Types[member.Type.Name()].EnumValues {
				name(value.Directives.ForName("orders"))
			}
		}
	}
	return out
}

// inputType is the input type of an argument of a root field, or the enum behind
// its "by" member.
func (c *Catalog) inputType(root, argument string) *ast.Definition {
	def := c.schema.Types[c.schema.Query.Fields.ForName(root).Arguments.ForName(argument).Type.Name()]
	if by := def.Fields.ForName("by"); by != nil {
		return c.schema.Types[by.Type.Name()]
	}
	return def
}

// filtered is the coordinate that a member of a root's filter looks at.
func (c *Catalog) filtered(root, member string) string {
	return coordinateOf(c.inputType(root, "filter").Fields.ForName(member).Directives.ForName("filters"))
}

// variant is the name of a filter member's condition, by its value where that makes
// a difference.
func (c *Catalog) variant(filters record.Columns, member, value string) string {
	name := member
	if _, both := filters["!"+member]; both && value == "false" {
		name = "!" + member
	}
	for _, one := range []string{member + "=" + value, member + "@" + c.class(value)} {
		if _, ok := filters[one]; ok {
			name = one
		}
	}
	return name
}

// class is that of a coordinate, "" where there is none of that name.
func (c *Catalog) class(coordinate string) string {
	typename, name, _ := strings.Cut(coordinate, ".")
	if o := c.objects[typename]; o != nil && o.fields[name] != nil && o.fields[name].governed {
		return o.fields[name].def.Directives.ForName("data").Arguments.ForName("class").Value.Raw
	}
	return ""
}

// English is what the schema calls a coordinate in English, up to where it explains; the
// coordinate itself where there is none of that name.
func (c *Catalog) English(coordinate string) string {
	typename, name, _ := strings.Cut(coordinate, ".")
	o := c.objects[typename]
	if o == nil || o.fields[name] == nil {
		return coordinate
	}
	_, text, _ := strings.Cut(o.fields[name].def.Description, "\n\n")
	text, _, _ = strings.Cut(strings.Join(strings.Fields(text), " "), " (")
	if text == "" {
		return coordinate
	}
	return text
}

// memberOf is the member of a filter that a condition belongs to.
func memberOf(condition string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(condition, "!"), "=")
	name, _, _ = strings.Cut(name, "@")
	return name
}

// ordered is the coordinate that a value of a root's order looks at.
func (c *Catalog) ordered(root, value string) string {
	return coordinateOf(c.inputType(root, "orderBy").EnumValues.ForName(value).Directives.ForName("orders"))
}

func coordinateOf(d *ast.Directive) string { return d.Arguments.ForName("coordinate").Value.Raw }

func (c *Catalog) addFields(o *object) error {
	for _, def := range o.def.Fields {
		if strings.HasPrefix(def.Name, "__") {
			continue
		}
		f := &field{coordinate: o.Name + "." + def.Name, def: def}
		data := def.Directives.ForName("data")
		f.governed = data != nil
		if !f.governed && def.Directives.ForName("structure") == nil {
			return fmt.Errorf("%s is not classified: add @data or @structure in schema/", f.coordinate)
		}
		if f.governed && def.Type.NonNull && def.Name != "id" {
			return fmt.Errorf("%s is governed and must be nullable: withheld is null", f.coordinate)
		}
		f.bound = bounded(def)
		if err := c.bind(o, f, data); err != nil {
			return err
		}
		o.fields[def.Name] = f
	}
	return nil
}

// bind finds the storage of one coordinate: a link, an id or a column.
func (c *Catalog) bind(o *object, f *field, data *ast.Directive) error {
	name := f.def.Name
	if link, ok := o.Links[name]; ok {
		if c.objects[link.Type] == nil {
			return fmt.Errorf("%s links to %s, which no area stores", f.coordinate, link.Type)
		}
		for _, by := range link.OpenedBy {
			if c.objects[link.Type].def.Fields.ForName(by) == nil {
				return fmt.Errorf("%s is opened by %s.%s, which schema/ does not have", f.coordinate, link.Type, by)
			}
		}
		f.link = &link
		if link.List && f.bound == 0 {
			return fmt.Errorf("%s is a list without @bounded(max:)", f.coordinate)
		}
		return nil
	}
	base := c.schema.Types[f.def.Type.Name()]
	if base.Kind == ast.Object || base.Kind == ast.Interface {
		return fmt.Errorf("%s leads to %s: say how in Links of the area's store.go", f.coordinate, base.Name)
	}
	f.sql = o.Columns[name]
	if f.sql == "" {
		f.sql = "{t}." + snake(name)
		if name == "id" {
			f.sql = "{t}." + o.ID()
		}
	}
	if data != nil {
		if m := data.Arguments.ForName("mask"); m != nil {
			f.mask = "mask_" + strings.ToLower(m.Value.Raw)
		}
	}
	f.out = outText
	switch {
	case f.def.Type.Elem != nil:
		f.out, f.sql = outRaw, "to_json("+f.sql+")"
	case base.Name == "ID":
		f.out, f.idType = outID, o.Name
		if t := o.IDs[name]; t != "" {
			f.idType = t
		}
	case base.Name == "Float":
		f.out, f.sql = outRaw, "trim_scale(("+f.sql+")::numeric)"
	case base.Name == "Int":
		f.out = outRaw
	case base.Name == "Boolean":
		f.out = outBool
	case base.Name == "DateTime":
		f.sql = "to_char((" + f.sql + ") AT TIME ZONE 'Asia/Shanghai','YYYY-MM-DD\"T\"HH24:MI:SS.MS\"+08:00\"')"
	}
	return nil
}

// bound is the @bounded(max:) of a root field, 0 without one.
func (c *Catalog) bound(root string) int { return bounded(c.schema.Query.Fields.ForName(root)) }

// bounded is the @bounded(max:) of a field, 0 without one.
func bounded(def *ast.FieldDefinition) int {
	n := 0
	if d := def.Directives.ForName("bounded"); d != nil {
		fmt.Sscan(d.Arguments.ForName("max").Value.Raw, &n) //nolint:errcheck // the schema was validated: max is Int!
	}
	return n
}

// Coordinates lists the governed coordinates of the stored types.
func (c *Catalog) Coordinates() []string {
	var out []string
	for _, o := range c.objects {
		for _, f := range o.fields {
			if f.governed {
				out = append(out, f.coordinate)
			}
		}
	}
	return out
}

// Classified is a governed coordinate with what its @data says; Coarser is the next step
// of its ladder, "" for none.
type Classified struct{ Name, Class, Owner, Label, Coarser string }

// Classified lists the governed coordinates of the stored types, by name.
func (c *Catalog) Classified() []Classified {
	var out []Classified
	for _, o := range c.objects {
		for _, f := range o.fields {
			if data := f.def.Directives.ForName("data"); data != nil {
				said := func(argument string) string { return data.Arguments.ForName(argument).Value.Raw }
				one := Classified{Name: f.coordinate, Class: said("class"), Owner: said("owner"), Label: said("zh")}
				if coarser := data.Arguments.ForName("coarser"); coarser != nil {
					one.Coarser = o.Name + "." + coarser.Value.Raw
				}
				out = append(out, one)
			}
		}
	}
	slices.SortFunc(out, func(a, b Classified) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// snake is the column name of a field: birthDate becomes birth_date.
func snake(name string) string {
	var b strings.Builder
	for i, r := range name {
		if unicode.IsUpper(r) && i > 0 {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// Reads reports whether a root field is read through the gate.
func (c *Catalog) Reads(field string) bool {
	_, ok := c.roots[field]
	return ok
}

// ListCell is the cell of a coordinate as the gate applies it. A list is open
// also where a coordinate of its records is that opens it (record.Link.OpenedBy):
// a grant on the text of visits, or the own hand on a report, would be worth
// nothing behind a list that stays shut. What else is in the records stays
// withheld; a denial of the list holds.
func (c *Catalog) ListCell(view *policy.View, coordinate string) policy.Cell {
	cell := view.Cell(coordinate)
	typename, name, _ := strings.Cut(coordinate, ".")
	if link := c.objects[typename].linkOf(name); link != nil {
		for _, field := range link.OpenedBy {
			inner := view.Cell(link.Type + "." + field)
			cell.Full |= inner.Full | inner.Revealable | inner.Masked
		}
	}
	return cell
}

// opens are the bases that open some coordinate of a type, in full or masked.
func (c *Catalog) opens(view *policy.View, typename string) policy.Bases {
	var set policy.Bases
	for _, f := range c.objects[typename].fields {
		if f.governed {
			cell := view.Cell(f.coordinate)
			set |= cell.Full | cell.Revealable | cell.Masked
		}
	}
	return set
}
