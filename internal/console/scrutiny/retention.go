package scrutiny

import (
	"net/http"
	"time"

	"github.com/tongxin-hub/tongxin/internal/chinatime"
	"github.com/tongxin-hub/tongxin/internal/console/operations"
	"github.com/tongxin-hub/tongxin/internal/console/page"
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

	Link, Agency, Key string
}

type retentionPage struct {
	Tabs                    []tab
	Schedules               []schedule
	LastAt                  *string
	Last                    *int
	LastRecord              string
	Standing, Released      []hold
	Key, Problem            string
	Ordered, Reason, Agency string
	Staff, From, To         string
	Mark                    string
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
	body.Ordered, body.Reason, body.Agency, body.Staff = sent.Get("orderedBy"), sent.Get("reason"), sent.Get("agencyCode"), sent.Get("staffCode")
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
	names, err := agencies(v)
	if err != nil {
		return err
	}
	for _, h := range got.LegalHolds {
		one := hold{h, v.Link(page.Handle{Hat: v.Hat, Of: map[string]string{"hold": h.Id}}), named(names, page.Text(h.AgencyCode)), page.NewKey()}
		if h.ReleasedAt == nil {
			r.Standing = append(r.Standing, one)
		} else {
			r.Released = append(r.Released, one)
		}
	}
	return nil
}

// placeHold keeps entries from being destroyed.
func placeHold(v *page.Visit) {
	if !v.OK(auditing(v)) {
		return
	}
	sent := v.R.PostForm
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
