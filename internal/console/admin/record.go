package admin

import (
	"net/http"
	"slices"
	"strings"

	"github.com/tongxin-hub/tongxin/internal/console/form"
	"github.com/tongxin-hub/tongxin/internal/console/page"
	"github.com/tongxin-hub/tongxin/internal/console/pick"
	"github.com/tongxin-hub/tongxin/internal/flow"
)

type recordPage struct {
	Tab    string
	Tabs   []string
	Title  string
	Record page.Record
}

// showRecord is one record: what it is, and what may be done about it.
func showRecord(v *page.Visit) {
	h, err := v.Open()
	if v.OK(err) {
		record(v, h, nil)
	}
}

func record(v *page.Visit, h page.Handle, failed *page.Step) {
	administers(v)
	t, known := find(v.R.PathValue("tab"))
	if !known || t.machine == "" {
		v.OK(page.NotFound())
		return
	}
	variables := map[string]any{}
	if t.own != "" {
		variables["filter"] = map[string]any{t.own: h.Of["code"]}
	}
	list, _, err := v.Records(page.List{Document: t.document, Variables: variables, Path: t.path(), Machine: t.machine, State: "state"}, failed)
	if !v.OK(err) {
		return
	}
	i := slices.IndexFunc(list, func(r page.Record) bool { return r.ID == h.Of["id"] })
	if i < 0 {
		if h.Done != "" { // confirmed: it is on the list no more
			back(v, h)
			return
		}
		v.OK(page.NotFound())
		return
	}
	inOrder(v, t, list[i].Steps)
	for j := range list[i].Steps {
		if err := pick.Choose(v, &list[i].Steps[j]); err != nil {
			v.Site.Warn(v.Context(), err) // it can be typed
		}
	}
	body := recordPage{Tab: t.name, Tabs: names(v), Record: list[i], Title: title(list[i])}
	moves := "/access/" + t.name + "/" + v.Link(page.Handle{Of: h.Of, Hat: v.Hat})
	v.ShowAs(failed.Status(), "access-record", page.View{Body: body, Moves: moves, Done: h.Done, Entry: h.Entry})
}

// inOrder puts the moves as the machine has them: what ends a record never stands first,
// open, where something else may be done.
func inOrder(v *page.Visit, t tab, steps []page.Step) {
	moves := v.Site.Machine(t.machine).Moves
	place := func(s page.Step) int {
		return slices.IndexFunc(moves, func(m flow.Move) bool { return m.Name == s.Mutation })
	}
	slices.SortStableFunc(steps, func(a, b page.Step) int { return place(a) - place(b) })
	for i := range steps {
		steps[i].First = i == 0
	}
}

// title is what the first lines say.
func title(r page.Record) string {
	var out strings.Builder
	for _, f := range r.Facts[:min(2, len(r.Facts))] {
		out.WriteString(" " + f.Text)
	}
	return out.String()
}

// back leads to the list, with what was done.
func back(v *page.Visit, h page.Handle) {
	http.Redirect(v.W, v.R, "/access/"+v.R.PathValue("tab")+"?done="+v.Link(page.Handle{Done: h.Done, Entry: h.Entry, Hat: v.Hat}), http.StatusSeeOther)
}

// move makes one move of a record and shows it again.
func move(v *page.Visit) {
	h, err := v.Open()
	if !v.OK(err) {
		return
	}
	administers(v)
	s, got, err := v.Move("")
	if !v.OK(err) {
		return
	}
	if s.Invalid {
		record(v, h, &s)
		return
	}
	h.Done, h.Entry = doneAs(got), got.Entry
	if v.R.PathValue("tab") == "proposals" || v.R.PathValue("tab") == "confirm" {
		back(v, h)
		return
	}
	http.Redirect(v.W, v.R, "/access/"+v.R.PathValue("tab")+"/"+v.Link(h), http.StatusSeeOther)
}

// doneAs says whether something is done, or waits for a second person.
func doneAs(got page.Made) string {
	if got.State == "PROPOSED" {
		return "done.proposed"
	}
	return "done.move"
}

// beginning are the forms that begin something, for whoever may.
func beginning(v *page.Visit, t tab, failed *page.Step) []page.Step {
	var out []page.Step
	if v.Hat.Role != "ADM" && t.name != "conflicts" {
		return nil
	}
	for _, mutation := range t.begins {
		if failed != nil && failed.Mutation == mutation {
			out = append(out, *failed)
			continue
		}
		out = append(out, page.Step{Form: form.Make(v.Site.Lexicon, v.Lang, mutation, v.R.URL.Query()), Key: page.NewKey()})
	}
	for i := range out {
		label, err := v.Site.Words.Say(v.Lang, "begin."+out[i].Mutation)
		if err != nil {
			v.Site.Warn(v.Context(), err)
		}
		out[i].Label = label
		if err := pick.Choose(v, &out[i]); err != nil {
			v.Site.Warn(v.Context(), err) // it can be typed
		}
	}
	return out
}

// begin sends a form that is about no record yet.
func begin(v *page.Visit) {
	administers(v)
	t, known := find(v.R.PathValue("tab"))
	mutation := v.R.PathValue("mutation")
	if t.name == "settings" {
		t.begins = settingForms()
	}
	if !known || !slices.Contains(t.begins, mutation) {
		v.OK(page.NotFound())
		return
	}
	s, got, err := v.Move("")
	if !v.OK(err) {
		return
	}
	if s.Invalid {
		show(v, &s)
		return
	}
	back(v, page.Handle{Done: doneAs(got), Entry: got.Entry})
}
