package policy

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// subject is a name that the differential test asks for, every coordinate and
// every group as if it were one, with the groups that Casbin links it to.
type subject struct {
	name, group string
	links       map[string]bool
}

func subjects(t *testing.T, p *Policy) []subject {
	t.Helper()
	var out []subject
	for _, c := range p.Coordinates() {
		out = append(out, subject{name: c, group: p.Group(c)})
	}
	for _, g := range p.src.groupNames() {
		out = append(out, subject{name: g, group: g})
	}
	g2 := p.enforcer.casbin.GetNamedRoleManager("g2")
	for i := range out {
		out[i].links = map[string]bool{}
		for _, g := range p.src.groupNames() {
			yes, err := g2.HasLink(out[i].name, g)
			if err != nil {
				t.Fatal(err)
			}
			out[i].links[g] = yes
		}
	}
	return out
}

// sets are the basis sets to ask for a subject: none, each basis that the table
// or a linked line names, and some thrown together from all that there are.
func sets(v *View, c Cell, lines [][]string, random *rand.Rand) []Bases {
	throw := Bases(random.Uint64()) & (1<<len(basisList) - 1)
	if c.any() == 0 && !hasAllow(lines) {
		return []Bases{throw}
	}
	named := c.any() | c.Deny
	for _, line := range lines {
		named |= Basis(line[2]).Bit()
	}
	out := []Bases{0, throw, throw & v.Bases(), throw &^ c.Deny}
	for _, b := range named.List() {
		out = append(out, b.Bit())
	}
	for _, b := range c.Deny.List() {
		out = append(out, c.any()|b.Bit())
	}
	for _, line := range lines {
		if line[5] == effectDeny {
			out = append(out, c.any()|Basis(line[2]).Bit())
		}
	}
	return out
}

func hasAllow(lines [][]string) bool {
	return slices.ContainsFunc(lines, func(line []string) bool { return line[5] == effectAllow })
}

// TestTable_EqualsCasbinOnEveryCell asks Casbin for every role, purpose, basis
// and group, and for a share of the coordinates, and compares with the table.
// For speed Casbin holds only the lines that its own role managers link to the
// role, the purpose and the subject; TestTable_EqualsWholeCasbin does without.
func TestTable_EqualsCasbinOnEveryCell(t *testing.T) {
	t.Parallel()
	p, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	all := subjects(t, p)
	for i, pair := range p.Pairs() {
		t.Run(string(pair.Role)+"/"+string(pair.Purpose), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(2024, uint64(i)))
			e, err := newEnforcer(p.src, p.LinesOf(pair))
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range all {
				share := groupShare
				if s.name != s.group {
					share = coordinateShare
				}
				if random.IntN(share) != 0 {
					continue
				}
				for _, d := range differences(t, p.views[pair], e, s, random) {
					t.Error(d)
				}
			}
		})
	}
}

// differences asks Casbin for every form of one subject, on every basis set,
// and says where the table answers otherwise.
func differences(t *testing.T, v *View, e *enforcer, s subject, random *rand.Rand) []string {
	t.Helper()
	ast := e.casbin.GetModel()["p"]["p"]
	all := ast.Policy
	defer func() { ast.Policy = all }()
	ast.Policy = linked(s, all)
	cell := v.GroupCell(s.group)
	var out []string
	for _, b := range sets(v, cell, ast.Policy, random) {
		got, err := e.form(Pair{v.Role, v.Purpose}, b.String(), s.name)
		if err != nil {
			t.Fatal(err)
		}
		if want := cell.Form(b); want != got {
			out = append(out, fmt.Sprintf("%s on %s: table %s, casbin %s", s.name, b, want, got))
		}
	}
	return out
}

// TestTable_ACorruptedCellIsFound spoils one cell at a time and demands that
// the comparison finds it.
func TestTable_ACorruptedCellIsFound(t *testing.T) {
	t.Parallel()
	p, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	pair := Pair{DPS, DropoutPrevention}
	e, err := newEnforcer(p.src, p.LinesOf(pair))
	if err != nil {
		t.Fatal(err)
	}
	all := subjects(t, p)
	name := all[slices.IndexFunc(all, func(s subject) bool { return s.name == "Child.name" })]
	for what, spoil := range map[string]func(*Cell){
		"a right too many":  func(c *Cell) { c.Full |= OwnVillage.Bit() },
		"a right too few":   func(c *Cell) { c.Full &^= LedgerOpen.Bit() },
		"a mask too many":   func(c *Cell) { c.Masked |= CompulsoryAge.Bit() },
		"a denial too few":  func(c *Cell) { c.Deny &^= Archived.Bit() },
		"a denial too many": func(c *Cell) { c.Deny |= LedgerOpen.Bit() },
	} {
		cell := &p.views[pair].entry("A.name").cell
		whole := *cell
		spoil(cell)
		if len(differences(t, p.views[pair], e, name, rand.New(rand.NewPCG(1, 1)))) == 0 {
			t.Errorf("%s was not found", what)
		}
		*cell = whole
	}
}

// linked are the lines whose group Casbin links to the subject.
func linked(s subject, lines [][]string) [][]string {
	var out [][]string
	for _, line := range lines {
		if s.links[line[3]] {
			out = append(out, line)
		}
	}
	return out
}

// TestTable_EqualsWholeCasbin compares a random sample with the complete,
// untouched enforcer that the policy itself holds.
func TestTable_EqualsWholeCasbin(t *testing.T) {
	t.Parallel()
	p, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	random, all := rand.New(rand.NewPCG(7, 7)), subjects(t, p)
	for range wholeSample {
		pair := p.pairs[random.IntN(len(p.pairs))]
		s := all[random.IntN(len(all))]
		matter := p.views[pair].entry(s.group).cell
		b := Bases(random.Uint64()) & (matter.any() | matter.Deny | Caller.Bit())
		if random.IntN(2) == 0 {
			b &^= matter.Deny
		}
		got, err := p.Decide(pair, b, s.name)
		if err != nil {
			t.Fatal(err)
		}
		if want := p.views[pair].GroupCell(s.group).Form(b); want != got {
			t.Errorf("%v %s on %s: table %s, casbin %s", pair, s.name, b, want, got)
		}
	}
}

func TestSelfTest(t *testing.T) {
	t.Parallel()
	p, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.SelfTest(wholeSample); err != nil {
		t.Fatal(err)
	}
	for _, v := range p.views {
		v.entry("A.name").cell.Full = Caller.Bit()
	}
	if err := p.SelfTest(len(p.pairs) * 8); err == nil {
		t.Error("a spoilt table passes")
	}
}
