package policy

import (
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/casbin/casbin/v2/rbac"
)

// compile turns the lines, through Casbin's own role managers, into one table
// per role and purpose. It is the last time that the managers are asked
// directly: their look-ups are not safe beside each other.
func (p *Policy) compile() error {
	var err error
	if p.links, err = readLinkage(p.src, p.enforcer); err != nil {
		return err
	}
	p.views, p.matched = map[Pair]*View{}, map[Pair][]int{}
	p.groups = p.links.groups()
	for _, info := range p.src.purposes {
		for _, role := range info.Roles {
			pair := Pair{role, info.Code}
			p.matched[pair] = p.match(pair)
			p.views[pair] = p.compileView(pair, info.Ticket)
			p.pairs = append(p.pairs, pair)
		}
	}
	p.giveReasons()
	return nil
}

// linkage is what Casbin's role managers know, read once.
type linkage struct {
	roles   map[Role][]string   // role -> itself and what it inherits
	holders map[Basis]Bases     // basis of a line -> bases that are or imply it
	above   map[string][]string // group -> itself and every wider group
	inside  map[string][]string // group -> every group inside it
}

func readLinkage(s *source, e *enforcer) (linkage, error) {
	l := linkage{
		roles: map[Role][]string{}, holders: map[Basis]Bases{},
		above: map[string][]string{}, inside: map[string][]string{},
	}
	for _, r := range Roles() {
		above, err := closure(e.casbin.GetNamedRoleManager("g"), string(r.Code))
		if err != nil {
			return linkage{}, err
		}
		l.roles[r.Code] = above
	}
	for _, b := range AllBases() {
		implied, err := closure(e.casbin.GetNamedRoleManager("g3"), string(b))
		if err != nil {
			return linkage{}, err
		}
		for _, name := range implied {
			l.holders[Basis(name)] |= b.Bit()
		}
	}
	for _, group := range s.groupNames() {
		above, err := closure(e.casbin.GetNamedRoleManager("g2"), group)
		if err != nil {
			return linkage{}, err
		}
		l.above[group] = above
		for _, wider := range above[1:] {
			l.inside[wider] = append(l.inside[wider], group)
		}
	}
	return l, nil
}

// closure is the name itself and all that it is linked to, through Casbin.
func closure(rm rbac.RoleManager, name string) ([]string, error) {
	if rm == nil {
		return nil, errors.New("the model lacks a role definition")
	}
	wider, err := rm.GetImplicitRoles(name)
	if err != nil {
		return nil, fmt.Errorf("follow %s: %w", name, err)
	}
	return append([]string{name}, wider...), nil
}

// groupNames lists the groups once each, in the order of nesting.csv.
func (s *source) groupNames() []string {
	var out []string
	seen := map[string]bool{}
	for _, l := range s.nesting {
		for _, g := range []string{l.from, l.to} {
			if !seen[g] {
				seen[g] = true
				out = append(out, g)
			}
		}
	}
	return out
}

// compileView compiles one table.
func (p *Policy) compileView(pair Pair, ticket TicketRule) *View {
	direct := p.direct(pair)
	v := &View{
		Role: pair.Role, Purpose: pair.Purpose, Ticket: ticket,
		groupOf: p.groupOf, groups: p.groups, entries: make([]entry, len(p.groups.silent)),
	}
	for group, n := range p.groups.number {
		cell := &v.entries[n].cell
		for _, name := range p.links.above[group] {
			d := direct[name]
			cell.Full |= d.Full
			cell.Revealable |= d.Revealable
			cell.Masked |= d.Masked
			cell.Deny |= d.Deny
		}
	}
	return v
}

// groups numbers the groups.
func (l *linkage) groups() *groups {
	names := slices.Sorted(maps.Keys(l.above))
	g := &groups{number: make(map[string]int, len(names)), silent: make([]bool, len(names)), steps: make([][]int, len(names))}
	for n, name := range names {
		g.number[name] = n
	}
	for _, name := range silentGroups() {
		if n, known := g.number[name]; known {
			g.silent[n] = true
		}
	}
	for name, inside := range l.inside {
		for _, step := range inside {
			g.steps[g.number[name]] = append(g.steps[g.number[name]], g.number[step])
		}
	}
	return g
}

// direct collects the lines of a role and purpose by the group they name.
func (p *Policy) direct(pair Pair) map[string]Cell {
	direct := map[string]Cell{}
	for l := range p.matching(pair) {
		cell, held := direct[l.Group], p.links.holders[l.Basis]
		form, _ := ParseForm(l.Form)
		switch {
		case l.Effect == effectDeny:
			cell.Deny |= held
		case form == Full:
			cell.Full |= held
		case form == Revealable:
			cell.Revealable |= held
		case form == Masked:
			cell.Masked |= held
		}
		direct[l.Group] = cell
	}
	return direct
}

// match finds the lines that could match a role acting for a purpose.
func (p *Policy) match(pair Pair) []int {
	var out []int
	for i := range p.src.lines {
		l := &p.src.lines[i]
		if (l.Purpose == pair.Purpose || l.Purpose == anyPurpose) && slices.Contains(p.links.roles[pair.Role], string(l.Role)) {
			out = append(out, i)
		}
	}
	return out
}

// matching goes through the lines that could match a role acting for a purpose.
func (p *Policy) matching(pair Pair) iter.Seq[*Line] {
	return func(yield func(*Line) bool) {
		for _, i := range p.matched[pair] {
			if !yield(&p.src.lines[i]) {
				return
			}
		}
	}
}
