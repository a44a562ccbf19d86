package lexicon_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/console/lexicon"
	"github.com/tongxin-hub/tongxin/schema"
)

func TestLexicon(t *testing.T) {
	t.Parallel()
	l, err := lexicon.New(schema.SDL())
	if err != nil {
		t.Fatal(err)
	}
	got := []string{
		l.Coordinate("zh", "Child.name"), l.Coordinate("en", "Child.sex"), l.Coordinate("zh", "No.such"), l.Coordinate("zh", "none"),
		l.Value("zh", "Sex", "FEMALE"), l.Value("en", "Sex", "OTHER"), l.Value("en", "Nothing", "X"),
		l.Named("zh", "Visit.livingText"), l.Named("zh", "D.narrative"),
		lexicon.Short("服务类型（教育矫治为空）"), lexicon.Short("（只有括号）"), lexicon.Pick("en", "一行 · one line"), lexicon.Pick("en", "只有中文"),
	}
	want := []string{"姓名", "Sex", "No.such", "none", "女", "OTHER", "X", "走访记录 · 生活状况说明", "D.narrative", "服务类型", "（只有括号）", "one line", "只有中文"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if l.Mutation("__typename") != nil || l.Mutation("sing") != nil || l.Mutation("recordVisit") == nil {
		t.Error("mutations are not those of the schema")
	}
	if _, err := lexicon.New("type Query { x: Nothing }"); err == nil {
		t.Error("a schema that does not hold together is taken")
	}
}

// FuzzLexicon: whatever is asked for, it is named on one line, or names itself.
func FuzzLexicon(f *testing.F) {
	l, err := lexicon.New(schema.SDL())
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{"Child.name", "Child.", ".", "", "Query.__type", "Child.name.x", "一 · two", "a\n\nb", "（", "：x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, got := range []string{l.Coordinate("en", text), l.Named("zh", text), l.Value("zh", text, text)} {
			if got != text && (got == "" || strings.Contains(got, "\n")) {
				t.Errorf("%q is called %q", text, got)
			}
		}
		l.Mutation(text)
		if got := lexicon.Pick("zh", text); strings.Contains(got, "\n") {
			t.Errorf("%q: %q", text, got)
		}
		if got := lexicon.Short(text); text != "" && got == "" && strings.TrimSpace(text) != "" {
			t.Errorf("%q is cut to nothing", text)
		}
	})
}
