package console

import (
	"net/http"
	"time"

	"github.com/tongxin-hub/tongxin/internal/console/form"
	"github.com/tongxin-hub/tongxin/internal/console/operations"
)

type harmPage struct {
	step
	// About says that the report is about the child whose page was open.
	About bool
	// Mine are the person's own reports and what became of them.
	Mine []operations.ConsoleMyReportsMyReportsMyReport
}

// showHarm is the report of harm, a tap away from every page.
func showHarm(v *visit) {
	h, err := v.harmHandle()
	if !v.ok(err) {
		return
	}
	today := v.c.deps.Now().In(time.FixedZone("CST", 8*60*60)).Format(time.DateOnly)
	v.harm(h, step{
		Form: form.Make(v.c.lexicon, v.lang, "submitReport", map[string][]string{"foundOn": {today}}), Key: newKey(),
	}, http.StatusOK)
}

// harmHandle is whom the report is about, if anybody, under the purpose of reporting.
func (v *visit) harmHandle() (handle, error) {
	var h handle
	if v.r.PathValue("handle") != "" {
		var err error
		if h, err = v.open(); err != nil {
			return h, err
		}
	}
	v.hat.Purpose, v.hat.Ticket = "MANDATORY_REPORT", ""
	return h, nil
}

func (v *visit) harm(h handle, s step, status int) {
	page := harmPage{step: s, About: h.Child != ""}
	mine, err := operations.ConsoleMyReports(v.ctx(), v.c.ask.For(v.as(), nil))
	if !v.ok(err) {
		return
	}
	page.Mine = append(page.Mine, mine.MyReports...)
	p := view{Body: page, Done: h.Done, Entry: h.Entry}
	if h.Child != "" {
		p.About = v.r.PathValue("handle")
	}
	v.showAs(status, "harm", p)
}

// reportHarm sends the report; nobody has to allow it.
func reportHarm(v *visit) {
	h, err := v.harmHandle()
	if !v.ok(err) {
		return
	}
	sent := v.r.PostForm
	s := step{Form: form.Make(v.c.lexicon, v.lang, "submitReport", sent), Key: sent.Get("key")}
	input := s.Input(v.c.lexicon, sent)
	input["key"] = s.Key
	if h.Child != "" {
		input["child"] = h.Child
	}
	got, err := v.make("ConsoleSubmitReport", input)
	if !v.ok(err) {
		return
	}
	if len(got.UserErrors) > 0 {
		v.mark(&s, got)
		v.harm(h, s, http.StatusUnprocessableEntity)
		return
	}
	http.Redirect(v.w, v.r, "/harm/"+v.link(handle{Hat: h.Hat, Done: "done.harm", Entry: got.Entry}), http.StatusSeeOther)
}
