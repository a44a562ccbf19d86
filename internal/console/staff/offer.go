package staff

import (
	"slices"
	"strings"

	"github.com/tongxin-hub/tongxin/internal/console/form"
	"github.com/tongxin-hub/tongxin/internal/console/lexicon"
	"github.com/tongxin-hub/tongxin/internal/console/operations"
	"github.com/tongxin-hub/tongxin/internal/console/page"
	"github.com/tongxin-hub/tongxin/internal/console/pick"
	"github.com/tongxin-hub/tongxin/internal/disclosure"
	"github.com/tongxin-hub/tongxin/policy"
)

// offer gives the controls of a step what can be chosen: people and fields that the
// record names, fields of the catalogue, offers that are open.
func offer(v *page.Visit, s *page.Step, head map[string]any) {
	s.Opens = opened(v, s.Mutation)
	switch s.Mutation {
	case "recordVisit":
		s.Guess("visitedOn", today(v)) // most visits are written down where they are made
	case "proposeConsultation":
		s.Offer("fields", grantable(v))
	case "reviewSource":
		s.Offer("agreed", named(v, head["toAnswer"]))
	case "grantDisclosure":
		s.Offer("fields", named(v, head["agreed"]))
		s.Offer("people", called(v, head["pledged"]))
	case "assignConsultationTasks":
		s.Offer("tasks.*.staff", called(v, head["participants"]))
	case "proposeMatch":
		s.Offer("offer", openOffers(v))
	}
	if err := pick.Choose(v, s); err != nil {
		v.Site.Warn(v.Context(), err) // it can be typed
	}
}

// grantable are the groups of fields that a grant of a consultation opens to somebody,
// each named by its first field: a grant opens the whole group.
func grantable(v *page.Visit) []form.Option {
	rules, err := v.Site.Rules.Current()
	if err != nil {
		return nil
	}
	options, _ := v.Site.Remember(rules.Version(), "grantable "+v.Lang, func() any {
		var out []form.Option
		for _, group := range rules.Groups() {
			fields := v.Site.FieldsOf(group)
			if grant := disclosure.GrantOf(group); grant == 0 || len(fields) == 0 || !opens(rules, group, grant) {
				continue
			}
			out = append(out, form.Option{Value: fields[0], Label: v.Site.GroupName(v.Lang, group)})
		}
		return out
	}).([]form.Option)
	return options
}

// opens: the grant opens the group to at least one role.
func opens(rules *policy.Policy, group string, grant policy.Bases) bool {
	return slices.ContainsFunc(rules.Pairs(), func(pair policy.Pair) bool {
		view, err := rules.View(pair.Role, pair.Purpose)
		return err == nil && pair.Purpose == policy.Consultation && view.GroupCell(group).Full&grant != 0
	})
}

// opensWith is the basis that a move brings about.
func opensWith(mutation string) (policy.Basis, bool) {
	b, has := map[string]policy.Basis{
		"startHomeVisit": policy.HomeVisitStage, "handToTownship": policy.PlacementStage, "flagReferral": policy.OpenReferral,
		"findNeed": policy.OpenApplication, "reportAbsence": policy.LedgerOpen,
	}[mutation]
	return b, has
}

// mostNamed is how many fields are named that a move opens.
const mostNamed = 6

// opened names what a move opens to the post that nothing before it opens.
func opened(v *page.Visit, mutation string) string {
	basis, has := opensWith(mutation)
	rules, err := v.Site.Rules.Current()
	view := v.View()
	if !has || err != nil || view == nil {
		return ""
	}
	before := policy.Of(policy.Caller, policy.OwnVillage, policy.OwnTownship, policy.CompulsoryAge, policy.LedgerOpen,
		policy.OwnClass, policy.OwnSchool, policy.ScreeningList, policy.Resident) &^ basis.Bit()
	var names []string
	for _, c := range rules.Coordinates() {
		if cell := view.Cell(c); cell.Full.Has(basis.Bit()) && cell.Full&before == 0 && v.Site.Lexicon.Coordinate(v.Lang, c) != c {
			if name := v.Site.Lexicon.Named(v.Lang, c); !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	if len(names) > mostNamed {
		names = append(names[:mostNamed], page.Pick(v.Lang, "等", "…"))
	}
	return strings.Join(names, page.Pick(v.Lang, "、", ", "))
}

// named are groups of fields, each called by what it holds.
func named(v *page.Visit, list any) []form.Option {
	out := same(list)
	for i := range out {
		out[i].Label = v.Site.GroupName(v.Lang, out[i].Value)
	}
	return out
}

// called are people by their names or posts.
func called(v *page.Visit, list any) []form.Option {
	out := same(list)
	for i := range out {
		out[i].Label = v.Later(lexicon.Person, out[i].Value)
	}
	return out
}

func same(list any) []form.Option {
	var out []form.Option
	values, _ := list.([]any)
	for _, value := range values {
		if text, ok := value.(string); ok {
			out = append(out, form.Option{Value: text, Label: text})
		}
	}
	return out
}

// openOffers are the offers that a need can be matched with.
func openOffers(v *page.Visit) []form.Option {
	if !v.May("Query.resourceOffers") {
		return nil
	}
	got, err := operations.ConsoleOffers(v.Context(), v.Hub(nil))
	if err != nil || got.ResourceOffers == nil {
		return nil
	}
	var out []form.Option
	for _, o := range got.ResourceOffers.Nodes {
		var need, resource string
		if o.Need != nil {
			need = v.Site.Lexicon.Value(v.Lang, "NeedKind", string(*o.Need))
		}
		if o.Resource != nil {
			resource = v.Site.Lexicon.Value(v.Lang, "ResourceKind", string(*o.Resource))
		}
		out = append(out, form.Option{Value: o.Id, Label: strings.Join(slices.DeleteFunc([]string{need, resource, page.Text(o.Donor)}, func(s string) bool { return s == "" }), " · ")})
	}
	return out
}
