package disclosure

import (
	"cmp"
	"encoding/binary"
	"slices"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/policy"
)

// account counts what an answer showed: per child, and per node and bases.
// Children shown alike share a showing, so that a page of them costs little more
// than one.
type account struct {
	plan  *Plan
	view  *policy.View
	shown []shownChild
	// index finds a child in shown; the last one written needs no looking up.
	index map[int64]int
	last  int
	// nothing is the showing of a child of whom nothing was shown yet.
	nothing *showing
	// faces are few: as many as there are nodes, times the bases that rows have.
	faces []faceCount
	// recent is where the face last written of each node stands in faces, plus 1.
	recent    []int
	missing   int
	searched  []string
	searches  int
	truncated map[string]bool
}

type shownChild struct {
	id int64
	*showing
}

type faceCount struct {
	faceKey
	n int
}

// showing is one way in which children were shown: through which nodes, under
// which bases.
type showing struct {
	keys  []faceKey
	bases policy.Bases
	// searched are coordinates known from a filter or order that found the child.
	searched []string
	// more are the showings that come of one key more; few, as the faces are.
	more []grown
	// names and set are what the log keeps of it, once asked for.
	names []string
	set   *audit.Set
}

type grown struct {
	key faceKey
	*showing
}

func newAccount(plan *Plan, view *policy.View) *account {
	return &account{
		plan: plan, view: view, last: -1, nothing: &showing{},
		recent: make([]int, len(plan.nodes)),
	}
}

// wrote notes one object of the answer.
func (a *account) wrote(child int64, n *node, bases policy.Bases) {
	key := faceKey{n.index, bases}
	i := a.recent[n.index] - 1
	if i < 0 || a.faces[i].faceKey != key {
		i = a.face(key)
		a.recent[n.index] = i + 1
	}
	a.faces[i].n++
	if child != 0 {
		c := a.child(child)
		c.showing = c.with(key)
	}
}

// face is the place of a node under these bases in faces.
func (a *account) face(key faceKey) int {
	for i := range a.faces {
		if a.faces[i].faceKey == key {
			return i
		}
	}
	a.faces = append(a.faces, faceCount{faceKey: key})
	return len(a.faces) - 1
}

// with is the showing that has one key more.
func (s *showing) with(key faceKey) *showing {
	if slices.Contains(s.keys, key) {
		return s
	}
	next, fresh := s.grow(key)
	if fresh {
		next.keys = append(slices.Clip(s.keys), key)
	}
	return next
}

// grow is the showing that comes of a key, and whether it was just made.
func (s *showing) grow(key faceKey) (*showing, bool) {
	for i := range s.more {
		if s.more[i].key == key {
			return s.more[i].showing, false
		}
	}
	next := &showing{keys: s.keys, bases: s.bases | key.bases, searched: s.searched}
	s.more = append(s.more, grown{key, next})
	return next, true
}

// child is the account of one child, valid until the next one is asked for.
func (a *account) child(id int64) *shownChild {
	if a.last >= 0 && a.shown[a.last].id == id {
		return &a.shown[a.last]
	}
	i, known := a.index[id]
	if !known {
		if a.index == nil && a.last >= 0 { // an answer about one child needs no index
			a.index = map[int64]int{a.shown[0].id: 0}
		}
		i = len(a.shown)
		a.shown = append(a.shown, shownChild{id, a.nothing})
		if a.index != nil {
			a.index[id] = i
		}
	}
	a.last = i
	return &a.shown[i]
}

// children lists those of whom something was told.
func (a *account) children() []int64 {
	ids := make([]int64, len(a.shown))
	for i := range a.shown {
		ids[i] = a.shown[i].id
	}
	return ids
}

// search notes the coordinates that the filter and order of a page looked at.
func (a *account) search(coordinates []string) {
	a.searched = append(a.searched, coordinates...)
	a.searches++
}

// found notes a child that the filter or order of the last search brought.
func (a *account) found(child int64, bases policy.Bases, coordinates []string) {
	c := a.child(child)
	key := faceKey{-a.searches, bases} // no node has such an index
	next, fresh := c.grow(key)
	if fresh {
		next.searched = slices.Concat(c.searched, coordinates)
	}
	c.showing = next
}

// cut notes a bounded list that was cut.
func (a *account) cut(name string) {
	if a.truncated == nil {
		a.truncated = map[string]bool{}
	}
	a.truncated[name] = true
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
	out := make([]audit.Disclosure, len(a.shown))
	for i := range a.shown {
		s := a.shown[i].showing
		if s.set == nil {
			s.names, s.set = names(s.bases), a.set(s)
		}
		out[i] = audit.Disclosure{ChildID: a.shown[i].id, Bases: s.names, Shown: s.set}
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
	keys := slices.Clone(s.keys)
	slices.SortFunc(keys, func(x, y faceKey) int {
		return cmp.Or(cmp.Compare(x.node, y.node), cmp.Compare(x.bases, y.bases))
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
