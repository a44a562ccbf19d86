package e2e

import (
	"slices"
	"strings"
	"testing"

	"github.com/tongxin-hub/tongxin/internal/hubtest"
	"github.com/tongxin-hub/tongxin/internal/record"
	"github.com/tongxin-hub/tongxin/policy"
)

// expectation works out from the policy's table and the planted rows what one
// operation must answer, and what must stand in its receipt and its entry.
type expectation struct {
	t     *testing.T
	w     *world
	truth truth
	stage *stage
	scene *scene
	// cells is how many coordinates of records were decided.
	cells map[policy.Form]int
	// short are the lines of the receipt; shown and bases what the entry holds of
	// the child at hand.
	short map[hubtest.Shortfall]int
	shown map[string]string
	bases policy.Bases
}

// child is what must come back of a child: nothing where it is not in reach.
func (x *expectation) child(s *scene, picks []pick) any {
	x.scene, x.shown, x.bases = s, map[string]string{}, 0
	if !s.inReach(x.stage.view) {
		for range coordinatesBelow(picks) {
			x.cells[policy.Withheld]++
		}
		return nil
	}
	return x.object("Child", picks, x.truth["Child"][s.child][0], s.holds)
}

// cell is the cell of a coordinate; a list is open also where what its area
// names opens it.
func (x *expectation) cell(typename string, p pick) policy.Cell {
	if !p.governed {
		return policy.Cell{Full: policy.Caller.Bit()}
	}
	cell := x.stage.view.Cell(p.coordinate)
	link := x.w.records[typename].Links[p.field]
	for _, field := range link.OpenedBy {
		inner := x.stage.view.Cell(link.Type + "." + field)
		cell.Full |= inner.Full | inner.Revealable | inner.Masked
	}
	return cell
}

// object is what must come back of one row.
func (x *expectation) object(typename string, picks []pick, row stored, bases policy.Bases) map[string]any {
	x.bases |= bases
	out := map[string]any{}
	for _, p := range picks {
		cell := x.cell(typename, p)
		form := cell.Form(bases)
		mask := maskOf(typename, p.field)
		if form != policy.Full && mask == "" {
			form = policy.Withheld
		}
		if p.governed {
			x.account(p, cell, form, bases)
		}
		link, linked := x.w.records[typename].Links[p.field]
		switch {
		case linked && x.w.records[link.Type].Name != "":
			out[p.key] = x.below(p, link, row, cell, bases)
		case p.field == "id":
			out[p.key] = x.w.h.ID(x.t, x.stage.caller, typename, row.id)
		case form == policy.Full:
			out[p.key] = row.fields[p.field]
			if linked && row.fields[p.field] != nil {
				x.ground(p, bases)
			}
		case form != policy.Withheld:
			out[p.key] = masked(mask, row.fields[p.field])
		default:
			out[p.key] = nil
		}
	}
	return out
}

// ground accounts for what a place that was shown tells of itself.
func (x *expectation) ground(p pick, bases policy.Bases) {
	for _, sub := range p.sub {
		if sub.governed {
			cell := x.stage.view.Cell(sub.coordinate)
			x.account(sub, cell, cell.Form(bases), bases)
		}
	}
}

// below is a section, a list or a page.
func (x *expectation) below(p pick, link record.Link, parent stored, cell policy.Cell, bases policy.Bases) any {
	rows, to := x.truth[p.coordinate][parent.id], x.w.records[link.Type]
	open := cell.Form(bases) == policy.Full
	if to.Kind == record.Section {
		if !open {
			return nil
		}
		return x.object(link.Type, p.sub, rows[0], bases)
	}
	// A list that is open on bases of its records shows those records.
	byRecord := cell.Full&ofRecord != 0
	if !open && !byRecord {
		return nil
	}
	list, sub := []any{}, p.sub
	if link.Paged {
		sub = p.sub[0].sub
	}
	for _, row := range rows {
		own := bases
		if to.Kind == record.OfChild {
			own |= x.scene.recordBases(to.Table, row.row) & x.stage.view.Bases()
		}
		if byRecord && cell.Form(own) != policy.Full || !x.about(to, row, bases) {
			continue
		}
		list = append(list, x.object(link.Type, sub, row, own))
	}
	if byRecord && len(list) > 0 {
		x.shown[p.coordinate] = policy.Full.String()
	}
	if link.Paged {
		return map[string]any{"nodes": list}
	}
	return list
}

// about says of a row that tells about a part of the file whether anything of
// that part is open.
func (x *expectation) about(to record.Type, row stored, bases policy.Bases) bool {
	if len(to.About) == 0 {
		return true
	}
	typename := to.About[row.row["section"].(string)]
	return slices.ContainsFunc(whole(typename), func(p pick) bool {
		c := x.stage.view.Cell(p.coordinate)
		return p.governed && bases&^policy.Caller.Bit()&(c.Full|c.Revealable|c.Masked) != 0
	})
}

// account notes what the receipt and the entry must say of a coordinate.
func (x *expectation) account(p pick, cell policy.Cell, form policy.Form, bases policy.Bases) {
	x.cells[form]++
	if form != policy.Withheld && x.shown[p.coordinate] != policy.Full.String() {
		x.shown[p.coordinate] = form.String()
	}
	if form == policy.Full || cell.Full == policy.MyCard.Bit() {
		return
	}
	reason := x.stage.view.Reason(p.coordinate, bases)
	if reason.Silent {
		return
	}
	line := hubtest.Shortfall{Coordinate: p.coordinate, Reason: string(reason.Code)}
	if form != policy.Withheld {
		line.Form = form.String()
	}
	x.short[line]++
}

// maskOf is how a coordinate is masked, by the schema.
func maskOf(typename, field string) string {
	if d := published().Types[typename].Fields.ForName(field).Directives.ForName("data"); d != nil && d.Arguments.ForName("mask") != nil {
		return d.Arguments.ForName("mask").Value.Raw
	}
	return ""
}

// masked is a planted marker behind a mask (domain rule 3.10).
func masked(mask string, value any) any {
	text, ok := value.(string)
	if !ok {
		return nil
	}
	front, back := 0, 0
	switch mask {
	case "NAME":
		front = 1
	case "NUMBER":
		back = 4
	case "PHONE":
		front, back = 3, 4
	}
	return text[:front] + strings.Repeat("*", len(text)-front-back) + text[len(text)-back:]
}
