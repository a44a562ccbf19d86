package policy_test

import (
	"regexp"
	"testing"

	"github.com/tongxin-hub/tongxin/policy"
)

func load(tb testing.TB) *policy.Policy {
	tb.Helper()
	p, err := policy.Load()
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

func TestLoad(t *testing.T) {
	t.Parallel()
	p := load(t)
	if !regexp.MustCompile(`^sha256:[0-9a-f]{12}$`).MatchString(p.Version()) {
		t.Errorf("version %q", p.Version())
	}
	for _, r := range policy.Roles() {
		if _, err := p.View(r.Code, r.Default); err != nil {
			t.Errorf("%s has no default purpose: %v", r.Code, err)
		}
	}
}

// TestLoad_CannotBeChangedFromOutside: what a caller gets is a copy.
func TestLoad_CannotBeChangedFromOutside(t *testing.T) {
	t.Parallel()
	p := load(t)
	v, err := p.View(policy.DIR, policy.Visit)
	if err != nil {
		t.Fatal(err)
	}
	v.Role = policy.CM
	p.Lines()[0].Role = policy.CM
	p.Purposes()[0].Roles[0] = policy.STA
	p.Pairs()[0] = policy.Pair{}
	again, err := p.View(policy.DIR, policy.Visit)
	if err != nil || again.Role != policy.DIR || p.Purposes()[0].Roles[0] != policy.DIR || p.Pairs()[0] != (policy.Pair{Role: policy.DIR, Purpose: policy.Visit}) {
		t.Errorf("changed: %+v %v", again, err)
	}
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		load(b)
	}
}

func BenchmarkView_CellForm(b *testing.B) {
	v, err := load(b).View(policy.DIR, policy.Visit)
	if err != nil {
		b.Fatal(err)
	}
	bases := policy.Of(policy.Caller, policy.OwnVillage)
	b.ReportAllocs()
	for b.Loop() {
		if v.Cell("Child.name").Form(bases) != policy.Full {
			b.Fatal("withheld")
		}
	}
}

func BenchmarkView_Reason(b *testing.B) {
	v, err := load(b).View(policy.DIR, policy.Visit)
	if err != nil {
		b.Fatal(err)
	}
	bases := policy.Of(policy.Caller, policy.OwnVillage)
	b.ReportAllocs()
	for b.Loop() {
		if v.Reason("Child.studentNo", bases).Code == "" && v.Reason("Enrolment.studentNo", bases).Code == "" {
			b.Fatal("shown")
		}
	}
}
