package pick

import (
	"slices"
	"strings"

	"github.com/tongxin-hub/tongxin/internal/console/fact"
	"github.com/tongxin-hub/tongxin/internal/console/form"
	"github.com/tongxin-hub/tongxin/internal/console/operations"
	"github.com/tongxin-hub/tongxin/internal/console/page"
)

// people are those in post, by role and township.
func people(v *page.Visit, role, place string) ([]form.Option, bool, error) {
	if role == "" {
		return nil, false, nil
	}
	of := operations.Role(role)
	filter := operations.PostFilter{Role: &of}
	if place != "" {
		filter.TownshipCode = &place
	}
	return inPost(v, filter)
}

// inPost are people by their posts: the directory has no names.
func inPost(v *page.Visit, filter operations.PostFilter) (out []form.Option, more bool, err error) {
	if !v.May("Query.posts") || !v.May("Post.staffCode") {
		return nil, false, nil
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

func villages(v *page.Visit, place string) (out []form.Option, more bool, err error) {
	if place == "" {
		return nil, false, nil
	}
	got, err := operations.ConsoleVillages(v.Context(), v.Hub(nil), place)
	if err != nil || got.Divisions == nil {
		return nil, false, err
	}
	for _, n := range got.Divisions.Nodes {
		out = append(out, form.Option{Value: page.Text(n.Code), Label: page.Text(n.Name)})
	}
	return out, got.Divisions.PageInfo.HasNextPage, nil
}

func schools(v *page.Visit, place string) (out []form.Option, more bool, err error) {
	if place == "" {
		return nil, false, nil
	}
	got, err := operations.ConsoleSchools(v.Context(), v.Hub(nil), place)
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

// areas are a township with its villages; without one, the district and its townships.
func areas(v *page.Visit, place string) (out []form.Option, more bool, err error) {
	towns, err := townships(v)
	if err != nil {
		return nil, false, err
	}
	if place == "" {
		got, err := operations.ConsoleDistricts(v.Context(), v.Hub(nil))
		if err != nil || got.Divisions == nil {
			return nil, false, err
		}
		for _, n := range got.Divisions.Nodes {
			out = append(out, form.Option{Value: page.Text(n.Code), Label: page.Text(n.Name)})
		}
		return append(out, towns...), false, nil
	}
	for _, o := range towns {
		if o.Value == place {
			out = append(out, form.Option{Value: o.Value, Label: o.Label})
		}
	}
	inside, more, err := villages(v, place)
	return append(out, inside...), more, err
}

// accounts are the people of an agency, by name where the post may read it.
func accounts(v *page.Visit, place string) (out []form.Option, more bool, err error) {
	if place == "" {
		return nil, false, nil
	}
	if !v.May("Query.staffAccounts") {
		return inPost(v, operations.PostFilter{AgencyCode: &place})
	}
	got, err := operations.ConsoleAccountsOf(v.Context(), v.Hub(nil), place)
	if err != nil || got.StaffAccounts == nil {
		return nil, false, err
	}
	for _, n := range got.StaffAccounts.Nodes {
		code := page.Text(n.Code)
		out = append(out, form.Option{Value: code, Label: strings.TrimPrefix(page.Text(n.Name)+" · "+code, " · ")})
	}
	return out, got.StaffAccounts.PageInfo.HasNextPage, nil
}

// Agencies are all, the chosen one marked; none where they cannot be asked for.
func Agencies(v *page.Visit, chosen string) []form.Option {
	options, err := agencies(v)
	if err != nil {
		v.Site.Warn(v.Context(), err)
		return nil
	}
	out := slices.Clone(options)
	for i := range out {
		out[i].Chosen = out[i].Value == chosen
	}
	return out
}

// agencies are called by their names.
func agencies(v *page.Visit) ([]form.Option, error) { return v.Agencies() }

func clinics(v *page.Visit) ([]form.Option, error) {
	return v.Once("clinics", func() (out []form.Option, err error) {
		if !v.May("Query.clinics") {
			return nil, nil
		}
		got, err := operations.ConsoleClinics(v.Context(), v.Hub(nil))
		if err != nil {
			return nil, err
		}
		for _, n := range got.Clinics {
			out = append(out, form.Option{Value: page.Text(n.Code), Label: page.Text(n.Name)})
		}
		return out, nil
	})
}

// contracts are called by their number and project.
func contracts(v *page.Visit) ([]form.Option, error) {
	return v.Once("contracts", func() (out []form.Option, err error) {
		if !v.May("Query.contracts") {
			return nil, nil
		}
		got, err := operations.ConsoleContractNumbers(v.Context(), v.Hub(nil))
		if err != nil {
			return nil, err
		}
		for _, n := range got.Contracts {
			label := []string{page.Text(n.Number), page.Text(n.Project)}
			if n.State != nil {
				label = append(label, v.Site.Lexicon.Value(v.Lang, "ContractState", string(*n.State)))
			}
			out = append(out, form.Option{Value: page.Text(n.Number), Label: strings.Join(label, " · ")})
		}
		return out, nil
	})
}
