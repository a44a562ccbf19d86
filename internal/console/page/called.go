package page

import (
	"encoding/json"
	"html"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/tongxin-hub/tongxin/internal/console/form"
	"github.com/tongxin-hub/tongxin/internal/console/lexicon"
	"github.com/tongxin-hub/tongxin/internal/console/operations"
)

// codes are those of one kind that a page has met: named ones, and those to be asked for.
type codes struct {
	named  map[string]string
	wanted map[string]bool
}

// Expect notes codes that a page will call by their names, so that all of a kind are
// asked for at once.
func (v *Visit) Expect(kind lexicon.Kind, list ...string) {
	if kind == lexicon.Plain {
		return
	}
	if v.met == nil {
		v.met = map[lexicon.Kind]*codes{}
	}
	if v.met[kind] == nil {
		v.met[kind] = &codes{map[string]string{}, map[string]bool{}}
	}
	for _, code := range list {
		if _, known := v.met[kind].named[code]; !known && code != "" {
			v.met[kind].wanted[code] = true
		}
	}
}

// Called is what people call a code: somebody by the name, where the post may read it, and
// by the post otherwise; an agency or a place by its name. What has none is called by its
// code.
func (v *Visit) Called(kind lexicon.Kind, code string) string {
	v.Expect(kind, code)
	if kind == lexicon.Plain || code == "" {
		return code
	}
	met := v.met[kind]
	if len(met.wanted) > 0 {
		wanted := slices.Sorted(maps.Keys(met.wanted))
		clear(met.wanted)
		for _, one := range wanted {
			met.named[one] = one
		}
		for some := range slices.Chunk(wanted, 100) {
			if err := v.names(kind, some, met.named); err != nil {
				v.Site.Warn(v.Context(), err) // the codes are there
			}
		}
	}
	return met.named[code]
}

// Later is the name of a code as it will stand on the page: all of a page are asked for at
// once, when everything that it shows is known.
func (v *Visit) Later(kind lexicon.Kind, code string) string {
	if kind == lexicon.Plain || code == "" {
		return code
	}
	v.Expect(kind, code)
	return promise + string(kind) + ":" + code + kept
}

// What stands around a code until its name is known: no text of the hub has these.
const promise, kept = "\uE000", "\uE001"

var promised = regexp.MustCompile(promise + "([a-z]+):([^" + kept + "]*)" + kept)

// named keeps what Later promised.
func (v *Visit) named(body []byte) []byte {
	return promised.ReplaceAllFunc(body, func(found []byte) []byte {
		m := promised.FindSubmatch(found)
		return []byte(html.EscapeString(v.Called(lexicon.Kind(m[1]), html.UnescapeString(string(m[2])))))
	})
}

// names asks for the names of codes.
func (v *Visit) names(kind lexicon.Kind, list []string, named map[string]string) error {
	switch kind {
	case lexicon.Agency:
		return v.agencies(named)
	case lexicon.Place:
		return v.places(list, named)
	case lexicon.Person:
		return v.people(list, named)
	case lexicon.Move:
		for _, code := range list {
			named[code] = lexicon.Upper(v.Site.MoveName(v.Site.MachineOf(code), code, v.Lang))
		}
	case lexicon.Role:
		for _, code := range list {
			named[code] = v.Speaker().Role(code)
		}
	case lexicon.Plain:
	}
	return nil
}

func (v *Visit) agencies(named map[string]string) error {
	all, err := v.Agencies()
	for _, a := range all {
		named[a.Value] = a.Label
	}
	return err
}

// Agencies are all, by name; none where the post may not ask.
func (v *Visit) Agencies() ([]form.Option, error) {
	return v.Once("agencies", func() (out []form.Option, err error) {
		if !v.May("Query.agencies") {
			return nil, nil
		}
		got, err := operations.ConsoleAgencies(v.Context(), v.Hub(nil))
		if err != nil {
			return nil, err
		}
		for _, n := range got.Agencies {
			out = append(out, form.Option{Value: Text(n.Code), Label: Text(n.Name)})
		}
		return out, nil
	})
}

func (v *Visit) places(list []string, named map[string]string) error {
	if !v.May("Query.divisions") {
		return nil
	}
	got, err := operations.ConsoleDivisionNames(v.Context(), v.Hub(nil), list)
	if err != nil || got.Divisions == nil {
		return err
	}
	for _, d := range got.Divisions.Nodes {
		named[Text(d.Code)] = Text(d.Name)
	}
	return nil
}

// people are called by name and agency where names may be read, else by post and agency;
// the code stays beside it, for two may have the same post.
func (v *Visit) people(list []string, named map[string]string) error {
	if v.May("Query.staffAccounts") && v.May("StaffAccount.name") {
		got, err := operations.ConsoleStaffNames(v.Context(), v.Hub(nil), list)
		if err != nil || got.StaffAccounts == nil {
			return err
		}
		for _, a := range got.StaffAccounts.Nodes {
			named[Text(a.Code)] = v.person(Text(a.Name), Text(a.AgencyName), Text(a.Code))
		}
		return nil
	}
	if !v.May("Query.posts") || !v.May("Post.staffCode") {
		return nil
	}
	got, err := operations.ConsoleStaffPosts(v.Context(), v.Hub(nil), list)
	if err != nil || got.Posts == nil {
		return err
	}
	for _, p := range got.Posts.Nodes {
		code, agency := Text(p.StaffCode), ""
		if named[code] != code {
			continue // the first of several posts
		}
		if p.Agency != nil {
			agency = Text(p.Agency.Name)
		}
		named[code] = v.person(Text(p.Title), agency, code)
	}
	return nil
}

func (v *Visit) person(name, agency, code string) string {
	if name == "" {
		return code
	}
	if agency != "" {
		name += " · " + agency
	}
	return name + Pick(v.Lang, "（"+code+"）", " ("+code+")")
}

// meet notes the codes of an answer.
func (v *Visit) meet(set ast.SelectionSet, data json.RawMessage) {
	var object any
	if json.Unmarshal(data, &object) == nil {
		v.meetIn(set, object)
	}
}

func (v *Visit) meetIn(set ast.SelectionSet, value any) {
	switch x := value.(type) {
	case []any:
		for _, one := range x {
			v.meetIn(set, one)
		}
	case map[string]any:
		for _, s := range set {
			f, ok := s.(*ast.Field)
			if !ok || x[f.Alias] == nil {
				continue
			}
			if len(f.SelectionSet) > 0 {
				v.meetIn(f.SelectionSet, x[f.Alias])
				continue
			}
			c := f.ObjectDefinition.Name + "." + f.Name
			if kind := v.Site.Lexicon.Stands(c); kind != lexicon.Plain {
				v.Expect(kind, texts(x[f.Alias])...)
			}
			for _, text := range texts(x[f.Alias]) {
				code, _, _ := strings.Cut(text, " ")
				v.Expect(v.Site.Lexicon.Begins(c), code)
			}
		}
	}
}

func texts(value any) []string {
	switch x := value.(type) {
	case string:
		return []string{x}
	case []any:
		var out []string
		for _, one := range x {
			out = append(out, texts(one)...)
		}
		return out
	}
	return nil
}
