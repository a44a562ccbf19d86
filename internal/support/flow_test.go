package support_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/support"
	"github.com/tongxin-hub/tongxin/policy"
)

// TestMachine_everyStateAndMove says for every state and move whether it happens; what
// does not is a conflict.
func TestMachine_everyStateAndMove(t *testing.T) {
	t.Parallel()
	m := support.Machine()
	if err := m.Check(); err != nil {
		t.Fatal(err)
	}
	leads := map[string]string{
		"PROPOSED acceptSupportPlan": "OPEN", "PROPOSED returnSupportPlan": "RETURNED", "PROPOSED assignSupportPlan": "PROPOSED",
		"RETURNED assignSupportPlan": "PROPOSED", "OPEN assignSupportPlan": "PROPOSED", "OPEN reportSupportStep": "OPEN", "OPEN reviewSupportPlan": "OPEN",
		"OPEN completeSupportPlan": "DONE", "PROPOSED dropSupportPlan": "DROPPED", "RETURNED dropSupportPlan": "DROPPED", "OPEN dropSupportPlan": "DROPPED",
	}
	for _, state := range m.States {
		for _, move := range m.Moves {
			to, err := m.Next(state.Code, move.Name)
			want, happens := leads[state.Code+" "+move.Name]
			if happens && (err != nil || to != want) {
				t.Errorf("%s from %s: %s, %v; want %s", move.Name, state.Code, to, err, want)
			}
			if !happens && fault.CodeOf(err) != fault.Conflict {
				t.Errorf("%s from %s: %s, %v; want a conflict", move.Name, state.Code, to, err)
			}
		}
	}
}

// TestMachine_saysWhatThePolicySays: the same roles, no more and no fewer.
func TestMachine_saysWhatThePolicySays(t *testing.T) {
	t.Parallel()
	p, err := policy.Load()
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{support.OpenMove: support.Leads()}
	for _, move := range support.Machine().Moves {
		want[move.Name] = move.Roles
	}
	for name, roles := range want {
		var may []string
		for _, pair := range p.Pairs() {
			v, err := p.View(pair.Role, pair.Purpose)
			if err != nil {
				t.Fatal(err)
			}
			if v.Cell("Mutation."+name).Full != 0 {
				may = append(may, string(pair.Role))
			}
		}
		slices.Sort(may)
		roles = slices.Sorted(slices.Values(roles))
		if diff := cmp.Diff(roles, slices.Compact(may)); diff != "" {
			t.Errorf("%s (-machine +policy):\n%s", name, diff)
		}
	}
}
