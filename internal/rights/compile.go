package rights

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
)

// access is one access to the child, as the log has it.
type access struct {
	Day                   time.Time
	Agency, Role, Purpose string
	// Groups are those of the coordinates that were shown; empty where nothing but
	// the existence of the file was.
	Groups []string
	// UnderMatter: whoever looked did so in a protected matter.
	UnderMatter bool
	// OfAnother: the work was about somebody else.
	OfAnother bool
}

// Scene is what decides what is told, and to whom.
type Scene struct {
	// Matter: a protected matter of the child is live.
	Matter bool
	// Relief: every relief application is the requester's or the child's own.
	Relief bool
}

// Line is one line of an answer. It names no person and no other child.
type Line struct {
	Day                   time.Time
	Agency, Role, Purpose string
	// Fields are codes of groups, in the order of the matrix.
	Fields []string
}

// key orders lines: newest first, then by who and why.
func (l Line) compare(o Line) int {
	return cmp.Or(o.Day.Compare(l.Day), cmp.Compare(l.Agency, o.Agency), cmp.Compare(l.Role, o.Role), cmp.Compare(l.Purpose, o.Purpose))
}

// existence stands for an access that showed no field.
const existence = "A.ref"

// compile makes the lines of an answer, and counts the accesses that have to wait.
func compile(list []access, s Scene, known map[string]group) (lines []Line, waiting int) {
	fields := map[string]map[string]bool{}
	heads := map[string]Line{}
	for _, a := range list {
		told, waits := a.told(s, known)
		if waits {
			waiting++
		}
		if len(told) == 0 {
			continue
		}
		key := strings.Join([]string{a.Day.Format(time.DateOnly), a.Agency, a.Role, a.Purpose}, "\x00")
		if fields[key] == nil {
			fields[key] = map[string]bool{}
			heads[key] = Line{Day: a.Day, Agency: a.Agency, Role: a.Role, Purpose: a.Purpose}
		}
		for _, g := range told {
			fields[key][g] = true
		}
	}
	for key, line := range heads {
		line.Fields = slices.Sorted(maps.Keys(fields[key]))
		lines = append(lines, line)
	}
	slices.SortFunc(lines, Line.compare)
	return lines, waiting
}

// told are the groups that are told of an access; none where it is not told at all.
// It waits where it will be told once no matter is live.
func (a access) told(s Scene, known map[string]group) (told []string, waits bool) {
	if a.OfAnother || a.Purpose == "TEMP_RELIEF" && !s.Relief {
		return nil, false
	}
	under := a.UnderMatter
	for _, g := range a.Groups {
		if known[g].kind == protected {
			under = true
		}
		if known[g].told(s) {
			told = append(told, g)
		}
	}
	if len(a.Groups) == 0 {
		told = []string{existence}
	}
	if s.Matter && under {
		return nil, len(told) > 0
	}
	return told, false
}
