package replay

import (
	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/policy"
)

// What another policy would do to a coordinate, beside policy.Opens, Closes and
// Alters: whether it does hangs on a basis that nobody looked at then.
const (
	MayOpen  policy.Turn = "MAY_OPEN"
	MayClose policy.Turn = "MAY_CLOSE"
)

// turned is what would have been otherwise with one coordinate.
type turned struct {
	coordinate    string
	turn          policy.Turn
	before, after policy.Form
}

// turns compares an asking under the version it was decided by with another one.
func (r Rules) turns(a *asked, then Rules) []turned {
	q := a.asking()
	old, now := then.decide(a.pair(), q), r.decide(a.pair(), q)
	var out []turned
	for _, coordinate := range q.Coordinates {
		was, shown := a.shown[coordinate]
		if !a.child && r.Catalog.OfChildren(coordinate) {
			continue // no child was found
		}
		if !a.child {
			was, shown = old.forms[coordinate], true // entries do not say it of what is not about a child
		}
		if a.outcome == audit.Revealed {
			was = old.forms[coordinate]
		}
		t := turned{coordinate: coordinate, before: was, after: now.forms[coordinate]}
		switch {
		case t.after == old.forms[coordinate]:
			t.turn = r.may(old, now, t)
		case t.before == t.after, !shown && old.forms[coordinate] != policy.Withheld: // there was no record
		case t.before == policy.Withheld:
			t.turn = policy.Opens
		case t.after == policy.Withheld:
			t.turn = policy.Closes
		default:
			t.turn = policy.Alters
		}
		if t.turn != "" {
			out = append(out, t)
		}
	}
	return out
}

// may tells what hangs on bases that the other policy asks for and nobody looked at.
func (r Rules) may(old, now decision, t turned) policy.Turn {
	before, after := r.Catalog.ListCell(old.view, t.coordinate), r.Catalog.ListCell(now.view, t.coordinate)
	opens := func(c policy.Cell) policy.Bases { return c.Full | c.Revealable | c.Masked }
	switch {
	case t.before != policy.Withheld && after.Deny&^before.Deny&^old.looked != 0:
		return MayClose
	case t.before == policy.Withheld && opens(after)&^opens(before)&^old.looked != 0:
		return MayOpen
	}
	return ""
}
