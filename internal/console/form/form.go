package form

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/tongxin-hub/tongxin/internal/console/lexicon"
)

// The kinds of controls.
const (
	Line    = "line"
	Area    = "area"
	Date    = "date"
	Moment  = "moment"
	Number  = "number"
	Decimal = "decimal"
	YesNo   = "yesno"
	One     = "one"
	Many    = "many"
	Staff   = "staff"
)

// Rows is how many lines a list of objects offers, spare how many one that may be left out.
const (
	Rows  = 4
	spare = 2
)

// deepest is how far inputs nest.
const deepest = 3

// Field is one control.
type Field struct {
	Name, Label, Kind string
	Required          bool
	Options           []Option
	// Group is the object that the control is a part of, Needed says that the object is
	// not whole without it.
	Group  string
	Needed bool
	// Values are what was filled in, Problem what stood in its way.
	Values  []string
	Problem string
	// Default says that the value is a guess: a draft knows better.
	Default bool
	// Finder is how the value of a Pick is found.
	Finder *Finder
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
func given(mutation string, m *ast.FieldDefinition) bool {
	switch m.Name {
	case "token":
		return !slices.Contains([]string{"openEmergency", "linkReport", "nominateNewChild", "receiveGuardianCorrection", "receiveCopyRequest", "receiveComplaint"}, mutation)
	case "offer":
		return false // somebody chooses it
	case "coordinate":
		return mutation != "receiveGuardianCorrection"
	case "key", "version":
		return true
	}
	return m.Type.Name() == "ID"
}

// Make makes the form of a mutation; sent fills it with what was sent before.
func Make(l *lexicon.Lexicon, lang, mutation string, sent url.Values) Form {
	f := Form{Mutation: mutation}
	if def := l.Mutation(mutation); def != nil && len(def.Arguments) == 1 {
		f.Fields = maker{l, lang, mutation, sent}.fields(l.Schema().Types[def.Arguments[0].Type.Name()], "", 0)
	}
	return f
}

type maker struct {
	lexicon        *lexicon.Lexicon
	lang, mutation string
	sent           url.Values
}

func (k maker) fields(input *ast.Definition, prefix string, depth int) []Field {
	var out []Field
	if depth > deepest {
		return nil
	}
	for _, m := range input.Fields {
		if prefix == "" && given(k.mutation, m) {
			continue
		}
		def := k.lexicon.Schema().Types[m.Type.Name()]
		if def.Kind != ast.InputObject {
			out = append(out, k.field(m, def, prefix))
			continue
		}
		rows := 1
		switch {
		case m.Type.Elem != nil && m.Type.NonNull:
			rows = Rows
		case m.Type.Elem != nil:
			rows = spare
		}
		for i := range rows {
			within, label := prefix+m.Name+".", ""
			if m.Type.Elem != nil {
				within += strconv.Itoa(i) + "."
				label = fmt.Sprintf("%s %d · ", lexicon.Pick(k.lang, m.Description), i+1)
			}
			inner := k.fields(def, within, depth+1)
			for j := range inner {
				inner[j].Required = inner[j].Required && m.Type.NonNull && i == 0
				inner[j].Label = label + inner[j].Label
			}
			out = append(out, inner...)
		}
	}
	return out
}

func (k maker) field(m *ast.FieldDefinition, def *ast.Definition, prefix string) Field {
	f := Field{
		Name: prefix + m.Name, Label: lexicon.Pick(k.lang, m.Description), Kind: kind(m, def),
		Values: k.sent[prefix+m.Name], Group: prefix, Needed: m.Type.NonNull && m.DefaultValue == nil,
	}
	f.Required = f.Needed
	for _, v := range def.EnumValues {
		f.Options = append(f.Options, Option{v.Name, lexicon.Pick(k.lang, v.Description), slices.Contains(f.Values, v.Name)})
	}
	return f
}

func kind(m *ast.FieldDefinition, def *ast.Definition) string {
	switch {
	case m.Type.Elem != nil && def.Kind == ast.Enum:
		return Many
	case m.Type.Elem != nil:
		return Staff
	case def.Kind == ast.Enum:
		return One
	}
	switch def.Name {
	case "Boolean":
		return YesNo
	case "LocalDate":
		return Date
	case "DateTime":
		return Moment
	case "Int":
		return Number
	case "Float":
		return Decimal
	}
	if long(m.Name) {
		return Area
	}
	return Line
}

func long(name string) bool {
	return slices.ContainsFunc([]string{
		"Text", "View", "arrative", "ote", "nextStep", "statement", "described", "injury", "reason", "feedback",
		"minutes", "decisions", "summary", "answer", "aim", "outcome", "explanation", "words",
	}, func(end string) bool { return strings.HasSuffix(name, end) })
}

// draft is how many controls a record must answer to be the draft of a form.
const draft = 5

// Again fills an empty form with the record that it was filled in for before: a draft is
// gone on with.
func (f *Form) Again(record map[string]any) {
	known := map[int][]string{}
	for i, c := range f.Fields {
		value, has := record[c.Name]
		if len(c.Values) > 0 {
			return
		}
		if texts := textsOf(value); has && len(texts) > 0 {
			known[i] = texts
		}
	}
	if len(known) < draft {
		return
	}
	for i, texts := range known {
		c := &f.Fields[i]
		c.Values = texts
		for j := range c.Options {
			c.Options[j].Chosen = slices.Contains(texts, c.Options[j].Value)
		}
	}
}

// textsOf is a value of an answer as a form sends it.
func textsOf(value any) []string {
	switch v := value.(type) {
	case nil, map[string]any:
		return nil
	case []any:
		var out []string
		for _, one := range v {
			out = append(out, textsOf(one)...)
		}
		return out
	case float64:
		return []string{strconv.FormatFloat(v, 'f', -1, 64)}
	}
	return []string{fmt.Sprint(value)}
}

// Offer lets what a member names be chosen from options instead of typed.
func (f *Form) Offer(member string, options []Option) {
	for _, c := range f.Named(member) {
		if len(options) > 0 {
			c.Choose(options)
		}
	}
}

// Guess fills a control that nothing was filled in.
func (f *Form) Guess(member, value string) {
	for _, c := range f.Named(member) {
		if len(filled(c.Values)) == 0 {
			c.Values, c.Default = []string{value}, true
		}
	}
}

// Check marks what is missing and what the schema would not take; it is false where
// there is any.
func (f *Form) Check(missing, wrong string) bool {
	whole := true
	for i := range f.Fields {
		c := &f.Fields[i]
		switch {
		case c.Required && len(filled(c.Values)) == 0:
			c.Problem, whole = missing, false
		case !fits(*c):
			c.Problem, whole = wrong, false
		}
	}
	return f.objects(missing) && whole
}

// objects: a part of the input is filled in entirely or not at all.
func (f *Form) objects(missing string) bool {
	begun := map[string]bool{}
	for _, c := range f.Fields {
		if c.Group != "" && len(filled(c.Values)) > 0 {
			begun[c.Group] = true
		}
	}
	whole := true
	for i := range f.Fields {
		if c := &f.Fields[i]; begun[c.Group] && c.Needed && len(filled(c.Values)) == 0 {
			c.Problem, whole = missing, false
		}
	}
	return whole
}

// Mark puts what the hub says where it belongs; what belongs nowhere is given back.
func (f *Form) Mark(path []string, problem string) bool {
	name := strings.TrimPrefix(strings.Join(path, "."), "input.")
	for i := range f.Fields {
		if one := f.Fields[i].Name; one == name || strings.HasPrefix(name, one+".") || name != "" && strings.HasPrefix(one, name+".") {
			f.Fields[i].Problem = problem
			return true
		}
	}
	return false
}
