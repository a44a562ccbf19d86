package staff

import (
	"net/http"
	"strings"

	"github.com/tongxin-hub/tongxin/internal/console/page"
)

type disputePage struct {
	page.Step

	What string
}

// showDispute is the form that says what is wrong with one value, from where it is seen.
func showDispute(v *page.Visit) {
	h, err := v.Open()
	if !v.OK(err) {
		return
	}
	record, coordinate, _ := strings.Cut(v.R.PostForm.Get("of"), " ")
	s := v.Step("raiseCorrection", v.Site.MoveName(v.Site.Machine("correction"), "raiseCorrection", v.Lang), "", 0, nil)
	s.With["record"], s.With["coordinate"], s.First = record, coordinate, true
	disputing(v, h, s, http.StatusOK)
}

func disputing(v *page.Visit, h page.Handle, s page.Step, status int) {
	sealed := v.Link(h)
	v.ShowAs(status, "dispute", page.View{
		Body: disputePage{s, v.Site.Lexicon.Named(v.Lang, s.With["coordinate"])}, About: sealed, Moves: "/dispute/" + sealed,
	})
}

// dispute sends it to the agency that the value comes from.
func dispute(v *page.Visit) {
	h, err := v.Open()
	if !v.OK(err) {
		return
	}
	s, got, err := v.Move("")
	if !v.OK(err) {
		return
	}
	if s.Invalid {
		s.Label = v.Site.MoveName(v.Site.Machine("correction"), s.Mutation, v.Lang)
		disputing(v, h, s, http.StatusUnprocessableEntity)
		return
	}
	h.Done, h.Entry = "done.dispute", got.Entry
	http.Redirect(v.W, v.R, "/w/"+v.Link(h), http.StatusSeeOther)
}
