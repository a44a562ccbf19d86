package policy

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

//go:embed testdata/cases/*.yaml
var workedCases embed.FS

// Case is one worked case: who asks on which bases, and all that must be shown.
// Silence means withheld.
type Case struct {
	// File is the file that the case stands in, without its ending.
	File    string  `yaml:"-"`
	Name    string  `yaml:"name"`
	Role    Role    `yaml:"role"`
	Purpose Purpose `yaml:"purpose"`
	// Bases hold beside "caller", which always does.
	Bases []Basis `yaml:"bases"`
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

// Cases are the worked cases built in.
func Cases() ([]Case, error) {
	dir, err := fs.Sub(workedCases, "testdata/cases")
	if err != nil {
		return nil, err
	}
	return ReadCases(dir)
}

// ReadCases reads the *.yaml files of a directory.
func ReadCases(fsys fs.FS) ([]Case, error) {
	names, err := fs.Glob(fsys, "*.yaml")
	if err != nil || len(names) == 0 {
		return nil, errors.Join(errors.New("no worked cases"), err)
	}
	var out []Case
	for _, name := range names {
		raw, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, err
		}
		d := yaml.NewDecoder(bytes.NewReader(raw))
		d.KnownFields(true)
		var list []Case
		if err := d.Decode(&list); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		for i := range list {
			list[i].File = strings.TrimSuffix(path.Base(name), ".yaml")
		}
		out = append(out, list...)
	}
	return out, nil
}

// common is what every caller sees whatever the child.
func common() []string {
	return []string{"open.conflict", "open.directory", "open.myReview", "open.task", "open.ticket", "J.policy", "root.conflict", "root.directory", "root.myReview", "root.policy", "root.task", "root.ticket"}
}

// Check holds a policy against the case and lists what it answers otherwise.
func (c *Case) Check(p *Policy) []string {
	v, err := p.View(c.Role, c.Purpose)
	if err != nil {
		return []string{fmt.Sprintf("%s for %s: %v", c.Role, c.Purpose, err)}
	}
	var wrong []string
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	bases := Of(append(c.Bases, Caller)...)
	if got := len(bases.List()); got != len(c.Bases)+1 {
		say("a basis of %v is unknown or doubled", c.Bases)
	}
	if found := v.Scope().Form(bases) == Full; found != c.Found {
		say("found: want %v, got %v", c.Found, found)
	}
	want := c.expected(p, say)
	for _, group := range p.Groups() {
		if form := v.GroupCell(group).Form(bases); form != want[group] {
			say("%s: want %s, got %s", group, want[group], form)
		}
	}
	for _, name := range p.Coordinates() {
		if of, own := v.GroupCell(p.Group(name)).Form(bases), v.Cell(name).Form(bases); of != own {
			say("%s: group %s, coordinate %s", name, of, own)
		}
	}
	c.checkReasons(v, bases, say)
	return wrong
}

// expected spells out every group that must be shown.
func (c *Case) expected(p *Policy, say func(string, ...any)) map[string]Form {
	want := map[string]Form{}
	for _, part := range []struct {
		form Form
		list []string
	}{{Masked, c.Masked}, {Revealable, c.Revealable}, {Full, c.Full}, {Full, common()}} {
		for _, name := range part.list {
			within := p.Within(name)
			if within == nil {
				say("%q is no group", name)
			}
			for _, g := range within {
				want[g] = part.form
			}
		}
	}
	for _, name := range c.Never {
		if want[name] != Withheld {
			say("%s stands under never and is expected as %s", name, want[name])
		}
	}
	return want
}

func (c *Case) checkReasons(v *View, bases Bases, say func(string, ...any)) {
	for _, group := range slices.Sorted(maps.Keys(c.Reasons)) {
		r := v.GroupReason(group, bases)
		got := string(r.Code)
		if r.Silent {
			got = "SILENT" + got
		}
		if want := c.Reasons[group]; got != want {
			say("reason of %s: want %s, got %s", group, want, got)
		}
	}
}
