package pairing_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/fault"
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/pairing"
	"github.com/tongxin-hub/tongxin/policy"
)

// TestMachine_everyStateAndMove: each move leads on or is refused as a conflict.
func TestMachine_everyStateAndMove(t *testing.T) {
	t.Parallel()
	m := pairing.Machine()
	if err := m.Check(); err != nil {
		t.Fatal(err)
	}
	for _, s := range m.States {
		for _, x := range m.Moves {
			to, err := m.Next(s.Code, x.Name)
			if begins := slices.Contains(x.From, s.Code); begins && (err != nil || to != x.To) || !begins && fault.CodeOf(err) != fault.Conflict || err == nil && s.Final {
				t.Errorf("%s in %s: %q, %v", x.Name, s.Code, to, err)
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
	for _, x := range pairing.Machine().Moves {
		if slices.Contains(x.Roles, flow.System) {
			continue
		}
		var may []string
		for _, pair := range p.Pairs() {
			v, err := p.View(pair.Role, pair.Purpose)
			if err != nil {
				t.Fatal(err)
			}
			if v.Cell("Mutation."+x.Name).Full != 0 {
				may = append(may, string(pair.Role))
			}
		}
		slices.Sort(may)
		if diff := cmp.Diff(slices.Sorted(slices.Values(x.Roles)), slices.Compact(may)); diff != "" {
			t.Errorf("%s (-machine +policy):\n%s", x.Name, diff)
		}
	}
}
