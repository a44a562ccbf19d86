package visiting_test

import (
	"slices"
	"testing"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/visiting"
	"github.com/tongxin-hub/tongxin/policy"
)

func TestMachine_hasNoHole(t *testing.T) {
	t.Parallel()
	if err := visiting.Machine().Check(); err != nil {
		t.Fatal(err)
	}
}

// TestMachine_saysWhatThePolicySays holds who may move a visit against the lines of
// the policy: the same roles, no more and no fewer.
func TestMachine_saysWhatThePolicySays(t *testing.T) {
	t.Parallel()
	p, err := policy.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, move := range visiting.Machine().Moves {
		if move.Name == visiting.CloseMove {
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
		want := slices.DeleteFunc(slices.Clone(move.Roles), func(r string) bool { return r == flow.System })
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
		"PLANNED assignVisit": "ASSIGNED", "ASSIGNED assignVisit": "ASSIGNED", "NOT_AT_HOME assignVisit": "ASSIGNED",
		"CHILD_NOT_SEEN assignVisit": "ASSIGNED", "REFUSED assignVisit": "ASSIGNED",
		"ASSIGNED recordVisit": "DONE", "DONE recordVisit": "DONE", "NOT_AT_HOME recordVisit": "DONE", "CHILD_NOT_SEEN recordVisit": "DONE",
		"DONE submitVisit": "SUBMITTED", "SUBMITTED checkVisit": "CHECKED", "CHECKED spotCheck": "CLOSED", "CHECKED closeVisit": "CLOSED",
		"ASSIGNED notAtHome": "NOT_AT_HOME", "NOT_AT_HOME notAtHome": "NOT_AT_HOME", "CHILD_NOT_SEEN notAtHome": "NOT_AT_HOME",
		"ASSIGNED refuseVisit": "REFUSED", "DONE refuseVisit": "REFUSED", "NOT_AT_HOME refuseVisit": "REFUSED", "CHILD_NOT_SEEN refuseVisit": "REFUSED",
		"ASSIGNED childNotSeen": "CHILD_NOT_SEEN", "DONE childNotSeen": "CHILD_NOT_SEEN", "NOT_AT_HOME childNotSeen": "CHILD_NOT_SEEN", "CHILD_NOT_SEEN childNotSeen": "CHILD_NOT_SEEN",
		"ASSIGNED reportMoved": "MOVED", "DONE reportMoved": "MOVED", "NOT_AT_HOME reportMoved": "MOVED", "CHILD_NOT_SEEN reportMoved": "MOVED",
	}
	m := visiting.Machine()
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
