package policy_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/policy"
)

// TestReason_ShieldsCannotBeFoundByComparing: what would not have been shown
// has the same reason with and without a silent basis, and what would have been
// shown gives no reason at all.
func TestReason_ShieldsCannotBeFoundByComparing(t *testing.T) {
	t.Parallel()
	p := load(t)
	silent := policy.Of(policy.ShieldAddress, policy.ShieldFull, policy.GuardianSuspect)
	each(t, p, func(t *testing.T, v *policy.View) {
		t.Helper()
		for _, b := range append(v.Scope().Full.List(), policy.Caller) {
			plain := b.Bit() | policy.Caller.Bit()
			for _, group := range p.Groups() {
				cell := v.GroupCell(group)
				before, after := v.GroupReason(group, plain), v.GroupReason(group, plain|silent)
				hidden := cell.Form(plain) != policy.Withheld && cell.Form(plain|silent) == policy.Withheld
				switch {
				case hidden && after != policy.Reason{Silent: true}:
					t.Errorf("%s on %s: a shielded value gives reason %+v", group, b, after)
				case !hidden && before != after:
					t.Errorf("%s on %s: %+v turns into %+v", group, b, before, after)
				}
			}
		}
	})
}

// TestReason_EveryWithheldGroupHasOne: shown in full, silent, or a code.
func TestReason_EveryWithheldGroupHasOne(t *testing.T) {
	t.Parallel()
	p := load(t)
	each(t, p, func(t *testing.T, v *policy.View) {
		t.Helper()
		for _, b := range append(v.Scope().Full.List(), policy.Caller) {
			for _, group := range p.Groups() {
				full := v.GroupCell(group).Form(b.Bit()) == policy.Full
				r := v.GroupReason(group, b.Bit())
				if full != (r == policy.Reason{}) || r.Silent && r.Code != "" {
					t.Errorf("%s on %s: full %v, reason %+v", group, b, full, r)
				}
				if (r.Code == policy.NotNeededForPurpose || r.Code == policy.GrantRequired) && (r.Unlock.ZH == "" || r.Unlock.EN == "") {
					t.Errorf("%s on %s: %s does not say what would open it", group, b, r.Code)
				}
			}
		}
	})
}

func TestReason_SaysWhatWouldOpenIt(t *testing.T) {
	t.Parallel()
	p := load(t)
	v, err := p.View(policy.DPS, policy.DropoutPrevention)
	if err != nil {
		t.Fatal(err)
	}
	want := policy.Reason{
		Code: policy.Generalised,
		Unlock: policy.Text{
			ZH: "目的 DROPOUT_PREVENTION，依据：控辍已到家访阶段、控辍已到镇街劝返（安置）阶段",
			EN: "purpose DROPOUT_PREVENTION, on: dropout case at home-visit stage; dropout case at township-persuasion stage",
		},
	}
	got := p.Reason(v, "Child.residenceAddress", policy.Of(policy.Caller, policy.CompulsoryAge, policy.LedgerOpen))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := v.Reason("Child.noSuchField", policy.Caller.Bit()); got.Code != policy.NeverShared {
		t.Errorf("unclassified coordinate: %+v", got)
	}
}

func TestExplain(t *testing.T) {
	t.Parallel()
	p := load(t)
	pair := policy.Pair{Role: policy.DPS, Purpose: policy.DropoutPrevention}
	t.Run("names the line that opens a coordinate", func(t *testing.T) {
		t.Parallel()
		got, err := p.Explain(pair, "Child.name", policy.Of(policy.Caller, policy.LedgerOpen))
		if err != nil {
			t.Fatal(err)
		}
		if got.Form != policy.Full || len(got.Matched) != 1 || got.Matched[0].Group != "A.name" || got.Matched[0].Ground == "" || got.Statute == "" {
			t.Errorf("%+v", got)
		}
	})
	t.Run("names the lines that would open it", func(t *testing.T) {
		t.Parallel()
		got, err := p.Explain(pair, "Child.residenceAddress", policy.Of(policy.Caller, policy.LedgerOpen))
		if err != nil {
			t.Fatal(err)
		}
		want := []policy.Basis{policy.HomeVisitStage, policy.BreakGlass}
		var bases []policy.Basis
		for _, l := range got.Unlock {
			bases = append(bases, l.Basis)
		}
		if diff := cmp.Diff(want, bases); diff != "" || got.Form != policy.Withheld || got.Reason.Code != policy.Generalised {
			t.Errorf("%+v\n%s", got, diff)
		}
	})
	t.Run("names the line that withholds", func(t *testing.T) {
		t.Parallel()
		got, err := p.Explain(pair, "Child.name", policy.Of(policy.Caller, policy.LedgerOpen, policy.Archived))
		if err != nil {
			t.Fatal(err)
		}
		if got.Form != policy.Withheld || len(got.Matched) != 1 || got.Matched[0].Effect != "deny" {
			t.Errorf("%+v", got)
		}
	})
	t.Run("refuses a purpose that the role has not", func(t *testing.T) {
		t.Parallel()
		if _, err := p.Explain(policy.Pair{Role: policy.HT, Purpose: policy.Statistics}, "Child.name", 0); err == nil {
			t.Error("explained")
		}
	})
}

// TestView_empty: the view of a role that a version does not know opens nothing.
func TestView_empty(t *testing.T) {
	t.Parallel()
	v := &policy.View{}
	if v.Cell("Child.name") != (policy.Cell{}) || v.Scope() != (policy.Cell{}) || v.Bases() != 0 {
		t.Error("the empty view opens something")
	}
	if got := v.Reason("Child.name", ^policy.Bases(0)).Code; got != policy.NeverShared {
		t.Errorf("reason of the empty view: %s", got)
	}
}
