package limit

import "github.com/vektah/gqlparser/v2/ast"

// repeatsIn counts the fields written anywhere in doc that stand beside another
// one of the same response key, also where the operation does not reach:
// validation compares each with every other one, which takes half a second for
// two thousand of them.
func repeatsIn(doc *ast.QueryDocument) int {
	n := 0
	for _, op := range doc.Operations {
		n = add(n, repeatsInSet(op.SelectionSet, map[string]bool{}))
	}
	for _, f := range doc.Fragments {
		n = add(n, repeatsInSet(f.SelectionSet, map[string]bool{}))
	}
	return n
}

// repeatsInSet adds the keys of a set to those already seen beside it; inline
// fragments stand beside their neighbours.
func repeatsInSet(set ast.SelectionSet, seen map[string]bool) int {
	n := 0
	for _, selection := range set {
		switch sel := selection.(type) {
		case *ast.Field:
			if seen[sel.Alias] {
				n++
			}
			seen[sel.Alias] = true
			if len(sel.SelectionSet) > 0 {
				n = add(n, repeatsInSet(sel.SelectionSet, map[string]bool{}))
			}
		case *ast.InlineFragment:
			n = add(n, repeatsInSet(sel.SelectionSet, seen))
		}
	}
	return n
}
