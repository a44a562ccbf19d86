package staff

import (
	"net/http"
	"time"

	"github.com/tongxin-hub/tongxin/internal/chinatime"
	"github.com/tongxin-hub/tongxin/internal/console/operations"
	"github.com/tongxin-hub/tongxin/internal/console/page"
	"github.com/tongxin-hub/tongxin/internal/console/words"
)

// figure is one number with all that makes it one.
type figure struct {
	School, Name, Shown, Unit, Definition string
	AsOf                                  *string
}

type figuresPage struct {
	// Title is the key of the heading; Kind and Of are of a report.
	Title, Kind, Of, Key, Problem string
	Schools                       bool
	Rows                          []figure
	Mark                          string
}

// showReport is the school's month or the county's quarter, to read, print and save.
func showReport(v *page.Visit) { report(v, "") }

func report(v *page.Visit, problem string) {
	body := figuresPage{Kind: v.R.PathValue("kind"), Of: day(v), Key: page.NewKey(), Problem: problem}
	forDropout(v)
	body.Mark = v.Watermark()
	var err error
	switch body.Kind {
	case "month":
		body.Title = "report.month"
		body.Rows, err = schoolReport(v, body.Of)
	case "quarter":
		body.Title = "report.quarter"
		body.Rows, err = countyReview(v, body.Of)
	default:
		err = page.NotFound()
	}
	if !v.OK(err) {
		return
	}
	for _, r := range body.Rows {
		body.Schools = body.Schools || r.School != ""
	}
	if v.R.FormValue("as") == "csv" {
		saveTable(v, body)
		return
	}
	status := http.StatusOK
	if problem != "" {
		status = http.StatusUnprocessableEntity
	}
	v.ShowAs(status, "figures", page.View{Body: body})
}

// forDropout puts on the purpose that the reports are for.
func forDropout(v *page.Visit) {
	if v.Hat.Purpose != "DROPOUT_PREVENTION" {
		v.Hat.Purpose, v.Hat.Ticket = "DROPOUT_PREVENTION", ""
	}
}

// day is the day that a report is asked for: today unless another was chosen.
func day(v *page.Visit) string {
	of := v.R.FormValue("of")
	if _, err := time.Parse(time.DateOnly, of); err != nil {
		return chinatime.Day(v.Site.Now())
	}
	return of
}

func schoolReport(v *page.Visit, of string) ([]figure, error) {
	got, err := operations.ConsoleSchoolReport(v.Context(), v.Hub(nil), of)
	if err != nil {
		return nil, err
	}
	var out []figure
	for _, f := range got.SchoolReport {
		out = append(out, spoken(v, page.Text(f.Code), figure{page.Text(f.School), page.Text(f.Name), page.Text(f.Shown), page.Text(f.Unit), page.Text(f.Definition), f.AsOf}))
	}
	return out, nil
}

// spoken is a figure in the language of the page: the hub says it in Chinese. A code that
// the console does not know stays as the hub says it.
func spoken(v *page.Visit, code string, f figure) figure {
	if v.Lang == words.ZH {
		return f
	}
	for to, key := range map[*string]string{&f.Name: "figure.called." + code, &f.Definition: "figure.counts." + code, &f.Unit: unitKey(f.Unit)} {
		if text, err := v.Site.Words.Say(v.Lang, key); err == nil {
			*to = text
		}
	}
	return f
}

// unitKey is the key of a unit.
func unitKey(zh string) string {
	return "figure.unit." + map[string]string{
		"人": "persons", "人次": "attendances", "次": "times", "场": "events", "件": "cases", "个": "places", "对": "pairs", "号": "number", "类": "class",
	}[zh]
}

func countyReview(v *page.Visit, of string) ([]figure, error) {
	got, err := operations.ConsoleCountyReview(v.Context(), v.Hub(nil), of)
	if err != nil {
		return nil, err
	}
	var out []figure
	for _, f := range got.CountyReview {
		out = append(out, spoken(v, page.Text(f.Code), figure{page.Text(f.School), page.Text(f.Name), page.Text(f.Shown), page.Text(f.Unit), page.Text(f.Definition), f.AsOf}))
	}
	return out, nil
}

// submitReport hands a report in.
func submitReport(v *page.Visit) {
	forDropout(v)
	document, member := "ConsoleSubmitSchoolReport", "month"
	switch v.R.PathValue("kind") {
	case "month":
	case "quarter":
		document, member = "ConsoleSubmitCountyReview", "quarter"
	default:
		v.OK(page.NotFound())
		return
	}
	got, err := v.Make(document, map[string]any{"key": v.R.PostForm.Get("key"), member: day(v)})
	if !v.OK(err) {
		return
	}
	for _, e := range got.UserErrors {
		report(v, words.Of(v.Lang, e.Message)+" ("+e.Code+")")
		return
	}
	v.Show("finished", page.View{Done: "done.report", Entry: got.Entry})
}

// saveTable gives the figures to a spreadsheet.
func saveTable(v *page.Visit, body figuresPage) {
	head := make([]string, 0, 6)
	for _, key := range []string{"figure.school", "figure.name", "figure.value", "figure.unit", "figure.definition", "figure.asof"} {
		text, err := v.Speaker().T(key)
		if !v.OK(err) {
			return
		}
		head = append(head, text)
	}
	lines := [][]string{{body.Mark}, head}
	for _, f := range body.Rows {
		lines = append(lines, []string{f.School, f.Name, f.Shown, f.Unit, f.Definition, page.Text(f.AsOf)})
	}
	v.Save(body.Kind+"-"+body.Of+".csv", lines)
}
