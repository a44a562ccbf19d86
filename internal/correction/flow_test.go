package correction_test

import (
	"testing"

	"github.com/tongxin-hub/tongxin/internal/correction"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/flow/flowtest"
)

// TestMachine_everyStateAndMove: each move leads on or is refused as a conflict.
func TestMachine_everyStateAndMove(t *testing.T) {
	t.Parallel()
	m := correction.Machine()
	if err := m.Check(); err != nil {
		t.Fatal(err)
	}
	for _, s := range m.States {
		for _, x := range m.Moves {
			to, err := m.Next(s.Code, x.Name)
			if begins := err == nil; begins && to == "" || !begins && fault.CodeOf(err) != fault.Conflict {
				t.Errorf("%s in %s: %q, %v", x.Name, s.Code, to, err)
			}
			if err == nil && s.Final {
				t.Errorf("%s leaves %s", x.Name, s.Code)
			}
		}
	}
}

// TestMachine_agreesWithThePolicy: who may make a move by the machine may make it by
// the policy, and nobody else.
func TestMachine_agreesWithThePolicy(t *testing.T) {
	t.Parallel()
	flowtest.AgreesWithThePolicy(t, correction.Machine())
}
