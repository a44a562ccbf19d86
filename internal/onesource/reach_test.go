package onesource

import (
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/go/packages"
)

const module = "github.com/tongxin-hub/tongxin/"

// program knows of every package-level thing of ours which others its text names: what
// a function may come to, whether it calls the others or hands them on.
type program struct {
	names map[types.Object][]types.Object
	// made are our own types, any of which may stand behind an interface, and stands
	// the methods that were found to.
	made   []*types.Named
	stands map[types.Object][]types.Object
	// mutations are the resolvers, by their name in the schema.
	mutations map[string]types.Object
}

// load type-checks the resolvers and whatever of ours they come to.
func load(t *testing.T) *program {
	t.Helper()
	list, err := packages.Load(&packages.Config{
		Context: t.Context(), Dir: "../..",
		Mode: packages.NeedName | packages.NeedFiles | packages.NeedCompiledGoFiles | packages.NeedImports | packages.NeedDeps | packages.NeedModule,
	}, "./resolvers", "./internal/app")
	if err != nil {
		t.Fatal(err)
	}
	var own []string
	packages.Visit(list, nil, func(p *packages.Package) {
		if strings.HasPrefix(p.PkgPath, module) {
			own = append(own, p.PkgPath)
		}
	})
	list, err = packages.Load(&packages.Config{
		Context: t.Context(), Dir: "../..", ParseFile: parse,
		Mode: packages.NeedName | packages.NeedFiles | packages.NeedCompiledGoFiles | packages.NeedImports | packages.NeedTypes | packages.NeedSyntax | packages.NeedTypesInfo,
	}, own...)
	if err != nil {
		t.Fatal(err)
	}
	p := &program{names: map[types.Object][]types.Object{}, stands: map[types.Object][]types.Object{}, mutations: map[string]types.Object{}}
	for _, pkg := range list {
		if unseen.MatchString(pkg.PkgPath + "/") {
			continue // whose imports stand unused
		}
		for _, err := range pkg.Errors {
			t.Fatal(err)
		}
		for _, f := range pkg.Syntax {
			for _, d := range f.Decls {
				p.declare(pkg, d)
			}
		}
	}
	return p
}

// parse leaves out what functions do where nothing of it is behind a resolver: what is
// generated and the pages.
func parse(fset *token.FileSet, name string, text []byte) (*ast.File, error) {
	f, err := parser.ParseFile(fset, name, text, parser.SkipObjectResolution)
	if err != nil || !unseen.MatchString(filepath.ToSlash(name)) {
		return f, err
	}
	for _, d := range f.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok {
			fn.Body = nil
		}
	}
	return f, nil
}

var unseen = regexp.MustCompile(`/(graph|internal/console|internal/demo)/`)

// declare takes in one declaration.
func (p *program) declare(pkg *packages.Package, d ast.Decl) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		f := pkg.TypesInfo.Defs[d.Name]
		p.note(pkg, f, d)
		if d.Recv != nil && receiver(f) == "mutationResolver" {
			p.mutations[strings.ToLower(d.Name.Name[:1])+d.Name.Name[1:]] = f
		}
	case *ast.GenDecl:
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.ValueSpec:
				for _, name := range s.Names {
					p.note(pkg, pkg.TypesInfo.Defs[name], s)
				}
			case *ast.TypeSpec:
				if n, ok := pkg.TypesInfo.Defs[s.Name].Type().(*types.Named); ok && !types.IsInterface(n) && d.Tok == token.TYPE {
					p.made = append(p.made, n)
				}
			}
		}
	}
}

// note keeps what the text of a thing names; and what is put into a member of a struct
// is named by that member.
func (p *program) note(pkg *packages.Package, from types.Object, text ast.Node) {
	ast.Inspect(text, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			if to := origin(pkg.TypesInfo.Uses[n]); counts(to) {
				p.names[from] = append(p.names[from], to)
			}
		case *ast.KeyValueExpr:
			if key, ok := n.Key.(*ast.Ident); ok {
				p.put(pkg, pkg.TypesInfo.Uses[key], n.Value)
			}
		case *ast.AssignStmt:
			for i, left := range n.Lhs {
				if s, ok := left.(*ast.SelectorExpr); ok && len(n.Rhs) == len(n.Lhs) {
					p.put(pkg, pkg.TypesInfo.Uses[s.Sel], n.Rhs[i])
				}
			}
		}
		return true
	})
}

// put notes what is kept in a member that holds a function.
func (p *program) put(pkg *packages.Package, member types.Object, value ast.Expr) {
	if m, ok := origin(member).(*types.Var); ok && m.IsField() && holdsFunction(m) {
		ast.Inspect(value, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				if to := origin(pkg.TypesInfo.Uses[id]); counts(to) {
					p.names[m] = append(p.names[m], to)
				}
			}
			return true
		})
	}
}

// counts: things of ours that stand by themselves, and members that hold a function.
func counts(o types.Object) bool {
	if o == nil || o.Pkg() == nil || !strings.HasPrefix(o.Pkg().Path()+"/", module) {
		return false
	}
	switch o := o.(type) {
	case *types.Func:
		return true
	case *types.Var:
		return o.IsField() && holdsFunction(o) || o.Parent() == o.Pkg().Scope()
	case *types.Const:
		return true
	}
	return false
}

func holdsFunction(v *types.Var) bool {
	_, ok := v.Type().Underlying().(*types.Signature)
	return ok
}

// origin is the generic thing behind one of its instances.
func origin(o types.Object) types.Object {
	switch o := o.(type) {
	case *types.Func:
		return o.Origin()
	case *types.Var:
		return o.Origin()
	}
	return o
}

// receiver is the name of a method's type.
func receiver(f types.Object) string {
	recv := f.Type().(*types.Signature).Recv().Type()
	if ptr, ok := recv.(*types.Pointer); ok {
		recv = ptr.Elem()
	}
	if n, ok := recv.(*types.Named); ok {
		return n.Obj().Name()
	}
	return ""
}

// statements are the SQL constants that a thing may come to.
func (p *program) statements(from types.Object) []string {
	seen, out := map[types.Object]bool{from: true}, map[string]bool{}
	for todo := []types.Object{from}; len(todo) > 0; {
		o := todo[0]
		todo = todo[1:]
		if c, ok := o.(*types.Const); ok && c.Val().Kind() == constant.String && strings.Contains(constant.StringVal(c.Val()), " ") {
			out[constant.StringVal(c.Val())] = true
		}
		for _, next := range append(p.behind(o), p.names[o]...) {
			if !seen[next] {
				seen[next] = true
				todo = append(todo, next)
			}
		}
	}
	var list []string
	for s := range out {
		list = append(list, s)
	}
	slices.Sort(list)
	return list
}

// behind are the methods of ours that may stand behind one of an interface.
func (p *program) behind(o types.Object) []types.Object {
	f, ok := o.(*types.Func)
	if !ok {
		return nil
	}
	recv := f.Type().(*types.Signature).Recv()
	if recv == nil || !types.IsInterface(recv.Type()) {
		return nil
	}
	face, ok := recv.Type().Underlying().(*types.Interface)
	if !ok {
		return nil
	}
	out, known := p.stands[o]
	if known {
		return out
	}
	for _, n := range p.made {
		if n.TypeParams().Len() == 0 && types.Implements(types.NewPointer(n), face) {
			if m, _, _ := types.LookupFieldOrMethod(types.NewPointer(n), true, f.Pkg(), f.Name()); m != nil {
				out = append(out, origin(m))
			}
		}
	}
	p.stands[o] = out
	return out
}
