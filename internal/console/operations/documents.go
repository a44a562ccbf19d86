package operations

import (
	"embed"
	"fmt"
	"io/fs"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
)

//go:embed *.graphql
var files embed.FS

// Document is one named operation with the text that is sent for it.
type Document struct {
	Text      string
	Operation *ast.OperationDefinition
}

// Documents are all of them, by the name of the operation.
type Documents map[string]Document

// Load reads the documents and fits them to the schema.
func Load(schema *ast.Schema) (Documents, error) {
	names, err := fs.Glob(files, "*.graphql")
	if err != nil {
		return nil, err
	}
	out := Documents{}
	for _, name := range names {
		text, err := files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		doc, err := parser.ParseQuery(&ast.Source{Name: name, Input: string(text)})
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		if errs := validator.ValidateWithRules(schema, doc, nil); len(errs) > 0 {
			return nil, fmt.Errorf("read %s: %w", name, errs)
		}
		for _, op := range doc.Operations {
			start, end := op.Position.Start, len(text)
			runes := []rune(string(text))
			for _, other := range doc.Operations {
				if s := other.Position.Start; s > start && s < end {
					end = s
				}
			}
			out[op.Name] = Document{Text: string(runes[start:min(end, len(runes))]), Operation: op}
		}
	}
	return out, addMoves(schema, out)
}
