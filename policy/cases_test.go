package policy_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/tongxin-hub/tongxin/policy"
)

// worked is one case of testdata/cases: who asks on which bases, and all that
// must be shown. Silence means withheld.
type worked struct {
	Name    string         `yaml:"name"`
	Role    policy.Role    `yaml:"role"`
	Purpose policy.Purpose `yaml:"purpose"`
	// Bases hold beside "caller", which always does.
	Bases []policy.Basis `yaml:"bases"`
	// Found says whether the child can be reached at all.
	Found bool `yaml:"found"`
	// Full, Revealable and Masked list groups or coordinates; a group brings
	// its coarser steps along.
	Full       []string `yaml:"full"`
	Revealable []string `yaml:"revealable"`
	Masked     []string `yaml:"masked"`
	// Never lists what the case is about withholding. It is withheld by silence
	// already; the list keeps an editor from adding it above.
	Never []string `yaml:"never"`
	// Reasons of withheld groups; "SILENT" for what must look unknown.
	Reasons map[string]string `yaml:"reasons"`
}

// common is what every caller sees whatever the child.
func common() []string {
	return []string{"open.directory", "open.task", "open.ticket", "J.policy", "root.directory", "root.policy", "root.task", "root.ticket"}
}

func TestWorkedCases(t *testing.T) {
	t.Parallel()
	p := load(t)
	files, err := filepath.Glob("testdata/cases/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		for _, c := range readCases(t, file) {
			t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml")+"/"+c.Name, func(t *testing.T) {
				t.Parallel()
				c.run(t, p)
			})
		}
	}
}

func readCases(t *testing.T, file string) []worked {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	d := yaml.NewDecoder(bytes.NewReader(raw))
	d.KnownFields(true)
	var out []worked
	if err := d.Decode(&out); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return out
}

func (c worked) run(t *testing.T, p *policy.Policy) {
	t.Helper()
	v, err := p.View(c.Role, c.Purpose)
	if err != nil {
		t.Fatal(err)
	}
	bases := policy.Of(append(c.Bases, policy.Caller)...)
	if got := len(bases.List()); got != len(c.Bases)+1 {
		t.Fatalf("a basis of %v is unknown or doubled", c.Bases)
	}
	if found := v.Scope().Form(bases) == policy.Full; found != c.Found {
		t.Errorf("found: want %v, got %v", c.Found, found)
	}
	want, got := c.expected(t, p), map[string]string{}
	for _, name := range p.Groups() {
		if f := v.GroupCell(name).Form(bases); f != policy.Withheld {
			got[name] = f.String()
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("shown (-want +got):\n%s", diff)
	}
	c.checkCoordinates(t, p, v, bases)
	c.checkReasons(t, v, bases)
}

// expected spells out every group that must be shown.
func (c worked) expected(t *testing.T, p *policy.Policy) map[string]string {
	t.Helper()
	want := map[string]string{}
	add := func(form policy.Form, list []string) {
		for _, name := range list {
			within := p.Within(name)
			if within == nil {
				t.Fatalf("%q is no group", name)
			}
			for _, g := range within {
				want[g] = form.String()
			}
		}
	}
	add(policy.Masked, c.Masked)
	add(policy.Revealable, c.Revealable)
	add(policy.Full, c.Full)
	add(policy.Full, common())
	for _, name := range c.Never {
		if want[name] != "" {
			t.Errorf("%s stands under never and is expected as %s", name, want[name])
		}
	}
	return want
}

// checkCoordinates demands that a coordinate is shown as its group is.
func (c worked) checkCoordinates(t *testing.T, p *policy.Policy, v *policy.View, bases policy.Bases) {
	t.Helper()
	for _, name := range p.Coordinates() {
		want, got := v.GroupCell(p.Group(name)).Form(bases), v.Cell(name).Form(bases)
		if want != got {
			t.Errorf("%s: group %s, coordinate %s", name, want, got)
		}
	}
}

func (c worked) checkReasons(t *testing.T, v *policy.View, bases policy.Bases) {
	t.Helper()
	for group, want := range c.Reasons {
		r := v.GroupReason(group, bases)
		got := string(r.Code)
		if r.Silent {
			got = "SILENT" + got
		}
		if got != want {
			t.Errorf("reason of %s: want %s, got %s", group, want, got)
		}
	}
}
