package auditpack

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCell(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                        "",
		"访问":                      "访问",
		"=1+1":                    "'=1+1",
		"+86":                     "'+86",
		"-1":                      "'-1",
		"@SUM(A1)":                "'@SUM(A1)",
		"\t=1":                    "' =1",
		"\r\n=1":                  "'  =1",
		"　＝1":                     "'　＝1",
		"a\nb":                    "a b",
		"=HYPERLINK(\"x\",\"y\")": "'=HYPERLINK(\"x\",\"y\")",
		"|cmd":                    "'|cmd",
		"2026-01-01":              "2026-01-01",
	} {
		if d := cmp.Diff(want, cell(in)); d != "" {
			t.Errorf("%q: %s", in, d)
		}
	}
}

// FuzzCell: whatever is typed, no cell of a table is a formula, and the table has
// the rows and columns that were written.
func FuzzCell(f *testing.F) {
	for _, seed := range []string{"=1", " =1", "\ufeff=1", "\x00=1", "\"=1", "'=1", "＝1", "a,b", "\xff=1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var b bytes.Buffer
		if err := table(&b, []string{"a", "b"}, [][]string{{text, "x"}, {"y", text}}); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(b.String(), "\ufeff"))).ReadAll()
		if err != nil || len(rows) != 3 || len(rows[1]) != 2 {
			t.Fatalf("%v: %q", err, rows)
		}
		for _, c := range []string{rows[1][0], rows[2][1]} {
			if start := strings.TrimLeft(c, " \u00a0\u3000\ufeff"); start != "" && strings.ContainsAny(start[:1], "=+-@\t\r\n") {
				t.Errorf("%q is a formula", c)
			}
		}
	})
}
