package archtest

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// module is our import path.
const module = "github.com/tongxin-hub/tongxin"

// Source is one hand-written or generated Go file of the tree.
type Source struct {
	// Path is relative to the root, with slashes; Dir is its directory.
	Path, Dir string
	Lines     int
	Test      bool
	Generated bool
	Syntax    *ast.File
	fset      *token.FileSet
}

// Imports are the import paths of the file.
func (s *Source) Imports() []string {
	var paths []string
	for _, spec := range s.Syntax.Imports {
		if unquoted, err := strconv.Unquote(spec.Path.Value); err == nil {
			paths = append(paths, unquoted)
		}
	}
	return paths
}

// line is where a node begins.
func (s *Source) line(node ast.Node) int { return s.fset.Position(node.Pos()).Line }

// span is how many lines a node takes.
func (s *Source) span(node ast.Node) int {
	return s.fset.Position(node.End()).Line - s.line(node) + 1
}

// Text is another hand-written file that rules look at: SQL and SDL.
type Text struct {
	Path  string
	Lines []string
}

// Tree is everything the rules look at.
type Tree struct {
	Sources []*Source
	Texts   []Text
}

// Load reads the tree below root. Directories of tools, data and foreign code
// are left out.
func Load(root fs.FS) (*Tree, error) {
	tree := &Tree{}
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && leftOut(name):
			return fs.SkipDir
		case entry.IsDir():
			return nil
		}
		return tree.add(root, name)
	})
	return tree, err
}

func leftOut(dir string) bool {
	base := path.Base(dir)
	if base != "." && strings.HasPrefix(base, ".") {
		return true
	}
	switch dir {
	case "data", "bin", "tools":
		return true
	}
	return base == "node_modules" || base == "testdata" || base == "vendor"
}

func (t *Tree) add(root fs.FS, name string) error {
	switch path.Ext(name) {
	case ".go", ".sql", ".graphqls":
	default:
		return nil
	}
	content, err := fs.ReadFile(root, name)
	if err != nil {
		return err
	}
	if path.Ext(name) != ".go" {
		t.Texts = append(t.Texts, Text{Path: name, Lines: strings.Split(string(content), "\n")})
		return nil
	}
	fset := token.NewFileSet()
	syntax, err := parser.ParseFile(fset, name, content, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	t.Sources = append(t.Sources, &Source{
		Path: name, Dir: path.Dir(name),
		Lines:     bytes.Count(content, []byte("\n")),
		Test:      strings.HasSuffix(name, "_test.go"),
		Generated: ast.IsGenerated(syntax) || within(path.Dir(name), "graph"),
		Syntax:    syntax, fset: fset,
	})
	return nil
}

// within tells whether dir is base or lies below it.
func within(dir, base string) bool {
	return dir == base || strings.HasPrefix(dir, base+"/")
}
