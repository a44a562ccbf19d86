package auditor

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/tongxin-hub/tongxin/internal/console/fact"
	"github.com/tongxin-hub/tongxin/internal/console/lexicon"
	"github.com/tongxin-hub/tongxin/internal/console/page"
)

// cell is one value of a table, and the code that its text is the name of; Entry and Child
// are sealed addresses behind it.
type cell struct {
	Text, Entry, Child string
	Code               string
	Number             bool
}

// column is a field that was asked for.
type column struct {
	Label  string
	Number bool
	field  *ast.Field
}

// table is an answer of the log as rows.
type table struct {
	Columns []column
	Rows    [][]cell
	Next    string
}

// answerTable asks a named question and lays its answer out: a list, or the nodes of a
// page.
func answerTable(v *page.Visit, document string, variables map[string]any) (table, error) {
	op, answer, err := v.Ask(document, variables)
	if err != nil {
		return table{}, err
	}
	root := op.SelectionSet[0].(*ast.Field) //nolint:forcetypeassert // the console's own documents have fields alone
	set, data := page.At(op.SelectionSet, answer.Data, root.Alias)
	out := table{}
	if root.Definition.Type.Elem == nil {
		var info struct {
			PageInfo struct {
				HasNextPage bool
				EndCursor   *string
			}
		}
		if len(data) > 0 {
			if err := json.Unmarshal(data, &info); err != nil {
				return out, err
			}
		}
		out.Next = page.Next(info.PageInfo.HasNextPage, info.PageInfo.EndCursor)
		set, data = page.At(set, data, "nodes")
	}
	var rows []map[string]any
	if len(data) > 0 {
		if err := json.Unmarshal(data, &rows); err != nil {
			return out, err
		}
	}
	for _, s := range set {
		f := s.(*ast.Field) //nolint:forcetypeassert // as above
		if f.Alias == "id" || f.Alias == "entryId" {
			continue
		}
		typ := f.Definition.Type
		out.Columns = append(out.Columns, column{Label: v.Site.Lexicon.Called(v.Lang, f.ObjectDefinition.Name+"."+f.Name), Number: typ.Elem == nil && (typ.NamedType == "Int" || typ.NamedType == "Float"), field: f})
	}
	out.Columns = slices.DeleteFunc(out.Columns, func(c column) bool { return c.field.Name == "entry" })
	if is := out.kinds(v); slices.Contains(is, lexicon.Person) {
		// A person is called with the agency.
		out.Columns = slices.DeleteFunc(out.Columns, func(c column) bool { return v.Site.Lexicon.Stands(c.coordinate()) == lexicon.Agency })
	}
	for _, row := range rows {
		out.Rows = append(out.Rows, out.row(v, row))
	}
	return out, nil
}

func (c column) coordinate() string { return c.field.ObjectDefinition.Name + "." + c.field.Name }

// kinds are what the codes of the columns stand for.
func (t *table) kinds(v *page.Visit) (out []lexicon.Kind) {
	for _, c := range t.Columns {
		out = append(out, v.Site.Lexicon.Stands(c.coordinate()))
	}
	return out
}

// row writes one record; its moment leads to the entry.
func (t *table) row(v *page.Visit, row map[string]any) []cell {
	entry, _ := row["entryId"].(string)
	if inner, ok := row["entry"].(map[string]any); ok {
		entry, _ = inner["entryId"].(string)
	}
	var out []cell
	for _, c := range t.Columns {
		one := cell{Text: text(v, c.field, row[c.field.Alias]), Number: c.Number}
		one.Code, _ = row[c.field.Alias].(string)
		switch {
		case c.field.Name == "at" && entry != "":
			one.Entry = entryLink(v, map[string]string{"entry": entry})
		case c.field.Name == "child" && one.Text != "":
			one.Child = childLink(v, one.Text)
		}
		out = append(out, one)
	}
	return out
}

// text writes a value as people read it: no code of the log stays one.
func text(v *page.Visit, f *ast.Field, value any) string {
	if value == nil {
		return ""
	}
	say := v.Speaker()
	if kind := v.Site.Lexicon.Stands(f.ObjectDefinition.Name + "." + f.Name); kind != lexicon.Plain {
		return v.Called(kind, fmt.Sprint(value))
	}
	switch s := fmt.Sprint(value); f.Name {
	case "role":
		return say.Role(s)
	case "purpose":
		return say.Purpose(s)
	case "reason":
		return why(v, s)
	case "coordinate":
		return v.Site.Lexicon.Named(v.Lang, s)
	case "rule":
		return finding(v, s)
	}
	switch x := value.(type) {
	case bool:
		return page.Pick(v.Lang, map[bool]string{true: "是", false: "否"}[x], map[bool]string{true: "yes", false: "no"}[x])
	case float64:
		return fmt.Sprintf("%g", x)
	case []any:
		names := make([]string, len(x))
		for i, item := range x {
			names[i] = basis(v.Lang, fmt.Sprint(item))
		}
		return joined(v.Lang, names)
	}
	switch s := fmt.Sprint(value); f.Definition.Type.Name() {
	case "DateTime":
		return fact.Moment(v.Lang, s)
	case "LocalDate":
		return fact.Day(v.Lang, s)
	default:
		return say.Value(f.Definition.Type.Name(), s)
	}
}

// finding says which rule of a question holds: one code, or the other purposes.
func finding(v *page.Visit, rule string) string {
	say := v.Speaker()
	if named, err := say.T("finding." + key(rule)); err == nil {
		return named
	}
	if said := why(v, rule); said != rule {
		return said
	}
	var out []string
	for _, purpose := range strings.Fields(rule) {
		out = append(out, say.Purpose(purpose))
	}
	return joined(v.Lang, out)
}

// lines are the table as a spreadsheet has it.
func (t *table) lines() [][]string {
	head := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		head[i] = c.Label
	}
	out := [][]string{head}
	for _, row := range t.Rows {
		line := make([]string, len(row))
		for i, c := range row {
			line[i] = c.Text
		}
		out = append(out, line)
	}
	return out
}
