package nominating_test

import (
	"testing"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/flow/flowtest"
	"github.com/tongxin-hub/tongxin/internal/nominating"
)

// TestMachine_saysWhatThePolicySays holds who may decide about a duplicate against the
// lines of the policy: the same roles, no more and no fewer.
func TestMachine_saysWhatThePolicySays(t *testing.T) {
	t.Parallel()
	flowtest.AgreesWithThePolicy(t, nominating.Machine())
}

// TestMachine_everyStateAndMove: what is decided is decided.
func TestMachine_everyStateAndMove(t *testing.T) {
	t.Parallel()
	leads := map[string]string{"PROPOSED mergeDuplicate": "MERGED", "PROPOSED refuseMerge": "REFUSED"}
	m := nominating.Machine()
	if err := m.Check(); err != nil {
		t.Fatal(err)
	}
	for _, state := range m.States {
		for _, move := range m.Moves {
			to, err := m.Next(state.Code, move.Name)
			if want := leads[state.Code+" "+move.Name]; to != want || want == "" && fault.CodeOf(err) != fault.Conflict {
				t.Errorf("%s from %s: %q, %v; want %q or a conflict", move.Name, state.Code, to, err, want)
			}
		}
	}
}
