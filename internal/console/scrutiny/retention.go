package scrutiny

import (
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/tongxin-hub/tongxin/internal/chinatime"
	"github.com/tongxin-hub/tongxin/internal/console/form"
	"github.com/tongxin-hub/tongxin/internal/console/lexicon"
	"github.com/tongxin-hub/tongxin/internal/console/operations"
	"github.com/tongxin-hub/tongxin/internal/console/page"
	"github.com/tongxin-hub/tongxin/internal/console/pick"
	"github.com/tongxin-hub/tongxin/internal/console/words"
)

// schedule is how long one class of entries is kept.
type schedule struct {
	operations.ConsoleRetentionRetentionSchedulesRetentionSchedule

	Basis string
}

// hold is a legal hold with what it covers.
type hold struct {
	operations.ConsoleLegalHoldsLegalHoldsLegalHold

	Link, Agency, Staff, By, Key string
}

type retentionPage struct {
	Tabs               []tab
	Schedules          []schedule
	LastAt             *string
	Last               *int
	LastRecord         string
	Standing, Released []hold
	Key, Problem       string
	Ordered, Reason    string
	From, To           string
	// Whose are the controls that say whose entries are held.
	Whose page.Step
	// Asked says that somebody is looking for a person.
	Asked bool
	Mark  string
}

// showRetention is how long details are kept, what is due, and what is held.
func showRetention(v *page.Visit) { retention(v, "") }

func retention(v *page.Visit, problem string) {
	body := retentionPage{Tabs: tabs(v), Key: page.NewKey(), Problem: problem}
	if !v.OK(auditing(v)) {
		return
	}
	body.Mark = v.Watermark()
	got, err := operations.ConsoleRetention(v.Context(), v.Hub(nil))
	if !v.OK(err) {
		return
	}
	if r := got.Retention; r != nil {
		body.LastAt, body.Last, body.LastRecord = r.LastDestroyedAt, r.LastDestroyed, page.Text(r.LastRecord)
		for _, s := range r.Schedules {
			body.Schedules = append(body.Schedules, schedule{s, half(v, page.Text(s.Basis))})
		}
	}
	if err := body.holds(v); !v.OK(err) {
		return
	}
	sent := v.R.PostForm
	body.Ordered, body.Reason, body.Whose, body.Asked = sent.Get("orderedBy"), sent.Get("reason"), whose(v, sent), sent.Get(form.Look) != ""
	body.From, body.To = sent.Get("from"), sent.Get("to")
	status := http.StatusOK
	if problem != "" {
		status = http.StatusUnprocessableEntity
	}
	v.ShowAs(status, "retention", page.View{Body: body, Done: doneOf(v)})
}

func (r *retentionPage) holds(v *page.Visit) error {
	got, err := operations.ConsoleLegalHolds(v.Context(), v.Hub(nil))
	if err != nil {
		return err
	}
	for _, h := range got.LegalHolds {
		v.Expect(lexicon.Person, page.Text(h.StaffCode), page.Text(h.PlacedBy))
	}
	for _, h := range got.LegalHolds {
		one := hold{h, v.Link(page.Handle{Hat: v.Hat, Of: map[string]string{"hold": h.Id}}), v.Called(lexicon.Agency, page.Text(h.AgencyCode)), v.Called(lexicon.Person, page.Text(h.StaffCode)), v.Called(lexicon.Person, page.Text(h.PlacedBy)), page.NewKey()}
		if h.ReleasedAt == nil {
			r.Standing = append(r.Standing, one)
		} else {
			r.Released = append(r.Released, one)
		}
	}
	return nil
}

// whose are the controls for an agency and somebody of it.
func whose(v *page.Visit, sent url.Values) page.Step {
	s := page.Step{Form: form.Make(v.Site.Lexicon, v.Lang, "placeLegalHold", sent), Sent: sent}
	s.Fields = slices.DeleteFunc(s.Fields, func(f form.Field) bool { return f.Name != "agencyCode" && f.Name != "staffCode" })
	if err := pick.Choose(v, &s); err != nil {
		v.Site.Warn(v.Context(), err) // it can be typed
	}
	return s
}

// placeHold keeps entries from being destroyed.
func placeHold(v *page.Visit) {
	if !v.OK(auditing(v)) {
		return
	}
	sent := v.R.PostForm
	if sent.Get(form.Look) != "" {
		retention(v, "")
		return
	}
	input := map[string]any{"key": sent.Get("key"), "orderedBy": sent.Get("orderedBy"), "reason": sent.Get("reason")}
	for _, name := range []string{"agencyCode", "staffCode"} {
		if value := sent.Get(name); value != "" {
			input[name] = value
		}
	}
	if day, err := time.ParseInLocation(time.DateOnly, sent.Get("from"), chinatime.Zone()); err == nil {
		input["since"] = day.Format(time.RFC3339)
	}
	if day, err := time.ParseInLocation(time.DateOnly, sent.Get("to"), chinatime.Zone()); err == nil {
		input["until"] = day.AddDate(0, 0, 1).Format(time.RFC3339)
	}
	held(v, "ConsolePlaceLegalHold", input)
}

// releaseHold lets what is due be destroyed again.
func releaseHold(v *page.Visit) {
	if !v.OK(auditing(v)) {
		return
	}
	sent := v.R.PostForm
	h, err := v.Sealed(sent.Get("hold"))
	if !v.OK(err) {
		return
	}
	held(v, "ConsoleReleaseLegalHold", map[string]any{"key": sent.Get("key"), "hold": h.Of["hold"], "reason": sent.Get("reason")})
}

func held(v *page.Visit, document string, input map[string]any) {
	got, err := v.Make(document, input)
	if !v.OK(err) {
		return
	}
	for _, e := range got.UserErrors {
		retention(v, words.Of(v.Lang, e.Message)+" ("+e.Code+")")
		return
	}
	http.Redirect(v.W, v.R, "/retention?done=1", http.StatusSeeOther)
}
