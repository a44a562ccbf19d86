package page

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/tongxin-hub/tongxin/internal/console/fact"
	"github.com/tongxin-hub/tongxin/internal/console/form"
	"github.com/tongxin-hub/tongxin/internal/console/session"
	"github.com/tongxin-hub/tongxin/policy"
)

// View is what a template sees.
type View struct {
	site    *Site
	Lang    string
	Session *session.Session
	Hat     Hat
	Demo    bool
	// Drafts is the key of the person's drafts.
	Drafts string
	// Path is the page itself, to come back to after a change of language.
	Path string
	// About is the handle of the child that the page is about, for the report of harm.
	About string
	// Disputes says that facts of the page can be disputed where they stand.
	Disputes bool
	// Moves is where the forms of moves go.
	Moves string
	// Reveals is the handle under which masked values of the page are revealed, empty
	// where none are; Reasons are the controls of the reason.
	Reveals string
	Reasons []form.Field
	Page    string
	// Done is the key of the sentence about what was just done; Entry its record.
	Done, Entry string
	Body        any
	// named puts the names into the page that were promised by Later.
	named func(page []byte) []byte
}

// Speaker names things in the visitor's language, outside a template.
func (v *Visit) Speaker() *View { return &View{site: v.Site, Lang: v.Lang} }

// At is the page with the forms of moves going elsewhere: one of several records.
func (p *View) At(moves string) *View {
	one := *p
	one.Moves = moves
	return &one
}

// T is a sentence in the page's language.
func (p *View) T(key string, pairs ...any) (string, error) {
	return p.site.Words.Say(p.Lang, key, pairs...)
}

// Value names a value of an enum of the schema.
func (p *View) Value(enum string, value any) string {
	v := reflect.ValueOf(value)
	if v.Kind() == reflect.Pointer && v.IsNil() {
		return ""
	}
	return p.site.Lexicon.Value(p.Lang, enum, fmt.Sprint(reflect.Indirect(v)))
}

// Label names a coordinate of the schema.
func (p *View) Label(coordinate string) string { return p.site.Lexicon.Coordinate(p.Lang, coordinate) }

// Called names a coordinate whose codes are called by their names.
func (p *View) Called(coordinate string) string { return p.site.Lexicon.Called(p.Lang, coordinate) }

// Purpose names a purpose.
func (p *View) Purpose(code string) string {
	for _, info := range p.site.Purposes {
		if string(info.Code) == code {
			return Pick(p.Lang, info.Name.ZH, info.Name.EN)
		}
	}
	return code
}

// Role names a role.
func (p *View) Role(code string) string {
	for _, info := range policy.Roles() {
		if string(info.Code) == code {
			return Pick(p.Lang, info.Name.ZH, info.Name.EN)
		}
	}
	return code
}

// Lead is an entry of the navigation, as a template sees it.
type Lead struct {
	Path, Key string
	Current   bool
}

// Leads are where the visitor may go from here.
func (p *View) Leads() []Lead {
	var out []Lead
	for _, n := range p.site.nav {
		if n.For == nil || n.For(p.Hat) {
			out = append(out, Lead{n.Path, n.Key, slices.Contains(n.Pages, p.Page)})
		}
	}
	return out
}

// Task names a kind of thing to do.
func (p *View) Task(code string) string {
	if text, known := p.site.Tasks[code]; known {
		return Pick(p.Lang, text.ZH, text.EN)
	}
	return code
}

// Moment and Day write times of the schema.
func (p *View) Moment(text *string) string {
	if text == nil {
		return ""
	}
	return fact.Moment(p.Lang, *text)
}

// Day writes a date of the schema.
func (p *View) Day(text *string) string {
	if text == nil {
		return ""
	}
	return fact.Day(p.Lang, *text)
}
