package relief_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/relief"
	"github.com/tongxin-hub/tongxin/policy"
)

func names() []string {
	var out []string
	for _, m := range relief.Machine().Moves {
		out = append(out, m.Name)
	}
	return out
}

func may(role, name string) bool {
	return slices.ContainsFunc(relief.Machine().Moves, func(m moved) bool { return m.Name == name && slices.Contains(m.Roles, role) })
}

// TestMachine_agreesWithThePolicy: who may make a move by the machine may make it by
// the policy, and nobody else.
func TestMachine_agreesWithThePolicy(t *testing.T) {
	t.Parallel()
	if err := relief.Machine().Check(); err != nil {
		t.Fatal(err)
	}
	p, err := policy.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range relief.Machine().Moves {
		want, got := slices.Sorted(slices.Values(m.Roles)), []string{}
		for _, pair := range p.Pairs() {
			view, err := p.View(pair.Role, pair.Purpose)
			if err != nil {
				t.Fatal(err)
			}
			if view.Cell("Mutation."+m.Name).Full != 0 {
				got = append(got, string(pair.Role))
			}
		}
		slices.Sort(got)
		if diff := cmp.Diff(want, slices.Compact(got)); diff != "" {
			t.Errorf("%s (-machine +policy):\n%s", m.Name, diff)
		}
	}
}
