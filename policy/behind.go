package policy

import "slices"

// Behind are the allow lines that give a coordinate its form on these bases, from
// the compiled links alone: for many questions at once. Explain asks Casbin too.
func (p *Policy) Behind(pair Pair, coordinate string, b Bases, form Form) []Line {
	var out []Line
	groups := p.links.above[p.groupOf[coordinate]]
	for l := range p.matching(pair) {
		if l.Effect == effectAllow && l.Form == form.String() && b&p.links.holders[l.Basis] != 0 && slices.Contains(groups, l.Group) {
			out = append(out, *l)
		}
	}
	return out
}

// Allows reports whether the line opens something; the others withhold.
func (l Line) Allows() bool { return l.Effect == effectAllow }

// For lists who the line is for: every role that is or inherits its role, for each
// purpose of the role that the line is about.
func (p *Policy) For(l Line) []Pair {
	var out []Pair
	for _, pair := range p.pairs {
		if slices.Contains(p.links.roles[pair.Role], string(l.Role)) && (l.Purpose == pair.Purpose || l.Purpose == anyPurpose) {
			out = append(out, pair)
		}
	}
	return out
}

// Best is the best form that a cell gives on any basis.
func (c Cell) Best() Form {
	switch {
	case c.Full&^c.Deny != 0:
		return Full
	case c.Revealable&^c.Deny != 0:
		return Revealable
	case c.Masked&^c.Deny != 0:
		return Masked
	}
	return Withheld
}
