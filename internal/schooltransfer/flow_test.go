package schooltransfer_test

import (
	"slices"
	"testing"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/schooltransfer"
	"github.com/tongxin-hub/tongxin/policy"
)

// TestMachine_saysWhatThePolicySays holds who may move a transfer against the lines
// of the policy: the same roles, no more and no fewer.
func TestMachine_saysWhatThePolicySays(t *testing.T) {
	t.Parallel()
	p, err := policy.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, move := range schooltransfer.Machine().Moves {
		want := slices.DeleteFunc(slices.Clone(move.Roles), func(r string) bool { return r == flow.System })
		if len(want) == 0 {
			continue // the clock's
		}
		var may []string
		for _, pair := range p.Pairs() {
			v, err := p.View(pair.Role, pair.Purpose)
			if err != nil {
				t.Fatal(err)
			}
			if v.Cell("Mutation."+move.Name).Full != 0 && !slices.Contains(may, string(pair.Role)) {
				may = append(may, string(pair.Role))
			}
		}
		slices.Sort(may)
		slices.Sort(want)
		if !slices.Equal(may, want) {
			t.Errorf("%s: the policy lets %v, the table %v", move.Name, may, want)
		}
	}
}

// TestMachine_everyStateAndMove says for every state and move whether it happens; what
// does not is a conflict.
func TestMachine_everyStateAndMove(t *testing.T) {
	t.Parallel()
	leads := map[string]string{
		"NONE startSchoolTransfer": "REQUESTED", "REQUESTED releasePupil": "RELEASED", "RELEASED confirmArrival": "ARRIVED", "LAPSED confirmArrival": "ARRIVED",
		"RELEASED denyArrival": "LAPSED", "RELEASED proveArrival": "ARRIVED", "LAPSED proveArrival": "ARRIVED", "REQUESTED withdrawSchoolTransfer": "WITHDRAWN",
		"RELEASED withdrawSchoolTransfer": "WITHDRAWN", "LAPSED withdrawSchoolTransfer": "WITHDRAWN", "REQUESTED lapseSchoolTransfer": "LAPSED", "RELEASED lapseSchoolTransfer": "LAPSED",
	}
	m := schooltransfer.Machine()
	if err := m.Check(); err != nil {
		t.Fatal(err)
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
