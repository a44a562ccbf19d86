package policy

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// The effects of a line.
const (
	effectAllow = "allow"
	effectDeny  = "deny"
)

// maxDepth keeps every chain of groups, roles and bases well under the ten
// levels after which Casbin's role manager stops looking without a word.
const maxDepth = 8

// names holds the patterns that names must fit. None admits a delimiter of
// Casbin, of the set notation ("+") or of a pattern language.
type names struct {
	coordinate, group, role, code, basis *regexp.Regexp
}

func newNames() names {
	return names{
		coordinate: regexp.MustCompile(`^[A-Z][A-Za-z0-9]{0,63}\.[a-z][A-Za-z0-9]{0,63}$`),
		group:      regexp.MustCompile(`^[A-Za-z]{1,16}(\.[A-Za-z]{1,32}(:[A-Za-z]{1,16})?)?$`),
		role:       regexp.MustCompile(`^([A-Z]{2,8}|[a-z]{2,16})$`),
		code:       regexp.MustCompile(`^[A-Z_]{2,32}$`),
		basis:      regexp.MustCompile(`^[a-z][A-Za-z_]{1,40}$`),
	}
}

// checker holds the known names while a source is checked.
type checker struct {
	src    *source
	names  names
	groups map[string]bool
	roles  map[Role]bool
	bases  map[Basis]bool
}

// check refuses a source with an unknown, doubled or malformed name, a cycle,
// or a vocabulary that is not complete. What it lets through, Casbin can hold.
func (s *source) check() error {
	c := checker{
		src: s, names: newNames(),
		groups: map[string]bool{}, roles: map[Role]bool{}, bases: map[Basis]bool{},
	}
	for _, step := range []func() error{
		c.checkNesting, c.checkLabels, c.checkGroups, c.checkRoles, c.checkBases, c.checkPurposes, c.checkLines,
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (l link) fault(format string, args ...any) error {
	return record{file: l.file, number: l.number}.fault(format, args...)
}

// chains checks that links are neither doubled nor circular nor too deep.
func chains(links []link) error {
	up := map[string][]string{}
	for _, l := range links {
		if slices.Contains(up[l.from], l.to) {
			return l.fault("%s -> %s stands twice", l.from, l.to)
		}
		up[l.from] = append(up[l.from], l.to)
	}
	for _, l := range links {
		if depth(up, l.from, 0) > maxDepth {
			return l.fault("%s is nested in a circle or too deep", l.from)
		}
	}
	return nil
}

// depth is the length of the longest chain above a name, cut at maxDepth+1.
func depth(up map[string][]string, name string, at int) int {
	longest := at
	if at > maxDepth {
		return at
	}
	for _, next := range up[name] {
		longest = max(longest, depth(up, next, at+1))
	}
	return longest
}

func (c *checker) checkNesting() error {
	for _, l := range c.src.nesting {
		for _, g := range []string{l.from, l.to} {
			if !c.names.group.MatchString(g) {
				return l.fault("malformed group %q", g)
			}
			c.groups[g] = true
		}
	}
	return chains(c.src.nesting)
}

// checkLabels refuses a group or step that a privacy officer could not read.
func (c *checker) checkLabels() error {
	for g := range c.groups {
		base, step, ok := strings.Cut(g, ":")
		if c.src.labels[base] == "" || ok && c.src.labels[":"+step] == "" {
			return fmt.Errorf("%s: no label for %q", labelsFile, g)
		}
	}
	return nil
}

func (c *checker) checkGroups() error {
	seen := map[string]bool{}
	for _, l := range c.src.groups {
		switch {
		case !c.names.coordinate.MatchString(l.from):
			return l.fault("malformed coordinate %q", l.from)
		case c.groups[l.from]:
			return l.fault("coordinate %q has the name of a group", l.from)
		case !c.groups[l.to]:
			return l.fault("unknown group %q", l.to)
		case seen[l.from]:
			return l.fault("coordinate %q is classified twice", l.from)
		}
		seen[l.from] = true
	}
	return chains(append(slices.Clone(c.src.groups), c.src.nesting...))
}

func (c *checker) checkRoles() error {
	known := map[Role]bool{}
	for _, r := range Roles() {
		known[r.Code] = true
		c.roles[r.Code] = true
	}
	for _, l := range c.src.roles {
		if !c.names.role.MatchString(l.from) || !c.names.role.MatchString(l.to) {
			return l.fault("malformed role")
		}
		if known[Role(l.to)] {
			return l.fault("%s would hand its rights to %s", l.to, l.from)
		}
		c.roles[Role(l.to)] = true
	}
	for _, l := range c.src.roles {
		if !c.roles[Role(l.from)] {
			return l.fault("unknown role %q", l.from)
		}
	}
	return chains(c.src.roles)
}

func (c *checker) checkBases() error {
	for _, b := range AllBases() {
		c.bases[b] = true
	}
	for _, l := range c.src.bases {
		if !c.names.basis.MatchString(l.from) || !c.names.basis.MatchString(l.to) {
			return l.fault("malformed basis")
		}
		if !c.bases[Basis(l.from)] {
			return l.fault("unknown basis %q", l.from)
		}
		c.bases[Basis(l.to)] = true
	}
	return chains(c.src.bases)
}

func (c *checker) checkPurposes() error {
	seen := map[Purpose]bool{}
	for _, p := range c.src.purposes {
		if !c.names.code.MatchString(string(p.Code)) || !slices.Contains(purposeList(), p.Code) || seen[p.Code] {
			return fmt.Errorf("%s: purpose %q is unknown or stands twice", purposesFile, p.Code)
		}
		seen[p.Code] = true
		for _, r := range p.Roles {
			if !slices.ContainsFunc(Roles(), func(i RoleInfo) bool { return i.Code == r }) {
				return fmt.Errorf("%s: %s: unknown role %q", purposesFile, p.Code, r)
			}
		}
	}
	return nil
}

// complete refuses a source that leaves out a purpose.
func (s *source) complete() error {
	if len(s.purposes) < len(purposeList()) {
		return fmt.Errorf("%s: %d of %d purposes", purposesFile, len(s.purposes), len(purposeList()))
	}
	return nil
}

func (c *checker) checkLines() error {
	seen := map[string]bool{}
	for _, l := range c.src.lines {
		if err := c.checkLine(l); err != nil {
			return record{file: l.File, number: l.Number}.fault("%v", err)
		}
		if seen[l.key()] {
			return record{file: l.File, number: l.Number}.fault("the line stands twice")
		}
		seen[l.key()] = true
	}
	return nil
}

func (c *checker) checkLine(l Line) error {
	switch {
	case !c.roles[l.Role]:
		return fmt.Errorf("unknown role %q", l.Role)
	case l.Purpose != anyPurpose && !slices.Contains(purposeList(), l.Purpose):
		return fmt.Errorf("unknown purpose %q", l.Purpose)
	case !c.bases[l.Basis]:
		return fmt.Errorf("unknown basis %q", l.Basis)
	case !c.groups[l.Group]:
		return fmt.Errorf("unknown group %q", l.Group)
	case l.Ground == "":
		return errors.New("no ground")
	}
	_, form := ParseForm(l.Form)
	switch l.Effect {
	case effectAllow:
		if !form {
			return fmt.Errorf("unknown form %q", l.Form)
		}
	case effectDeny:
		if l.Form != anyForm {
			return fmt.Errorf("a deny line withholds %s, not %q", anyForm, l.Form)
		}
	default:
		return fmt.Errorf("unknown effect %q", l.Effect)
	}
	return nil
}
