package disclosure

import (
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/tongxin-hub/tongxin/internal/fault"
)

// args are the arguments of one field as written; value resolves them with the
// variables of the request.
type args struct {
	def  ast.ArgumentDefinitionList
	list ast.ArgumentList
}

// value is the Go value of an argument: from the variables, the literal or the
// default; nil when absent.
func (a args) value(name string, vars map[string]any) (any, error) {
	if arg := a.list.ForName(name); arg != nil {
		v, err := arg.Value.Value(vars)
		if err != nil {
			return nil, fault.Wrap(fault.BadRequest, "参数无法读取。", "An argument cannot be read.", err)
		}
		if v != nil || arg.Value.Kind != ast.Variable {
			return v, nil
		}
	}
	if d := a.def.ForName(name); d != nil && d.DefaultValue != nil {
		return d.DefaultValue.Value(nil)
	}
	return nil, nil
}

func (a args) text(name string, vars map[string]any) (string, error) {
	v, err := a.value(name, vars)
	if err != nil || v == nil {
		return "", err
	}
	return fmt.Sprint(v), nil
}

// maxPage is the largest page a connection gives.
const maxPage = 100

// first is the page size asked for.
func (a args) first(vars map[string]any) (int, error) {
	v, err := a.value("first", vars)
	if err != nil {
		return 0, err
	}
	n := 0
	if _, err := fmt.Sscan(fmt.Sprint(v), &n); err != nil || n < 0 || n > maxPage {
		return 0, fault.New(fault.BadRequest,
			"每页条数（first）须在0到100之间。", "Ask for a page size (first) between 0 and 100.")
	}
	return n, nil
}
