package operations

import (
	"fmt"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
)

// Move is the name of the document that makes a mutation.
func Move(mutation string) string {
	if mutation == "" {
		return ""
	}
	return "Console" + strings.ToUpper(mutation[:1]) + mutation[1:]
}

// Parse fits a text to the schema; its one operation is the document.
func Parse(schema *ast.Schema, name, text string) (Document, error) {
	doc, err := parser.ParseQuery(&ast.Source{Name: name, Input: text})
	if err != nil {
		return Document{}, fmt.Errorf("read %s: %w", name, err)
	}
	if errs := validator.ValidateWithRules(schema, doc, nil); len(errs) > 0 {
		return Document{}, fmt.Errorf("read %s: %w", name, errs)
	}
	return Document{Text: text, Operation: doc.Operations[0]}, nil
}

// addMoves makes the document of every mutation that no file asks for: as its form is
// made of the input, so is the document made of the payload.
func addMoves(schema *ast.Schema, out Documents) error {
	for _, m := range schema.Mutation.Fields {
		payload := schema.Types[m.Type.Name()]
		if _, written := out[Move(m.Name)]; written || len(m.Arguments) != 1 || payload.Fields.ForName("userErrors") == nil {
			continue
		}
		text := fmt.Sprintf("mutation %s($input: %s) { made: %s(input: $input) {%s userErrors { message path code } } }",
			Move(m.Name), m.Arguments[0].Type, m.Name, Leaves(schema, payload, nil))
		var err error
		if out[Move(m.Name)], err = Parse(schema, m.Name, text); err != nil {
			return err
		}
	}
	return nil
}

// Leaves are the fields of a type that have no fields of their own, as a selection;
// may chooses among them, nil for all.
func Leaves(schema *ast.Schema, of *ast.Definition, may func(field *ast.FieldDefinition) bool) string {
	var b strings.Builder
	for _, f := range of.Fields {
		if schema.Types[f.Type.Name()].IsLeafType() && len(f.Arguments) == 0 && !strings.HasPrefix(f.Name, "__") && (may == nil || may(f)) {
			b.WriteString(" " + f.Name)
		}
	}
	return b.String()
}
