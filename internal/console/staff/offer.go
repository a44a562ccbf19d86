package staff

import (
	"slices"
	"strings"

	"github.com/tongxin-hub/tongxin/internal/console/form"
	"github.com/tongxin-hub/tongxin/internal/console/operations"
	"github.com/tongxin-hub/tongxin/internal/console/page"
	"github.com/tongxin-hub/tongxin/policy"
)

// offer gives the controls of a step what can be chosen: people and fields that the
// record names, fields of the catalogue, offers that are open.
func offer(v *page.Visit, s *page.Step, head map[string]any) {
	switch s.Mutation {
	case "proposeConsultation":
		s.Offer("fields", grantable(v))
	case "reviewSource":
		s.Offer("agreed", named(v, head["toAnswer"]))
	case "grantDisclosure":
		s.Offer("fields", named(v, head["agreed"]))
		s.Offer("people", same(head["pledged"]))
	case "proposeMatch":
		s.Offer("offer", openOffers(v))
	}
}

// grantable are the fields that a grant of a consultation can open to somebody.
func grantable(v *page.Visit) []form.Option {
	rules, err := v.Site.Rules.Current()
	if err != nil {
		return nil
	}
	var grants policy.Bases
	for _, b := range policy.AllBases() {
		if strings.HasPrefix(string(b), "grant_") {
			grants |= b.Bit()
		}
	}
	open := map[string]bool{}
	for _, pair := range rules.Pairs() {
		if pair.Purpose != policy.Consultation {
			continue
		}
		view, err := rules.View(pair.Role, pair.Purpose)
		if err != nil {
			return nil
		}
		for _, c := range rules.Coordinates() {
			if view.Cell(c).Full&grants != 0 {
				open[c] = true
			}
		}
	}
	var out []form.Option
	for _, c := range rules.Coordinates() {
		if open[c] {
			out = append(out, form.Option{Value: c, Label: v.Site.Lexicon.Named(v.Lang, c)})
		}
	}
	return out
}

// named are groups of fields, each called by what it holds.
func named(v *page.Visit, list any) []form.Option {
	out := same(list)
	for i := range out {
		out[i].Label = v.Site.GroupName(v.Lang, out[i].Value)
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
