package docs_test

import (
	"go/ast"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tongxin-hub/tongxin/internal/archtest"
)

// page is one hand-written or generated Markdown file.
type page struct{ name, text string }

// markdown reads every Markdown file of the tree.
func markdown(t *testing.T) []page {
	t.Helper()
	var pages []page
	tree := os.DirFS(root)
	err := fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (name == "data" || name == "bin" || len(name) > 1 && strings.HasPrefix(path.Base(name), ".")):
			return fs.SkipDir
		case path.Ext(name) == ".md":
			text, err := fs.ReadFile(tree, name)
			pages = append(pages, page{name, string(text)})
			return err
		}
		return nil
	})
	if err != nil || len(pages) == 0 {
		t.Fatalf("no Markdown: %v", err)
	}
	return pages
}

func TestMarkdown_pathsExist(t *testing.T) {
	t.Parallel()
	link := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	code := regexp.MustCompile("`([^`\n]+)`")
	top := topLevel(t)
	for _, p := range markdown(t) {
		for _, m := range link.FindAllStringSubmatch(code.ReplaceAllString(p.text, ""), -1) {
			target, _, _ := strings.Cut(m[1], "#")
			if target == "" || strings.Contains(target, "://") {
				continue
			}
			mustExist(t, p.name, path.Join(path.Dir(p.name), target))
		}
		for _, m := range code.FindAllStringSubmatch(outsideBlocks(p.text), -1) {
			if isPath(m[1], top) {
				mustExist(t, p.name, strings.TrimSuffix(m[1], "/"))
			}
		}
	}
}

func mustExist(t *testing.T, page, name string) {
	t.Helper()
	found, err := fs.Glob(os.DirFS(root), name)
	if err != nil || len(found) == 0 {
		t.Errorf("%s names %s, which does not exist", page, name)
	}
}

func topLevel(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// isPath tells paths of the tree from other code: what begins with a name of
// the top level or is a file there. Names in <brackets> stand for any name, and
// data/ and bin/ are made by commands.
func isPath(text string, top []string) bool {
	if strings.ContainsAny(text, " <>{}()=:|$\"") || strings.HasPrefix(text, "data/") || strings.HasPrefix(text, "bin/") {
		return false
	}
	first, _, nested := strings.Cut(text, "/")
	if nested {
		return slices.Contains(top, first)
	}
	return slices.Contains([]string{".md", ".mod", ".sum", ".yml", ".yaml"}, path.Ext(text))
}

// outsideBlocks drops fenced blocks: what stands there is typed, not named.
func outsideBlocks(text string) string {
	var out strings.Builder
	for i, part := range strings.Split(text, "\n```") {
		if i%2 == 0 {
			out.WriteString(part)
		}
	}
	return out.String()
}

// TestMarkdown_testsExist: a promise that names the test which guards it is
// worth as much as that test, so the test must be there.
func TestMarkdown_testsExist(t *testing.T) {
	t.Parallel()
	tree, err := archtest.Load(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	declared := map[string]bool{}
	for _, s := range tree.Sources {
		for _, declaration := range s.Syntax.Decls {
			if function, ok := declaration.(*ast.FuncDecl); ok && s.Test {
				declared[function.Name.Name] = true
			}
		}
	}
	named := regexp.MustCompile("`((?:Test|Fuzz)[A-Z][A-Za-z0-9_]+)`")
	for _, p := range markdown(t) {
		for _, m := range named.FindAllStringSubmatch(p.text, -1) {
			if !declared[m[1]] {
				t.Errorf("%s names the test %s, which does not exist", p.name, m[1])
			}
		}
	}
}

// TestMarkdown_targetsExist: whoever types a make target as a page has it finds it.
func TestMarkdown_targetsExist(t *testing.T) {
	t.Parallel()
	text, err := fs.ReadFile(os.DirFS(root), "Makefile")
	if err != nil {
		t.Fatal(err)
	}
	targets := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^([a-zA-Z/_-]+):`).FindAllStringSubmatch(string(text), -1) {
		targets[m[1]] = true
	}
	tried := 0
	typed := regexp.MustCompile("(?m)(?:^|`)make ((?:[a-zA-Z/_=-]|\\d)+(?: [a-z/_-]+)*)")
	for _, p := range markdown(t) {
		for _, m := range typed.FindAllStringSubmatch(p.text, -1) {
			for word := range strings.FieldsSeq(m[1]) {
				tried++
				if !strings.Contains(word, "=") && !targets[word] {
					t.Errorf("%s names make %s, which does not exist", p.name, word)
				}
			}
		}
	}
	if tried < 20 {
		t.Errorf("only %d targets were found", tried)
	}
}
