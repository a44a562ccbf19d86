package demo_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/tongxin-hub/tongxin/internal/agency"
	"github.com/tongxin-hub/tongxin/internal/child"
	"github.com/tongxin-hub/tongxin/internal/education"
	"github.com/tongxin-hub/tongxin/internal/family"
	"github.com/tongxin-hub/tongxin/internal/federation"
	"github.com/tongxin-hub/tongxin/internal/health"
	"github.com/tongxin-hub/tongxin/internal/protection"
	"github.com/tongxin-hub/tongxin/internal/record"
	"github.com/tongxin-hub/tongxin/internal/register"
	"github.com/tongxin-hub/tongxin/internal/report"
	"github.com/tongxin-hub/tongxin/internal/rights"
	"github.com/tongxin-hub/tongxin/internal/safeguard"
	"github.com/tongxin-hub/tongxin/internal/visit"
)

// loadSchema parses the published schema.
func loadSchema(tb testing.TB) *ast.Schema {
	tb.Helper()
	paths, err := filepath.Glob("../../schema/*.graphqls")
	if err != nil || len(paths) == 0 {
		tb.Fatalf("no schema: %v", err)
	}
	sources := make([]*ast.Source, 0, len(paths))
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			tb.Fatal(err)
		}
		sources = append(sources, &ast.Source{Name: path, Input: string(text)})
	}
	schema, err := gqlparser.LoadSchema(sources...)
	if err != nil {
		tb.Fatal(err)
	}
	return schema
}

func snake(name string) string {
	var b strings.Builder
	for _, r := range name {
		if unicode.IsUpper(r) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// TestEnums holds every column that feeds an enum to the values of its enum, and
// wants most values to occur, so that screens and policies are tried on them.
func TestEnums(t *testing.T) {
	t.Parallel()
	pool, _ := filled(t)
	schema := loadSchema(t)
	types := slices.Concat(agency.Records(), child.Records(), education.Records(), family.Records(), federation.Records(),
		health.Records(), protection.Records(), register.Records(), rights.Records(), report.Records(), safeguard.Records(), visit.Records())
	columns, allowed, seen := 0, map[string]bool{}, map[string]bool{}
	for _, typ := range types {
		for _, field := range schema.Types[typ.Name].Fields {
			enum := schema.Types[field.Type.Name()]
			if enum.Kind != ast.Enum || typ.Columns[field.Name] != "" || typ.Table == "provenance" {
				continue
			}
			columns++
			values := distinct(t, pool, typ, snake(field.Name), field.Type.Elem != nil)
			for _, v := range enum.EnumValues {
				allowed[enum.Name+"."+v.Name] = true
			}
			for _, v := range values {
				seen[enum.Name+"."+v] = true
				if enum.EnumValues.ForName(v) == nil {
					t.Errorf("%s.%s (%s.%s) holds %q, which is no %s", typ.Name, field.Name, typ.Table, snake(field.Name), v, enum.Name)
				}
			}
		}
	}
	if columns < 80 {
		t.Errorf("only %d enum columns were found", columns)
	}
	if len(seen)*100 < 70*len(allowed) {
		for _, v := range slices.Sorted(maps.Keys(allowed)) {
			if !seen[v] {
				t.Logf("never: %s", v)
			}
		}
		t.Errorf("%d of %d enum values occur", len(seen), len(allowed))
	}
}

func distinct(tb testing.TB, pool querier, typ record.Type, column string, list bool) []string {
	tb.Helper()
	expression := column
	if list {
		expression = "unnest(" + column + ")"
	}
	return all[string](tb, pool, "SELECT DISTINCT v FROM (SELECT "+expression+"::text AS v FROM "+typ.Table+") x WHERE v IS NOT NULL ORDER BY v")
}
