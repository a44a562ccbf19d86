package disclosure

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/record"
	"github.com/tongxin-hub/tongxin/policy"
)

// Reveal asks for one masked value of one record, for a typed reason.
type Reveal struct {
	ID, Coordinate string
	// Reason is the kind of reason and the person's own sentence.
	Reason, Statement string
}

// Revealed is the value, nil where the record holds none, and its receipt.
type Revealed struct {
	Value   *string
	Receipt Receipt
}

// Reveal opens one value. The entry, with the reason, is durable before the
// value is returned. Faults: Forbidden where the form is not REVEALABLE on this
// child, NotFound where the record is not in reach.
func (g *Gate) Reveal(ctx context.Context, q *Question, a *Access, in Reveal) (Revealed, error) {
	if a.View.Cell("Mutation.revealField").Form(policy.Caller.Bit()) != policy.Full {
		return Revealed{}, fault.New(fault.Forbidden,
			"当前岗位与用途没有可逐条查看的内容。", "There is nothing to reveal for this post and purpose.")
	}
	path, err := g.path(a, in)
	if err != nil {
		return Revealed{}, err
	}
	found, err := g.lookup(ctx, a, lookup{id: in.ID, path: path, reveal: in.Coordinate})
	if err != nil {
		return Revealed{}, err
	}
	switch a.View.Cell(in.Coordinate).Form(found.bases) {
	case policy.Revealable:
	case policy.Full:
		return Revealed{}, fault.New(fault.Forbidden,
			"该字段对您本已全部显示，直接查询即可。", "This coordinate is shown to you in full; just ask for it.")
	default:
		return Revealed{}, notRevealable()
	}
	if err := g.volume.reserve(ctx, g, a, []int64{found.child}); err != nil {
		return Revealed{}, err
	}
	e := g.entry(q, a)
	e.Outcome, e.Reason = audit.Revealed, in.Reason+": "+in.Statement
	e.Requested = []string{"Mutation.revealField", in.Coordinate}
	e.Disclosures = []audit.Disclosure{{
		ChildID: found.child, Bases: names(found.bases),
		Shown: audit.NewSet([]audit.Shown{{Coordinate: in.Coordinate, Form: policy.Full.String()}}),
	}}
	got, err := g.append(ctx, q, e)
	if err != nil {
		return Revealed{}, err
	}
	receipt := receiptOf(a, got, e.Outcome)
	receipt.Children = 1
	return Revealed{Value: found.value, Receipt: receipt}, nil
}

func notRevealable() error {
	return fault.New(fault.Forbidden,
		"该字段在此处不能逐条查看。", "This coordinate cannot be revealed here.")
}

// path is the way from the record that the id names to the coordinate.
func (g *Gate) path(a *Access, in Reveal) ([]string, error) {
	typename, name, _ := strings.Cut(in.Coordinate, ".")
	o := g.Catalog.objects[typename]
	if o == nil || o.fields[name] == nil || o.fields[name].mask == "" {
		return nil, notRevealable()
	}
	holder, _, err := g.IDs.Decode(a.Caller.Agency.Code, in.ID)
	if err != nil {
		return nil, err
	}
	if holder == typename {
		return []string{name}, nil
	}
	for field, link := range g.Catalog.objects["Child"].Links {
		if holder == "Child" && link.Type == typename && o.Kind == record.Section {
			return []string{field, name}, nil
		}
	}
	return nil, notRevealable()
}

// lookup reads one coordinate of one record with the gate's own statements.
type lookup struct {
	id   string
	path []string
	// reveal is a coordinate whose REVEALABLE form is opened.
	reveal string
	// all computes every basis of the view.
	all bool
}

type looked struct {
	// id is that of the record, child that of its child.
	id, child int64
	bases     policy.Bases
	value     *string
}

func (g *Gate) lookup(ctx context.Context, a *Access, l lookup) (looked, error) {
	typename, id, err := g.IDs.Decode(a.Caller.Agency.Code, l.id)
	if err != nil {
		return looked{}, err
	}
	plan, err := g.lookupPlan(a, typename, l)
	if err != nil {
		return looked{}, err
	}
	r, err := g.run(ctx, plan, a, map[string]any{"id": l.id})
	if err != nil {
		return looked{}, err
	}
	f := plan.roots[0].bodies[typename]
	rows := r.results[f].rows
	if rows.rows == 0 || f.body.child < 0 || id <= 0 {
		return looked{}, fault.New(fault.NotFound, "没有这个编号，或不在您的范围内。", "There is no such id in your reach.")
	}
	out := looked{id: id, child: rows.number(0, f.body.child), bases: policy.Bases(rows.number(0, f.body.bases))} //nolint:gosec // a bit set
	out.value, err = valueAt(r, f, len(l.path))
	return out, err
}

// lookupPlan gives the compiled plan of a lookup, from the cache if it is there.
func (g *Gate) lookupPlan(a *Access, typename string, l lookup) (*Plan, error) {
	text := "query($id:ID!){node(id:$id){...on " + typename + "{" + strings.Join(l.path, "{") + strings.Repeat("}", len(l.path)+2)
	key := planKey(&Question{Hash: text}, a, l.reveal+"\x00"+strconv.FormatBool(l.all))
	if plan, hit := g.plans.Get(key); hit {
		return plan, nil
	}
	doc, errs := gqlparser.LoadQueryWithRules(g.Catalog.schema, text, nil)
	if len(errs) > 0 {
		return nil, fault.New(fault.NotFound, "没有这个编号，或不在您的范围内。", "There is no such id in your reach.")
	}
	c := &compiler{
		cat: g.Catalog, view: a.View, doc: doc, op: doc.Operations[0], nodeTypes: []string{typename},
		reveal: l.reveal, all: l.all,
	}
	plan, err := c.compile(selectionOf(doc))
	if err == nil {
		g.plans.Add(key, plan)
	}
	return plan, err
}

func selectionOf(doc *ast.QueryDocument) ast.SelectionSet { return doc.Operations[0].SelectionSet }

// valueAt digs the string out of the answer of a lookup.
func valueAt(r *runner, f *fetch, depth int) (*string, error) {
	w := &writer{r: r, acc: newAccount(r.plan, r.access.View)}
	w.object(f.body, r.results[f].rows, 0)
	raw := json.RawMessage(w.buf)
	for range depth {
		var m map[string]json.RawMessage
		if err := json.Unmarshal(raw, &m); err != nil {
			return nil, err
		}
		for _, v := range m {
			raw = v
		}
	}
	var value *string
	err := json.Unmarshal(raw, &value)
	return value, err
}
