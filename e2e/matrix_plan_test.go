package e2e

import (
	"math/rand/v2"
	"testing"

	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/policy"
)

// stage is one view with its caller and the children planted for it.
type stage struct {
	pair   policy.Pair
	view   *policy.View
	caller demo.Caller
	scenes []*scene
}

// sets are the combinations of bases that a view is asked on: none, each alone,
// each beside what brings the child into reach, each denial beside everything
// else, everything that opens, and some at random.
func sets(view *policy.View, dice *rand.Rand) []policy.Bases {
	all := view.Bases() &^ policy.Caller.Bit() &^ ofRecord
	scope := view.Scope()
	var deny policy.Bases
	for _, c := range coordinatesBelow(whole("Child")) {
		deny |= view.Cell(c).Deny
	}
	out := []policy.Bases{0, all &^ deny}
	for _, b := range all.List() {
		out = append(out, b.Bit())
		for i, reach := range (scope.Full & all).List() {
			if i < 4 && !scope.Full.Has(b.Bit()) {
				out = append(out, b.Bit()|reach.Bit())
			}
		}
		if deny.Has(b.Bit()) {
			out = append(out, b.Bit()|all&^deny)
		}
	}
	for range 6 {
		out = append(out, policy.Bases(dice.Uint64())&all, policy.Bases(dice.Uint64())&all&^deny)
	}
	return out
}

// bitsOf are the single bases of a set.
func bitsOf(set policy.Bases) []policy.Bases {
	var out []policy.Bases
	for _, b := range set.List() {
		out = append(out, b.Bit())
	}
	return out
}

// coordinatesBelow lists the governed coordinates of a selection.
func coordinatesBelow(picks []pick) []string {
	var out []string
	for _, p := range picks {
		if p.governed {
			out = append(out, p.coordinate)
		}
		out = append(out, coordinatesBelow(p.sub)...)
	}
	return out
}

// nobody is a cast that asks nothing.
func (w *world) nobody() cast {
	e := w.elsewhere
	return cast{
		staff: e["staff"], agency: e["agency"], village: e["division"], township: e["township"],
		school: e["school"], class: e["school_class"], code: "nobody",
	}
}

// scenesOf makes the children of a view; sets that cannot be are left out, and
// of several that come to the same only the first is kept.
func (w *world) scenesOf(t *testing.T, view *policy.View, c cast, dice *rand.Rand) []*scene {
	t.Helper()
	var out []*scene
	seen := map[policy.Bases]bool{}
	with := func(set policy.Bases) *scene {
		s := &scene{t: t, cast: c, set: map[string]any{}, rows: map[string][]map[string]any{}, holds: policy.Caller.Bit()}
		s.child = w.next()
		list := set.List()
		for i := len(list) - 1; i >= 0; i-- { // later stages hold the earlier ones
			s.use(list[i])
		}
		return s
	}
	keep := func(s *scene) {
		s.holds &= view.Bases() // what else holds does not matter to this view
		if s.clash != "" || seen[s.holds] && !s.wanted {
			return
		}
		seen[s.holds] = true
		if s.inReach(view) { // elsewhere one record of each kind is enough
			s.byRecord(view)
		}
		out = append(out, s)
	}
	for _, set := range sets(view, dice) {
		keep(with(set))
	}
	all := view.Bases() &^ policy.Caller.Bit() &^ ofRecord
	reaches := append([]policy.Bases{0}, bitsOf(view.Scope().Full&all)...)
	for _, b := range all.List() {
		for _, reach := range reaches[:min(2, len(reaches))] {
			if s := with(reach); s.useRemote(b) {
				keep(s)
			}
			if s := with(reach); s.useOther(b, w.nobody()) {
				keep(s)
			}
		}
	}
	return out
}

// inReach reports whether the view reaches the child at all.
func (s *scene) inReach(view *policy.View) bool {
	scope := view.Scope()
	return s.holds&scope.Full&^policy.Caller.Bit() != 0 && s.holds&scope.Deny == 0
}

// byRecord plants, beside the rows that are nobody's, rows of the caller's own
// where the view knows such bases.
func (s *scene) byRecord(view *policy.View) {
	s.t.Helper()
	known := map[policy.Basis]func(){
		policy.OwnHand: func() { s.add("*", map[string]any{"author_id": s.staff}) },
		policy.OwnAgency: func() {
			s.add("*", map[string]any{"author_agency_id": s.agency})
			s.add("correction_request", map[string]any{"agency_id": s.agency})
		},
		policy.MyCard:        func() { s.add("action_card", map[string]any{"role": s.role}) },
		policy.SealedHandler: func() { s.add("mandatory_report", map[string]any{"sealed_handler_id": s.staff}) },
	}
	for _, b := range (view.Bases() & ofRecord).List() {
		if known[b] == nil {
			s.t.Fatalf("nobody says how to plant a record with the basis %s: extend byRecord in e2e/matrix_plan_test.go", b)
		}
		known[b]()
	}
}

// recordBases are the bases of one record, from its columns.
func (s *scene) recordBases(table string, row map[string]any) policy.Bases {
	var set policy.Bases
	is := func(column string, id int64) bool {
		v, ok := row[column].(float64)
		return ok && int64(v) == id
	}
	if is("author_id", s.staff) {
		set |= policy.OwnHand.Bit()
	}
	if table == "dropout_case" && s.ledger && row["cancelled_on"] == nil {
		set |= policy.OwnHand.Bit() // who holds the work item has it as an own task
	}
	own := "author_agency_id"
	if table == "correction_request" {
		own = "agency_id" // who has to answer it
	}
	if is(own, s.agency) {
		set |= policy.OwnAgency.Bit()
	}
	if table == "action_card" && row["role"] == s.role {
		set |= policy.MyCard.Bit()
	}
	if is("sealed_handler_id", s.staff) {
		set |= policy.SealedHandler.Bit()
	}
	return set
}
