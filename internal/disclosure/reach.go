package disclosure

import (
	"context"

	"github.com/tongxin-hub/tongxin/internal/fault"
)

// Reached is a child that a post reaches.
type Reached struct {
	ChildID int64
	// Bases hold for it in the purpose in which it was found.
	Bases []string
}

// Reach finds a child by its public id among those that the post reaches for any
// purpose, also where the purpose of this operation opens it only by what is about to
// happen: a report, an emergency. Every purpose is tried for an id that leads nowhere,
// so that out of reach and not there take the same work. Faults: NotFound.
func (g *Gate) Reach(ctx context.Context, a *Access, id string) (Reached, error) {
	p, err := g.Policies.Current()
	if err != nil {
		return Reached{}, err
	}
	none := fault.New(fault.NotFound, "没有这个编号，或不在您的范围内。", "There is no such id in your reach.")
	if typename, _, err := g.IDs.Decode(a.Caller.Agency.Code, id); err != nil || typename != "Child" {
		return Reached{}, none
	}
	for _, pair := range p.Pairs() {
		if pair.Role != a.View.Role || !contracted(a.Post, pair.Purpose) {
			continue
		}
		other := *a
		other.Ticket = Ticket{}
		if other.View, err = p.View(pair.Role, pair.Purpose); err != nil {
			return Reached{}, err
		}
		found, err := g.lookup(ctx, &other, lookup{id: id, path: []string{"id"}, all: true})
		if fault.CodeOf(err) == fault.NotFound {
			continue
		}
		return Reached{ChildID: found.child, Bases: names(found.bases)}, err
	}
	return Reached{}, none
}
