package rights

import (
	_ "embed"
	"fmt"
	"strings"
)

// groupsFile says of every group of the matrix whether and how it is told.
//
//go:embed groups.csv
var groupsFile string

// Kinds of groups; see groups.csv.
const (
	shown     = "SHOWN"
	other     = "OTHER"
	relief    = "RELIEF"
	protected = "PROTECTED"
	never     = "NEVER"
)

// Text is a label in both languages.
type Text struct{ ZH, EN string }

// group is one group of fields.
type group struct {
	kind string
	Text
}

// told reports whether a group may be told at all, now or once no matter is live.
func (g group) told(s Scene) bool {
	switch g.kind {
	case protected, shown:
		return true
	case relief:
		return s.Relief
	default: // about somebody else, no part of an answer, or not known here
		return false
	}
}

// Told is a group that may be told of; a protected one waits while a matter is live.
type Told struct {
	Text

	Protected bool
}

// Groups are those that may be told of, now or once no matter is live, by code; of what is
// about somebody else nothing is ever told.
func (s Scene) Groups() (map[string]Told, error) {
	known, err := groups()
	out := map[string]Told{}
	for code, g := range known {
		if g.told(s) {
			out[code] = Told{g.Text, g.kind == protected}
		}
	}
	return out, err
}

// groups reads the list.
func groups() (map[string]group, error) {
	out := map[string]group{}
	for line := range strings.Lines(groupsFile) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		f := strings.SplitN(line, ", ", 4)
		if len(f) != 4 || f[2] == "" || f[3] == "" {
			return nil, fmt.Errorf("groups of the rights desk: %q is not group, kind, label, label", line)
		}
		switch f[1] {
		case shown, other, relief, protected, never:
		default:
			return nil, fmt.Errorf("groups of the rights desk: %s has the unknown kind %s", f[0], f[1])
		}
		if _, twice := out[f[0]]; twice {
			return nil, fmt.Errorf("groups of the rights desk: %s stands twice", f[0])
		}
		out[f[0]] = group{f[1], Text{f[2], f[3]}}
	}
	return out, nil
}
