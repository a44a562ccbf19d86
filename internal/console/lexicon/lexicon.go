package lexicon

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

// english is the code of the second language.
const english = "en"

// Lexicon reads names from a schema.
type Lexicon struct{ schema *ast.Schema }

// New reads the published schema.
func New(sdl string) (*Lexicon, error) {
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: "schema", Input: sdl})
	if err != nil {
		return nil, fmt.Errorf("lexicon: %w", err)
	}
	return &Lexicon{schema}, nil
}

// Schema is the schema itself.
func (l *Lexicon) Schema() *ast.Schema { return l.schema }

// Coordinate names Type.field; what is no coordinate names itself.
func (l *Lexicon) Coordinate(lang, coordinate string) string {
	typename, field, _ := strings.Cut(coordinate, ".")
	if def := l.schema.Types[typename]; def != nil {
		if f := def.Fields.ForName(field); f != nil && f.Description != "" {
			return Short(Pick(lang, f.Description))
		}
	}
	return coordinate
}

// Short is a description up to where it explains.
func Short(text string) string {
	text = strings.TrimSpace(text)
	if cut := strings.IndexAny(text, "（(：:；;"); cut > 0 {
		return strings.TrimSpace(text[:cut])
	}
	return text
}

// Named names Type.field with its type.
func (l *Lexicon) Named(lang, coordinate string) string {
	typename, _, _ := strings.Cut(coordinate, ".")
	field := l.Coordinate(lang, coordinate)
	def := l.schema.Types[typename]
	if def == nil || field == coordinate {
		return coordinate
	}
	return l.Type(lang, typename) + " · " + field
}

// Type names a type in as few words as say what it is.
func (l *Lexicon) Type(lang, typename string) string {
	def := l.schema.Types[typename]
	if def == nil {
		return typename
	}
	name, _, _ := strings.Cut(Short(Pick(lang, def.Description)), ", ")
	return name
}

// Value names a value of an enum; what is none names itself.
func (l *Lexicon) Value(lang, enum, value string) string {
	if def := l.schema.Types[enum]; def != nil {
		if v := def.EnumValues.ForName(value); v != nil && v.Description != "" {
			return Pick(lang, v.Description)
		}
	}
	return value
}

// Mutation is the definition of a mutation; nil when there is none.
func (l *Lexicon) Mutation(name string) *ast.FieldDefinition {
	if strings.HasPrefix(name, "__") {
		return nil
	}
	return l.schema.Mutation.Fields.ForName(name)
}

// Pick takes one language of a description: Chinese and English stand in paragraphs of
// their own, or on one line with a dot between them.
func Pick(lang, description string) string {
	zh, en, found := strings.Cut(description, "\n\n")
	if !found {
		zh, en, found = strings.Cut(description, " · ")
	}
	if found && lang == english {
		return oneLine(en)
	}
	return oneLine(zh)
}

// Upper is a text as a sentence begins.
func Upper(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	if size == 0 {
		return text
	}
	return string(unicode.ToUpper(first)) + text[size:]
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
