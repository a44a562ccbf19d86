package disclosure

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/pairwise"
	"github.com/tongxin-hub/tongxin/policy"
)

// runner executes one plan for one caller.
type runner struct {
	plan   *Plan
	access *Access
	vars   map[string]any
	ids    *pairwise.IDs
	cat    *Catalog
	// results holds the rows of each fetch of the plan.
	results map[*fetch]*result
	// keyed holds, per root field, the ids asked for in order.
	keyed map[*start][]keyedID
}

type keyedID struct {
	typename string
	id       int64
}

// result is the rows of one fetch with their place under each parent.
type result struct {
	rows *rowset
	// ordinals gives, per parent row, its place among the keys asked, from 1.
	ordinals []int32
	// spans gives, per ordinal, the rows [from, to).
	spans [][2]int
	// request is what was asked at run time.
	request request
}

// request is a statement finished with what only the request knows.
type request struct {
	sql    string
	params []string
	args   []any
	// first is the page size, -1 where there is none; keys the cursor columns.
	first  int
	keys   []int
	after  bool
	bound  string
	keyIDs []int64
	// places are, by the place of a key as it was sent, its place as it was asked for,
	// both from 0; nil where they are the same.
	places []int32
	// searched are the coordinates that filter and order looked at.
	searched []string
}

// run executes level by level, one round trip each.
func (r *runner) run(ctx context.Context, db Reader) error {
	level, err := r.rootRequests()
	if err != nil {
		return err
	}
	for len(level) > 0 {
		if err := r.send(ctx, db, level); err != nil {
			return err
		}
		var next []pending
		for _, p := range level {
			if next, err = r.descend(next, p.fetch); err != nil {
				return err
			}
		}
		level = next
	}
	return nil
}

// pending is a fetch ready to be sent.
type pending struct {
	fetch *fetch
	keys  int
}

// descend queues the fetches below the rows that a fetch brought.
func (r *runner) descend(next []pending, f *fetch) ([]pending, error) {
	var err error
	bodies := []*node{f.body}
	if f.conn != nil {
		bodies = f.conn.nodes
	}
	for _, n := range bodies {
		if next, err = r.descendNode(next, n, r.results[f].rows); err != nil {
			return nil, err
		}
	}
	return next, nil
}

func (r *runner) descendNode(next []pending, n *node, rows *rowset) ([]pending, error) {
	for _, f := range n.fetches {
		res := &result{ordinals: make([]int32, rows.rows)}
		r.results[f] = res
		var keys, bases []int64
		for row := range rows.rows {
			if n.inlined && rows.cell(row, n.id) == nil || rows.cell(row, f.parentID) == nil {
				continue
			}
			set := rows.number(row, n.bases)
			if !f.perRecord && f.cell.Form(policy.Bases(set)) != policy.Full { //nolint:gosec // a bit set
				continue
			}
			keys, bases = append(keys, rows.number(row, f.parentID)), append(bases, set)
			res.ordinals[row] = int32(len(keys)) //nolint:gosec // bounded by the page
		}
		if len(keys) == 0 {
			res.rows = &rowset{}
			continue
		}
		req, err := r.request(f, nil, keys)
		if err != nil {
			return nil, err
		}
		req.bind(r, keys, bases)
		res.request = req
		next = append(next, pending{f, len(keys)})
	}
	var err error
	for _, e := range n.entries {
		if e.kind == entryObject {
			if next, err = r.descendNode(next, e.node, rows); err != nil {
				return nil, err
			}
		}
	}
	return next, nil
}

// bind fills the parameters that the statement names.
func (q *request) bind(r *runner, keys, bases []int64) {
	extra := q.args
	q.args = make([]any, 0, len(q.params))
	for _, name := range q.params {
		switch name {
		case "keys":
			q.args = append(q.args, keys)
		case "key":
			q.args = append(q.args, keys[0])
		case "bases":
			q.args = append(q.args, bases)
		default:
			if v, cast := r.access.param(name); cast != "" {
				q.args = append(q.args, v)
			} else {
				q.args = append(q.args, extra[0])
				extra = extra[1:]
			}
		}
	}
}

// rootRequests prepares the statements of all root fields.
func (r *runner) rootRequests() ([]pending, error) {
	var level []pending
	for _, st := range r.plan.roots {
		if st.field == "" {
			continue
		}
		if st.root.Keyed {
			ids, err := r.readIDs(st)
			if err != nil {
				return nil, err
			}
			r.keyed[st] = ids
		}
		for typename, f := range st.bodies {
			res := &result{}
			r.results[f] = res
			keys := make([]int64, 0, len(r.keyed[st]))
			for _, k := range r.keyed[st] {
				if k.typename == typename {
					keys = append(keys, k.id)
				} else {
					keys = append(keys, -1)
				}
			}
			req, err := r.request(f, st, nil)
			if err != nil {
				return nil, err
			}
			req.places = sorted(keys)
			req.bind(r, keys, nil)
			res.request = req
			level = append(level, pending{f, max(len(keys), 1)})
		}
	}
	return level, nil
}

// sorted puts keys in their order, in which PostgreSQL finds them along its indexes,
// and says where each one stood.
func sorted(keys []int64) (places []int32) {
	if slices.IsSorted(keys) {
		return nil
	}
	places = make([]int32, len(keys))
	for i := range places {
		places[i] = int32(i)
	}
	slices.SortFunc(places, func(a, b int32) int { return cmp.Compare(keys[a], keys[b]) })
	slices.Sort(keys)
	return places
}

// place is where the key that was sent at an ordinal was asked for, both from 1.
func (q *request) place(ordinal int64) int64 {
	if q.places == nil {
		return ordinal
	}
	return int64(q.places[ordinal-1]) + 1
}

// readIDs decodes the ids of a keyed root; an id of another agency or type
// simply finds nothing.
func (r *runner) readIDs(st *start) ([]keyedID, error) {
	name := "id"
	if st.root.List {
		name = "ids"
	}
	v, err := st.args.value(name, r.vars)
	if err != nil {
		return nil, err
	}
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	bound := max(r.cat.bound(st.field), 1)
	if len(list) > bound {
		return nil, fault.New(fault.CostLimit,
			fmt.Sprintf("一次最多%d个编号。", bound), fmt.Sprintf("Ask for at most %d ids at a time.", bound))
	}
	out := make([]keyedID, len(list))
	for i, id := range list {
		text, isText := id.(string)
		if !isText {
			text = fmt.Sprint(id)
		}
		typename, number, err := r.ids.Decode(r.access.Caller.Agency.Code, text)
		if err != nil {
			typename, number = "", -1
		}
		out[i] = keyedID{typename, number}
	}
	return out, nil
}

// argPath reads an argument or a member of an input object: input.token.
func (r *runner) argPath(a args, path string) (any, error) {
	name, member, nested := strings.Cut(path, ".")
	v, err := a.value(name, r.vars)
	if err != nil || !nested {
		return v, err
	}
	m, _ := v.(map[string]any)
	return m[member], nil
}
