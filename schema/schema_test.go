package schema

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

var (
	chinese = regexp.MustCompile(`\p{Han}`)
	english = regexp.MustCompile(`[A-Za-z]{2}`)
)

// parsed is the schema without what the GraphQL prelude adds.
func parsed(t *testing.T) (*ast.Schema, []*ast.Definition) {
	t.Helper()
	s, err := gqlparser.LoadSchema(&ast.Source{Name: "schema", Input: SDL()})
	if err != nil {
		t.Fatal(err)
	}
	var own []*ast.Definition
	for _, def := range s.Types {
		if !def.BuiltIn && !strings.HasPrefix(def.Name, "__") {
			own = append(own, def)
		}
	}
	return s, own
}

func TestSchema_describesEveryElementInBothLanguages(t *testing.T) {
	t.Parallel()
	s, own := parsed(t)
	check := func(what, text string) {
		if !chinese.MatchString(text) || !english.MatchString(text) {
			t.Errorf("%s needs a description in Chinese and English in schema/", what)
		}
	}
	for _, def := range own {
		check(def.Name, def.Description)
		for _, f := range def.Fields {
			if strings.HasPrefix(f.Name, "__") {
				continue
			}
			check(def.Name+"."+f.Name, f.Description)
			for _, arg := range f.Arguments {
				check(def.Name+"."+f.Name+"("+arg.Name+":)", arg.Description)
			}
		}
		for _, v := range def.EnumValues {
			check(def.Name+"."+v.Name, v.Description)
		}
	}
	for name, d := range s.Directives {
		if d.Position == nil || d.Position.Src.BuiltIn {
			continue
		}
		check("@"+name, d.Description)
		for _, arg := range d.Arguments {
			check("@"+name+"("+arg.Name+":)", arg.Description)
		}
	}
}

func TestSchema_classifiesEveryCoordinate(t *testing.T) {
	t.Parallel()
	_, own := parsed(t)
	for _, def := range own {
		if def.Kind != ast.Object && def.Kind != ast.Interface || def.Name == "Query" || def.Name == "Mutation" {
			continue
		}
		for _, f := range def.Fields {
			if strings.HasPrefix(f.Name, "__") {
				continue
			}
			data, structure := f.Directives.ForName("data"), f.Directives.ForName("structure")
			if (data == nil) == (structure == nil) {
				t.Errorf("%s.%s needs either @data(owner:, class:, zh:) or @structure", def.Name, f.Name)
			}
			if data != nil {
				classified(t, def, f, data)
			}
		}
	}
}

// classified holds one @data against the type it stands in.
func classified(t *testing.T, def *ast.Definition, f *ast.FieldDefinition, data *ast.Directive) {
	t.Helper()
	where := def.Name + "." + f.Name
	if f.Type.NonNull && f.Name != "id" {
		t.Errorf("%s is governed and must be nullable, because withheld is null", where)
	}
	if data.Arguments.ForName("zh").Value.Raw == "" {
		t.Errorf("%s has no Chinese label", where)
	}
	if mask := data.Arguments.ForName("mask"); mask != nil && f.Type.Name() != "String" {
		t.Errorf("%s is masked in place and must be a String", where)
	}
	if coarser := data.Arguments.ForName("coarser"); coarser != nil && def.Fields.ForName(coarser.Value.Raw) == nil {
		t.Errorf("%s names %s as its coarser step, which %s does not have", where, coarser.Value.Raw, def.Name)
	}
	if f.Type.Elem != nil && f.Directives.ForName("bounded") == nil && f.Type.Elem.Name() != "String" && !isEnum(t, f) {
		t.Errorf("%s is a list without @bounded(max:); use a connection where it can grow", where)
	}
}

func isEnum(t *testing.T, f *ast.FieldDefinition) bool {
	t.Helper()
	s, _ := parsed(t)
	return s.Types[f.Type.Name()].Kind == ast.Enum
}

func TestSchema_filtersAndOrdersNameTheirCoordinate(t *testing.T) {
	t.Parallel()
	s, own := parsed(t)
	known := func(coordinate string) bool {
		typename, field, _ := strings.Cut(coordinate, ".")
		def := s.Types[typename]
		return def != nil && def.Fields.ForName(field) != nil
	}
	for _, def := range own {
		if def.Kind == ast.InputObject && strings.HasSuffix(def.Name, "Filter") {
			for _, f := range def.Fields {
				d := f.Directives.ForName("filters")
				if d == nil || !known(d.Arguments.ForName("coordinate").Value.Raw) {
					t.Errorf("%s.%s needs @filters(coordinate:) of a coordinate that exists", def.Name, f.Name)
				}
			}
		}
		if def.Kind == ast.Enum && strings.HasSuffix(def.Name, "OrderBy") {
			for _, v := range def.EnumValues {
				d := v.Directives.ForName("orders")
				if d == nil || !known(d.Arguments.ForName("coordinate").Value.Raw) {
					t.Errorf("%s.%s needs @orders(coordinate:) of a coordinate that exists", def.Name, v.Name)
				}
			}
		}
	}
}

// TestSchema_holdsNothingOfL5 keeps out what the hub never stores: the schema has
// no place for it under any obvious name.
func TestSchema_holdsNothingOfL5(t *testing.T) {
	t.Parallel()
	_, own := parsed(t)
	never := []string{
		"photo", "face", "biometric", "fingerprint", "mark", "ranking", "discipline", "offence", "transcript",
		"diagnosis", "medicalHistory", "sexual", "chat", "diary", "hiv", "gps", "religion", "sessionNote",
	}
	// The parents' circumstances hold the code OFFENCE; the marks are of corrections.
	allowed := []string{"CorrectionMark"}
	for _, def := range own {
		if def.Kind != ast.Object || slices.Contains(allowed, def.Name) {
			continue
		}
		for _, f := range def.Fields {
			for _, word := range never {
				if strings.Contains(strings.ToLower(f.Name), strings.ToLower(word)) {
					t.Errorf("%s.%s sounds like L5 data (%s), which the hub never stores (domain rule 3.1)", def.Name, f.Name, word)
				}
			}
		}
	}
}
