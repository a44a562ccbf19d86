package pick

import (
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/tongxin-hub/tongxin/internal/console/fact"
	"github.com/tongxin-hub/tongxin/internal/console/form"
	"github.com/tongxin-hub/tongxin/internal/console/page"
)

// parts are those of a child's file of which a field can be corrected: the child itself,
// and what hangs on it.
func parts(v *page.Visit) []form.Option {
	schema := v.Site.Lexicon.Schema()
	var out []form.Option
	known := map[string]bool{}
	add := func(def *ast.Definition) {
		if def == nil || known[def.Name] || len(correctable(def)) == 0 {
			return
		}
		known[def.Name] = true
		out = append(out, form.Option{Value: def.Name, Label: v.Site.Lexicon.Type(v.Lang, def.Name)})
	}
	add(schema.Types["Child"])
	for _, f := range schema.Types["Child"].Fields {
		def := schema.Types[f.Type.Name()]
		if nodes := def.Fields.ForName("nodes"); nodes != nil {
			def = schema.Types[nodes.Type.Name()]
		}
		add(def)
	}
	return out
}

// correctable are the fields of a type that a source agency can correct. What the
// directory has is nobody's file.
func correctable(def *ast.Definition) (out []*ast.FieldDefinition) {
	for _, f := range def.Fields {
		data := f.Directives.ForName("data")
		if data != nil && fact.Disputable(f) && data.Arguments.ForName("class").Value.Raw != "L1" {
			out = append(out, f)
		}
	}
	return out
}

// fields are those of a part.
func fields(v *page.Visit, place string) (out []form.Option, more bool, err error) {
	def := v.Site.Lexicon.Schema().Types[place]
	if def == nil {
		return nil, false, nil
	}
	for _, f := range correctable(def) {
		out = append(out, form.Option{Value: def.Name + "." + f.Name, Label: v.Site.Lexicon.Coordinate(v.Lang, def.Name+"."+f.Name)})
	}
	return out, false, nil
}
