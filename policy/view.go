package policy

// Cell says on which bases a coordinate is shown, and in which form.
type Cell struct {
	Full, Revealable, Masked Bases
	// Deny withholds whatever else holds.
	Deny Bases
}

// Form is the best form that the bases open. Any basis of Deny withholds.
func (c Cell) Form(b Bases) Form {
	switch {
	case b&c.Deny != 0:
		return Withheld
	case b&c.Full != 0:
		return Full
	case b&c.Revealable != 0:
		return Revealable
	case b&c.Masked != 0:
		return Masked
	}
	return Withheld
}

// any is the set of bases that open the coordinate in some form.
func (c Cell) any() Bases { return c.Full | c.Revealable | c.Masked }

// View is the compiled table of one role acting for one purpose. A child is in
// reach when the bases open Scope in full.
type View struct {
	Role    Role
	Purpose Purpose
	Ticket  TicketRule

	groupOf map[string]string
	groups  *groups
	entries []entry // by the number of the group
}

// groups is what all views of a policy share: the groups of the matrix, numbered.
type groups struct {
	number map[string]int
	silent []bool  // a group that always looks unknown
	steps  [][]int // the coarser steps inside a group
}

// entry is one group in a view: the cell, and what is needed to say why a
// coordinate of the group is not shown. Reasons are shared by all that have the same.
type entry struct {
	cell  Cell
	fixed *Reason // the reason when neither mask nor step nor deny explains
	shown *Reason // the reason when masked
}

// number is that of a group; none is known to the empty view.
func (v *View) number(group string) (n int, known bool) {
	if v.groups == nil {
		return 0, false
	}
	n, known = v.groups.number[group]
	return n, known
}

// entry is that of a group, nil where there is no such group.
func (v *View) entry(group string) *entry {
	n, known := v.number(group)
	if !known {
		return nil
	}
	return &v.entries[n]
}

// Cell is the cell of a coordinate. An unclassified coordinate has the empty
// cell: nobody sees it.
func (v *View) Cell(coordinate string) Cell { return v.GroupCell(v.groupOf[coordinate]) }

// GroupCell is the cell of a group of the matrix.
func (v *View) GroupCell(group string) Cell {
	if e := v.entry(group); e != nil {
		return e.cell
	}
	return Cell{}
}

// GroupReason is Reason for a group of the matrix.
func (v *View) GroupReason(group string, b Bases) Reason {
	n, known := v.number(group)
	if !known {
		return Reason{Code: NeverShared}
	}
	return v.reason(n, b)
}

// Scope is the cell that decides whether a child can be reached at all.
func (v *View) Scope() Cell { return v.GroupCell("A.ref") }

// Bases is the set of bases that matter to this view, for opening or denying:
// the others need not be computed.
func (v *View) Bases() Bases {
	var set Bases
	for i := range v.entries {
		cell := &v.entries[i].cell
		set |= cell.any() | cell.Deny
	}
	return set
}
