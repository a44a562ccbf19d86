package policychange_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/policychange"
	"github.com/tongxin-hub/tongxin/policy"
)

// TestMachine_asThePolicySays: who may make a move is who may use its mutation.
func TestMachine_asThePolicySays(t *testing.T) {
	t.Parallel()
	p, err := policy.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, move := range policychange.Machine().Moves {
		var may []string
		for _, pair := range p.Pairs() {
			v, err := p.View(pair.Role, pair.Purpose)
			if err != nil {
				t.Fatal(err)
			}
			if v.Cell("Mutation."+move.Name).Form(policy.Caller.Bit()) == policy.Full {
				may = append(may, string(pair.Role))
			}
		}
		slices.Sort(may)
		if diff := cmp.Diff(move.Roles, slices.Compact(may)); diff != "" {
			t.Errorf("%s (-machine +policy):\n%s", move.Name, diff)
		}
	}
}
