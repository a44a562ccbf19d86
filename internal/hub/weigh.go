package hub

import "github.com/vektah/gqlparser/v2/ast"

// nodeWeight is the memory of one field, argument or value of a parsed document
// in bytes, as measured.
const nodeWeight = 256

// weigh estimates the memory of a parsed document, its text apart.
func weigh(doc *ast.QueryDocument) int {
	nodes := 0
	for _, op := range doc.Operations {
		nodes += len(op.VariableDefinitions) + nodesInDirectives(op.Directives) + nodesIn(op.SelectionSet)
	}
	for _, f := range doc.Fragments {
		nodes += 1 + nodesInDirectives(f.Directives) + nodesIn(f.SelectionSet)
	}
	return nodes * nodeWeight
}

func nodesIn(set ast.SelectionSet) int {
	n := len(set)
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			n += nodesInArguments(s.Arguments) + nodesInDirectives(s.Directives) + nodesIn(s.SelectionSet)
		case *ast.InlineFragment:
			n += nodesInDirectives(s.Directives) + nodesIn(s.SelectionSet)
		case *ast.FragmentSpread:
			n += nodesInDirectives(s.Directives)
		}
	}
	return n
}

func nodesInDirectives(list ast.DirectiveList) int {
	n := len(list)
	for _, d := range list {
		n += nodesInArguments(d.Arguments)
	}
	return n
}

func nodesInArguments(list ast.ArgumentList) int {
	n := 0
	for _, arg := range list {
		n += nodesInValue(arg.Value)
	}
	return n
}

func nodesInValue(v *ast.Value) int {
	n := 1
	for _, child := range v.Children {
		n += nodesInValue(child.Value)
	}
	return n
}
