package policy

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Change is what somebody proposes to do to a policy: lines that go and lines
// that come. Another form or ground of a line is both.
type Change struct{ Remove, Add []Line }

// MaxChange bounds the lines of one change: what nobody can read through is not
// approved but waved through.
const MaxChange = 200

// ParseLine reads one policy line as it stands in lines/*.csv.
func ParseLine(text string) (Line, error) {
	text = strings.TrimSpace(text)
	if strings.ContainsAny(text, "\r\n") {
		return Line{}, errors.New("a policy line is one line")
	}
	records, err := readRecords(Tree{"line": text}, "line", 8)
	if err != nil {
		return Line{}, err
	}
	if len(records) != 1 {
		return Line{}, errors.New("this is no policy line")
	}
	records[0].file = fileOf(Role(records[0].fields[1]))
	return parseLine(records[0])
}

// ParseChange reads the lines of a change.
func ParseChange(remove, add []string) (Change, error) {
	var c Change
	if n := len(remove) + len(add); n == 0 || n > MaxChange {
		return c, fmt.Errorf("a change has 1 to %d lines, not %d", MaxChange, n)
	}
	for _, part := range []struct {
		texts []string
		into  *[]Line
	}{{remove, &c.Remove}, {add, &c.Add}} {
		for _, text := range part.texts {
			l, err := ParseLine(text)
			if err != nil {
				return c, fmt.Errorf("%.200q: %w", text, err)
			}
			*part.into = append(*part.into, l)
		}
	}
	return c, nil
}

// Text is the line as it stands in its file.
func (l Line) Text() string { return "p, " + strings.Join(l.rule(), ", ") }

// fileOf is where a line of a role is put: what is withheld from everybody stands
// together.
func fileOf(r Role) string {
	if string(r) == strings.ToLower(string(r)) {
		return "lines/everyone.csv"
	}
	return "lines/" + string(r) + ".csv"
}

// Apply is the text with the change: every other line, remark and file stays as it
// is. A line that goes must be there, one that comes must not.
func (c Change) Apply(t Tree) (Tree, error) {
	out := maps.Clone(t)
	for _, l := range c.Remove {
		if err := out.remove(l); err != nil {
			return nil, err
		}
	}
	for _, l := range c.Add {
		if file, _ := out.find(l.key()); file != "" {
			return nil, fmt.Errorf("%s: the line stands in %s already", l.Text(), file)
		}
		file := fileOf(l.Role)
		if text := out[file]; text != "" && !strings.HasSuffix(text, "\n") {
			out[file] = text + "\n"
		}
		out[file] += l.Text() + "\n"
	}
	return out, nil
}

func (t Tree) remove(l Line) error {
	file, number := t.find(l.key())
	if file == "" {
		return fmt.Errorf("%s: there is no such line", l.Text())
	}
	lines := strings.Split(t[file], "\n")
	t[file] = strings.Join(slices.Delete(lines, number, number+1), "\n")
	return nil
}

// find is where the line of a key stands: the file and the number from 0.
func (t Tree) find(key string) (file string, number int) {
	names, _ := t.Glob(linesGlob) // a constant pattern: cannot fail
	for _, name := range names {
		for i, text := range strings.Split(t[name], "\n") {
			if l, err := lineIn(text); err == nil && l.key() == key {
				return name, i
			}
		}
	}
	return "", 0
}

// lineIn reads a line whatever file it stands in.
func lineIn(text string) (Line, error) {
	records, err := readRecords(Tree{"line": text}, "line", 8)
	if err != nil || len(records) != 1 || records[0].fields[0] != "p" {
		return Line{}, errors.New("no policy line")
	}
	f := records[0].fields
	return Line{
		Role: Role(f[1]), Purpose: Purpose(f[2]), Basis: Basis(f[3]),
		Group: f[4], Form: f[5], Effect: f[6], Ground: f[7],
	}, nil
}

// Between is the change of lines that leads from one policy to another, and the
// other files that differ: those come with the program and are not proposed.
func Between(from, to *Policy) (c Change, others []string) {
	before, after := byRule(from), byRule(to)
	for _, l := range from.Lines() {
		if _, kept := after[l.Text()]; !kept {
			c.Remove = append(c.Remove, l)
		}
	}
	for _, l := range to.Lines() {
		if _, was := before[l.Text()]; !was {
			c.Add = append(c.Add, l)
		}
	}
	parts, now := from.src.parts(), to.src.parts()
	for _, file := range slices.Sorted(maps.Keys(parts)) {
		if !slices.Equal(parts[file], now[file]) {
			others = append(others, file)
		}
	}
	return c, others
}

func byRule(p *Policy) map[string]bool {
	out := map[string]bool{}
	for _, l := range p.src.lines {
		out[l.Text()] = true
	}
	return out
}
