package staff

import (
	"net/http"
	"slices"

	"github.com/tongxin-hub/tongxin/internal/console/form"
	"github.com/tongxin-hub/tongxin/internal/console/page"
	"github.com/tongxin-hub/tongxin/internal/console/words"
)

type revealPage struct {
	Label, Value string
	Unknown      bool
	Problem      string
	// Back is the list that it was revealed from, empty where that is a child's page.
	Back       string
	Record     string
	Coordinate string
	Fields     []form.Field
}

// revealFields are the controls of the reason.
func revealFields(v *page.Visit) []form.Field { return reasonFor(v, nil) }

func reasonFor(v *page.Visit, sent map[string][]string) []form.Field {
	f := form.Make(v.Site.Lexicon, v.Lang, "revealField", sent)
	return slices.DeleteFunc(f.Fields, func(f form.Field) bool { return f.Name == "coordinate" })
}

// reveal shows one masked value of one record, for a typed reason. It is shown in this
// answer alone and kept nowhere.
func reveal(v *page.Visit) {
	h, err := v.Open()
	if !v.OK(err) {
		return
	}
	sent := v.R.PostForm
	body := revealPage{
		Label: v.Site.Lexicon.Coordinate(v.Lang, sent.Get("coordinate")), Record: sent.Get("record"), Coordinate: sent.Get("coordinate"),
		Fields: reasonFor(v, sent),
	}
	if l := h.Of[ofList]; l != "" {
		body.Back = "/list/" + l + "/" + v.Link(h)
	}
	got, err := v.Make("ConsoleReveal", map[string]any{
		"id": body.Record, "coordinate": body.Coordinate, "reason": sent.Get("reason"), "statement": sent.Get("statement"),
	})
	if !v.OK(err) {
		return
	}
	status := http.StatusOK
	for _, e := range got.UserErrors {
		body.Problem, status = words.Of(v.Lang, e.Message)+" ("+e.Code+")", http.StatusUnprocessableEntity
	}
	body.Value, body.Unknown = page.Text(got.Value), got.Value == nil
	p := page.View{Body: body, Reveals: v.Link(h), Entry: got.Entry}
	if h.Child != "" {
		p.About = p.Reveals
	}
	v.ShowAs(status, "reveal", p)
}
