package referral_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/referral"
	"github.com/tongxin-hub/tongxin/policy"
)

func names() []string {
	var out []string
	for _, m := range referral.Machine().Moves {
		if !slices.Contains(out, m.Name) {
			out = append(out, m.Name)
		}
	}
	return out
}

func may(role, name string) bool {
	for _, m := range referral.Machine().Moves {
		if m.Name == name && slices.Contains(m.Roles, role) {
			return true
		}
	}
	return false
}

// TestMachine_agreesWithThePolicy: who may make a move by the machine may make it by
// the policy, and nobody else.
func TestMachine_agreesWithThePolicy(t *testing.T) {
	t.Parallel()
	if err := referral.Machine().Check(); err != nil {
		t.Fatal(err)
	}
	p, err := policy.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names() {
		var want, got []string
		for _, role := range policy.Roles() {
			if may(string(role.Code), name) {
				want = append(want, string(role.Code))
			}
		}
		for _, pair := range p.Pairs() {
			view, err := p.View(pair.Role, pair.Purpose)
			if err != nil {
				t.Fatal(err)
			}
			if view.Cell("Mutation."+name).Full != 0 {
				got = append(got, string(pair.Role))
			}
		}
		slices.Sort(want)
		slices.Sort(got)
		if diff := cmp.Diff(want, slices.Compact(got)); diff != "" {
			t.Errorf("%s (-machine +policy):\n%s", name, diff)
		}
	}
}
