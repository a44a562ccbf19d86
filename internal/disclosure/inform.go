package disclosure

import (
	"context"
	"strings"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/policy"
)

// About checks an operation about the hub itself (policy, posts, schema) and
// lists the coordinates it asks for. Without a purpose only what is open to
// everyone is told.
func (g *Gate) About(a *Access, fields []string) ([]string, error) {
	var requested []string
	for _, name := range fields {
		if strings.HasPrefix(name, "__") {
			continue
		}
		coordinate := "Query." + name
		requested = append(requested, coordinate)
		if a != nil && a.View != nil && a.View.Cell(coordinate).Form(policy.Caller.Bit()) != policy.Full {
			return nil, fault.New(fault.Forbidden,
				"当前岗位与用途不能使用此查询。", "This post may not use this query for this purpose.")
		}
	}
	return requested, nil
}

// Explained is an explanation with the child and the bases it was given on.
type Explained struct {
	policy.Explanation
	Bases policy.Bases
	// Disclosure tells the log that this child's bases were looked at.
	Disclosure audit.Disclosure
}

// Explain says why the caller gets a coordinate of a child in the form it does.
// A child out of reach is fault.NotFound. What must look unknown does.
func (g *Gate) Explain(ctx context.Context, a *Access, childID, coordinate string) (Explained, error) {
	p, err := g.Policies.Current()
	if err != nil {
		return Explained{}, err
	}
	found, err := g.lookup(ctx, a, lookup{id: childID, path: []string{"id"}, all: true})
	if err != nil {
		return Explained{}, err
	}
	loud := found.bases &^ policy.SilentBases()
	out, err := p.Explain(policy.Pair{Role: a.View.Role, Purpose: a.View.Purpose}, coordinate, loud)
	return Explained{out, loud, audit.Disclosure{
		ChildID: found.child, Bases: names(found.bases),
		Shown: audit.NewSet([]audit.Shown{{Coordinate: "Query.explain", Form: policy.Full.String()}}),
	}}, err
}
