package policy

import (
	"slices"
	"strings"
)

// Code is what one cell of the matrix says to a person who reads it across.
type Code string

// The codes.
const (
	CodeFull        Code = "FULL"
	CodeRevealable  Code = "REVEALABLE"
	CodeMasked      Code = "MASKED"
	CodeGeneralised Code = "GENERALISED"
	CodeExists      Code = "EXISTS"
	CodeActionCard  Code = "ACTION_CARD"
	CodeCounts      Code = "COUNTS"
	CodeByGrant     Code = "BY_GRANT"
	CodeMayDo       Code = "MAY_DO"
	CodeWithheld    Code = "WITHHELD"
)

// AnyGrant is the abstract basis that every grant of a consultation implies.
const AnyGrant Basis = "grant"

// Across is one cell read by people. Partly says that it does not hold on every basis
// on which the child is reached.
type Across struct {
	Code   Code
	Partly bool
}

// Across reads the cell of a coordinate for a role and purpose: the best that any basis
// opens, and whether that is less than it seems.
func (p *Policy) Across(pair Pair, coordinate string) Across {
	v := p.views[pair]
	if v == nil {
		return Across{Code: CodeWithheld}
	}
	cell := v.Cell(coordinate)
	open := cell.any() &^ cell.Deny
	root := strings.HasPrefix(coordinate, "Query.") || strings.HasPrefix(coordinate, "Mutation.")
	switch {
	case open == 0:
		return Across{Code: p.coarser(v, coordinate)}
	case root:
		return Across{Code: CodeMayDo}
	case open&^grants() == 0:
		return Across{Code: CodeByGrant}
	case open == MyCard.Bit():
		return Across{Code: CodeActionCard}
	case pair.Purpose == Statistics:
		return Across{Code: CodeCounts}
	}
	code := map[Form]Code{Full: CodeFull, Revealable: CodeRevealable, Masked: CodeMasked}[cell.Best()]
	on := map[Form]Bases{Full: cell.Full, Revealable: cell.Revealable, Masked: cell.Masked}[cell.Best()]
	return Across{Code: code, Partly: !on.Has(v.Scope().Full) && on&Caller.Bit() == 0}
}

// coarser says what is left where the coordinate itself is withheld: a coarser step of
// it, or only whether there is one.
func (p *Policy) coarser(v *View, coordinate string) Code {
	code := CodeWithheld
	for _, step := range p.links.inside[p.groupOf[coordinate]] {
		if c := v.GroupCell(step); c.any()&^c.Deny == 0 {
			continue
		}
		if !strings.HasSuffix(step, ":exists") {
			return CodeGeneralised
		}
		code = CodeExists
	}
	return code
}

// grants are the bases that a consultation gives.
func grants() Bases {
	var set Bases
	for _, b := range AllBases() {
		if strings.HasPrefix(string(b), grantPrefix) {
			set |= b.Bit()
		}
	}
	return set
}

// LinesAbout are the lines of a role and purpose that touch a coordinate, those that
// withhold included.
func (p *Policy) LinesAbout(pair Pair, coordinate string) []Line {
	groups := p.links.above[p.groupOf[coordinate]]
	var out []Line
	for l := range p.matching(pair) {
		if slices.Contains(groups, l.Group) {
			out = append(out, *l)
		}
	}
	return out
}

// ForSeveral reports a line that stands for more than one role or purpose.
func (l Line) ForSeveral() (roles, purposes bool) {
	return fileOf(l.Role) == "lines/everyone.csv", l.Purpose == anyPurpose
}
