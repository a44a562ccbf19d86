package policy

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

//go:embed model.conf *.csv lines/*.csv
var files embed.FS

// ErrNotPermitted says that the role may not act for the purpose, or that one
// of them does not exist. Ask for a purpose of the role.
var ErrNotPermitted = errors.New("role may not act for this purpose")

// Pair is a role acting for a purpose.
type Pair struct {
	Role    Role
	Purpose Purpose
}

// Policy is one version of the rules, compiled and immutable; any number of
// goroutines may use it.
type Policy struct {
	version  string
	src      *source
	enforcer *enforcer
	groupOf  map[string]string
	groups   *groups
	links    linkage
	views    map[Pair]*View
	pairs    []Pair
	// matched are the places in src.lines of what could match a role and purpose.
	matched map[Pair][]int
}

// Load compiles the policy built into the binary.
func Load() (*Policy, error) { return Open(files) }

// Open compiles the policy of a file tree. Anything missing, empty, malformed,
// unknown or circular is an error: there is no half-loaded policy.
func Open(fsys fs.FS) (*Policy, error) {
	src, err := readSource(fsys)
	if err != nil {
		return nil, fmt.Errorf("open policy: %w", err)
	}
	if err := src.complete(); err != nil {
		return nil, fmt.Errorf("open policy: %w", err)
	}
	return compileSource(src, version(src, len(basisList)))
}

// Reopen compiles a version that was in force, to decide again what it decided; it
// is never served. It may lack purposes and bases that came later, and must be the
// text of its version.
func Reopen(fsys fs.FS, name string) (*Policy, error) {
	src, err := readSource(fsys)
	if err != nil {
		return nil, fmt.Errorf("reopen policy: %w", err)
	}
	for bases := len(basisList); bases > 0; bases-- {
		if version(src, bases) == name {
			return compileSource(src, name)
		}
	}
	return nil, fmt.Errorf("reopen policy: the text is not that of %s", name)
}

func compileSource(src *source, name string) (*Policy, error) {
	if err := src.check(); err != nil {
		return nil, fmt.Errorf("open policy: %w", err)
	}
	e, err := newEnforcer(src, src.lines)
	if err != nil {
		return nil, fmt.Errorf("open policy: %w", err)
	}
	p := &Policy{version: name, src: src, enforcer: e, groupOf: map[string]string{}}
	for _, l := range src.groups {
		p.groupOf[l.from] = l.to
	}
	if err := p.compile(); err != nil {
		return nil, fmt.Errorf("open policy: %w", err)
	}
	return p, nil
}

// version names the text of the rules without comments, layout and order, and the
// first bases there are: later ones are appended.
func version(s *source, bases int) string {
	var text []string
	for _, part := range s.parts() {
		text = append(text, part...)
	}
	for _, l := range s.lines {
		text = append(text, strings.Join(l.rule(), ","))
	}
	for i, b := range AllBases()[:bases] {
		text = append(text, fmt.Sprintf("basis,%d,%s", i, b))
	}
	slices.Sort(text)
	sum := sha256.Sum256([]byte(strings.Join(text, "\n")))
	return "sha256:" + hex.EncodeToString(sum[:6])
}

// parts are the rules beside the lines, by file, without comments and order.
func (s *source) parts() map[string][]string {
	out := map[string][]string{modelFile: {s.model}}
	for _, part := range [][]link{s.groups, s.nesting, s.bases, s.roles} {
		for _, l := range part {
			out[l.file] = append(out[l.file], l.file+","+l.from+","+l.to)
		}
	}
	for _, p := range s.purposes {
		out[purposesFile] = append(out[purposesFile], fmt.Sprintf("%s,%+v", purposesFile, p))
	}
	for _, list := range out {
		slices.Sort(list)
	}
	return out
}

// Version names this version of the rules, "sha256:" and twelve hex digits.
func (p *Policy) Version() string { return p.version }

// View is what one role sees for one purpose. It returns ErrNotPermitted when
// the role may not act for it.
func (p *Policy) View(role Role, purpose Purpose) (*View, error) {
	v, ok := p.views[Pair{role, purpose}]
	if !ok {
		return nil, ErrNotPermitted
	}
	shared := *v
	return &shared, nil
}

// Pairs lists who may act for what, in the order of purposes.csv.
func (p *Policy) Pairs() []Pair { return slices.Clone(p.pairs) }

// Purposes lists the purposes with statute, roles, ticket and life.
func (p *Policy) Purposes() []PurposeInfo {
	out := slices.Clone(p.src.purposes)
	for i := range out {
		out[i].Roles = slices.Clone(out[i].Roles)
	}
	return out
}

// Purpose describes one purpose; false when there is none of that name.
func (p *Policy) Purpose(code Purpose) (PurposeInfo, bool) {
	for _, info := range p.src.purposes {
		if info.Code == code {
			info.Roles = slices.Clone(info.Roles)
			return info, true
		}
	}
	return PurposeInfo{}, false
}

// Group is the group of the matrix that a coordinate belongs to; empty when
// the coordinate is not classified, and then nobody sees it.
func (p *Policy) Group(coordinate string) string { return p.groupOf[coordinate] }

// Coordinates lists every classified coordinate, sorted.
func (p *Policy) Coordinates() []string {
	out := make([]string, 0, len(p.groupOf))
	for c := range p.groupOf {
		out = append(out, c)
	}
	slices.Sort(out)
	return out
}

// Groups lists the groups of the matrix in its order, without the three that
// hold them all (child, open, root).
func (p *Policy) Groups() []string {
	return slices.DeleteFunc(p.src.groupNames(), func(g string) bool { return g == "child" || g == "open" || g == "root" })
}

// Within lists a group and the coarser steps inside it; nil for no group.
func (p *Policy) Within(group string) []string {
	if p.links.above[group] == nil {
		return nil
	}
	return append([]string{group}, p.links.inside[group]...)
}

// Lines lists the policy lines in file order.
func (p *Policy) Lines() []Line { return slices.Clone(p.src.lines) }

// Decide asks Casbin itself, not the compiled table. It is slow and takes
// turns: for self-tests and explanations, never for a request's fields.
func (p *Policy) Decide(pair Pair, bases Bases, coordinate string) (Form, error) {
	return p.enforcer.form(pair, bases.String(), coordinate)
}
