package admin

import (
	"net/http"
	"slices"

	"github.com/tongxin-hub/tongxin/internal/conflict"
	"github.com/tongxin-hub/tongxin/internal/console/form"
	"github.com/tongxin-hub/tongxin/internal/console/lexicon"
	"github.com/tongxin-hub/tongxin/internal/console/operations"
	"github.com/tongxin-hub/tongxin/internal/console/page"
	"github.com/tongxin-hub/tongxin/policy"
)

// declared is one declaration; it never names the child.
type declared struct {
	Staff, Kind, By, State string
	On, Ended              *string
	// Link is its page, for whoever may end it.
	Link string
}

type conflictsPage struct {
	Rows  []declared
	Begin page.Step
	// About says that a child was open just now, whom the form is about.
	About bool
	// Others says that those of other people are on the list.
	Others bool
}

// showConflicts are one's own declarations, and the form for another.
func showConflicts(v *page.Visit) { conflicts(v, nil) }

func conflicts(v *page.Visit, failed *page.Step) {
	got, err := operations.ConsoleMyConflicts(v.Context(), v.Hub(nil))
	if !v.OK(err) {
		return
	}
	body := conflictsPage{Others: ends(v.Hat)}
	for _, c := range got.MyConflicts {
		v.Expect(lexicon.Person, page.Text(c.StaffCode), page.Text(c.DeclaredBy))
	}
	for _, c := range got.MyConflicts {
		one := declared{Staff: v.Called(lexicon.Person, page.Text(c.StaffCode)), By: v.Called(lexicon.Person, page.Text(c.DeclaredBy)), On: c.DeclaredOn, Ended: c.EndedOn}
		if c.Kind != nil {
			one.Kind = string(*c.Kind)
		}
		if c.State != nil {
			one.State = string(*c.State)
		}
		if ends(v.Hat) && one.State == conflict.Declared && page.Text(c.StaffCode) != v.Session.Subject {
			one.Link = v.Link(page.Handle{Of: map[string]string{"id": c.Id}, Hat: v.Hat})
		}
		body.Rows = append(body.Rows, one)
	}
	body.Begin = beginning(v, tab{name: "conflicts", begins: []string{"declareConflict"}}, failed)[0]
	body.Begin.First = true
	if child := about(v).Child; child != "" {
		body.About = true
		body.Begin.With = map[string]string{"childHandle": child}
	}
	body.Begin.Fields = slices.DeleteFunc(body.Begin.Fields, func(f form.Field) bool {
		return f.Name == "joinToken" && body.About || f.Name == "staffCode" && v.Hat.Role != string(policy.STA)
	})
	h := doneOf(v)
	v.ShowAs(failed.Status(), "conflicts", page.View{Body: body, Moves: moves(v), Done: h.Done, Entry: h.Entry})
}

// about is the child who was open just now, if any.
func about(v *page.Visit) page.Handle {
	if v.R.PathValue("handle") == "" {
		return page.Handle{}
	}
	h, err := v.Open()
	if err != nil {
		return page.Handle{}
	}
	return h
}

// declare declares a conflict.
func declare(v *page.Visit) {
	if v.R.PathValue("mutation") != "declareConflict" {
		v.OK(page.NotFound())
		return
	}
	s, got, err := v.Move("")
	if !v.OK(err) {
		return
	}
	if s.Invalid {
		conflicts(v, &s)
		return
	}
	http.Redirect(v.W, v.R, "/conflicts?done="+v.Link(page.Handle{Done: "done.declared", Entry: got.Entry, Hat: v.Hat}), http.StatusSeeOther)
}

// moves is where the form goes: it stays about the child.
func moves(v *page.Visit) string {
	if sealed := v.R.PathValue("handle"); sealed != "" {
		return "/conflicts/" + sealed
	}
	return "/conflicts"
}

// ends holds for the posts that may propose the end of somebody else's conflict.
func ends(h page.Hat) bool { return h.Role == string(policy.ADM) || h.Role == string(policy.STA) }

// showDeclared is one declaration of somebody whom the visitor answers for.
func showDeclared(v *page.Visit) {
	h, err := v.Open()
	if v.OK(err) {
		showOne(v, h, nil)
	}
}

func showOne(v *page.Visit, h page.Handle, failed *page.Step) {
	administers(v)
	list, _, err := v.Records(page.List{Document: "ConsoleMyConflicts", Path: []string{"myConflicts"}, Machine: conflict.Machine().Name, State: "state"}, failed)
	if !v.OK(err) {
		return
	}
	i := slices.IndexFunc(list, func(r page.Record) bool { return r.ID == h.Of["id"] })
	if i < 0 || !ends(v.Hat) {
		v.OK(page.NotFound())
		return
	}
	v.ShowAs(failed.Status(), "conflict", page.View{Body: list[i], Moves: "/conflicts/declared/" + v.Link(page.Handle{Of: h.Of, Hat: v.Hat})})
}

// endDeclared proposes the end of a conflict; another person decides.
func endDeclared(v *page.Visit) {
	h, err := v.Open()
	if !v.OK(err) {
		return
	}
	if v.R.PathValue("mutation") != "endConflict" {
		v.OK(page.NotFound())
		return
	}
	administers(v)
	s, got, err := v.Move("")
	if !v.OK(err) {
		return
	}
	if s.Invalid {
		showOne(v, h, &s)
		return
	}
	http.Redirect(v.W, v.R, "/conflicts?done="+v.Link(page.Handle{Done: doneAs(got), Entry: got.Entry, Hat: v.Hat}), http.StatusSeeOther)
}
