package disclosure

import (
	"context"
	"strings"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/policy"
)

// Inform records an operation about the hub itself (policy, posts, schema) and
// gives its receipt. Without a purpose only what is open to everyone is told.
func (g *Gate) Inform(ctx context.Context, q *Question, a *Access, fields []string) (Receipt, error) {
	var requested []string
	for _, name := range fields {
		if strings.HasPrefix(name, "__") {
			continue
		}
		coordinate := "Query." + name
		requested = append(requested, coordinate)
		if a != nil && a.View != nil && a.View.Cell(coordinate).Form(policy.Caller.Bit()) != policy.Full {
			return Receipt{}, fault.New(fault.Forbidden,
				"当前岗位与用途不能使用此查询。", "This post may not use this query for this purpose.")
		}
	}
	return g.Note(ctx, q, a, requested)
}

// Explain says why the caller gets a coordinate of a child in the form it does.
// A child out of reach is fault.NotFound. What must look unknown does.
func (g *Gate) Explain(ctx context.Context, q *Question, a *Access, childID, coordinate string) (policy.Explanation, policy.Bases, error) {
	p, err := g.Policies.Current()
	if err != nil {
		return policy.Explanation{}, 0, err
	}
	found, err := g.lookup(ctx, q, a, lookup{id: childID, path: []string{"id"}, all: true})
	if err != nil {
		return policy.Explanation{}, 0, err
	}
	loud := found.bases &^ policy.SilentBases()
	out, err := p.Explain(policy.Pair{Role: a.View.Role, Purpose: a.View.Purpose}, coordinate, loud)
	return out, loud, err
}
