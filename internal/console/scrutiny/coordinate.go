package scrutiny

import (
	"cmp"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/tongxin-hub/tongxin/internal/console/lexicon"
	"github.com/tongxin-hub/tongxin/internal/console/page"
)

// coordinate is one field of the schema as a reader of the matrix looks for it.
type coordinate struct{ Code, Label, Type, Kind, Owner, Class string }

// roots are the fields from which everything starts: they are asked or done, and hold no
// data of their own.
func roots(typename string) bool { return typename == "Query" || typename == "Mutation" }

// coordinates are all fields that hold data or start something, by type.
func coordinates(v *page.Visit) map[string]coordinate {
	out := map[string]coordinate{}
	schema := v.Site.Lexicon.Schema()
	for name, def := range schema.Types {
		if def.Kind != ast.Object || strings.HasPrefix(name, "__") {
			continue
		}
		for _, f := range def.Fields {
			data := f.Directives.ForName("data")
			if data == nil && !roots(name) || strings.HasPrefix(f.Name, "__") {
				continue
			}
			c := coordinate{Code: name + "." + f.Name, Type: name, Kind: typeName(v, def), Label: lexicon.Pick(v.Lang, f.Description)}
			if data != nil {
				c.Class = data.Arguments.ForName("class").Value.Raw
				c.Owner = v.Site.Lexicon.Value(v.Lang, "DataOwner", data.Arguments.ForName("owner").Value.Raw)
			}
			out[c.Code] = c
		}
	}
	return out
}

func typeName(v *page.Visit, def *ast.Definition) string {
	switch def.Name {
	case "Query":
		return say(v, "matrix.query")
	case "Mutation":
		return say(v, "matrix.mutation")
	}
	return lexicon.Pick(v.Lang, def.Description)
}

// choice is one entry of a select.
type choice struct {
	Value, Label string
	Chosen       bool
}

// kinds are the types that there is something of, by name.
func kinds(all map[string]coordinate, chosen string) []choice {
	names := map[string]string{}
	for _, c := range all {
		names[c.Type] = c.Kind
	}
	var out []choice
	for code, name := range names {
		out = append(out, choice{code, name, code == chosen})
	}
	slices.SortFunc(out, func(a, b choice) int { return cmp.Or(cmp.Compare(a.Label, b.Label), cmp.Compare(a.Value, b.Value)) })
	return out
}

// like are the coordinates that a search finds, by the words or the code.
func like(all map[string]coordinate, text string) []coordinate {
	text = strings.ToLower(strings.TrimSpace(text))
	if text == "" {
		return nil
	}
	var out []coordinate
	for _, c := range all {
		if strings.Contains(strings.ToLower(c.Label), text) || strings.Contains(strings.ToLower(c.Code), text) {
			out = append(out, c)
		}
	}
	slices.SortFunc(out, func(a, b coordinate) int {
		return cmp.Or(cmp.Compare(len([]rune(a.Label)), len([]rune(b.Label))), cmp.Compare(a.Code, b.Code))
	})
	if len(out) > 1 && strings.EqualFold(out[0].Label, text) && !strings.EqualFold(out[1].Label, text) {
		return out[:1]
	}
	const most = 40
	return out[:min(len(out), most)]
}

// say is a sentence where a page makes its own.
func say(v *page.Visit, key string, pairs ...any) string {
	text, err := v.Site.Words.Say(v.Lang, key, pairs...)
	if err != nil {
		v.Site.Warn(v.Context(), err)
		return key
	}
	return text
}
