package hub

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/limit"
)

// document is a parsed text with what is true of it whoever sends it.
type document struct {
	*ast.QueryDocument
	// text is a copy: the caller's is part of a body whose variables must not be
	// kept with it. hash names it in the record.
	text, hash string
	ops        map[*ast.OperationDefinition]*operation
}

// operation is one operation of a document.
type operation struct {
	cost limit.Memo
	// fields are the root fields, fragments written out.
	fields []string
}

// parse reads a text within the token limit. The document holds the hash also
// where the text is no document. It is known where it was validated before.
func (h *Hub) parse(text string) (doc *document, known bool, err error) {
	if doc, ok := h.docs.Get(text); ok {
		return doc, true, nil
	}
	sum := sha256.Sum256([]byte(text))
	doc = &document{text: strings.Clone(text), hash: "sha256:" + hex.EncodeToString(sum[:])}
	if doc.QueryDocument, err = limit.Parse(doc.text, h.cfg.Limits); err != nil {
		return doc, false, err
	}
	doc.ops = make(map[*ast.OperationDefinition]*operation, len(doc.Operations))
	for _, op := range doc.Operations {
		doc.ops[op] = &operation{}
	}
	return doc, false, nil
}

// validate checks a document against the schema and keeps it for the next
// request; what is kept is never changed again. The sentence names the line and
// no name of the schema, so that nobody can learn one by guessing.
func (h *Hub) validate(doc *document) error {
	if errs := validator.ValidateWithRules(h.schema, doc.QueryDocument, h.rules); len(errs) > 0 {
		return invalid(errs[0])
	}
	if deferred(doc.QueryDocument) {
		return fault.New(fault.ValidationFailed, "不支持 @defer。", "@defer is not supported.")
	}
	for def, op := range doc.ops {
		op.fields = rootFields(doc.QueryDocument, def.SelectionSet, nil)
	}
	h.docs.Add(doc.text, doc, len(doc.text)+weigh(doc.QueryDocument))
	return nil
}

// invalid tells where the document does not fit, not what would.
func invalid(e *gqlerror.Error) error {
	line, column := 0, 0
	if len(e.Locations) > 0 {
		line, column = e.Locations[0].Line, e.Locations[0].Column
	}
	return at(line, column, e)
}

// deferred finds @defer, which this hub does not deliver.
func deferred(doc *ast.QueryDocument) bool {
	found := false
	var walk func(ast.SelectionSet)
	walk = func(set ast.SelectionSet) {
		for _, selection := range set {
			switch s := selection.(type) {
			case *ast.Field:
				walk(s.SelectionSet)
			case *ast.InlineFragment:
				found = found || s.Directives.ForName("defer") != nil
				walk(s.SelectionSet)
			case *ast.FragmentSpread:
				found = found || s.Directives.ForName("defer") != nil
			}
		}
	}
	for _, op := range doc.Operations {
		walk(op.SelectionSet)
	}
	for _, f := range doc.Fragments {
		walk(f.SelectionSet)
	}
	return found
}

// variables coerces the variables of a request to the types of the operation.
func variables(schema *ast.Schema, op *ast.OperationDefinition, vars map[string]any) (map[string]any, error) {
	if plainly(op.VariableDefinitions, vars) {
		return vars, nil
	}
	out, err := validator.VariableValues(schema, op, vars)
	name := strconv.Quote(misfit(err))
	if err == nil {
		for _, d := range op.VariableDefinitions {
			if !written(schema, d.Type, out[d.Variable]) {
				name, err = strconv.Quote(d.Variable), errors.New("not a text")
			}
		}
	}
	if err == nil {
		return out, nil
	}
	return nil, fault.Wrap(fault.ValidationFailed,
		"变量 "+name+" 的值与声明的类型不符。", "The value of variable "+name+" does not fit its declared type.", err)
}

// written reports whether all dates and instants in a value are texts: the validator
// takes anything for a scalar of our own.
func written(schema *ast.Schema, t *ast.Type, value any) bool {
	if value == nil {
		return true
	}
	if t.Elem != nil {
		list, isList := value.([]any)
		return !isList || !slices.ContainsFunc(list, func(v any) bool { return !written(schema, t.Elem, v) })
	}
	def := schema.Types[t.NamedType]
	switch {
	case def.Kind == ast.Scalar && !def.BuiltIn:
		_, isText := value.(string)
		return isText
	case def.Kind == ast.InputObject:
		members, _ := value.(map[string]any)
		return !slices.ContainsFunc(def.Fields, func(f *ast.FieldDefinition) bool { return !written(schema, f.Type, members[f.Name]) })
	}
	return true
}

// misfit is the name of the variable that does not fit: the second step of the
// path. Further steps are members of inputs, which the caller may not know.
func misfit(err error) string {
	var e *gqlerror.Error
	if !errors.As(err, &e) || len(e.Path) < 2 {
		return ""
	}
	name, _ := e.Path[1].(ast.PathName)
	return string(name)
}

// plainly reports that every variable that is declared, and no other, was sent,
// as a text or a list of texts where identifiers or texts are declared: such
// values are what they are coerced to, and the validator would look at each of
// 500 identifiers by reflection.
func plainly(declared ast.VariableDefinitionList, vars map[string]any) bool {
	for _, d := range declared {
		t, value := d.Type, vars[d.Variable]
		if t.Elem == nil {
			if !textual(t, value) {
				return false
			}
			continue
		}
		list, isList := value.([]any)
		if !isList {
			return false
		}
		for _, item := range list {
			if !textual(t.Elem, item) {
				return false
			}
		}
	}
	return len(vars) == len(declared)
}

func textual(t *ast.Type, value any) bool {
	_, isText := value.(string)
	return isText && (t.NamedType == "ID" || t.NamedType == "String")
}
