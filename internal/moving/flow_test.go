package moving_test

import (
	"testing"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/flow/flowtest"
	"github.com/tongxin-hub/tongxin/internal/moving"
)

// TestMachine_saysWhatThePolicySays holds who may move a transfer against the lines
// of the policy: the same roles, no more and no fewer.
func TestMachine_saysWhatThePolicySays(t *testing.T) {
	t.Parallel()
	flowtest.AgreesWithThePolicy(t, moving.Machine())
	flowtest.AgreesWithThePolicy(t, moving.Between())
}

// TestMachine_everyStateAndMove says for every state and move whether it happens; what
// does not is a conflict.
func TestMachine_everyStateAndMove(t *testing.T) {
	t.Parallel()
	every(t, moving.Machine(), map[string]string{
		"REQUESTED handOver": "SENT", "RETURNED handOver": "SENT", "SENT claimMove": "RECEIVED", "SENT declineMove": "RETURNED",
	})
	every(t, moving.Between(), map[string]string{
		"SENT acceptTransfer": "ACCEPTED", "SENT refuseTransfer": "REFUSED", "SENT withdrawTransfer": "RETURNED",
	})
}

func every(t *testing.T, m flow.Machine, leads map[string]string) {
	t.Helper()
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
