package console

import (
	"encoding/csv"
	"html/template"
	"net/http"
	"strings"
	"time"

	"github.com/tongxin-hub/tongxin/internal/console/operations"
	"github.com/tongxin-hub/tongxin/internal/console/words"
	"github.com/tongxin-hub/tongxin/internal/fault"
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
	Chart                         template.HTML
	Definition, Mark              string
}

// showReport is the school's month or the county's quarter, to read, print and save.
func showReport(v *visit) { v.report("") }

func (v *visit) report(problem string) {
	page := figuresPage{Kind: v.r.PathValue("kind"), Of: v.day(), Key: newKey(), Problem: problem}
	v.forDropout()
	page.Mark = v.watermark()
	var err error
	switch page.Kind {
	case "month":
		page.Title = "report.month"
		page.Rows, err = v.schoolReport(page.Of)
	case "quarter":
		page.Title = "report.quarter"
		page.Rows, err = v.countyReview(page.Of)
	default:
		err = notFound()
	}
	if !v.ok(err) {
		return
	}
	for _, r := range page.Rows {
		page.Schools = page.Schools || r.School != ""
	}
	if v.r.FormValue("as") == "csv" {
		v.csv(page)
		return
	}
	status := http.StatusOK
	if problem != "" {
		status = http.StatusUnprocessableEntity
	}
	v.showAs(status, "figures", view{Body: page})
}

// forDropout puts on the purpose that the reports are for.
func (v *visit) forDropout() {
	if v.hat.Purpose != "DROPOUT_PREVENTION" {
		v.hat.Purpose, v.hat.Ticket = "DROPOUT_PREVENTION", ""
	}
}

// day is the day that a report is asked for: today unless another was chosen.
func (v *visit) day() string {
	of := v.r.FormValue("of")
	if _, err := time.Parse(time.DateOnly, of); err != nil {
		return v.c.deps.Now().In(time.FixedZone("CST", 8*60*60)).Format(time.DateOnly)
	}
	return of
}

func (v *visit) schoolReport(of string) ([]figure, error) {
	got, err := operations.ConsoleSchoolReport(v.ctx(), v.c.ask.For(v.as(), nil), of)
	if err != nil {
		return nil, err
	}
	var out []figure
	for _, f := range got.SchoolReport {
		out = append(out, figure{text(f.School), text(f.Name), text(f.Shown), text(f.Unit), text(f.Definition), f.AsOf})
	}
	return out, nil
}

func (v *visit) countyReview(of string) ([]figure, error) {
	got, err := operations.ConsoleCountyReview(v.ctx(), v.c.ask.For(v.as(), nil), of)
	if err != nil {
		return nil, err
	}
	var out []figure
	for _, f := range got.CountyReview {
		out = append(out, figure{text(f.School), text(f.Name), text(f.Shown), text(f.Unit), text(f.Definition), f.AsOf})
	}
	return out, nil
}

// submitReport hands a report in.
func submitReport(v *visit) {
	v.forDropout()
	document, member := "ConsoleSubmitSchoolReport", "month"
	switch v.r.PathValue("kind") {
	case "month":
	case "quarter":
		document, member = "ConsoleSubmitCountyReview", "quarter"
	default:
		v.ok(notFound())
		return
	}
	got, err := v.make(document, map[string]any{"key": v.r.PostForm.Get("key"), member: v.day()})
	if !v.ok(err) {
		return
	}
	for _, e := range got.UserErrors {
		v.report(words.Of(v.lang, e.Message) + " (" + e.Code + ")")
		return
	}
	v.show("finished", view{Done: "done.report", Entry: got.Entry})
}

// csv gives the figures to a spreadsheet, with who took them, when and why.
func (v *visit) csv(page figuresPage) {
	v.w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	v.w.Header().Set("Content-Disposition", `attachment; filename="`+page.Kind+"-"+page.Of+`.csv"`)
	var out strings.Builder
	out.WriteString("\ufeff") // or some programs take it for another encoding
	w := csv.NewWriter(&out)
	lines := [][]string{{page.Mark}, {"school", "name", "value", "unit", "definition", "as of"}}
	for _, f := range page.Rows {
		lines = append(lines, []string{f.School, f.Name, f.Shown, f.Unit, f.Definition, text(f.AsOf)})
	}
	for _, line := range lines {
		for i := range line {
			line[i] = harmless(line[i])
		}
		if err := w.Write(line); err != nil {
			v.ok(fault.Wrap(fault.Internal, "无法生成表格。", "The table cannot be made.", err))
			return
		}
	}
	w.Flush()
	_, _ = v.w.Write([]byte(out.String())) // who has left needs no table
}

// harmless keeps a spreadsheet from taking a cell for a formula.
func harmless(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}
