package disclosure

import (
	"encoding/binary"
	"slices"
	"sort"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/policy"
)

// account counts what an answer showed: per child, and per node and bases.
type account struct {
	plan      *Plan
	view      *policy.View
	children  map[int64]*showing
	order     []int64
	faces     map[faceKey]int
	missing   int
	searched  []string
	truncated map[string]bool
}

// showing is what was shown of one child: which nodes, under which bases.
type showing struct {
	keys  []faceKey
	bases policy.Bases
	// searched are coordinates known from a filter or order that found the child.
	searched []string
}

func newAccount(plan *Plan, view *policy.View) *account {
	return &account{
		plan: plan, view: view, children: map[int64]*showing{},
		faces: map[faceKey]int{}, truncated: map[string]bool{},
	}
}

// wrote notes one object of the answer.
func (a *account) wrote(child int64, n *node, bases policy.Bases) {
	key := faceKey{n.index, bases}
	a.faces[key]++
	if child == 0 {
		return
	}
	s := a.child(child)
	s.bases |= bases
	for _, k := range s.keys {
		if k == key {
			return
		}
	}
	s.keys = append(s.keys, key)
}

// child is the account of one child.
func (a *account) child(id int64) *showing {
	s := a.children[id]
	if s == nil {
		s = &showing{}
		a.children[id] = s
		a.order = append(a.order, id)
	}
	return s
}

// search notes the coordinates that filters and orders looked at.
func (a *account) search(coordinates []string) { a.searched = append(a.searched, coordinates...) }

// found notes a child that a filter or order brought.
func (a *account) found(child int64, bases policy.Bases, coordinates []string) {
	s := a.child(child)
	s.bases |= bases
	s.searched = append(s.searched, coordinates...)
}

// requested are the coordinates of the selection and of filters and orders.
func (a *account) requested() []string {
	if len(a.searched) == 0 {
		return a.plan.Requested
	}
	all := slices.Concat(a.plan.Requested, a.searched)
	slices.Sort(all)
	return slices.Compact(all)
}

// disclosures are the audit rows: one a child, with its interned set.
func (a *account) disclosures() []audit.Disclosure {
	out := make([]audit.Disclosure, 0, len(a.order))
	for _, child := range a.order {
		s := a.children[child]
		out = append(out, audit.Disclosure{ChildID: child, Bases: names(s.bases), Shown: a.set(s)})
	}
	return out
}

func names(bases policy.Bases) []string {
	list := bases.List()
	out := make([]string, len(list))
	for i, b := range list {
		out[i] = string(b)
	}
	return out
}

// set is the set of coordinates shown through these nodes; remembered by plan.
func (a *account) set(s *showing) *audit.Set {
	keys := s.keys
	sort.Slice(keys, func(i, j int) bool {
		return keys[i].node < keys[j].node || keys[i].node == keys[j].node && keys[i].bases < keys[j].bases
	})
	id := make([]byte, 0, len(keys)*12)
	for _, k := range keys {
		id = binary.BigEndian.AppendUint32(id, uint32(k.node)) //nolint:gosec // a small index
		id = binary.BigEndian.AppendUint64(id, uint64(k.bases))
	}
	for _, coordinate := range s.searched {
		id = append(append(id, 0), coordinate...)
	}
	m := &a.plan.memo
	m.Lock()
	defer m.Unlock()
	if set, ok := m.sets[string(id)]; ok {
		return set
	}
	best := map[string]policy.Form{}
	for _, k := range keys {
		for c, form := range m.face(a, k).shown {
			best[c] = max(best[c], form)
		}
	}
	for _, coordinate := range s.searched {
		best[coordinate] = policy.Full
	}
	shown := make([]audit.Shown, 0, len(best))
	for c, form := range best {
		shown = append(shown, audit.Shown{Coordinate: c, Form: form.String()})
	}
	set := audit.NewSet(shown)
	m.sets[string(id)] = set
	return set
}

// face works out what a node shows to a set of bases. The memo is locked.
func (m *memo) face(a *account, key faceKey) *face {
	if f, ok := m.faces[key]; ok {
		return f
	}
	n := a.plan.nodes[key.node]
	f := &face{shown: map[string]policy.Form{}}
	for i, c := range n.coords {
		form := n.cells[i].Form(key.bases)
		if form != policy.Full && c.mask == "" {
			form = policy.Withheld
		}
		if form != policy.Withheld {
			f.shown[c.coordinate] = form
		}
		if form == policy.Full || n.cells[i].Full == policy.MyCard.Bit() {
			continue // cards for others are nobody's business, and no loss
		}
		reason := a.view.Reason(c.coordinate, key.bases)
		if reason.Silent {
			continue
		}
		f.short = append(f.short, withheldAs{coordinate: c.coordinate, reason: reason, form: form})
	}
	m.faces[key] = f
	return f
}
