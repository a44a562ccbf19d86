package disclosure

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/identity"
)

// Answer is the data of an operation with its receipt. It exists only after
// the access was recorded.
type Answer struct {
	// body begins a response: `{"data":` and the data, with room for a receipt.
	body    []byte
	plan    *Plan
	Receipt Receipt
}

// dataMember is how a response with data begins.
const dataMember = `{"data":`

// Data is the data alone.
func (a Answer) Data() []byte { return a.body[len(dataMember):] }

// Response is the data completed by the receipt, without a second pass over it.
// Ask for it once.
func (a Answer) Response() []byte {
	body := a.Receipt.complete(a.body)
	a.plan.tail.Store(int64(len(body) - len(a.body)))
	return body
}

// Read answers an operation whose root fields are all data: plan, run, write,
// record, and only then return.
func (g *Gate) Read(ctx context.Context, q *Question, a *Access) (Answer, error) {
	plan, err := g.plan(ctx, q, a)
	if err != nil {
		return Answer{}, err
	}
	g.volume.prepare(ctx, g, a)
	r, err := g.run(ctx, plan, a, q.Vars)
	if err != nil {
		return Answer{}, err
	}
	acc := newAccount(plan, a.View)
	w := &writer{r: r, acc: acc}
	data, err := w.data()
	if err != nil {
		return Answer{}, fmt.Errorf("write answer: %w", err)
	}
	if err := g.volume.reserve(ctx, g, a, acc.children()); err != nil {
		return Answer{}, err
	}
	return g.record(ctx, q, a, acc, data)
}

// run executes a plan for one caller and keeps the rows.
func (g *Gate) run(ctx context.Context, plan *Plan, a *Access, vars map[string]any) (*runner, error) {
	r := &runner{
		plan: plan, access: a, vars: vars, ids: g.IDs, cat: g.Catalog,
		results: map[*fetch]*result{}, keyed: map[*start][]keyedID{},
	}
	return r, r.run(ctx, g.Reads)
}

// record makes the access durable and completes the answer with its receipt.
func (g *Gate) record(ctx context.Context, q *Question, a *Access, acc *account, data []byte) (Answer, error) {
	receipt := acc.receipt()
	e := g.entry(q, a)
	e.Requested, e.Disclosures, e.Withheld = acc.requested(), acc.disclosures(), receipt.audited()
	switch {
	case acc.missing > 0 && len(acc.shown) == 0:
		e.Outcome = audit.NotFound
	case len(e.Withheld) > 0:
		e.Outcome = audit.PartlyWithheld
	default:
		e.Outcome = audit.Allowed
	}
	got, err := g.append(ctx, q, e)
	if err != nil {
		return Answer{}, err
	}
	g.count(ctx, acc, receipt)
	full := receiptOf(a, got, e.Outcome)
	full.Children, full.Withheld, full.Masked, full.Truncated = len(acc.shown), receipt.Withheld, receipt.Masked, receipt.Truncated
	return Answer{body: data, plan: acc.plan, Receipt: full}, nil
}

func (g *Gate) count(ctx context.Context, acc *account, receipt Receipt) {
	if g.Metrics == nil {
		return
	}
	if n := len(acc.shown); n > 0 {
		g.Metrics.Disclosed(ctx, "FULL", n)
	}
	for _, s := range receipt.Masked {
		g.Metrics.Disclosed(ctx, s.Form, s.Count)
	}
	for _, s := range receipt.Withheld {
		g.Metrics.Withheld(ctx, s.Reason, s.Count)
	}
}

// plan gives the compiled plan of an operation, from the cache if it is there.
func (g *Gate) plan(ctx context.Context, q *Question, a *Access) (*Plan, error) {
	types := nodeTypes(q, g)
	key := planKey(q, a, flags(q)+strings.Join(types, ","))
	plan, hit := g.plans.Get(key)
	if g.Metrics != nil {
		g.Metrics.PlanCache(ctx, hit)
	}
	if hit {
		return plan, nil
	}
	c := &compiler{
		cat: g.Catalog, view: a.View, doc: q.Doc, op: q.Op, vars: q.Vars,
		nodeTypes: types, canonical: q.Canonical,
	}
	plan, err := c.compile(q.Op.SelectionSet)
	if err == nil {
		g.plans.Add(key, plan)
	}
	return plan, err
}

// flags are the Boolean variables, which @skip and @include may read.
func flags(q *Question) string {
	var set []string
	for name, v := range q.Vars {
		if b, ok := v.(bool); ok {
			set = append(set, fmt.Sprintf("%s=%t;", name, b))
		}
	}
	sort.Strings(set)
	return strings.Join(set, "")
}

// nodeTypes are the types of the ids that node and nodes are asked for.
func nodeTypes(q *Question, g *Gate) []string {
	out := g.nodeTypesIn(nil, q, q.Op.SelectionSet)
	sort.Strings(out)
	return slices.Compact(out)
}

func (g *Gate) nodeTypesIn(out []string, q *Question, set ast.SelectionSet) []string {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.InlineFragment:
			out = g.nodeTypesIn(out, q, s.SelectionSet)
		case *ast.FragmentSpread:
			if def := q.Doc.Fragments.ForName(s.Name); def != nil {
				out = g.nodeTypesIn(out, q, def.SelectionSet)
			}
		case *ast.Field:
			if s.Name != "node" && s.Name != "nodes" {
				continue
			}
			for _, arg := range s.Arguments {
				v, _ := arg.Value.Value(q.Vars)
				out = append(out, g.typesOf(q.Caller, v)...)
			}
		}
	}
	return out
}

func (g *Gate) typesOf(caller identity.Caller, v any) []string {
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	var out []string
	for _, id := range list {
		typename, _, err := g.IDs.Decode(caller.Agency.Code, fmt.Sprint(id))
		if err == nil && g.Catalog.objects[typename] != nil && slices.Contains(g.Catalog.objects[typename].def.Interfaces, "Node") {
			out = append(out, typename)
		}
	}
	return out
}
