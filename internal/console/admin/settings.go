package admin

import (
	"net/url"
	"strings"

	"github.com/tongxin-hub/tongxin/internal/console/form"
	"github.com/tongxin-hub/tongxin/internal/console/lexicon"
	"github.com/tongxin-hub/tongxin/internal/console/operations"
	"github.com/tongxin-hub/tongxin/internal/console/page"
)

// setting is one line of the settings.
type setting struct {
	// Label is its name as people read it, Name as the records have it.
	Name, Label, Value, Basis, Next string
	ChangedOn, NextOn               *string
}

// settingName is what people call a setting; one that nobody named is called as it is.
func settingName(v *page.Visit, name string) string {
	if label, err := v.Site.Words.Say(v.Lang, "setting."+name); err == nil {
		return label
	}
	return name
}

// basisIn is the part of a basis in one language, where both stand in it.
func basisIn(lang, text string) string {
	for _, mark := range []string{" · ", " cfg: ", " county setting: "} {
		if zh, en, both := strings.Cut(text, mark); both {
			return page.Pick(lang, zh, en)
		}
	}
	return text
}

// setBy lets a form choose among settings by their names.
func setBy(f form.Form, list []setting) form.Form {
	for i := range f.Fields {
		if f.Fields[i].Name != "name" {
			continue
		}
		f.Fields[i].Kind, f.Fields[i].Options = form.One, nil
		for _, s := range list {
			f.Fields[i].Options = append(f.Fields[i].Options, form.Option{Value: s.Name, Label: s.Label, Chosen: s.Name == f.Fields[i].Value()})
		}
	}
	return f
}

// day is one line of the calendar.
type day struct {
	Day     *string
	Working bool
	Note    string
}

type settingsPage struct {
	Tabs     []string
	Settings []setting
	Days     []day
	Begins   []page.Step
	Next     string
	// Here is the query of this page of the list, "" for the first.
	Here string
}

func settingForms() []string { return []string{"changeSetting", "changeCalendar"} }

// showSettings are the deadlines and thresholds with their bases, and the days on which
// the calendar differs.
func showSettings(v *page.Visit, failed *page.Step) {
	body := settingsPage{Tabs: names(v)}
	if after := v.R.URL.Query().Get("after"); after != "" {
		body.Here = "&" + url.Values{"after": {after}}.Encode()
	}
	got, err := operations.ConsoleSettings(v.Context(), v.Hub(nil), page.Cursor(v.R.URL.Query().Get("after")))
	if !v.OK(err) {
		return
	}
	chosen := v.R.URL.Query().Get("name")
	filled := url.Values{}
	var nodes []operations.ConsoleSettingsSettingsSettingConnectionNodesSetting
	if got.Settings != nil {
		nodes = got.Settings.Nodes
		body.Next = page.Next(got.Settings.PageInfo.HasNextPage, got.Settings.PageInfo.EndCursor)
	}
	for _, s := range nodes {
		one := setting{Name: page.Text(s.Name), Label: settingName(v, page.Text(s.Name)), Value: page.Text(s.Value), Basis: basisIn(v.Lang, page.Text(s.Basis)), Next: page.Text(s.NextValue), ChangedOn: s.ChangedOn, NextOn: s.NextOn}
		body.Settings = append(body.Settings, one)
		if one.Name == chosen {
			filled = url.Values{"name": {one.Name}, "value": {one.Value}, "basis": {page.Text(s.Basis)}}
		}
	}
	days, err := operations.ConsoleCalendarDays(v.Context(), v.Hub(nil), nil)
	if !v.OK(err) {
		return
	}
	if days.CalendarDays != nil {
		for _, d := range days.CalendarDays.Nodes {
			body.Days = append(body.Days, day{d.Day, page.Yes(d.Working), page.Text(d.Note)})
		}
	}
	body.Begins = beginning(v, tab{name: "settings", begins: settingForms()}, failed)
	for i := range body.Begins {
		if b := &body.Begins[i]; b.Mutation == "changeSetting" && chosen != "" && failed == nil {
			b.Form, b.First = form.Make(v.Site.Lexicon, v.Lang, b.Mutation, filled), true
		}
		if b := &body.Begins[i]; b.Mutation == "changeSetting" {
			b.Form = setBy(b.Form, body.Settings)
		}
	}
	finish(v, "access-settings", body, failed)
}

// issuers are the trusted issuers, which are configuration.
func issuers(v *page.Visit) ([]panel, error) {
	got, err := operations.ConsoleIssuers(v.Context(), v.Hub(nil))
	if err != nil {
		return nil, err
	}
	p := panel{Key: "access.issuers", Heads: heads(v, "IssuerInfo", []string{"agencyCode", "url", "audience", "keys", "certificateRequired"})}
	for _, i := range got.Issuers {
		bound, err := v.Site.Words.Say(v.Lang, map[bool]string{true: "bool.true", false: "bool.false"}[i.CertificateRequired])
		if err != nil {
			return nil, err
		}
		p.Rows = append(p.Rows, row{Cells: []cell{{v.Called(lexicon.Agency, i.AgencyCode), true}, {i.Url, false}, {i.Audience, true}, {i.Keys, true}, {bound, true}}})
	}
	return []panel{p}, nil
}
