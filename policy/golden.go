package policy

import (
	"fmt"
	"slices"
	"strings"
)

// Matrix renders the compiled policy for a privacy officer: an overview of the
// default purposes in the shape of the minimisation matrix, then every group
// with every role, purpose, form, basis and ground. It is what a reviewer
// reviews, in testdata/matrix.golden.
func (p *Policy) Matrix() string {
	m := matrix{p: p, columns: columns()}
	m.legend()
	m.purposes()
	section := ""
	for _, group := range p.Groups() {
		if s, _, _ := strings.Cut(group, "."); s != section {
			section = s
			m.overview(section)
		}
		m.group(group)
	}
	return m.out.String()
}

type matrix struct {
	p       *Policy
	out     strings.Builder
	columns []Pair
}

// columns are the roles, each with its default purpose.
func columns() []Pair {
	var out []Pair
	for _, r := range Roles() {
		out = append(out, Pair{r.Code, r.Default})
	}
	return out
}

func (m *matrix) line(format string, args ...any) { fmt.Fprintf(&m.out, format+"\n", args...) }

func (m *matrix) legend() {
	m.line("最小必要矩阵 — Minimisation matrix (generated; refresh with -update and read the difference)")
	m.line("")
	m.line("F 全部 full · R 遮盖，逐条显示 masked with reveal · M 遮盖 masked · - 不给 withheld")
	m.line("* 并非在可达该儿童的每一依据上 not on every basis on which the child is reached (see the rows below)")
	m.line("grant_* 任一会商授权 any consultation grant")
	m.line("← 随更细一级而得 comes with the finer step")
	m.line("")
}

func (m *matrix) purposes() {
	m.line("== 目的 purposes")
	for _, p := range m.p.src.purposes {
		ticket := p.Ticket.Kind
		switch {
		case ticket == "":
			ticket = "无需工单"
		case p.Ticket.Required:
			ticket += " 必需"
		case p.Ticket.Opens:
			ticket += " 首步产生"
		default:
			ticket += " 明细所需"
		}
		m.line("  %-19s %s（%s）%v · %s", p.Code, p.Name.ZH, p.Statute, p.Roles, ticket)
	}
}

// overview prints the default-purpose table of one section.
func (m *matrix) overview(section string) {
	m.line("")
	m.line("== %s", section)
	roles := make([]string, len(m.columns))
	for i, c := range m.columns {
		roles[i] = fmt.Sprintf("%-5s", short(c.Role))
	}
	m.line("  %-26s%s", "", strings.TrimRight(strings.Join(roles, ""), " "))
	for _, group := range m.p.Groups() {
		if s, _, _ := strings.Cut(group, "."); s != section {
			continue
		}
		row := make([]string, len(m.columns))
		for i, c := range m.columns {
			row[i] = fmt.Sprintf("%-5s", letter(m.p.views[c], group))
		}
		m.line("  %-26s%s%s", group, strings.Join(row, ""), m.label(group))
	}
}

func short(r Role) string {
	if r == STEWARD {
		return "STW"
	}
	return string(r)
}

// letter is the best form of a group, starred when the scope alone does not
// open it.
func letter(v *View, group string) string {
	c := v.GroupCell(group)
	for _, f := range []struct {
		letter string
		set    Bases
	}{{"F", c.Full}, {"R", c.Revealable}, {"M", c.Masked}} {
		if f.set == 0 {
			continue
		}
		if !f.set.Has(v.Scope().Full) && f.set&Caller.Bit() == 0 {
			return f.letter + "*"
		}
		return f.letter
	}
	return "-"
}

// label is the Chinese name of a group.
func (m *matrix) label(group string) string {
	base, step, ok := strings.Cut(group, ":")
	if !ok {
		return m.p.src.labels[base]
	}
	return m.p.src.labels[base] + "·" + m.p.src.labels[":"+step]
}

// group prints one group: its coordinates, who sees it, and what withholds it.
func (m *matrix) group(group string) {
	m.line("")
	m.line("%s %s", group, m.label(group))
	for _, l := range m.p.src.groups {
		if l.to == group {
			m.line("  = %s", l.from)
		}
	}
	for _, r := range Roles() {
		for _, pair := range m.p.pairs {
			if pair.Role == r.Code {
				m.rights(pair, group)
			}
		}
	}
	m.denials(group)
}

// rights prints the forms of one role and purpose, each with its grounds.
func (m *matrix) rights(pair Pair, group string) {
	c := m.p.views[pair].GroupCell(group)
	for _, f := range []struct {
		form Form
		set  Bases
	}{{Full, c.Full}, {Revealable, c.Revealable}, {Masked, c.Masked}} {
		if f.set != 0 {
			m.line("  %-7s %-18s %-10s %s — %s", pair.Role, pair.Purpose, f.form, basisNames(f.set), m.grounds(pair, group, f.form))
		}
	}
}

// grounds lists the grounds of the lines behind a cell.
func (m *matrix) grounds(pair Pair, group string, f Form) string {
	var out []string
	for l := range m.p.matching(pair) {
		if l.Form != f.String() || l.Effect != effectAllow || !slices.Contains(m.p.links.above[group], l.Group) {
			continue
		}
		text := l.Ground
		if l.Group != group {
			text = "←" + l.Group
		}
		if !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	return strings.Join(out, " | ")
}

// denials prints what withholds the group, roles with the same rule together.
func (m *matrix) denials(group string) {
	var order []Bases
	roles := map[Bases][]Role{}
	for _, c := range m.columns {
		deny := m.p.views[c].GroupCell(group).Deny
		if deny != 0 && roles[deny] == nil {
			order = append(order, deny)
		}
		roles[deny] = append(roles[deny], c.Role)
	}
	for _, deny := range order {
		m.line("  不予 %s — %s", basisNames(deny), join(roles[deny], " "))
	}
}

// basisNames lists a set, all consultation grants together as grant_*.
func basisNames(set Bases) string {
	grants := grantBases()
	if !set.Has(grants) {
		return join(set.List(), " ")
	}
	names := append([]string{grantPrefix + "*"}, strings.Fields(join((set&^grants).List(), " "))...)
	return strings.Join(names, " ")
}

func join[T ~string](list []T, sep string) string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = string(s)
	}
	return strings.Join(out, sep)
}
