package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Turn says what a change does to a cell of the matrix.
type Turn string

// The turns.
const (
	// Opens: withheld before, shown now.
	Opens Turn = "OPENS"
	// Closes: shown before, withheld now.
	Closes Turn = "CLOSES"
	// Alters: shown before and now, in another form.
	Alters Turn = "ALTERS"
	// Denies: the basis withholds now, whatever else holds.
	Denies Turn = "DENIES"
	// Relents: the basis withholds no more.
	Relents Turn = "RELENTS"
)

// Difference is what changes for one role and purpose on some bases, for all
// coordinates of a group to which the same happens.
type Difference struct {
	Pair
	Group       string
	Coordinates []string
	Bases       Bases
	Turn        Turn
	// Before and After are the forms; both Withheld where a denial changes.
	Before, After Form
}

// String is the difference on one line, for people.
func (d Difference) String() string {
	form := ""
	if d.Turn == Opens || d.Turn == Closes || d.Turn == Alters {
		form = " " + d.Before.String() + " -> " + d.After.String()
	}
	return fmt.Sprintf("%-7s %s %s %s on %s:%s = %s", d.Turn, d.Role, d.Purpose, d.Group, basisNames(d.Bases), form, strings.Join(d.Coordinates, " "))
}

// Diff lists every cell of the matrix that differs between two policies, by role,
// purpose, group and turn.
func Diff(from, to *Policy) []Difference {
	var out []Difference
	coordinates := append(from.Coordinates(), to.Coordinates()...)
	slices.Sort(coordinates)
	coordinates = slices.Compact(coordinates)
	for _, pair := range bothPairs(from, to) {
		at := map[string]int{}
		for _, coordinate := range coordinates {
			for _, d := range turns(from.cell(pair, coordinate), to.cell(pair, coordinate)) {
				d.Pair, d.Group = pair, cmp.Or(to.Group(coordinate), from.Group(coordinate))
				key := fmt.Sprint(d.Group, d.Bases, d.Turn, d.Before, d.After)
				i, known := at[key]
				if !known {
					i = len(out)
					at[key] = i
					out = append(out, d)
				}
				out[i].Coordinates = append(out[i].Coordinates, coordinate)
			}
		}
	}
	return out
}

// bothPairs are the pairs of either policy, those of the newer one first.
func bothPairs(from, to *Policy) []Pair {
	pairs := to.Pairs()
	for _, pair := range from.Pairs() {
		if !slices.Contains(pairs, pair) {
			pairs = append(pairs, pair)
		}
	}
	return pairs
}

// cell is the empty one where the role may not act for the purpose.
func (p *Policy) cell(pair Pair, coordinate string) Cell {
	if v := p.views[pair]; v != nil {
		return v.Cell(coordinate)
	}
	return Cell{}
}

// turns compares two cells basis by basis, bases with the same turn together.
func turns(before, after Cell) []Difference {
	if before == after || before.any()|after.any() == 0 { // or never open: what withholds it changes nothing
		return nil
	}
	var out []Difference
	for _, b := range (before.any() | before.Deny | after.any() | after.Deny).List() {
		d := Difference{Bases: b.Bit(), Before: before.Form(b.Bit()), After: after.Form(b.Bit())}
		switch denied, denies := b.Bit()&before.Deny != 0, b.Bit()&after.Deny != 0; {
		case !denied && denies:
			d.Turn, d.Before, d.After = Denies, Withheld, Withheld
		case denied && !denies:
			d.Turn, d.Before, d.After = Relents, Withheld, Withheld
		case d.Before == d.After:
			continue
		case d.Before == Withheld:
			d.Turn = Opens
		case d.After == Withheld:
			d.Turn = Closes
		default:
			d.Turn = Alters
		}
		same := func(o Difference) bool { return o.Turn == d.Turn && o.Before == d.Before && o.After == d.After }
		if i := slices.IndexFunc(out, same); i >= 0 {
			out[i].Bases |= d.Bases
		} else {
			out = append(out, d)
		}
	}
	return out
}
