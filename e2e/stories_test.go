package e2e

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/tongxin-hub/tongxin/internal/demo"
)

// stories say which test plays which child of the demo district through.
var stories = map[int64]string{
	demo.Qinghe:   "TestStory_qinghe",   // 青禾-01: absences, ledger, order, return
	demo.Liutang:  "TestStory_Liutang",  // 柳塘-02: alone for two nights, red alert
	demo.Shiqiao:  "TestStory_shiqiao",  // 石桥-03: a report, and a conflict of interest
	demo.Yunxi:    "TestStory_yunxi",    // 云溪-04: sixteen, the hardship goes on
	demo.Wanghu:   "TestStory_wanghu",   // 望湖-05: no hukou, no school, vaccines missing
	demo.Songgang: "TestStory_songgang", // 松岗-06: third-level screening, guardian out of reach
	demo.Taoyuan:  "TestStory_taoyuan",  // 桃源-07: shielded, the father asks who looked
	demo.Hewan:    "TestStory_hewan",    // 河湾-08: counted by the school alone
	demo.Jinsui:   "TestStory_jinsui",   // 金穗-09: moved, two directors claim
	demo.Bailu:    "TestStory_Bailu",    // 白鹭-10: nothing to tell
}

// TestStories_everyChild demands that each child has its story, in a file that asserts
// worked cases.
func TestStories_everyChild(t *testing.T) {
	t.Parallel()
	cases := regexp.MustCompile(`(?i)worked case`)
	told := testsHere(t)
	for child := demo.Qinghe; child <= demo.Bailu; child++ {
		file := told[stories[child]]
		if file == "" {
			t.Errorf("child %d has no story", child)
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !cases.Match(text) {
			t.Errorf("%s in %s asserts no worked case", stories[child], file)
		}
	}
}

// testsHere are the tests of this directory by name, with their files.
func testsHere(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, name := range files {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for d := range slices.Values(f.Decls) {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil {
				out[fn.Name.Name] = name
			}
		}
	}
	return out
}
