package extract

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/rights"
	"github.com/tongxin-hub/tongxin/policy"
)

// Book is what a summary is made from: where the hub stores what, and the policy in force.
type Book struct {
	Held   []disclosure.Holding
	Policy *policy.Policy
}

// orders are a group of the matrix that holds what workers are to do, and no data about
// the child; how many there are would tell of what is live.
const orders = "card"

// held is a group of which something is held.
type held struct {
	code string
	rights.Text

	records int64
	owners  []string
}

// found is what is held of a child: what may be told now, and of how many groups that
// only once no protected matter is live.
type found struct {
	told    []held
	waiting int
}

// spot is one table in which something of a group is stored.
type spot struct {
	group, table, where string
	present             []string
	owners              map[string]bool
}

// something is the condition on a column that holds a value. What is protected must hold more
// than a word for "none", which stands there for every child: one for whom it may not be told
// would be known by its absence.
func something(column string, protected bool) string {
	if protected {
		return "coalesce(" + column + "::text, '') NOT IN ('', 'false', 'NONE', '{}', '0')"
	}
	return column + " IS NOT NULL"
}

// spots are all places of some groups, in a stable order.
func (b Book) spots(wanted map[string]rights.Told) []*spot {
	known := map[string]*spot{}
	for _, h := range b.Held {
		group, _, _ := strings.Cut(b.Policy.Group(h.Coordinate), ":")
		told, may := wanted[group]
		if !may || group == orders {
			continue
		}
		key := group + "\x00" + h.Table + "\x00" + h.Where
		if known[key] == nil {
			known[key] = &spot{group: group, table: h.Table, where: h.Where, owners: map[string]bool{}}
		}
		known[key].present = append(known[key].present, something(h.Column, told.Protected))
		known[key].owners[h.Owner] = true
	}
	out := make([]*spot, 0, len(known))
	for _, key := range slices.Sorted(maps.Keys(known)) {
		out = append(out, known[key])
	}
	return out
}

// find counts what is held of the child that a request is about.
func (b Book) find(ctx context.Context, tx postgres.Tx, q request, day time.Time) (found, error) {
	scene, err := rights.SceneOf(ctx, tx, q.ChildID, q.Relation, day)
	if err != nil {
		return found{}, err
	}
	wanted, err := scene.Groups()
	if err != nil {
		return found{}, err
	}
	list := b.spots(wanted)
	counts, err := count(ctx, tx, q.ChildID, list)
	if err != nil {
		return found{}, err
	}
	groups := map[string]*held{}
	for i, s := range list {
		if counts[i] == 0 {
			continue
		}
		if groups[s.group] == nil {
			groups[s.group] = &held{code: s.group, Text: wanted[s.group].Text}
		}
		h := groups[s.group]
		h.records += counts[i]
		h.owners = append(h.owners, slices.Collect(maps.Keys(s.owners))...)
	}
	var out found
	for _, group := range slices.Sorted(maps.Keys(groups)) {
		h := groups[group]
		slices.Sort(h.owners)
		h.owners = slices.Compact(h.owners)
		if scene.Matter && wanted[group].Protected {
			out.waiting++
			continue
		}
		out.told = append(out.told, *h)
	}
	return out, nil
}

// source is an agency and the groups of which it is the source.
type source struct {
	agency int64
	groups []string
}

// sources are the agencies that hold something of the child at their source, in the order
// of their ids. What the hub works out has none.
func (b Book) sources(ctx context.Context, tx postgres.Tx, q request, day time.Time) ([]source, error) {
	f, err := b.find(ctx, tx, q, day)
	if err != nil {
		return nil, err
	}
	agencies, err := sourcesOf(ctx, tx, f.told)
	if err != nil {
		return nil, err
	}
	groups := map[int64][]string{}
	for _, h := range f.told {
		of := map[int64]bool{}
		for _, owner := range h.owners {
			if a, known := agencies[owner]; known {
				of[a.id] = true
			}
		}
		for id := range of {
			groups[id] = append(groups[id], h.code)
		}
	}
	var out []source
	for _, id := range slices.Sorted(maps.Keys(groups)) {
		out = append(out, source{id, groups[id]})
	}
	return out, nil
}

// purposes are those for which some post may be shown something of a group, by the policy
// in force.
func (b Book) purposes(group string) ([]policy.Purpose, error) {
	used := map[policy.Purpose]bool{}
	for _, pair := range b.Policy.Pairs() {
		view, err := b.Policy.View(pair.Role, pair.Purpose)
		if err != nil {
			return nil, err
		}
		for _, g := range b.Policy.Groups() {
			if base, _, _ := strings.Cut(g, ":"); base == group {
				cell := view.GroupCell(g)
				used[pair.Purpose] = used[pair.Purpose] || cell.Full|cell.Revealable|cell.Masked != 0
			}
		}
	}
	maps.DeleteFunc(used, func(_ policy.Purpose, is bool) bool { return !is })
	return slices.Sorted(maps.Keys(used)), nil
}
