package onesource

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/tongxin-hub/tongxin/internal/app"
	"github.com/tongxin-hub/tongxin/policy"
	"github.com/tongxin-hub/tongxin/schema"
)

// sources are the coordinates of the schema with their source agency, and which of
// them show a column.
type sources struct {
	owner  map[string]string
	behind map[written][]string
}

// own is a column of the type's own table in the SQL of a coordinate.
var own = regexp.MustCompile(`\{t\}\.([a-z_0-9]+)`)

// coordinates reads them from the schema and from what the areas say of their storage.
func coordinates(t *testing.T) sources {
	t.Helper()
	s, err := gqlparser.LoadSchema(&ast.Source{Name: "schema", Input: schema.SDL()})
	if err != nil {
		t.Fatal(err)
	}
	out := sources{owner: map[string]string{}, behind: map[written][]string{}}
	for _, typ := range app.Records() {
		for _, f := range s.Types[typ.Name].Fields {
			data := f.Directives.ForName("data")
			if data == nil {
				continue
			}
			coordinate := typ.Name + "." + f.Name
			out.owner[coordinate] = data.Arguments.ForName("owner").Value.Raw
			sql, said := typ.Columns[f.Name]
			if link, leads := typ.Links[f.Name]; leads {
				sql, said = strings.NewReplacer("{t}", "", "{p}", "{t}").Replace(link.Join), true
			}
			if !said {
				sql = "{t}." + snake(f.Name)
			}
			for _, m := range own.FindAllStringSubmatch(sql, -1) {
				at := written{typ.Table, m[1]}
				// What names the row or its child is no value of it.
				if m[1] != "id" && m[1] != "child_id" && !slices.Contains(out.behind[at], coordinate) {
					out.behind[at] = append(out.behind[at], coordinate)
				}
			}
		}
	}
	return out
}

// below puts the coordinates of views below the columns of the same name that they
// show, unless a type of the column's own table says whose it is. What a view or a
// function computes is shown of no column.
func (s sources) below(d database) {
	said := maps.Clone(s.behind)
	for at, coordinates := range said {
		for _, column := range d.shows[at] {
			if said[column] == nil {
				s.behind[column] = append(s.behind[column], coordinates...)
			}
		}
	}
}

// owned is what statements write, by type and source agency, with the fields.
func (s sources) owned(t *testing.T, d database, statements []string) map[owned][]string {
	t.Helper()
	out := map[owned][]string{}
	add := func(o owned, field string) {
		if !slices.Contains(out[o], field) {
			out[o] = append(out[o], field)
			slices.Sort(out[o])
		}
	}
	for _, sql := range statements {
		for at := range d.written(sql) {
			switch {
			case at.Table == "*":
				add(owned{"*", "*"}, "anything")
			case !slices.Contains(d.columns[at.Table], at.Column):
				t.Errorf("%.60s… writes %s.%s, which is not there: the statement was not understood", sql, at.Table, at.Column)
			}
			for _, coordinate := range s.behind[at] {
				typ, field, _ := strings.Cut(coordinate, ".")
				add(owned{typ, s.owner[coordinate]}, field)
			}
		}
	}
	return out
}

var capital = regexp.MustCompile(`[A-Z]`)

func snake(name string) string {
	return strings.ToLower(capital.ReplaceAllString(name, "_$0"))
}

// callers are the roles that the policy lets make each mutation.
func callers(t *testing.T) map[string][]string {
	t.Helper()
	p, err := policy.Load()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]string{}
	for _, coordinate := range p.Coordinates() {
		name, is := strings.CutPrefix(coordinate, "Mutation.")
		if !is {
			continue
		}
		for _, pair := range p.Pairs() {
			for _, l := range p.LinesAbout(pair, coordinate) {
				if l.Effect == "allow" && !slices.Contains(out[name], string(pair.Role)) {
					out[name] = append(out[name], string(pair.Role))
				}
			}
		}
		slices.Sort(out[name])
	}
	return out
}
