package replay

import (
	"maps"
	"slices"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/policy"
)

// asked is a way in which entries asked and were answered: all that decides. Many
// entries share one.
type asked struct {
	role, purpose, agency, version, outcome string
	bases                                   []string
	child                                   bool
	requestedID, setID, withheldID          int64
	entries                                 int64

	requested []string
	shown     map[string]policy.Form
	withheld  map[string]string
}

// pair is the role and purpose.
func (a *asked) pair() policy.Pair {
	return policy.Pair{Role: policy.Role(a.role), Purpose: policy.Purpose(a.purpose)}
}

// asking is what decides, as the catalog takes it. What was known through a filter
// counts as asked for.
func (a *asked) asking() disclosure.Asking {
	coordinates := slices.Concat(a.requested, slices.Collect(maps.Keys(a.shown)))
	slices.Sort(coordinates)
	bases := policy.Caller.Bit()
	for _, name := range a.bases {
		bases |= policy.Basis(name).Bit()
	}
	return disclosure.Asking{Coordinates: slices.Compact(coordinates), Bases: bases, Child: a.child}
}

// answered reports whether the entry was answered from data at all.
func (a *asked) answered() bool {
	return a.outcome == audit.Allowed || a.outcome == audit.PartlyWithheld || a.outcome == audit.Revealed
}

// Rules are a policy and the catalog that it is applied to.
type Rules struct {
	Policy  *policy.Policy
	Catalog *disclosure.Catalog
}

// decision is one asking under one policy.
type decision struct {
	view *policy.View
	// looked are the bases that are looked at for these coordinates.
	looked policy.Bases
	forms  map[string]policy.Form
}

// decide works an asking out again. A role that may not act for the purpose sees
// nothing.
func (r Rules) decide(pair policy.Pair, q disclosure.Asking) decision {
	view, err := r.Policy.View(pair.Role, pair.Purpose)
	if err != nil {
		return decision{view: &policy.View{}, forms: map[string]policy.Form{}}
	}
	return decision{view, r.Catalog.Looked(view, q.Coordinates), r.Catalog.Forms(view, q)}
}
