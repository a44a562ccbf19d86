package staff

import (
	"net/http"

	"github.com/tongxin-hub/tongxin/internal/console/page"
)

// nomination is the mutation of this page.
const nomination = "nominateNewChild"

// mayNominate: the post may name a child that is on none of its lists.
func mayNominate(v *page.Visit) bool { return v.May("Mutation." + nomination) }

// showNominate is the nomination of a child of whom nobody says whether there is a file.
func showNominate(v *page.Visit) {
	if !mayNominate(v) {
		v.OK(page.NotFound())
		return
	}
	var h page.Handle
	if v.R.PathValue("handle") != "" {
		var err error
		if h, err = v.Open(); !v.OK(err) {
			return
		}
	}
	nominating(v, h, nil, http.StatusOK)
}

func nominating(v *page.Visit, h page.Handle, failed *page.Step, status int) {
	s := v.Step(nomination, v.Site.MoveName(v.Site.MachineOf(nomination), nomination, v.Lang), "", 0, failed)
	s.First = true
	offer(v, &s, nil)
	v.ShowAs(status, "nominate", page.View{Body: s, Moves: "/nominate", Done: h.Done, Entry: h.Entry})
}

// nominate sends the nomination; what comes of it is told, if at all, by the inbox.
func nominate(v *page.Visit) {
	s, got, err := v.Move("")
	if !v.OK(err) {
		return
	}
	if s.Mutation != nomination {
		v.OK(page.NotFound())
		return
	}
	if s.Invalid {
		nominating(v, page.Handle{}, &s, s.Status())
		return
	}
	http.Redirect(v.W, v.R, "/nominate/"+v.Link(page.Handle{Hat: v.Hat, Done: "done.nominate", Entry: got.Entry}), http.StatusSeeOther)
}
