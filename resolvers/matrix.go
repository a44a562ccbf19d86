package resolvers

import (
	"context"
	"slices"
	"strings"

	"github.com/tongxin-hub/tongxin/graph/model"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/policy"
)

// part is which part of the matrix is read.
type part struct {
	role       *model.Role
	purpose    *model.Purpose
	coordinate *string
}

// pairs are who acts for what in the part.
func (m part) pairs(p *policy.Policy) []policy.Pair {
	return slices.DeleteFunc(p.Pairs(), func(pair policy.Pair) bool {
		return m.role != nil && policy.Role(*m.role) != pair.Role || m.purpose != nil && policy.Purpose(*m.purpose) != pair.Purpose
	})
}

// policyMatrix reads a part of the matrix in force across.
func (r *Resolver) policyMatrix(m part) (*model.PolicyMatrix, error) {
	p, err := r.Gate.Policies.Current()
	if err != nil {
		return nil, err
	}
	if m.role == nil && m.purpose == nil && m.coordinate == nil {
		return nil, fault.New(fault.BadRequest, "请指定角色、用途或字段。", "Name a role, a purpose or a coordinate.")
	}
	coordinates := p.Coordinates()
	if m.coordinate != nil {
		if p.Group(*m.coordinate) == "" {
			return nil, fault.New(fault.BadRequest, "没有这个字段。", "There is no such coordinate.")
		}
		coordinates = []string{*m.coordinate}
	}
	out := &model.PolicyMatrix{Version: p.Version(), Lines: []*model.PolicyMatrixLine{}, Cells: []*model.PolicyCell{}}
	at := map[string]int{}
	for _, pair := range m.pairs(p) {
		for _, coordinate := range coordinates {
			if cell := matrixCell(p, pair, coordinate, out, at); cell != nil {
				out.Cells = append(out.Cells, cell)
			}
		}
	}
	return out, nil
}

// matrixCell is one cell; nil where nothing is shown. The lines behind it are put into
// the list once.
func matrixCell(p *policy.Policy, pair policy.Pair, coordinate string, into *model.PolicyMatrix, at map[string]int) *model.PolicyCell {
	across := p.Across(pair, coordinate)
	if across.Code == policy.CodeWithheld {
		return nil
	}
	cell := &model.PolicyCell{
		Role: model.Role(pair.Role), Purpose: model.Purpose(pair.Purpose), Coordinate: coordinate,
		Code: model.PolicyCode(across.Code), Partly: across.Partly, Lines: []int{},
	}
	for _, l := range p.LinesAbout(pair, coordinate) {
		text := l.Text()
		if _, known := at[text]; !known {
			at[text] = len(into.Lines)
			into.Lines = append(into.Lines, matrixLine(l))
		}
		cell.Lines = append(cell.Lines, at[text])
	}
	return cell
}

func matrixLine(l policy.Line) *model.PolicyMatrixLine {
	said, words := rule(l), l.Basis.Text()
	out := &model.PolicyMatrixLine{
		Basis: words.ZH, BasisEn: words.EN, Group: l.Group, Form: said.Form, Allows: said.Allows, Ground: l.Ground, Line: l.Text(),
	}
	if l.Basis == policy.AnyGrant {
		out.Basis, out.BasisEn = "任一会商授权", "any consultation grant"
	}
	roles, purposes := l.ForSeveral()
	if !roles {
		role := model.Role(l.Role)
		out.Role = &role
	}
	if !purposes {
		purpose := model.Purpose(l.Purpose)
		out.Purpose = &purpose
	}
	return out
}

// policyOverview counts how much every role, or one, sees for every purpose.
func (r *Resolver) policyOverview(role *model.Role) ([]*model.PolicyReach, error) {
	p, err := r.Gate.Policies.Current()
	if err != nil {
		return nil, err
	}
	coordinates := slices.DeleteFunc(p.Coordinates(), func(c string) bool {
		return strings.HasPrefix(c, "Query.") || strings.HasPrefix(c, "Mutation.")
	})
	var out []*model.PolicyReach
	for _, pair := range (part{role: role}).pairs(p) {
		reach := &model.PolicyReach{Role: model.Role(pair.Role), Purpose: model.Purpose(pair.Purpose), Of: len(coordinates)}
		for _, c := range coordinates {
			switch p.Across(pair, c).Code {
			case policy.CodeWithheld:
			case policy.CodeFull, policy.CodeCounts, policy.CodeByGrant, policy.CodeActionCard:
				reach.Full++
			default:
				reach.Less++
			}
		}
		out = append(out, reach)
	}
	return out, nil
}

// policyComparison holds two kept versions side by side.
func (r *Resolver) policyComparison(ctx context.Context, from, to string) (*model.PolicyComparison, error) {
	if _, err := standing(ctx); err != nil {
		return nil, err
	}
	var sides [2]*policy.Policy
	for i, version := range []string{from, to} {
		var err error
		if sides[i], err = r.Desk.Version(ctx, version); err != nil {
			return nil, err
		}
		if sides[i] == nil {
			return nil, fault.New(fault.NotFound, "这个版本没有留存，或本程序已不能读取。", "This version is not kept, or this program cannot read it any more.")
		}
	}
	change, others := policy.Between(sides[0], sides[1])
	diff := policy.Diff(sides[0], sides[1])
	if others == nil {
		others = []string{}
	}
	const most = 2000
	return &model.PolicyComparison{
		From: from, To: to, OtherFiles: others,
		Gone: list(change.Remove, most, policy.Line.Text), Come: list(change.Add, most, policy.Line.Text),
		Differences: list(diff, most, changedCell),
	}, nil
}

func changedCell(d policy.Difference) *model.PolicyChangedCell {
	bases := d.Bases.List()
	return &model.PolicyChangedCell{
		Role: model.Role(d.Role), Purpose: model.Purpose(d.Purpose), Group: d.Group, Coordinates: d.Coordinates,
		Bases: list(bases, len(bases), func(b policy.Basis) string { return string(b) }),
		Turn:  model.PolicyTurn(d.Turn), Before: model.Form(d.Before.String()), After: model.Form(d.After.String()),
	}
}
