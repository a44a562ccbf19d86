package staff

import (
	"net/http"
	"slices"
	"strings"

	"github.com/tongxin-hub/tongxin/internal/console/form"
	"github.com/tongxin-hub/tongxin/internal/console/page"
	"github.com/tongxin-hub/tongxin/policy"
)

type emergencyPage struct {
	page.Step

	// About says that it is about the child whose page was open.
	About bool
}

// showEmergency is break-glass: what it opens, who hears of it, and what is owed for it
// are said before anybody presses the button.
func showEmergency(v *page.Visit) {
	h, err := emergencyHandle(v)
	if !v.OK(err) {
		return
	}
	breaking(v, h, page.Step{Form: form.Make(v.Site.Lexicon, v.Lang, "openEmergency", nil), Key: page.NewKey()}, http.StatusOK)
}

func emergencyHandle(v *page.Visit) (page.Handle, error) {
	var h page.Handle
	if v.R.PathValue("handle") != "" {
		var err error
		if h, err = v.Open(); err != nil {
			return h, err
		}
	}
	v.Hat.Purpose, v.Hat.Ticket = string(policy.Emergency), ""
	return h, nil
}

func breaking(v *page.Visit, h page.Handle, s page.Step, status int) {
	if h.Child != "" {
		s.Fields = slices.DeleteFunc(s.Fields, func(f form.Field) bool { return strings.HasPrefix(f.Name, "token.") })
	}
	p := page.View{Body: emergencyPage{s, h.Child != ""}}
	if h.Child != "" {
		p.About = v.R.PathValue("handle")
	}
	v.ShowAs(status, "emergency", p)
}

// openEmergency opens one child for a day and shows it.
func openEmergency(v *page.Visit) {
	h, err := emergencyHandle(v)
	if !v.OK(err) {
		return
	}
	v.R.SetPathValue("mutation", "openEmergency")
	s, got, err := v.Move(h.Child)
	if !v.OK(err) {
		return
	}
	if s.Invalid {
		breaking(v, h, s, http.StatusUnprocessableEntity)
		return
	}
	hat := v.Hat
	hat.Ticket = got.Ticket
	http.Redirect(v.W, v.R, "/w/"+v.Link(page.Handle{Child: got.Child, Of: h.Of, Hat: hat, Done: "done.emergency", Entry: got.Entry}), http.StatusSeeOther)
}
