package onesource

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestMutations_writeWhatIsTheirs demands of every mutation that whoever the policy lets
// make it belongs to the source agency of each coordinate that it can write, or that
// policy/testdata/sources.csv says why not; and that no line there is left over.
func TestMutations_writeWhatIsTheirs(t *testing.T) {
	t.Parallel()
	p, d, c, may, said := load(t), ask(t), coordinates(t), callers(t), lines(t)
	if diff := cmp.Diff(slices.Sorted(maps.Keys(may)), slices.Sorted(maps.Keys(p.mutations))); diff != "" {
		t.Errorf("mutations of the policy (-) and of the resolvers (+):\n%s", diff)
	}
	c.below(d)
	can := map[string]map[owned][]string{}
	for mutation, resolver := range p.mutations {
		can[mutation] = c.owned(t, d, p.statements(resolver))
	}
	for _, finding := range judge(can, may, said) {
		t.Error(finding)
	}

	// Whoever takes a reason away, moves a role to another agency, lets a role in or
	// leaves a reason behind is told.
	of := owned{"PsychReferral", "HEALTH"}
	if diff := cmp.Diff([]string{"advice", "firstSeenOn"}, can["giveAdvice"][of]); diff != "" {
		t.Errorf("what the clinic writes (-want +got):\n%s", diff)
	}
	for what, spoil := range map[string]func(x table, may map[string][]string){
		"giveAdvice lets HD write PsychReferral ": func(x table, _ map[string][]string) { x.source["HD"] = "EDUCATION" },
		"giveAdvice lets DIR write PsychReferral ": func(_ table, may map[string][]string) {
			may["giveAdvice"] = append(slices.Clone(may["giveAdvice"]), "DIR")
		},
		"signLifting lets RP write TemporaryCustody ": func(x table, _ map[string][]string) {
			delete(x.reasons, exception{"signLifting", owned{"TemporaryCustody", "CIVIL_AFFAIRS"}, "RP"})
		},
		"which it cannot": func(x table, _ map[string][]string) { x.reasons[exception{"giveAdvice", of, "SUP"}] = true },
	} {
		spoilt, others := table{maps.Clone(said.source), maps.Clone(said.reasons)}, maps.Clone(may)
		spoil(spoilt, others)
		if got := strings.Join(judge(can, others, spoilt), "\n"); !strings.Contains(got, what) {
			t.Errorf("not found: %s\n%s", what, got)
		}
	}
}

// judge holds what mutations can write against who may make them; each finding says
// what to do.
func judge(can map[string]map[owned][]string, may map[string][]string, said table) []string {
	var out []string
	needed := map[exception]bool{}
	for mutation, all := range can {
		for of, fields := range all {
			for _, role := range may[mutation] {
				e := exception{mutation, of, role}
				if of.owner == "HUB" || said.source[role] == of.owner {
					continue
				}
				if needed[e] = true; !said.reasons[e] {
					out = append(out, fmt.Sprintf("%s lets %s write %s (%s), whose source is %s: take the mutation from the role in policy/lines, keep the store from writing it, or add a line to policy/testdata/sources.csv\nwrite, %s, %s, %s, %s, 中文理由, English reason, 依据",
						mutation, role, of.typ, strings.Join(fields, " "), of.owner, mutation, of.typ, of.owner, role))
				}
			}
		}
	}
	for e := range said.reasons {
		if !needed[e] {
			out = append(out, fmt.Sprintf("policy/testdata/sources.csv says why %s by %s may write %s of %s, which it cannot: take that out of the line", e.mutation, e.role, e.typ, e.owner))
		}
	}
	slices.Sort(out)
	return out
}
