package archtest

import (
	"fmt"
	"go/ast"
	"maps"
	"slices"
	"strings"
)

const (
	longestFile     = 400
	longestFunction = 70
	// A test tells a story; it may be longer than a function, but not a novel.
	longestTest = 150
)

// filesAreShort is style card 6.
func filesAreShort(t *Tree) []Finding {
	var findings []Finding
	for _, s := range t.Sources {
		if !s.Generated && s.Lines > longestFile {
			findings = append(findings, Finding{"file", s.Path, fmt.Sprintf(
				"%s has %d lines, %d at most; split it where its subject changes", s.Path, s.Lines, longestFile)})
		}
	}
	return findings
}

// functionsAreShort is style card 6 too.
func functionsAreShort(t *Tree) []Finding {
	var findings []Finding
	for _, s := range t.Sources {
		limit := longestFunction
		if s.Test {
			limit = longestTest
		}
		for _, declaration := range s.Syntax.Decls {
			function, ok := declaration.(*ast.FuncDecl)
			if !ok || s.Generated {
				continue
			}
			if lines := s.span(function); lines > limit {
				findings = append(findings, Finding{"function", s.Path, fmt.Sprintf(
					"%s:%d: %s has %d lines, %d at most; give its steps names", s.Path, s.line(function), function.Name.Name, lines, limit)})
			}
		}
	}
	return findings
}

// packagesSayTheirJob is style card 1: a doc.go with the package comment. A
// command says it above its package clause.
func packagesSayTheirJob(t *Tree) []Finding {
	said := map[string]bool{}
	for _, s := range t.Sources {
		if s.Generated || s.Test {
			continue
		}
		here := s.Syntax.Doc != nil && (strings.HasSuffix(s.Path, "/doc.go") || s.Syntax.Name.Name == "main")
		said[s.Dir] = said[s.Dir] || here
	}
	var findings []Finding
	for _, dir := range slices.Sorted(maps.Keys(said)) {
		if !said[dir] {
			findings = append(findings, Finding{
				"doc", dir,
				dir + " has no doc.go with a package comment; write one that says the package's job in one sentence",
			})
		}
	}
	return findings
}

// testsAlwaysRun: a skipped test proves nothing.
func testsAlwaysRun(t *Tree) []Finding {
	var findings []Finding
	for _, s := range t.Sources {
		ast.Inspect(s.Syntax, func(node ast.Node) bool {
			call, ok := node.(*ast.CallExpr)
			if !ok {
				return true
			}
			selector, ok := call.Fun.(*ast.SelectorExpr)
			if !ok || !slices.Contains([]string{"Skip", "Skipf", "SkipNow"}, selector.Sel.Name) {
				return true
			}
			if receiver, ok := selector.X.(*ast.Ident); ok && slices.Contains([]string{"t", "tb", "b", "f"}, receiver.Name) {
				findings = append(findings, Finding{"skip", s.Path, fmt.Sprintf(
					"%s:%d skips a test; make its condition hold (pgtest starts a server anywhere) or delete it", s.Path, s.line(call))})
			}
			return true
		})
	}
	return findings
}

// nothingHidesInInit: wiring is called by name.
func nothingHidesInInit(t *Tree) []Finding {
	var findings []Finding
	for _, s := range t.Sources {
		for _, declaration := range s.Syntax.Decls {
			function, ok := declaration.(*ast.FuncDecl)
			if ok && !s.Generated && function.Recv == nil && function.Name.Name == "init" {
				findings = append(findings, Finding{"init", s.Path, fmt.Sprintf(
					"%s:%d has an init function; make it a constructor that its user calls", s.Path, s.line(function))})
			}
		}
	}
	return findings
}

// nothingIsPutOff: what remains to be done stands in the issue tracker.
func nothingIsPutOff(t *Tree) []Finding {
	marks := []string{"TO" + "DO", "FIX" + "ME", "XX" + "X:"}
	putOff := func(text string) bool {
		return slices.ContainsFunc(marks, func(mark string) bool { return strings.Contains(text, mark) })
	}
	var findings []Finding
	report := func(path string, line int) {
		findings = append(findings, Finding{"put-off", path, fmt.Sprintf(
			"%s:%d puts something off; do it, or write an issue and delete the comment", path, line)})
	}
	for _, s := range t.Sources {
		for _, group := range s.Syntax.Comments {
			if !s.Generated && putOff(group.Text()) {
				report(s.Path, s.line(group))
			}
		}
	}
	for _, text := range t.Texts {
		for i, line := range text.Lines {
			if putOff(line) {
				report(text.Path, i+1)
			}
		}
	}
	return findings
}
