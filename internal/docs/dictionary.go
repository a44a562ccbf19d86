package docs

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/tongxin-hub/tongxin/policy"
)

// Dictionary lists every coordinate of the schema: label, meaning, source
// agency, sensitivity, ladder and the group of the matrix that governs it.
func Dictionary(schema *ast.Schema, rules *policy.Policy) string {
	d := dictionary{schema: schema, rules: rules}
	types := objects(schema)
	d.line(notice + "# 数据字典 Data dictionary\n")
	d.line("Read from `schema/` (`@data`) and `policy/groups.csv`. A coordinate is the unit of permission; its group is a row of the [minimisation matrix](policy-matrix.md).")
	d.line("掩码 masked: how a string is masked in place. 更粗 coarser: the next step of the ladder, a field of the same type. Fields marked `@structure` hold no data of their own and are listed by name only.\n")
	d.codes("DataClass", "敏感级别 Sensitivity classes")
	d.codes("DataOwner", "数源单位 Source agencies")
	d.codes("Mask", "掩码方式 Masks")
	d.roots()
	for _, t := range types {
		d.object(t)
	}
	return d.out.String()
}

type dictionary struct {
	schema *ast.Schema
	rules  *policy.Policy
	out    strings.Builder
}

func (d *dictionary) line(format string, args ...any) { fmt.Fprintf(&d.out, format+"\n", args...) }

// objects are the object types in the order of the files of schema/.
func objects(schema *ast.Schema) []*ast.Definition {
	var out []*ast.Definition
	for _, t := range schema.Types {
		if t.Kind == ast.Object && !t.BuiltIn && t != schema.Query && t != schema.Mutation {
			out = append(out, t)
		}
	}
	slices.SortFunc(out, func(a, b *ast.Definition) int { return cmp.Compare(a.Position.Line, b.Position.Line) })
	return out
}

// codes lists the values of one enum of the classification.
func (d *dictionary) codes(enum, title string) {
	d.line("## %s\n", title)
	for _, v := range d.schema.Types[enum].EnumValues {
		d.line("- `%s` %s", v.Name, cell(v.Description))
	}
	d.line("")
}

// roots lists the root fields: who may call them is a right like any other.
func (d *dictionary) roots() {
	d.line("## 根字段 Root fields\n")
	d.line("| 字段 field | 中文 | English | 分组 group |\n|---|---|---|---|")
	for _, root := range []*ast.Definition{d.schema.Query, d.schema.Mutation} {
		for _, f := range root.Fields {
			if strings.HasPrefix(f.Name, "__") {
				continue
			}
			zh, en := languages(f.Description)
			coordinate := root.Name + "." + f.Name
			d.line("| `%s` | %s | %s | %s |", coordinate, zh, en, d.rules.Group(coordinate))
		}
	}
	d.line("")
}

// object is the section of one type.
func (d *dictionary) object(t *ast.Definition) {
	zh, en := languages(t.Description)
	var rows, structural []string
	for _, f := range t.Fields {
		if f.Directives.ForName("data") == nil {
			structural = append(structural, "`"+f.Name+"`")
			continue
		}
		rows = append(rows, d.row(t, f))
	}
	if len(rows) == 0 {
		return // pages, edges and answers of the hub about itself
	}
	d.line("## %s %s\n\n%s\n", t.Name, zh, en)
	d.line("| 坐标 coordinate | 中文名 | English | 类型 type | 数源 owner | 级别 | 掩码 | 更粗 coarser | 分组 group |\n|---|---|---|---|---|---|---|---|---|")
	d.line("%s\n", strings.Join(rows, "\n"))
	if len(structural) > 0 {
		d.line("结构 structure: %s\n", strings.Join(structural, ", "))
	}
}

func (d *dictionary) row(t *ast.Definition, f *ast.FieldDefinition) string {
	data := f.Directives.ForName("data")
	value := func(name string) string {
		if a := data.Arguments.ForName(name); a != nil {
			return cell(a.Value.Raw)
		}
		return ""
	}
	_, en := languages(f.Description)
	coordinate := t.Name + "." + f.Name
	return fmt.Sprintf("| `%s` | %s | %s | %s | %s | %s | %s | %s | %s |", coordinate, value("zh"), en, cell(f.Type.String()),
		value("owner"), value("class"), value("mask"), value("coarser"), d.rules.Group(coordinate))
}

// languages splits a description: Chinese, blank line, English.
func languages(description string) (zh, en string) {
	zh, en, _ = strings.Cut(strings.TrimSpace(description), "\n\n")
	return cell(zh), cell(en)
}

// cell keeps a text within one cell of a table.
func cell(text string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(text), " "), "|", "\\|")
}
