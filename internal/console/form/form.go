package form

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/tongxin-hub/tongxin/internal/console/lexicon"
)

// The kinds of controls.
const (
	Line   = "line"
	Area   = "area"
	Date   = "date"
	Number = "number"
	YesNo  = "yesno"
	One    = "one"
	Many   = "many"
	Staff  = "staff"
)

// Field is one control.
type Field struct {
	Name, Label, Kind string
	Required          bool
	Options           []Option
	// Values are what was filled in, Problem what stood in its way.
	Values  []string
	Problem string
}

// Option is one choice.
type Option struct {
	Value, Label string
	Chosen       bool
}

// Value is the one value of a control.
func (f Field) Value() string {
	if len(f.Values) == 0 {
		return ""
	}
	return f.Values[0]
}

// Form is what a move asks for.
type Form struct {
	Mutation string
	Fields   []Field
}

// given are members that pages fill in themselves, or that only other systems can.
func given(name string) bool {
	return slices.Contains([]string{"key", "id", "version", "child", "token"}, name)
}

// Make makes the form of a mutation; sent fills it with what was sent before.
func Make(l *lexicon.Lexicon, lang, mutation string, sent url.Values) Form {
	f := Form{Mutation: mutation}
	if def := l.Mutation(mutation); def != nil {
		f.Fields = fieldsOf(l, lang, l.Schema().Types[def.Arguments[0].Type.Name()], "", sent)
	}
	return f
}

func fieldsOf(l *lexicon.Lexicon, lang string, input *ast.Definition, prefix string, sent url.Values) []Field {
	var out []Field
	for _, m := range input.Fields {
		if prefix == "" && given(m.Name) {
			continue
		}
		def := l.Schema().Types[m.Type.Name()]
		if def.Kind == ast.InputObject {
			inner := fieldsOf(l, lang, def, prefix+m.Name+".", sent)
			for i := range inner {
				inner[i].Required = inner[i].Required && m.Type.NonNull
			}
			out = append(out, inner...)
			continue
		}
		f := Field{
			Name: prefix + m.Name, Label: lexicon.Pick(lang, m.Description), Kind: kind(m, def),
			Required: m.Type.NonNull && m.DefaultValue == nil, Values: sent[prefix+m.Name],
		}
		for _, v := range def.EnumValues {
			f.Options = append(f.Options, Option{v.Name, lexicon.Pick(lang, v.Description), slices.Contains(f.Values, v.Name)})
		}
		out = append(out, f)
	}
	return out
}

func kind(m *ast.FieldDefinition, def *ast.Definition) string {
	switch {
	case m.Type.Elem != nil && def.Kind == ast.Enum:
		return Many
	case m.Type.Elem != nil:
		return Staff
	case def.Kind == ast.Enum:
		return One
	case def.Name == "Boolean":
		return YesNo
	case def.Name == "LocalDate":
		return Date
	case def.Name == "Int":
		return Number
	case long(m.Name):
		return Area
	}
	return Line
}

func long(name string) bool {
	return slices.ContainsFunc([]string{"Text", "View", "arrative", "ote", "nextStep", "statement", "described", "injury", "reason", "feedback"},
		func(end string) bool { return strings.HasSuffix(name, end) })
}

// Input makes the input of a mutation from what was sent; nothing where nothing was
// filled in.
func (f Form) Input(l *lexicon.Lexicon, sent url.Values) map[string]any {
	def := l.Mutation(f.Mutation)
	return input(l, l.Schema().Types[def.Arguments[0].Type.Name()], "", sent)
}

func input(l *lexicon.Lexicon, def *ast.Definition, prefix string, sent url.Values) map[string]any {
	out := map[string]any{}
	for _, m := range def.Fields {
		if prefix == "" && given(m.Name) {
			continue
		}
		inner := l.Schema().Types[m.Type.Name()]
		if inner.Kind == ast.InputObject {
			if nested := input(l, inner, prefix+m.Name+".", sent); len(nested) > 0 {
				out[m.Name] = nested
			}
			continue
		}
		if v := value(m.Type, inner, sent[prefix+m.Name]); v != nil {
			out[m.Name] = v
		}
	}
	return out
}

// value reads one control; nil when it was left empty. What does not fit its type goes
// on as it is, and the hub says so.
func value(t *ast.Type, def *ast.Definition, sent []string) any {
	var filled []string
	for _, s := range sent {
		if s = strings.TrimSpace(s); s != "" {
			filled = append(filled, s)
		}
	}
	if len(filled) == 0 {
		return nil
	}
	if t.Elem != nil {
		if def.Kind != ast.Enum {
			return strings.FieldsFunc(filled[0], func(r rune) bool { return strings.ContainsRune(" ,，、;；\n", r) })
		}
		return filled
	}
	switch def.Name {
	case "Boolean":
		return filled[0] == "true"
	case "Int":
		if n, err := strconv.Atoi(filled[0]); err == nil {
			return n
		}
	}
	return filled[0]
}

// Mark puts what the hub says where it belongs; what belongs nowhere is given back.
func (f *Form) Mark(path []string, problem string) bool {
	name := strings.TrimPrefix(strings.Join(path, "."), "input.")
	for i := range f.Fields {
		if f.Fields[i].Name == name || strings.HasPrefix(name, f.Fields[i].Name+".") {
			f.Fields[i].Problem = problem
			return true
		}
	}
	return false
}
