package registering_test

import (
	"testing"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/flow/flowtest"
	"github.com/tongxin-hub/tongxin/internal/registering"
)

// TestMachine_saysWhatThePolicySays holds who may move a registration against the lines
// of the policy: the same roles, no more and no fewer.
func TestMachine_saysWhatThePolicySays(t *testing.T) {
	t.Parallel()
	flowtest.AgreesWithThePolicy(t, registering.Machine())
}

// TestMachine_everyStateAndMove says for every state and move whether it happens; what
// does not is a conflict.
func TestMachine_everyStateAndMove(t *testing.T) {
	t.Parallel()
	leads := map[string]string{
		"NONE nominateChild": "CANDIDATE", "REJECTED nominateChild": "CANDIDATE", "CANDIDATE claimChild": "CLAIMED",
		"NONE nominateNewChild": "CANDIDATE", "REJECTED nominateNewChild": "CANDIDATE",
		"CANDIDATE closeDuplicate": "MERGED", "CLAIMED closeDuplicate": "MERGED", "VERIFYING closeDuplicate": "MERGED", "REGISTERED closeDuplicate": "MERGED",
		"CLAIMED verifyChild": "VERIFYING", "REGISTERED verifyChild": "REGISTERED", "VERIFYING confirmRegistration": "REGISTERED",
		"VERIFYING rejectRegistration": "REJECTED", "REGISTERED exitRegister": "EXITED", "REGISTERED endLeftBehind": "REGISTERED", "REGISTERED leaveByAge": "EXITED",
	}
	m := registering.Machine()
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
