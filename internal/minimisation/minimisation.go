package minimisation

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/policy"
)

// Question is which rights to look at.
type Question struct {
	Since, Until time.Time
	// Role and Purpose narrow; empty for all.
	Role    policy.Role
	Purpose policy.Purpose
	// UnusedFor leaves out what was shown within so many days before Until.
	UnusedFor int
}

// Right is one coordinate for one role, purpose and partner.
type Right struct {
	policy.Pair
	// Agency and System are the partner; empty where nobody asked for it.
	Agency, System, Coordinate string
	// Granted is the best form that any line gives.
	Granted policy.Form
	// Requested and Shown are entries, Children disclosures of children.
	Requested, Shown, Children int64
	// LastUsed is the last entry that showed it; zero when none did.
	LastUsed time.Time
}

// Report is the meter of a period.
type Report struct {
	Entries int64
	// Rights, those never shown first, then the longest unused.
	Rights []Right
	// Unneeded are the allow lines that no disclosure of the period needed: fed to a
	// proposal as lines to remove. Lines for emergencies are not among them: that
	// nobody needed them is what one hopes for.
	Unneeded []policy.Line
}

// meter gathers a report.
type meter struct {
	q       Question
	rules   *policy.Policy
	catalog *disclosure.Catalog
	rights  map[rightKey]*Right
	needed  map[string]bool
	looked  map[question]bool
}

// question is one that was put to the policy already.
type question struct {
	policy.Pair
	coordinate string
	bases      policy.Bases
	form       policy.Form
}

type rightKey struct {
	policy.Pair
	agency, system, coordinate string
}

// Measure reads the log of a period against a policy.
func Measure(ctx context.Context, db postgres.Beginner, q Question, rules *policy.Policy, catalog *disclosure.Catalog) (Report, error) {
	m := &meter{q: q, rules: rules, catalog: catalog, rights: map[rightKey]*Right{}, needed: map[string]bool{}, looked: map[question]bool{}}
	uses, shows, err := load(ctx, db, q)
	if err != nil {
		return Report{}, fmt.Errorf("minimisation: %w", err)
	}
	var report Report
	for _, u := range uses {
		report.Entries += u.entries
		m.use(u)
	}
	for _, s := range shows {
		m.show(s)
	}
	m.grants()
	report.Rights, report.Unneeded = m.sorted(), m.unneeded()
	return report, nil
}

// use counts the entries that asked alike and showed alike.
func (m *meter) use(u use) {
	pair := policy.Pair{Role: policy.Role(u.role), Purpose: policy.Purpose(u.purpose)}
	shown := map[string]bool{}
	for _, set := range u.shown {
		for _, coordinate := range set {
			shown[coordinate] = true
		}
	}
	for _, coordinate := range slices.Compact(slices.Sorted(slices.Values(append(slices.Collect(maps.Keys(shown)), u.requested...)))) {
		r := m.right(pair, u.agency, u.system, coordinate)
		r.Requested += u.entries
		own := u.answered && !m.catalog.OfChildren(coordinate) && !slices.Contains(u.withheld, coordinate)
		if own {
			m.need(pair, coordinate, policy.Caller.Bit(), policy.Full)
		}
		if shown[coordinate] || own {
			r.Shown += u.entries
			if u.last.After(r.LastUsed) {
				r.LastUsed = u.last
			}
		}
	}
}

// show counts the children that were shown alike on the same bases, and notes the
// lines behind.
func (m *meter) show(s show) {
	pair := policy.Pair{Role: policy.Role(s.role), Purpose: policy.Purpose(s.purpose)}
	bases := policy.Caller.Bit()
	for _, name := range s.bases {
		bases |= policy.Basis(name).Bit()
	}
	m.need(pair, "Child.id", bases, policy.Full) // in reach
	for i, coordinate := range s.coordinates {
		m.right(pair, s.agency, s.system, coordinate).Children += s.children
		form, _ := policy.ParseForm(s.forms[i])
		m.need(pair, coordinate, bases, form)
		if s.revealed {
			m.need(pair, coordinate, bases, policy.Revealable)
		}
	}
}

func (m *meter) need(pair policy.Pair, coordinate string, bases policy.Bases, form policy.Form) {
	q := question{pair, coordinate, bases, form}
	if m.looked[q] {
		return
	}
	m.looked[q] = true
	for _, l := range m.rules.Behind(pair, coordinate, bases, form) {
		m.needed[l.Text()] = true
	}
}

func (m *meter) right(pair policy.Pair, agency, system, coordinate string) *Right {
	key := rightKey{pair, agency, system, coordinate}
	if m.rights[key] == nil {
		m.rights[key] = &Right{Pair: pair, Agency: agency, System: system, Coordinate: coordinate}
	}
	return m.rights[key]
}

// grants adds what the policy gives, asked for or not.
func (m *meter) grants() {
	asked := map[rightKey]bool{}
	for key, r := range m.rights {
		asked[rightKey{Pair: key.Pair, coordinate: key.coordinate}] = true
		if view, err := m.rules.View(key.Role, key.Purpose); err == nil {
			r.Granted = m.catalog.ListCell(view, key.coordinate).Best()
		}
	}
	for _, pair := range m.rules.Pairs() {
		view, err := m.rules.View(pair.Role, pair.Purpose)
		if err != nil || !m.q.covers(pair) {
			continue
		}
		for _, coordinate := range m.rules.Coordinates() {
			if best := m.catalog.ListCell(view, coordinate).Best(); best != policy.Withheld && !asked[rightKey{Pair: pair, coordinate: coordinate}] {
				m.right(pair, "", "", coordinate).Granted = best
			}
		}
	}
}

func (q Question) covers(pair policy.Pair) bool {
	return (q.Role == "" || q.Role == pair.Role) && (q.Purpose == "" || q.Purpose == pair.Purpose)
}

// sorted are the rights, what needs looking at first. What was only asked for and
// never granted is no right.
func (m *meter) sorted() []Right {
	var out []Right
	before := m.q.Until.AddDate(0, 0, -m.q.UnusedFor)
	for _, r := range m.rights {
		if r.Granted != policy.Withheld && (m.q.UnusedFor <= 0 || r.LastUsed.Before(before)) {
			out = append(out, *r)
		}
	}
	slices.SortFunc(out, func(a, b Right) int {
		return cmp.Or(
			a.LastUsed.Compare(b.LastUsed), cmp.Compare(a.Role, b.Role), cmp.Compare(a.Purpose, b.Purpose),
			cmp.Compare(a.Coordinate, b.Coordinate), cmp.Compare(a.Agency, b.Agency), cmp.Compare(a.System, b.System),
		)
	})
	return out
}

// unneeded are the lines for the roles and purposes looked at that nothing needed.
func (m *meter) unneeded() []policy.Line {
	var out []policy.Line
	for _, l := range m.rules.Lines() {
		emergency := false
		all := true
		for _, pair := range m.rules.For(l) {
			emergency = emergency || pair.Purpose == policy.Emergency
			all = all && m.q.covers(pair)
		}
		if l.Allows() && all && !emergency && !m.needed[l.Text()] {
			out = append(out, l)
		}
	}
	return out
}
