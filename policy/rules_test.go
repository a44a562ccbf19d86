package policy_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/policy"
)

// each runs a check for every role and purpose.
func each(t *testing.T, p *policy.Policy, check func(t *testing.T, v *policy.View)) {
	t.Helper()
	for _, pair := range p.Pairs() {
		v, err := p.View(pair.Role, pair.Purpose)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(string(pair.Role)+"/"+string(pair.Purpose), func(t *testing.T) {
			t.Parallel()
			check(t, v)
		})
	}
}

// opened is the set of bases that open a group in some form.
func opened(v *policy.View, group string) policy.Bases {
	c := v.GroupCell(group)
	return c.Full | c.Revealable | c.Masked
}

func TestRules_EveryGroupIsOpenToSomebody(t *testing.T) {
	t.Parallel()
	p := load(t)
	for _, group := range p.Groups() {
		if !slices.ContainsFunc(p.Pairs(), func(pair policy.Pair) bool {
			v, err := p.View(pair.Role, pair.Purpose)
			return err == nil && opened(v, group) != 0
		}) {
			t.Errorf("no line opens %s: add one to lines/, or take the group out of nesting.csv", group)
		}
	}
}

func TestRules_EveryPairHasLinesOfItsOwn(t *testing.T) {
	t.Parallel()
	p := load(t)
	own := map[policy.Pair]bool{}
	for _, l := range p.Lines() {
		own[policy.Pair{Role: l.Role, Purpose: l.Purpose}] = true
		if strings.TrimSpace(l.Ground) == "" {
			t.Errorf("%s:%d has no ground", l.File, l.Number)
		}
	}
	for _, pair := range p.Pairs() {
		if !own[pair] {
			t.Errorf("purposes.csv lets %v act, lines/%s.csv gives nothing", pair, pair.Role)
		}
		delete(own, pair)
	}
	for pair := range own {
		if pair.Purpose != "any" {
			t.Errorf("lines of %v can never match: not in purposes.csv", pair)
		}
	}
}

func TestRules_WhoHasTheFineStepHasTheCoarseOnes(t *testing.T) {
	t.Parallel()
	p := load(t)
	each(t, p, func(t *testing.T, v *policy.View) {
		t.Helper()
		for _, group := range p.Groups() {
			fine := v.GroupCell(group)
			for _, step := range p.Within(group) {
				coarse := v.GroupCell(step)
				if missing := fine.Full &^ coarse.Full; missing != 0 {
					t.Errorf("%s without %s on %s", group, step, missing)
				}
				if more := coarse.Deny &^ fine.Deny; more != 0 {
					t.Errorf("%s withholds %s but not %s", more, step, group)
				}
			}
		}
	})
}

// TestRules_OnlyStringsAreMasked: a mask replaces characters, so it fits only
// the few groups whose coordinates are strings, none of which has steps.
func TestRules_OnlyStringsAreMasked(t *testing.T) {
	t.Parallel()
	maskable := []string{"A.name", "A.citizenId", "A.studentNo", "C.contactPhone", "C.bankAccount"}
	for _, l := range load(t).Lines() {
		if (l.Form == "MASKED" || l.Form == "REVEALABLE") && !slices.Contains(maskable, l.Group) {
			t.Errorf("%s:%d masks %s", l.File, l.Number, l.Group)
		}
	}
}

// TestRules_OtherPurposesAreNarrower: a purpose beside the default one never
// opens what the role's column does not, save where the rule is its own.
func TestRules_OtherPurposesAreNarrower(t *testing.T) {
	t.Parallel()
	p := load(t)
	own := []policy.Purpose{policy.Consultation, policy.Emergency, policy.MandatoryReport, policy.Pairing, policy.PolicyReview, policy.AccessAdmin, policy.RightsRequest}
	for _, r := range policy.Roles() {
		column, err := p.View(r.Code, r.Default)
		if err != nil {
			t.Fatal(err)
		}
		for _, pair := range p.Pairs() {
			psych := pair == policy.Pair{Role: policy.SW, Purpose: policy.PsychSupport}
			if pair.Role != r.Code || pair.Purpose == r.Default || slices.Contains(own, pair.Purpose) || psych {
				continue
			}
			v, err := p.View(pair.Role, pair.Purpose)
			if err != nil {
				t.Fatal(err)
			}
			for _, group := range p.Groups() {
				if strings.HasPrefix(group, "root.") { // what may be asked or done, and no data
					continue
				}
				wide, narrow := best(column, group), best(v, group)
				writes := pair == policy.Pair{Role: policy.SW, Purpose: policy.Visit} && group == "root.visitWrite" // hangs on the visit alone
				if narrow > wide && !writes {
					t.Errorf("%v opens %s as %s, the column says %s", pair, group, narrow, wide)
				}
			}
		}
	}
}

// best is the best form of a group over all bases.
func best(v *policy.View, group string) policy.Form {
	c := v.GroupCell(group)
	c.Deny = 0
	return c.Form(c.Full | c.Revealable | c.Masked)
}

func TestRules_RootFieldsFollowTheRights(t *testing.T) {
	t.Parallel()
	p := load(t)
	each(t, p, func(t *testing.T, v *policy.View) {
		t.Helper()
		want := map[string]bool{"root.child": v.Scope().Full != 0, "root.reveal": false}
		for _, group := range p.Groups() {
			want["root.reveal"] = want["root.reveal"] || v.GroupCell(group).Revealable != 0
		}
		got := map[string]bool{}
		for group := range want {
			got[group] = v.GroupCell(group).Form(policy.Caller.Bit()) == policy.Full
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("root fields (-rights +lines):\n%s", diff)
		}
	})
}

// TestRules_NothingOfAChildWithoutABasis: the basis that always holds opens no
// child; the auditor's two marks are the exception, and no child is in reach.
func TestRules_NothingOfAChildWithoutABasis(t *testing.T) {
	t.Parallel()
	p := load(t)
	each(t, p, func(t *testing.T, v *policy.View) {
		t.Helper()
		if v.Scope().Form(policy.Caller.Bit()) != policy.Withheld {
			t.Error("a child is in reach without a basis")
		}
		for _, group := range p.Within("child")[1:] {
			mark := v.Role == policy.AUD && (group == "J.correction" || group == "J.provenance")
			if !mark && v.GroupCell(group).Form(policy.Caller.Bit()) != policy.Withheld {
				t.Errorf("%s opens without a basis", group)
			}
			if v.GroupCell(group).Form(0) != policy.Withheld {
				t.Errorf("%s opens on nothing", group)
			}
		}
	})
}

func TestRules_DenialsOverrideWhateverElseHolds(t *testing.T) {
	t.Parallel()
	p := load(t)
	everything := policy.Of(policy.AllBases()...)
	deny := policy.Of(policy.Conflict, policy.ShieldAddress, policy.ShieldFull, policy.GuardianSuspect, policy.Archived)
	each(t, p, func(t *testing.T, v *policy.View) {
		t.Helper()
		for _, group := range p.Within("child") {
			if got := v.GroupCell(group).Form(everything&^deny | policy.ShieldFull.Bit()); got != policy.Withheld {
				t.Errorf("full shield shows %s as %s", group, got)
			}
			kept := slices.Contains([]policy.Role{policy.CM, policy.DPO, policy.AUD, policy.STA}, v.Role)
			if got := v.GroupCell(group).Form(everything&^deny | policy.Archived.Bit()); got != policy.Withheld && !kept {
				t.Errorf("archive shows %s as %s", group, got)
			}
		}
		for _, group := range append(p.Within("A.address"), "A.shieldedAddress", "I.placement") {
			if got := v.GroupCell(group).Form(everything&^deny | policy.ShieldAddress.Bit()); got != policy.Withheld {
				t.Errorf("address shield shows %s as %s", group, got)
			}
		}
		for _, group := range []string{"D.narrative", "F.level", "F.crisis", "G.emergency", "B.unattendedReason", "I.narrative", "J.minutes", "H.rightsCase"} {
			if got := v.GroupCell(group).Form(everything&^deny | policy.Conflict.Bit()); got != policy.Withheld {
				t.Errorf("conflict shows %s as %s", group, got)
			}
		}
	})
}

// TestRules_OnlyNamedHandlers: four groups open on no basis but being named.
func TestRules_OnlyNamedHandlers(t *testing.T) {
	t.Parallel()
	p := load(t)
	named := map[string]policy.Basis{
		"I.reporter": policy.SealedHandler, "A.shieldedAddress": policy.NamedHandler,
		"I.placement": policy.NamedHandler, "B.sealed": policy.NamedHandler,
	}
	each(t, p, func(t *testing.T, v *policy.View) {
		t.Helper()
		for group, basis := range named {
			if more := opened(v, group) &^ basis.Bit(); more != 0 {
				t.Errorf("%s opens on %s", group, more)
			}
		}
		if opened(v, "I.reporter") != 0 && v.Role != policy.CM {
			t.Error("the reporter is sealed from everybody but the case manager")
		}
	})
}
