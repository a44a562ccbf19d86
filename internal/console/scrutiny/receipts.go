package scrutiny

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/tongxin-hub/tongxin/internal/chinatime"
	"github.com/tongxin-hub/tongxin/internal/console/operations"
	"github.com/tongxin-hub/tongxin/internal/console/page"
	"github.com/tongxin-hub/tongxin/internal/console/receipts"
	"github.com/tongxin-hub/tongxin/internal/fault"
)

// hour is one system in one hour whose counts differ.
type hour struct {
	operations.ConsoleCompletenessCompletenessCompletenessHour

	Agency string
}

// outcome is what came of a partner's list.
type outcome struct {
	receipts.List

	Known, ExtraTotal int
	// Missing are those that the log does not have, each with its line.
	Missing []receipts.Receipt
	Extra   []string
}

type receiptsPage struct {
	Tabs                       []tab
	Day                        string
	Hours, Equal               int
	Odd                        []hour
	Cut                        int
	Agencies                   []choice
	Agency, System, From, To   string
	Text, Problem, Mark, Known string
	Outcome                    *outcome
}

// showReceipts holds what the edge counted against the log, by hour, and takes lists of
// receipts that partners hand in.
func showReceipts(v *page.Visit) { completeness(v, receiptsPage{}) }

func completeness(v *page.Visit, body receiptsPage) {
	body.Tabs = tabs(v)
	if !v.OK(auditing(v)) {
		return
	}
	body.Mark = v.Watermark()
	now := v.Site.Now().In(chinatime.Zone())
	body.Day = now.Format(time.DateOnly)
	if day := v.R.URL.Query().Get("day"); day != "" {
		body.Day = day
	}
	day, err := time.ParseInLocation(time.DateOnly, body.Day, chinatime.Zone())
	if err != nil {
		day, body.Day = now.Truncate(24*time.Hour), now.Format(time.DateOnly)
	}
	got, err := operations.ConsoleCompleteness(v.Context(), v.Hub(nil), day.Format(time.RFC3339), day.AddDate(0, 0, 1).Format(time.RFC3339))
	if !v.OK(err) {
		return
	}
	names, err := agencies(v)
	if !v.OK(err) {
		return
	}
	for _, h := range got.Completeness {
		if code(h.State) == "EQUAL" {
			body.Equal++
			continue
		}
		body.Odd = append(body.Odd, hour{h, named(names, page.Text(h.AgencyCode))})
	}
	body.Hours = len(got.Completeness)
	body.Cut = max(0, len(body.Odd)-shownDifferences)
	body.Odd = body.Odd[:len(body.Odd)-body.Cut]
	body.Agencies = agencyChoices(names, body.Agency)
	if body.From == "" {
		body.From, body.To = body.Day, body.Day
	}
	status := http.StatusOK
	if body.Problem != "" {
		status = http.StatusUnprocessableEntity
	}
	v.ShowAs(status, "receipts", page.View{Body: body})
}

// reconcile holds a partner's list of receipts against the log. Every line of it is
// accounted for: known, missing, given twice, or no receipt.
func reconcile(v *page.Visit) {
	text, err := handedIn(v)
	if !v.OK(err) {
		return
	}
	body := receiptsPage{Agency: v.R.FormValue("agency"), System: strings.TrimSpace(v.R.FormValue("system")), From: v.R.FormValue("from"), To: v.R.FormValue("to"), Text: text}
	list := receipts.Read(text)
	if len(list.Receipts) > receipts.Most {
		body.Problem = say(v, "receipts.tooMany", "count", len(list.Receipts), "most", receipts.Most)
		completeness(v, body)
		return
	}
	if !v.OK(auditing(v)) {
		return
	}
	since, until := spanOf(v, 0).instants()
	got, err := operations.ConsoleReconcilePartner(v.Context(), v.Hub(nil), body.Agency, body.System, list.Entries(), since, until)
	if !v.OK(err) {
		return
	}
	r := got.ReconcilePartnerReceipts
	if r == nil {
		v.OK(page.NotFound())
		return
	}
	body.Outcome = &outcome{List: list, Known: r.Known, ExtraTotal: r.ExtraTotal, Extra: r.Extra, Missing: list.Among(r.Missing)}
	completeness(v, body)
}

// maxHandedIn is the longest list that is read at once.
const maxHandedIn = 60 << 10

// handedIn is the text of a file, or what was typed.
func handedIn(v *page.Visit) (string, error) {
	if err := v.R.ParseMultipartForm(maxHandedIn); err != nil && !errors.Is(err, http.ErrNotMultipart) {
		return "", fault.Wrap(fault.BadRequest, "文件无法读取或过大，请分几次交来。", "The file cannot be read or is too large; hand it in by parts.", err)
	}
	file, _, err := v.R.FormFile("file")
	if err != nil {
		return v.R.FormValue("text"), nil //nolint:nilerr // no file: the text was typed
	}
	defer file.Close() //nolint:errcheck // only read
	body, err := io.ReadAll(file)
	if err != nil || len(body) == 0 {
		return v.R.FormValue("text"), err
	}
	return string(body), nil
}
