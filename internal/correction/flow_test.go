package correction_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/correction"
	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/policy"
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
	p, err := policy.Load()
	if err != nil {
		t.Fatal(err)
	}
	roles := map[string][]string{}
	for _, x := range correction.Machine().Moves {
		if !slices.Contains(x.Roles, flow.System) {
			roles[x.Name] = append(roles[x.Name], x.Roles...)
		}
	}
	for name, want := range roles {
		slices.Sort(want)
		var got []string
		for _, pair := range p.Pairs() {
			view, err := p.View(pair.Role, pair.Purpose)
			if err != nil {
				t.Fatal(err)
			}
			if view.Cell("Mutation."+name).Full != 0 {
				got = append(got, string(pair.Role))
			}
		}
		slices.Sort(got)
		if diff := cmp.Diff(slices.Compact(want), slices.Compact(got)); diff != "" {
			t.Errorf("%s (-machine +policy):\n%s", name, diff)
		}
	}
}
