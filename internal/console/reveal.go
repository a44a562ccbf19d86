package console

import (
	"net/http"
	"slices"

	"github.com/tongxin-hub/tongxin/internal/console/form"
	"github.com/tongxin-hub/tongxin/internal/console/words"
)

type revealPage struct {
	Label, Value string
	Unknown      bool
	Problem      string
	Record       string
	Coordinate   string
	Fields       []form.Field
}

// revealFields are the controls of the reason.
func (v *visit) revealFields() []form.Field { return v.reasonFor(nil) }

func (v *visit) reasonFor(sent map[string][]string) []form.Field {
	f := form.Make(v.c.lexicon, v.lang, "revealField", sent)
	return slices.DeleteFunc(f.Fields, func(f form.Field) bool { return f.Name == "coordinate" })
}

// reveal shows one masked value of one record, for a typed reason. It is shown in this
// answer alone and kept nowhere.
func reveal(v *visit) {
	h, err := v.open()
	if !v.ok(err) {
		return
	}
	sent := v.r.PostForm
	page := revealPage{
		Label: v.c.lexicon.Coordinate(v.lang, sent.Get("coordinate")), Record: sent.Get("record"), Coordinate: sent.Get("coordinate"),
		Fields: v.reasonFor(sent),
	}
	got, err := v.make("ConsoleReveal", map[string]any{
		"id": page.Record, "coordinate": page.Coordinate, "reason": sent.Get("reason"), "statement": sent.Get("statement"),
	})
	if !v.ok(err) {
		return
	}
	status := http.StatusOK
	for _, e := range got.UserErrors {
		page.Problem, status = words.Of(v.lang, e.Message)+" ("+e.Code+")", http.StatusUnprocessableEntity
	}
	page.Value, page.Unknown = text(got.Value), got.Value == nil
	v.showAs(status, "reveal", view{Body: page, About: v.link(h), Entry: got.Entry})
}
