package policy

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"sort"
	"strings"
)

// The files of a policy, beside lines/*.csv.
const (
	modelFile    = "model.conf"
	groupsFile   = "groups.csv"
	nestingFile  = "nesting.csv"
	basesFile    = "bases.csv"
	rolesFile    = "roles.csv"
	labelsFile   = "labels.csv"
	purposesFile = "purposes.csv"
	linesGlob    = "lines/*.csv"
)

// Line is one policy line as a privacy officer wrote it.
type Line struct {
	// Role is a role or a role that others inherit ("everyone").
	Role    Role
	Purpose Purpose
	Basis   Basis
	// Group is a group of the matrix ("A.name", "A.address:village").
	Group string
	// Form is a form, or "ANY" in a deny line.
	Form string
	// Effect is "allow" or "deny".
	Effect string
	// Ground is the statute or rule that justifies the line.
	Ground string
	// File and Number say where the line stands.
	File   string
	Number int
}

// rule is the line as Casbin takes it.
func (l Line) rule() []string {
	return []string{string(l.Role), string(l.Purpose), string(l.Basis), l.Group, l.Form, l.Effect, l.Ground}
}

// key tells two lines apart without their ground.
func (l Line) key() string {
	return strings.Join(l.rule()[:6], ",")
}

// link is one line of g, g2 or g3: the left one is inside the right one.
type link struct {
	from, to string
	file     string
	number   int
}

// source is a policy as read, before it is checked.
type source struct {
	model    string
	groups   []link // coordinate -> group
	nesting  []link // group -> wider group
	bases    []link // basis -> implied basis
	roles    []link // role -> inherited role
	purposes []PurposeInfo
	lines    []Line
	labels   map[string]string // group or ":step" -> Chinese label
}

// record is one line of a CSV file with its place.
type record struct {
	fields []string
	file   string
	number int
}

func (r record) fault(format string, args ...any) error {
	return fmt.Errorf("%s:%d: %s", r.file, r.number, fmt.Sprintf(format, args...))
}

// readSource reads every file of the policy; a missing one is an error.
func readSource(fsys fs.FS) (*source, error) {
	model, err := fs.ReadFile(fsys, modelFile)
	if err != nil {
		return nil, fmt.Errorf("read model: %w", err)
	}
	s := &source{model: string(model)}
	for _, part := range []struct {
		file, ptype string
		into        *[]link
	}{
		{groupsFile, "g2", &s.groups},
		{nestingFile, "g2", &s.nesting},
		{basesFile, "g3", &s.bases},
		{rolesFile, "g", &s.roles},
	} {
		if *part.into, err = readLinks(fsys, part.file, part.ptype); err != nil {
			return nil, err
		}
	}
	if s.purposes, err = readPurposes(fsys); err != nil {
		return nil, err
	}
	if s.lines, err = readLines(fsys); err != nil {
		return nil, err
	}
	if s.labels, err = readLabels(fsys); err != nil {
		return nil, err
	}
	return s, nil
}

func readLabels(fsys fs.FS) (map[string]string, error) {
	records, err := readRecords(fsys, labelsFile, 2)
	if err != nil {
		return nil, err
	}
	out := make(map[string]string, len(records))
	for _, r := range records {
		if out[r.fields[0]] != "" || r.fields[1] == "" {
			return nil, r.fault("label of %q is empty or stands twice", r.fields[0])
		}
		out[r.fields[0]] = r.fields[1]
	}
	return out, nil
}

// readRecords reads a CSV file strictly: the given number of fields in every
// line, "#" comments, no quotes and no stray spaces.
func readRecords(fsys fs.FS, file string, fields int) ([]record, error) {
	raw, err := fs.ReadFile(fsys, file)
	if err != nil {
		return nil, fmt.Errorf("read policy: %w", err)
	}
	r := csv.NewReader(bytes.NewReader(raw))
	r.Comment = '#'
	r.TrimLeadingSpace = true
	r.FieldsPerRecord = fields
	var out []record
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		number, _ := r.FieldPos(0)
		rec := record{fields: row, file: file, number: number}
		for _, f := range row {
			if f != strings.TrimSpace(f) || strings.ContainsAny(f, "\"\r\n\x00") {
				return nil, rec.fault("field %q holds a space, quote or line break", f)
			}
		}
		out = append(out, rec)
	}
}

func readLinks(fsys fs.FS, file, ptype string) ([]link, error) {
	records, err := readRecords(fsys, file, 3)
	if err != nil {
		return nil, err
	}
	if len(records) == 0 {
		return nil, fmt.Errorf("%s: empty", file)
	}
	out := make([]link, 0, len(records))
	for _, r := range records {
		if r.fields[0] != ptype {
			return nil, r.fault("want %s, got %q", ptype, r.fields[0])
		}
		out = append(out, link{r.fields[1], r.fields[2], r.file, r.number})
	}
	return out, nil
}

func readLines(fsys fs.FS) ([]Line, error) {
	files, err := fs.Glob(fsys, linesGlob)
	if err != nil {
		return nil, fmt.Errorf("list lines: %w", err)
	}
	sort.Strings(files)
	var out []Line
	for _, file := range files {
		records, err := readRecords(fsys, file, 8)
		if err != nil {
			return nil, err
		}
		for _, r := range records {
			l, err := parseLine(r)
			if err != nil {
				return nil, err
			}
			out = append(out, l)
		}
	}
	if len(out) == 0 {
		return nil, errors.New("policy has no lines")
	}
	return out, nil
}

// parseLine reads one line. Lines of a role stand in the file of that role, so
// that a reviewer sees in the list of changed files whose rights change.
func parseLine(r record) (Line, error) {
	if r.fields[0] != "p" {
		return Line{}, r.fault("want p, got %q", r.fields[0])
	}
	l := Line{
		Role: Role(r.fields[1]), Purpose: Purpose(r.fields[2]), Basis: Basis(r.fields[3]),
		Group: r.fields[4], Form: r.fields[5], Effect: r.fields[6], Ground: r.fields[7],
		File: r.file, Number: r.number,
	}
	owner := strings.TrimSuffix(path.Base(r.file), ".csv")
	if l.Effect == effectAllow && owner != string(l.Role) {
		return Line{}, r.fault("an allow line of %s stands in the file of %s", l.Role, owner)
	}
	return l, nil
}
