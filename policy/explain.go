package policy

import (
	"fmt"
	"slices"
)

// Explanation tells a person why a coordinate is or is not shown.
type Explanation struct {
	Coordinate string
	// Group and Wider are the groups the coordinate belongs to, narrow first.
	Group string
	Wider []string
	Form  Form
	// Statute of the purpose.
	Statute string
	// Matched are the lines that decide: the allow lines that open the form, or
	// the deny lines that withhold.
	Matched []Line
	Reason  Reason
	// Unlock are the other lines of the role that would open more: on another
	// basis or for another purpose.
	Unlock []Line
}

// Explain tells why a role acting for a purpose does or does not see a
// coordinate on these bases. The answer names rules only, never a child. It
// asks Casbin, and refuses to answer when table and Casbin disagree.
func (p *Policy) Explain(pair Pair, coordinate string, b Bases) (Explanation, error) {
	v, err := p.View(pair.Role, pair.Purpose)
	if err != nil {
		return Explanation{}, err
	}
	info, _ := p.Purpose(pair.Purpose)
	out := Explanation{
		Coordinate: coordinate, Group: p.Group(coordinate), Statute: info.Statute,
		Form: v.Cell(coordinate).Form(b), Reason: v.Reason(coordinate, b),
	}
	decided, err := p.Decide(pair, b, coordinate)
	if err != nil {
		return Explanation{}, err
	}
	if decided != out.Form {
		return Explanation{}, fmt.Errorf("explain %s: table says %s, casbin says %s", coordinate, out.Form, decided)
	}
	if out.Group == "" {
		return out, nil
	}
	p.addLines(&out, pair, b)
	return out, nil
}

// addLines sorts the lines of the role that touch the coordinate into those
// that decide and those that would open more.
func (p *Policy) addLines(out *Explanation, pair Pair, b Bases) {
	groups := p.links.above[out.Group]
	out.Wider = slices.Clone(groups[1:])
	for _, info := range p.src.purposes {
		if !slices.Contains(info.Roles, pair.Role) {
			continue
		}
		same := info.Code == pair.Purpose
		for l := range p.matching(Pair{pair.Role, info.Code}) {
			if slices.Contains(groups, l.Group) && (same || l.Purpose != anyPurpose) {
				p.sortLine(out, *l, same && b&p.links.holders[l.Basis] != 0)
			}
		}
	}
}

func (p *Policy) sortLine(out *Explanation, l Line, holds bool) {
	form, _ := ParseForm(l.Form)
	switch {
	case l.Effect == effectDeny:
		if holds && out.Form == Withheld {
			out.Matched = append(out.Matched, l)
		}
	case holds && form == out.Form:
		out.Matched = append(out.Matched, l)
	case !holds && form > out.Form:
		out.Unlock = append(out.Unlock, l)
	}
}
