package staff

import (
	"net/url"
	"slices"
	"strings"

	"github.com/tongxin-hub/tongxin/internal/console/fact"
	"github.com/tongxin-hub/tongxin/internal/console/form"
	"github.com/tongxin-hub/tongxin/internal/console/operations"
	"github.com/tongxin-hub/tongxin/internal/console/page"
	"github.com/tongxin-hub/tongxin/policy"
)

// choice is a member of an input that is a code: nobody types it, it is chosen by name.
type choice struct {
	// member is its name, "a.*.b" in a list; key the words that it is called by.
	member, key string
	// roles are those of the people to choose among.
	roles []policy.Role
	// elsewhere is what a code outside of the district is called, which is typed from the
	// paper: the hub has no list of it.
	elsewhere string
	// all are all that there is; find looks for some, in a township.
	all  func(v *page.Visit) ([]form.Option, error)
	find func(v *page.Visit, town string) ([]form.Option, bool, error)
}

// choices are all of them. A member that stands for other things in other inputs has a
// rule of its own, by mutation and member.
func choices() []choice {
	meeting := []policy.Role{policy.CM, policy.DPS, policy.FE, policy.HD, policy.HT, policy.PSY, policy.RP, policy.SUP, policy.SW}
	operational := []policy.Role{policy.DPS, policy.HT, policy.DIR, policy.SUP, policy.CM, policy.SW, policy.PSY, policy.HD, policy.FE, policy.RP, policy.REL}
	return []choice{
		{member: "visitor", key: "pick.visitor", roles: []policy.Role{policy.DIR, policy.SW}},
		{member: "secondVisitor", key: "pick.companion", roles: []policy.Role{policy.DIR, policy.SUP, policy.SW, policy.CM, policy.HT}},
		{member: "responsible", key: "pick.responsible", roles: []policy.Role{policy.DIR, policy.SUP, policy.HT, policy.CM, policy.SW}},
		{member: "counsellor", key: "pick.counsellor", roles: []policy.Role{policy.PSY, policy.SW}},
		{member: "secondHandler", key: "pick.second", roles: []policy.Role{policy.CM, policy.RP}},
		{member: "successor", key: "pick.successor", roles: []policy.Role{policy.CM, policy.RP}},
		{member: "leaving", key: "pick.leaving", roles: []policy.Role{policy.CM, policy.RP}},
		{member: "people", key: "pick.people", roles: meeting},
		{member: "persons", key: "pick.persons", roles: operational},
		{member: "planReportDuty.staff", key: "pick.duty", roles: []policy.Role{policy.CM}},
		{member: "recordTraining.staff", key: "pick.trained", roles: operational},
		{member: "toSchool", key: "pick.school", find: schools},
		{member: "handOver.toArea", key: "pick.village", elsewhere: "pick.elsewhere", find: villages},
		{member: "townshipCode", key: "pick.town", all: townships},
		{member: "term", key: "pick.term", all: terms},
		{member: "volunteer", key: "pick.volunteer", all: volunteers},
	}
}

// choose turns the codes that a step asks for into choices.
func choose(v *page.Visit, s *page.Step) error {
	for _, c := range choices() {
		member := c.member
		if mutation, of, bound := strings.Cut(member, "."); bound {
			if mutation != s.Mutation {
				continue
			}
			member = of
		}
		for _, f := range s.Named(member) {
			if f.Kind != form.Line && f.Kind != form.Staff {
				continue
			}
			if err := c.offer(v, s, f); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c choice) offer(v *page.Visit, s *page.Step, f *form.Field) error {
	label, err := v.Site.Words.Say(v.Lang, c.key)
	if err != nil {
		return err
	}
	if c.all != nil {
		options, err := c.all(v)
		if err != nil || len(options) == 0 {
			return err
		}
		f.Label = label
		f.Choose(options)
		return nil
	}
	towns, err := townships(v)
	if err != nil || len(towns) == 0 {
		return err
	}
	f.Label = label
	if c.elsewhere == "" {
		return c.search(v, s, f, towns)
	}
	outside, err := v.Site.Words.Say(v.Lang, c.elsewhere)
	if err != nil {
		return err
	}
	if slices.Contains(sentOf(s.Sent, form.Narrowing(f.Name, "town")), beyond) {
		f.Label = outside
		return nil
	}
	return c.search(v, s, f, append([]form.Option{{Value: beyond, Label: outside}}, towns...))
}

// beyond is chosen in place of a township.
const beyond = "beyond"

// search asks where to look and shows what was found there.
func (c choice) search(v *page.Visit, s *page.Step, f *form.Field, towns []form.Option) error {
	var finder form.Finder
	role := ""
	if len(c.roles) == 1 {
		role = string(c.roles[0])
	} else if len(c.roles) > 1 {
		var options []form.Option
		for _, r := range c.roles {
			options = append(options, form.Option{Value: string(r), Label: v.Speaker().Role(string(r))})
		}
		by, err := narrow(v, s, f.Name, "role", options)
		if err != nil {
			return err
		}
		role = by.Value()
		finder.Narrow = append(finder.Narrow, by)
	}
	town, err := narrow(v, s, f.Name, "town", towns)
	if err != nil {
		return err
	}
	finder.Narrow = append(finder.Narrow, town)
	finder.Looked = s.Sent != nil && (s.Sent.Get(form.Look) == f.Name || s.Sent.Get(town.Name) != "" || len(c.roles) > 1 && role != "")
	var options []form.Option
	if finder.Looked {
		if len(c.roles) > 0 {
			options, finder.More, err = people(v, role, town.Value())
		} else {
			options, finder.More, err = c.find(v, town.Value())
		}
	}
	f.Find(finder, kept(f.Values, options))
	return err
}

// kept are the choices with what was chosen before and is not among them.
func kept(values []string, options []form.Option) []form.Option {
	for _, value := range values {
		known := value == ""
		for _, o := range options {
			known = known || o.Value == value
		}
		if !known {
			options = append([]form.Option{{Value: value, Label: value}}, options...)
		}
	}
	return options
}

// narrow is a control that says where to look.
func narrow(v *page.Visit, s *page.Step, control, by string, options []form.Option) (form.Field, error) {
	label, err := v.Site.Words.Say(v.Lang, map[string]string{"role": "pick.role", "town": "pick.town"}[by])
	f := form.Field{Name: form.Narrowing(control, by), Label: label, Kind: form.Line, Values: sentOf(s.Sent, form.Narrowing(control, by))}
	f.Choose(options)
	return f, err
}

func sentOf(sent url.Values, name string) []string {
	if sent == nil {
		return nil
	}
	return sent[name]
}

// people are those in post, by role and township.
func people(v *page.Visit, role, town string) (out []form.Option, more bool, err error) {
	if role == "" || !v.May("Post.staffCode") {
		return nil, false, nil
	}
	of := operations.Role(role)
	filter := operations.PostFilter{Role: &of}
	if town != "" {
		filter.TownshipCode = &town
	}
	got, err := operations.ConsolePeople(v.Context(), v.Hub(nil), filter)
	if err != nil || got.Posts == nil {
		return nil, false, err
	}
	known := map[string]bool{}
	for _, n := range got.Posts.Nodes {
		code := page.Text(n.StaffCode)
		if code == "" || known[code] {
			continue
		}
		known[code] = true
		label := []string{page.Text(n.Title)}
		if n.Agency != nil {
			label = append(label, page.Text(n.Agency.Name))
		}
		out = append(out, form.Option{Value: code, Label: strings.Join(append(label, code), " · ")})
	}
	return out, got.Posts.PageInfo.HasNextPage, nil
}

func villages(v *page.Visit, town string) (out []form.Option, more bool, err error) {
	if town == "" {
		return nil, false, nil
	}
	got, err := operations.ConsoleVillages(v.Context(), v.Hub(nil), town)
	if err != nil || got.Divisions == nil {
		return nil, false, err
	}
	for _, n := range got.Divisions.Nodes {
		out = append(out, form.Option{Value: page.Text(n.Code), Label: page.Text(n.Name)})
	}
	return out, got.Divisions.PageInfo.HasNextPage, nil
}

func schools(v *page.Visit, town string) (out []form.Option, more bool, err error) {
	if town == "" {
		return nil, false, nil
	}
	got, err := operations.ConsoleSchools(v.Context(), v.Hub(nil), town)
	if err != nil || got.Division == nil {
		return nil, false, err
	}
	for _, n := range got.Division.Schools {
		out = append(out, form.Option{Value: page.Text(n.Code), Label: page.Text(n.Name)})
	}
	return out, false, nil
}

// townships are asked for once for a page.
func townships(v *page.Visit) ([]form.Option, error) {
	return v.Once("townships", func() (out []form.Option, err error) {
		if !v.May("Query.divisions") || !v.May("Division.code") {
			return nil, nil
		}
		got, err := operations.ConsoleTownships(v.Context(), v.Hub(nil))
		if err != nil || got.Divisions == nil {
			return nil, err
		}
		for _, n := range got.Divisions.Nodes {
			out = append(out, form.Option{Value: page.Text(n.Code), Label: page.Text(n.Name)})
		}
		return out, nil
	})
}

// terms are called by their first and last day.
func terms(v *page.Visit) ([]form.Option, error) {
	return v.Once("terms", func() (out []form.Option, err error) {
		if !v.May("Query.terms") {
			return nil, nil
		}
		got, err := operations.ConsoleTerms(v.Context(), v.Hub(nil))
		if err != nil {
			return nil, err
		}
		for _, n := range got.Terms {
			out = append(out, form.Option{
				Value: page.Text(n.Code), Label: fact.Day(v.Lang, page.Text(n.StartsOn)) + page.Pick(v.Lang, "至", " to ") + fact.Day(v.Lang, page.Text(n.EndsOn)),
			})
		}
		return out, nil
	})
}

// volunteers are called by their reference and kind: the hub knows no name of them.
func volunteers(v *page.Visit) ([]form.Option, error) {
	return v.Once("volunteers", func() (out []form.Option, err error) {
		if !v.May("Query.volunteers") || !v.May("Volunteer.code") {
			return nil, nil
		}
		got, err := operations.ConsoleVolunteers(v.Context(), v.Hub(nil))
		if err != nil || got.Volunteers == nil {
			return nil, err
		}
		for _, n := range got.Volunteers.Nodes {
			label := page.Text(n.Code)
			if n.Kind != nil {
				label += " · " + v.Site.Lexicon.Value(v.Lang, "VolunteerKind", string(*n.Kind))
			}
			if n.VettedUntil != nil {
				label += page.Pick(v.Lang, " · 审查有效至", " · vetted until ") + fact.Day(v.Lang, *n.VettedUntil)
			}
			out = append(out, form.Option{Value: page.Text(n.Code), Label: label})
		}
		return out, nil
	})
}
