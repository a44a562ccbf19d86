package replay

import (
	"maps"
	"slices"
	"strings"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/usage"
	"github.com/tongxin-hub/tongxin/policy"
)

// asker is all that decides of an entry, whatever it showed.
type asker struct {
	role, purpose, agency, version, outcome string
	requestedID, withheldID                 int64
}

// asked is a way in which entries asked and were answered: all that decides. Many
// entries share one.
type asked struct {
	asker
	bases []string
	child bool
	setID int64
	// entries are those, or the children that were shown so.
	entries int64

	requested []string
	shown     map[string]policy.Form
	withheld  map[string]string
}

// askings tells what was shown of children apart, and joins what differs in the program
// alone. Entries that showed no child are one asking.
func askings(ways []*usage.Way) []*asked {
	type key struct {
		asker
		setID int64
		bases string
	}
	var out []*asked
	known := map[key]*asked{}
	add := func(w *usage.Way, s usage.Shown) {
		k := key{asker{w.Role, w.Purpose, w.Agency, w.Version, w.Outcome, w.RequestedID, w.WithheldID}, s.SetID, strings.Join(s.Bases, "+")}
		a := known[k]
		if a == nil {
			a = &asked{asker: k.asker, bases: s.Bases, child: s.SetID != 0, setID: s.SetID}
			known[k] = a
			out = append(out, a)
		}
		a.entries += s.Children
	}
	for _, w := range ways {
		for _, s := range w.Shown {
			add(w, s)
		}
		if len(w.SetIDs) == 0 && !w.Destroyed() {
			add(w, usage.Shown{Bases: []string{}, Children: w.Entries})
		}
	}
	return out
}

// count counts the entries of the ways; those of which the rules then are not to be had
// were decided by a version that is unknown.
func count(ways []*usage.Way, then map[string]*policy.Policy) Report {
	var r Report
	for _, w := range ways {
		r.Entries += w.Entries
		switch {
		case w.Destroyed():
			r.Destroyed += w.Entries
		case w.Outcome == audit.Denied || w.Outcome == audit.Failed:
			r.Refused += w.Entries
		case w.Outcome == audit.NotFound:
			r.NotFound += w.Entries
		case answered(w.Outcome) && then[w.Version] == nil && w.Version != "":
			r.Unknown += w.Entries
		}
	}
	return r
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
func (a *asked) answered() bool { return answered(a.outcome) }

func answered(outcome string) bool {
	return outcome == audit.Allowed || outcome == audit.PartlyWithheld || outcome == audit.Revealed
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
