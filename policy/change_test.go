package policy_test

import (
	"maps"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/policy"
)

// texts is the built-in policy.
func texts(t *testing.T) policy.Tree {
	t.Helper()
	tree, err := policy.Texts()
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

const (
	phone   = "p, DIR, VISIT, own_village, C.contactPhone, FULL, allow, 未保法43"
	masked  = "p, DIR, VISIT, own_village, C.contactPhone, REVEALABLE, allow, 未保法43"
	wider   = "p, HT, CLASS_CARE, own_class, A.birthDate:month, FULL, allow, 未保法29"
	kinless = "p, everyone, any, conflict, C.contactPhone, ANY, deny, 利益冲突回避"
)

// changed is the built-in policy with lines that go and come.
func changed(t *testing.T, remove, add []string) *policy.Policy {
	t.Helper()
	c, err := policy.ParseChange(remove, add)
	if err != nil {
		t.Fatal(err)
	}
	tree, err := c.Apply(texts(t))
	if err != nil {
		t.Fatal(err)
	}
	p, err := policy.Open(tree)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestDiff_golden: what a reviewer reads of a change that opens, closes, alters and
// denies.
func TestDiff_golden(t *testing.T) {
	t.Parallel()
	const file = "testdata/diff.golden"
	var out strings.Builder
	for _, d := range policy.Diff(load(t), changed(t, []string{phone}, []string{masked, wider, kinless})) {
		out.WriteString(d.String() + "\n")
	}
	got := out.String()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("refresh with -update and read the difference (-golden +policy):\n%s", diff)
	}
}

// TestDiff_isWhatDiffers: nothing where nothing differs, and forth and back are
// each other's mirror.
func TestDiff_isWhatDiffers(t *testing.T) {
	t.Parallel()
	p, next := load(t), changed(t, []string{phone}, []string{masked, wider, kinless})
	if got := policy.Diff(p, load(t)); len(got) != 0 {
		t.Errorf("a policy differs from itself: %v", got)
	}
	mirror := map[policy.Turn]policy.Turn{
		policy.Opens: policy.Closes, policy.Closes: policy.Opens, policy.Alters: policy.Alters,
		policy.Denies: policy.Relents, policy.Relents: policy.Denies,
	}
	forth, back := policy.Diff(p, next), policy.Diff(next, p)
	if len(forth) != len(back) {
		t.Fatalf("%d forth, %d back", len(forth), len(back))
	}
	for i, d := range forth {
		d.Turn, d.Before, d.After = mirror[d.Turn], d.After, d.Before
		if diff := cmp.Diff(d, back[i]); diff != "" {
			t.Errorf("forth and back (-want +got):\n%s", diff)
		}
	}
}

// TestChange_Apply leaves every other line and remark, and leads back.
func TestChange_Apply(t *testing.T) {
	t.Parallel()
	before := texts(t)
	c, err := policy.ParseChange([]string{phone}, []string{masked, kinless})
	if err != nil {
		t.Fatal(err)
	}
	after, err := c.Apply(before)
	if err != nil {
		t.Fatal(err)
	}
	for name := range before {
		if touched := before[name] != after[name]; touched != (name == "lines/DIR.csv" || name == "lines/everyone.csv") {
			t.Errorf("%s: changed is %v", name, touched)
		}
	}
	if got, want := strings.Count(after["lines/DIR.csv"], "\n"), strings.Count(before["lines/DIR.csv"], "\n"); got != want {
		t.Errorf("%d lines, want %d", got, want)
	}
	back, err := policy.Change{Remove: c.Add, Add: c.Remove}.Apply(after)
	if err != nil {
		t.Fatal(err)
	}
	p, err := policy.Open(back)
	if err != nil || p.Version() != load(t).Version() {
		t.Errorf("back: %v", err)
	}
	if !maps.Equal(before, texts(t)) {
		t.Error("the text itself was changed")
	}
	found, others := policy.Between(load(t), changed(t, []string{phone}, []string{masked, kinless}))
	if len(others) != 0 || len(found.Remove) != 1 || len(found.Add) != 2 || found.Remove[0].Text() != phone {
		t.Errorf("between: %+v %v", found, others)
	}
}

func TestChange_refuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		remove, add []string
		want        string
	}{
		"nothing":             {nil, nil, "1 to 200"},
		"too much":            {make([]string, policy.MaxChange+1), nil, "1 to 200"},
		"no line":             {[]string{"VISIT"}, nil, "wrong number"},
		"a remark":            {[]string{"# p"}, nil, "no policy line"},
		"two lines":           {[]string{phone + "\n" + masked}, nil, "one line"},
		"another type":        {nil, []string{"g, DIR, CM"}, "wrong number"},
		"a role of none":      {nil, []string{"g, DIR, VISIT, own_village, A.name, FULL, allow, x"}, "want p"},
		"an allow for all":    {nil, []string{"p, everyone, any, caller, A.name, FULL, allow, x"}, ""},
		"a line not there":    {[]string{strings.Replace(phone, "VISIT", "EMERGENCY", 1)}, nil, "no such line"},
		"a line that is":      {nil, []string{phone + "；别的依据"}, "already"},
		"an unknown group":    {nil, []string{"p, DIR, VISIT, own_village, A.shoe, FULL, allow, x"}, "unknown group"},
		"a line without role": {nil, []string{"p, BOSS, VISIT, own_village, A.name, FULL, allow, x"}, "unknown role"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			change, err := policy.ParseChange(c.remove, c.add)
			if err == nil {
				var tree policy.Tree
				if tree, err = change.Apply(texts(t)); err == nil {
					_, err = policy.Open(tree)
				}
			}
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("want %q, got %v", c.want, err)
			}
		})
	}
}

// TestBehind agrees with the explanation, which asks Casbin.
func TestBehind(t *testing.T) {
	t.Parallel()
	p := load(t)
	bases := policy.Of(policy.Caller, policy.OwnVillage)
	pair := policy.Pair{Role: policy.DIR, Purpose: policy.Visit}
	for _, coordinate := range []string{"Child.name", "Guardian.phone", "Child.citizenId", "Child.ageBand", "Child.nothing"} {
		why, err := p.Explain(pair, coordinate, bases)
		if err != nil {
			t.Fatal(err)
		}
		got := p.Behind(pair, coordinate, bases, why.Form)
		if why.Form == policy.Withheld {
			if len(got) > 0 {
				t.Errorf("%s is withheld, and behind it stand %v", coordinate, got)
			}
			continue
		}
		if diff := cmp.Diff(why.Matched, got); diff != "" {
			t.Errorf("%s (-explained +behind):\n%s", coordinate, diff)
		}
	}
}

// FuzzParseLine: a line that is read is one line, and stands for itself.
func FuzzParseLine(f *testing.F) {
	for _, seed := range []string{phone, masked, kinless, "", "# p", "p,,,,,,,", `p, "a", b, c, d, e, f, g`, "g2, a, b", phone + "\r\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		l, err := policy.ParseLine(text)
		if err != nil {
			return
		}
		again, err := policy.ParseLine(l.Text())
		if err != nil || again.Text() != l.Text() || strings.ContainsAny(l.Text(), "\r\n\"") {
			t.Errorf("%q is read as %q: %v", text, l.Text(), err)
		}
	})
}

// TestReopen: a version from before a purpose and a basis were added decides again
// what it decided, under its name; it is not opened to be served, nor under another.
func TestReopen(t *testing.T) {
	t.Parallel()
	old := texts(t)
	var kept []string
	for _, line := range strings.Split(old["purposes.csv"], "\n") {
		if !strings.HasPrefix(line, "POLICY_REVIEW") {
			kept = append(kept, line)
		}
	}
	old["purposes.csv"] = strings.Join(kept, "\n")
	for _, name := range []string{"lines/AUD.csv", "lines/DPO.csv"} {
		before, _, _ := strings.Cut(old[name], "# == POLICY_REVIEW")
		old[name] = before
	}
	if _, err := policy.Open(old); err == nil {
		t.Error("opened without a purpose")
	}
	if _, err := policy.Reopen(old, load(t).Version()); err == nil {
		t.Error("reopened under another version")
	}
	then := policy.VersionOf(t, old, len(policy.AllBases())-1)
	p, err := policy.Reopen(old, then)
	if err != nil || p.Version() != then || then == load(t).Version() {
		t.Fatalf("the former version: %v", err)
	}
	view, err := p.View(policy.DIR, policy.Visit)
	if err != nil || view.Cell("Child.name").Form(policy.Of(policy.OwnVillage)) != policy.Full {
		t.Errorf("it does not decide: %v", err)
	}
	delete(old, "groups.csv")
	if _, err := policy.Reopen(old, then); err == nil {
		t.Error("reopened half a text")
	}
}
