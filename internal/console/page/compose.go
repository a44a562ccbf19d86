package page

import (
	"fmt"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/tongxin-hub/tongxin/internal/console/operations"
	"github.com/tongxin-hub/tongxin/policy"
)

// Rules gives the policy in force. Pages offer what it allows; the hub alone decides.
type Rules interface {
	Current() (*policy.Policy, error)
}

// View is what the policy allows the post of the page for its purpose; nil when there is
// no telling.
func (v *Visit) View() *policy.View {
	rules, err := v.Site.Rules.Current()
	if err != nil {
		return nil
	}
	view, err := rules.View(policy.Role(v.Hat.Role), policy.Purpose(v.Hat.Purpose))
	if err != nil {
		return nil
	}
	return view
}

// May reports whether a coordinate is open to the post for the purpose on any basis.
func (v *Visit) May(coordinate string) bool {
	view := v.View()
	return view != nil && view.Cell(coordinate).Best() != policy.Withheld
}

// Source is where records of a type stand: the fields that lead there from the root,
// with their arguments.
type Source struct {
	Name, Params string
	Path         []string
	Type         string
}

// Compose makes the document that reads the records of a source: of each exactly what
// the post may read for its purpose.
func (v *Visit) Compose(s Source) (operations.Document, error) {
	name := "ConsoleRecords" + s.Name
	text := fmt.Sprintf("query %s%s { %s }", name, s.Params, v.nest(s.Path, v.fields(s.Type, true)))
	if known, has := v.Site.composed.Load(text); has {
		return known.(operations.Document), nil //nolint:forcetypeassert // nothing else is stored
	}
	d, err := operations.Parse(v.Site.Lexicon.Schema(), name, text)
	if err == nil {
		v.Site.composed.Store(text, d)
	}
	return d, err
}

func (v *Visit) nest(path []string, fields string) string {
	if len(path) == 0 {
		return fields
	}
	inner := v.nest(path[1:], fields)
	if len(path) > 1 && path[1] == "nodes" {
		inner += " pageInfo { hasNextPage endCursor }"
	}
	return fmt.Sprintf("%s { %s }", path[0], inner)
}

// fields are those of a type; objects within it are read one level deep.
func (v *Visit) fields(typename string, objects bool) string {
	schema := v.Site.Lexicon.Schema()
	def := schema.Types[typename]
	may := func(f *ast.FieldDefinition) bool { return v.open(typename, f) }
	if !objects && def.Fields.ForName("name") != nil && def.Fields.ForName("code") != nil {
		return "name" // a place or a unit is shown by its name
	}
	out := strings.TrimSpace(operations.Leaves(schema, def, may))
	if !objects {
		return out
	}
	for _, f := range def.Fields {
		inner := schema.Types[f.Type.Name()]
		switch {
		case inner.Kind != ast.Object || len(f.Arguments) > 0 || !v.open(typename, f):
		case inner.Name == "Child" && def.Fields.ForName("child") == nil:
			out += fmt.Sprintf(" child: %s { id name }", f.Name) // its page is opened from the record
		case inner.Name == "Child":
			out += fmt.Sprintf(" %s { id name }", f.Name)
		default:
			if nested := v.fields(inner.Name, false); nested != "" {
				out += fmt.Sprintf(" %s { %s }", f.Name, nested)
			}
		}
	}
	return out
}

// open: what belongs to the form of an answer is nobody's data.
func (v *Visit) open(typename string, f *ast.FieldDefinition) bool {
	return f.Directives.ForName("structure") != nil || v.May(typename+"."+f.Name)
}
