package pick

import (
	"net/url"
	"slices"
	"strings"

	"github.com/tongxin-hub/tongxin/internal/console/form"
	"github.com/tongxin-hub/tongxin/internal/console/lexicon"
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
	// all are all that there is; find looks for some, in a township or an agency, as by says.
	all  func(v *page.Visit) ([]form.Option, error)
	by   string
	find func(v *page.Visit, place string) ([]form.Option, bool, error)
}

// choices are all of them. A member that stands for other things in other inputs has a
// rule of its own, by mutation and member.
func choices() []choice {
	meeting := []policy.Role{policy.CM, policy.DPS, policy.FE, policy.HD, policy.HT, policy.PSY, policy.RP, policy.SUP, policy.SW}
	operational := []policy.Role{policy.DPS, policy.HT, policy.DIR, policy.SUP, policy.CM, policy.SW, policy.PSY, policy.HD, policy.FE, policy.RP, policy.REL}
	owners := []policy.Role{policy.DIR, policy.HT, policy.SUP, policy.CM, policy.SW, policy.PSY, policy.HD, policy.DPS, policy.FE, policy.RP, policy.REL}
	return []choice{
		{member: "visitor", key: "pick.visitor", roles: []policy.Role{policy.DIR, policy.SW}},
		{member: "secondVisitor", key: "pick.companion", roles: []policy.Role{policy.DIR, policy.SUP, policy.SW, policy.CM, policy.HT}},
		{member: "responsible", key: "pick.responsible", roles: []policy.Role{policy.DIR, policy.SUP, policy.HT, policy.CM, policy.SW}},
		{member: "counsellor", key: "pick.counsellor", roles: []policy.Role{policy.PSY, policy.SW}},
		{member: "secondHandler", key: "pick.second", roles: []policy.Role{policy.CM, policy.RP}},
		{member: "successor", key: "pick.successor", roles: []policy.Role{policy.CM, policy.RP}},
		{member: "leaving", key: "pick.leaving", roles: []policy.Role{policy.CM, policy.RP}},
		{member: "planProtection.steps.*.owner", key: "pick.owner", roles: owners},
		{member: "addProtectionStep.owner", key: "pick.owner", roles: owners},
		{member: "reassignProtectionStep.owner", key: "pick.owner", roles: owners},
		{member: "people", key: "pick.people", roles: meeting},
		{member: "persons", key: "pick.persons", roles: operational},
		{member: "planReportDuty.staff", key: "pick.duty", roles: []policy.Role{policy.CM}},
		{member: "recordTraining.staff", key: "pick.trained", roles: operational},
		{member: "declareConflict.staffCode", key: "pick.colleague", roles: operational},
		{member: "placeLegalHold.staffCode", key: "pick.held", by: agency, find: accounts},
		{member: "proposePost.staffCode", key: "pick.account", by: agency, find: accounts},
		{member: "toSchool", key: "pick.school", by: town, find: schools},
		{member: "schoolCode", key: "pick.ofschool", by: town, find: schools},
		{member: "handOver.toArea", key: "pick.village", elsewhere: "pick.elsewhere", by: town, find: villages},
		{member: "nominateNewChild.village", key: "pick.lives", by: town, find: villages},
		{member: "acceptTransfer.area", key: "pick.lives", by: town, find: villages},
		{member: "divisionCode", key: "pick.serves", by: town, find: areas},
		{member: "townshipCode", key: "pick.town", all: townships},
		{member: "agencyCode", key: "pick.agency", all: agencies},
		{member: "clinicCode", key: "pick.clinic", all: clinics},
		{member: "contractNumber", key: "pick.contract", all: contracts},
		{member: "receiveGuardianCorrection.coordinate", key: "pick.field", by: part, find: fields},
		{member: "term", key: "pick.term", all: terms},
		{member: "volunteer", key: "pick.volunteer", all: volunteers},
	}
}

// Choose turns the codes that a step asks for into choices.
func Choose(v *page.Visit, s *page.Step) error {
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

// Person lets the control of somebody's code be found by agency and chosen.
func Person(v *page.Visit, f form.Field, sent url.Values) (form.Field, error) {
	s := page.Step{Form: form.Form{Fields: []form.Field{f}}, Sent: sent}
	err := choice{key: "pick.person", by: agency, find: accounts}.offer(v, &s, &s.Fields[0])
	return s.Fields[0], err
}

func (c choice) offer(v *page.Visit, s *page.Step, f *form.Field) error {
	label, err := v.Site.Words.Say(v.Lang, c.key)
	if err != nil {
		return err
	}
	if row, _, of := strings.Cut(f.Label, " · "); of && strings.Contains(c.member, "*") {
		label = row + " · " + label // a row is told from the next
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
	places, err := c.within(v)
	if err != nil || len(places) == 0 {
		return err
	}
	f.Label = label
	if c.elsewhere == "" {
		return c.search(v, s, f, places)
	}
	outside, err := v.Site.Words.Say(v.Lang, c.elsewhere)
	if err != nil {
		return err
	}
	if slices.Contains(sentOf(s.Sent, form.Narrowing(f.Name, town)), beyond) {
		f.Label = outside
		return nil
	}
	return c.search(v, s, f, append([]form.Option{{Value: beyond, Label: outside}}, places...))
}

// within is where one may look.
func (c choice) within(v *page.Visit) ([]form.Option, error) {
	switch c.by {
	case agency:
		return agencies(v)
	case part:
		return parts(v), nil
	}
	return townships(v)
}

// beyond is chosen in place of a township.
const beyond = "beyond"

// search asks where to look and shows what was found there.
func (c choice) search(v *page.Visit, s *page.Step, f *form.Field, places []form.Option) error {
	var finder form.Finder
	role, by := "", town
	if c.by != "" {
		by = c.by
	}
	if len(c.roles) == 1 {
		role = string(c.roles[0])
	} else if len(c.roles) > 1 {
		var options []form.Option
		for _, r := range c.roles {
			options = append(options, form.Option{Value: string(r), Label: v.Speaker().Role(string(r))})
		}
		of, err := narrow(v, s, f.Name, "role", options)
		if err != nil {
			return err
		}
		role = of.Value()
		finder.Narrow = append(finder.Narrow, of)
	}
	place, err := narrow(v, s, f.Name, by, places)
	if err != nil {
		return err
	}
	finder.Narrow = append(finder.Narrow, place)
	finder.Looked = s.Sent != nil && (s.Sent.Get(form.Look) == f.Name || s.Sent.Get(place.Name) != "" || len(c.roles) > 1 && role != "")
	var options []form.Option
	if finder.Looked {
		if len(c.roles) > 0 {
			options, finder.More, err = people(v, role, place.Value())
		} else {
			options, finder.More, err = c.find(v, place.Value())
		}
	}
	f.Find(finder, kept(v, c, f.Values, options))
	return err
}

// kept are the choices with what was chosen before and is not among them.
func kept(v *page.Visit, c choice, values []string, options []form.Option) []form.Option {
	for _, value := range values {
		known := value == ""
		for _, o := range options {
			known = known || o.Value == value
		}
		if !known {
			options = append([]form.Option{{Value: value, Label: v.Later(c.kind(), value)}}, options...)
		}
	}
	return options
}

// kind is what the codes of the choice stand for.
func (c choice) kind() lexicon.Kind {
	switch {
	case len(c.roles) > 0 || c.by == agency:
		return lexicon.Person
	case c.by == part || strings.Contains(strings.ToLower(c.member), "school"):
		return lexicon.Plain
	}
	return lexicon.Place
}

// What a search is narrowed down by.
const (
	town   = "town"
	agency = "agency"
	part   = "part"
)

// narrow is a control that says where to look.
func narrow(v *page.Visit, s *page.Step, control, by string, options []form.Option) (form.Field, error) {
	label, err := v.Site.Words.Say(v.Lang, map[string]string{"role": "pick.role", town: "pick.town", agency: "pick.agency", part: "pick.part"}[by])
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
