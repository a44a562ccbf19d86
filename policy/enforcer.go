package policy

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/casbin/casbin/v2"
	"github.com/casbin/casbin/v2/model"
	"github.com/casbin/casbin/v2/rbac"
)

// enforcer is Casbin holding one version of the policy. It is a plain
// enforcer, never a cached one, filled once and never changed. Casbin's own
// memory of matchers makes concurrent calls costly to reason about, so they
// take turns; requests never come here, they read the compiled tables.
type enforcer struct {
	mu     sync.Mutex
	casbin *casbin.Enforcer
}

// newEnforcer fills Casbin with the source. The lines given may be fewer than
// the source's: the differential test asks with the lines that could match.
func newEnforcer(s *source, lines []Line) (*enforcer, error) {
	m, err := model.NewModelFromString(s.model)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", modelFile, err)
	}
	if err := checkModel(m); err != nil {
		return nil, err
	}
	if err := fill(m, s, lines); err != nil {
		return nil, err
	}
	e, err := casbin.NewEnforcer(m)
	if err != nil {
		return nil, fmt.Errorf("start casbin: %w", err)
	}
	if err := e.BuildRoleLinks(); err != nil {
		return nil, fmt.Errorf("link casbin: %w", err)
	}
	e.AddFunction("holds", holds(remembered(e.GetNamedRoleManager("g3"))))
	e.AddFunction("uses", uses(s.purposes))
	return &enforcer{casbin: e}, nil
}

// checkModel refuses a model that would not deny by default.
func checkModel(m model.Model) error {
	const want = "some(where (p_eft == allow)) && !some(where (p_eft == deny))"
	e, err := m.GetAssertion("e", "e")
	if err != nil || e.Value != want {
		return fmt.Errorf("%s: the effect must be default deny with deny overriding", modelFile)
	}
	for _, ptype := range []string{"g", "g2", "g3"} {
		if _, err := m.GetAssertion("g", ptype); err != nil {
			return fmt.Errorf("%s: %w", modelFile, err)
		}
	}
	return nil
}

func fill(m model.Model, s *source, lines []Line) error {
	for _, part := range []struct {
		ptype string
		links []link
	}{{"g", s.roles}, {"g2", s.nesting}, {"g2", s.groups}, {"g3", s.bases}} {
		for _, l := range part.links {
			if err := m.AddPolicy("g", part.ptype, []string{l.from, l.to}); err != nil {
				return fmt.Errorf("add %s: %w", part.ptype, err)
			}
		}
	}
	for _, l := range lines {
		if err := m.AddPolicy("p", "p", l.rule()); err != nil {
			return fmt.Errorf("add line: %w", err)
		}
	}
	return nil
}

// allows asks Casbin for one form. An error while deciding is a denial, and is
// told.
func (e *enforcer) allows(v Pair, bases, coordinate string, f Form) (bool, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	ok, err := e.casbin.Enforce(string(v.Role), string(v.Purpose), bases, coordinate, f.String())
	if err != nil {
		return false, fmt.Errorf("enforce: %w", err)
	}
	return ok, nil
}

// form asks Casbin for the best form.
func (e *enforcer) form(v Pair, bases, coordinate string) (Form, error) {
	for _, f := range []Form{Full, Revealable, Masked} {
		ok, err := e.allows(v, bases, coordinate, f)
		if err != nil {
			return Withheld, err
		}
		if ok {
			return f, nil
		}
	}
	return Withheld, nil
}

// linker reports whether one name is linked to another.
type linker func(from, to string) (bool, error)

// remembered asks Casbin about two names once: the links of an enforcer never change,
// and looking them up is a quarter of a decision.
func remembered(rm rbac.RoleManager) linker {
	var mu sync.Mutex
	known := map[[2]string]bool{}
	return func(from, to string) (bool, error) {
		mu.Lock()
		defer mu.Unlock()
		key := [2]string{from, to}
		linked, found := known[key]
		if found {
			return linked, nil
		}
		linked, err := rm.HasLink(from, to)
		if err == nil {
			known[key] = linked
		}
		return linked, err
	}
}

// holds(bases, basis) reports whether one of the "+"-joined bases is the basis
// of the line or implies it. A name that is no basis is an error, hence a
// denial.
func holds(implies linker) func(args ...any) (any, error) {
	return func(args ...any) (any, error) {
		set, line, err := twoStrings(args)
		if err != nil || set == "" {
			return false, err
		}
		found := false
		for b := range strings.SplitSeq(set, "+") {
			if Basis(b).Bit() == 0 {
				return false, fmt.Errorf("unknown basis %q", b)
			}
			linked, err := implies(b, line)
			if err != nil {
				return false, fmt.Errorf("imply basis: %w", err)
			}
			found = found || linked
		}
		return found, nil
	}
}

// uses(role, purpose) reports whether purposes.csv lets the role act for it.
func uses(purposes []PurposeInfo) func(args ...any) (any, error) {
	return func(args ...any) (any, error) {
		role, purpose, err := twoStrings(args)
		if err != nil {
			return false, err
		}
		for _, p := range purposes {
			if string(p.Code) == purpose {
				return slices.Contains(p.Roles, Role(role)), nil
			}
		}
		return false, nil
	}
}

func twoStrings(args []any) (first, second string, err error) {
	if len(args) == 2 {
		a, okA := args[0].(string)
		b, okB := args[1].(string)
		if okA && okB {
			return a, b, nil
		}
	}
	return "", "", fmt.Errorf("want two strings, got %d arguments", len(args))
}
