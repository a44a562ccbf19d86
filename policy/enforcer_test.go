package policy

import (
	"strings"
	"testing"
)

// TestEnforcer_HostileNames: names that join, nest or match patterns in Casbin
// never open anything, wherever they stand in the request.
func TestEnforcer_HostileNames(t *testing.T) {
	t.Parallel()
	p, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	good := []string{"DIR", "VISIT", "own_village", "Child.name", "FULL"}
	if ok, err := p.enforcer.casbin.Enforce(anys(good)...); err != nil || !ok {
		t.Fatalf("the good request: %v %v", ok, err)
	}
	hostile := []string{
		"", "*", ".*", "any", "ANY", "everyone", "operational", "child", "grant", "/", "%",
		"$$", "::", "DIR$$VISIT", "own_village$$A.name", "own_village+", "+own_village", "own_village+nonsense",
		"Child.name\n", "Child.name\x00", "Child.name ", "child.name", "Chіld.name", "A.name\"", "' || true || '",
		"r.role", "p.role", "p_role", "eval(true)", strings.Repeat("A", 10<<10),
	}
	for field := range good {
		for _, name := range hostile {
			request := append([]string{}, good...)
			request[field] = name
			if ok, _ := p.enforcer.casbin.Enforce(anys(request)...); ok {
				t.Errorf("opened by %q as field %d", name, field)
			}
		}
	}
}

func anys(in []string) []any {
	out := make([]any, len(in))
	for i, s := range in {
		out[i] = s
	}
	return out
}

// TestEnforcer_EmptyPolicyDenies: Casbin without lines opens nothing at all.
func TestEnforcer_EmptyPolicyDenies(t *testing.T) {
	t.Parallel()
	p, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	empty, err := newEnforcer(p.src, nil)
	if err != nil {
		t.Fatal(err)
	}
	everything := Of(AllBases()...).String()
	for _, pair := range p.Pairs() {
		for _, c := range []string{"Child.id", "Child.name", "Query.child", "Division.name", "root.child"} {
			if f, err := empty.form(pair, everything, c); f != Withheld || err != nil {
				t.Errorf("%v sees %s as %s (%v)", pair, c, f, err)
			}
		}
	}
}

// TestBases_BitsAreStable: a bit that moves would reread every stored set.
func TestBases_BitsAreStable(t *testing.T) {
	t.Parallel()
	for b, want := range map[Basis]int{
		Caller: 0, OwnVillage: 1, LedgerOpen: 4, AssignedCase: 15, BreakGlass: 30,
		"grant_unattendedReason": 33, "grant_custody": 46, OwnHand: 47, MyCard: 49,
		Conflict: 50, ShieldAddress: 51, ShieldFull: 52, GuardianSuspect: 53, Archived: 54,
	} {
		if b.Bit() != 1<<want {
			t.Errorf("%s moved from bit %d to %b", b, want, b.Bit())
		}
	}
	for _, b := range []Basis{"", "grant", "nonsense", "own_village "} {
		if b.Bit() != 0 {
			t.Errorf("%q has a bit", b)
		}
	}
}
