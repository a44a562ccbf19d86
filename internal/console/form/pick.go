package form

import (
	"slices"
	"strings"
)

// Look is the name of the button of a form that looks for what can be chosen; its value
// is the control that it looks for. Nothing is sent to the hub then but the search.
const Look = "look"

// Pick is a control whose value is found before it is chosen.
const Pick = "pick"

// Finder is how the values of a control are found.
type Finder struct {
	// Narrow are controls that say where to look.
	Narrow []Field
	// Looked says that somebody has; More that there is more than is shown.
	Looked, More bool
	// Many lets several be chosen.
	Many bool
}

// Narrowing is the name of a control that narrows another one down.
func Narrowing(control, by string) string { return "find." + control + "." + by }

// Named are the controls that a member names; "a.*.b" is b in every row of a.
func (f *Form) Named(member string) []*Field {
	var out []*Field
	for i := range f.Fields {
		if names(member, f.Fields[i].Name) {
			out = append(out, &f.Fields[i])
		}
	}
	return out
}

func names(member, control string) bool {
	head, tail, rows := strings.Cut(member, "*")
	if !rows {
		return member == control
	}
	return strings.HasPrefix(control, head) && strings.HasSuffix(control, tail) && len(control) > len(head)+len(tail)
}

// Choose lets the control be chosen from options instead of typed; it is false where it
// is none that is typed.
func (f *Field) Choose(options []Option) bool {
	switch f.Kind {
	case Staff:
		f.Kind = Many
	case Line:
		f.Kind = One
	default:
		return false
	}
	f.Options = f.chosen(options)
	return true
}

// Find lets the control be found and chosen.
func (f *Field) Find(finder Finder, options []Option) {
	finder.Many = f.Kind == Staff
	f.Kind, f.Finder = Pick, &finder
	f.Options = f.chosen(options)
}

// chosen marks what was chosen before.
func (f *Field) chosen(options []Option) []Option {
	out := slices.Clone(options)
	for i := range out {
		out[i].Chosen = slices.Contains(f.Values, out[i].Value)
	}
	return out
}

// What a page spends on a form, on a control and on a choice, besides their words.
const (
	bare    = 1 << 10
	control = 190
	choice  = 60
)

// Weight is about how many bytes of a page the form takes.
func (f Form) Weight() int {
	sum := bare
	for _, c := range f.Fields {
		sum += c.weight()
	}
	return sum
}

func (f Field) weight() int {
	sum := control + 2*len(f.Name) + len(f.Label)
	for _, v := range f.Values {
		sum += len(v)
	}
	for _, o := range f.Options {
		sum += choice + len(o.Value) + len(o.Label)
	}
	if f.Finder != nil {
		for _, n := range f.Finder.Narrow {
			sum += n.weight()
		}
	}
	return sum
}
