package conflict_test

import (
	"testing"

	"github.com/tongxin-hub/tongxin/internal/conflict"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/flow/flowtest"
)

// TestMachine_everyStateAndMove: those whom the policy names end a conflict that is in
// force, and what has ended is not ended again.
func TestMachine_everyStateAndMove(t *testing.T) {
	t.Parallel()
	m := conflict.Machine()
	if err := m.Check(); err != nil {
		t.Fatal(err)
	}
	flowtest.AgreesWithThePolicy(t, m)
	if to, err := m.Next(conflict.Declared, "endConflict"); to != conflict.Ended || err != nil {
		t.Errorf("a conflict in force becomes %q, %v", to, err)
	}
	if _, err := m.Next(conflict.Ended, "endConflict"); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("an ended conflict is ended again: %v", err)
	}
}
