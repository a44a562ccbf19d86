package policy_test

import (
	"strings"
	"testing"

	"github.com/tongxin-hub/tongxin/policy"
)

// TestAcross_asTheTableSays: what people read across is the best form that the compiled
// cell opens on any basis, and withheld exactly where it opens none.
func TestAcross_asTheTableSays(t *testing.T) {
	t.Parallel()
	p := load(t)
	seen := map[policy.Code]int{}
	for _, pair := range p.Pairs() {
		v, err := p.View(pair.Role, pair.Purpose)
		if err != nil {
			t.Fatal(err)
		}
		for _, coordinate := range p.Coordinates() {
			got, best := p.Across(pair, coordinate), v.Cell(coordinate).Best()
			seen[got.Code]++
			fits := false
			switch got.Code {
			case policy.CodeFull, policy.CodeMasked, policy.CodeRevealable:
				fits = string(got.Code) == best.String()
			case policy.CodeGeneralised, policy.CodeExists, policy.CodeWithheld:
				fits = best == policy.Withheld
			case policy.CodeMayDo:
				fits = best == policy.Full && (strings.HasPrefix(coordinate, "Query.") || strings.HasPrefix(coordinate, "Mutation."))
			case policy.CodeByGrant, policy.CodeActionCard, policy.CodeCounts:
				fits = best != policy.Withheld
			}
			if !fits {
				t.Errorf("%v %s: %s, but the table gives %s", pair, coordinate, got.Code, best)
			}
			if open := len(p.LinesAbout(pair, coordinate)); best != policy.Withheld && open == 0 {
				t.Errorf("%v %s: no line is behind it", pair, coordinate)
			}
		}
	}
	for _, code := range []policy.Code{
		policy.CodeFull, policy.CodeRevealable, policy.CodeMasked, policy.CodeGeneralised, policy.CodeExists,
		policy.CodeActionCard, policy.CodeCounts, policy.CodeByGrant, policy.CodeMayDo, policy.CodeWithheld,
	} {
		if seen[code] == 0 {
			t.Errorf("no cell is %s", code)
		}
	}
}
