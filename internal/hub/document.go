package hub

import (
	"errors"
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/limit"
)

// parse reads a text within the token limit.
func (h *Hub) parse(text string) (*ast.QueryDocument, bool, error) {
	if doc, ok := h.docs.Get(text); ok {
		return doc, true, nil
	}
	doc, err := limit.Parse(text, h.cfg.Limits)
	return doc, false, err
}

// validate checks a document against the schema and keeps it for the next
// request; what is kept is never changed again. The sentence names the line and
// no name of the schema, so that nobody can learn one by guessing.
func (h *Hub) validate(text string, doc *ast.QueryDocument) error {
	if errs := validator.ValidateWithRules(h.schema, doc, h.rules); len(errs) > 0 {
		return invalid(errs[0])
	}
	if deferred(doc) {
		return fault.New(fault.ValidationFailed, "不支持 @defer。", "@defer is not supported.")
	}
	h.docs.Add(text, doc, len(text)+weigh(doc))
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
	out, err := validator.VariableValues(schema, op, vars)
	if err == nil {
		return out, nil
	}
	name := strconv.Quote(misfit(err))
	return nil, fault.Wrap(fault.ValidationFailed,
		"变量 "+name+" 的值与声明的类型不符。", "The value of variable "+name+" does not fit its declared type.", err)
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
