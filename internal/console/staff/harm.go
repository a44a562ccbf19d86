package staff

import (
	"net/http"

	"github.com/tongxin-hub/tongxin/internal/chinatime"
	"github.com/tongxin-hub/tongxin/internal/console/form"
	"github.com/tongxin-hub/tongxin/internal/console/operations"
	"github.com/tongxin-hub/tongxin/internal/console/page"
)

type harmPage struct {
	page.Step

	// About says that the report is about the child whose page was open.
	About bool
	// Mine are the person's own reports and what became of them.
	Mine []operations.ConsoleMyReportsMyReportsMyReport
}

// showHarm is the report of harm, a tap away from every page.
func showHarm(v *page.Visit) {
	h, err := harmHandle(v)
	if !v.OK(err) {
		return
	}
	s := page.Step{Form: form.Make(v.Site.Lexicon, v.Lang, "submitReport", nil), Key: page.NewKey()}
	s.Guess("foundOn", today(v))
	harm(v, h, s, http.StatusOK)
}

// today is the day in the district.
func today(v *page.Visit) string {
	return chinatime.Day(v.Site.Now())
}

// harmHandle is whom the report is about, if anybody, under the purpose of reporting.
func harmHandle(v *page.Visit) (page.Handle, error) {
	var h page.Handle
	if v.R.PathValue("handle") != "" {
		var err error
		if h, err = v.Open(); err != nil {
			return h, err
		}
	}
	v.Hat.Purpose, v.Hat.Ticket = "MANDATORY_REPORT", ""
	return h, nil
}

func harm(v *page.Visit, h page.Handle, s page.Step, status int) {
	body := harmPage{Step: s, About: h.Child != ""}
	if v.May("Query.myReports") { // everybody may report, not every post follows it up
		mine, err := operations.ConsoleMyReports(v.Context(), v.Hub(nil))
		if !v.OK(err) {
			return
		}
		body.Mine = append(body.Mine, mine.MyReports...)
	}
	p := page.View{Body: body, Done: h.Done, Entry: h.Entry}
	if h.Child != "" {
		p.About = v.R.PathValue("handle")
	}
	v.ShowAs(status, "harm", p)
}

// reportHarm sends the report; nobody has to allow it.
func reportHarm(v *page.Visit) {
	h, err := harmHandle(v)
	if !v.OK(err) {
		return
	}
	sent := v.R.PostForm
	s := page.Step{Form: form.Make(v.Site.Lexicon, v.Lang, "submitReport", sent), Key: sent.Get("key")}
	input := s.Input(v.Site.Lexicon, sent)
	input["key"] = s.Key
	if h.Child != "" {
		input["child"] = h.Child
	}
	got, err := v.Make("ConsoleSubmitReport", input)
	if !v.OK(err) {
		return
	}
	if len(got.UserErrors) > 0 {
		v.Mark(&s, got)
		harm(v, h, s, http.StatusUnprocessableEntity)
		return
	}
	http.Redirect(v.W, v.R, "/harm/"+v.Link(page.Handle{Hat: h.Hat, Done: "done.harm", Entry: got.Entry}), http.StatusSeeOther)
}
