package scrutiny

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/tongxin-hub/tongxin/internal/chinatime"
	"github.com/tongxin-hub/tongxin/internal/console/operations"
	"github.com/tongxin-hub/tongxin/internal/console/page"
	"github.com/tongxin-hub/tongxin/internal/console/words"
)

// yearFigure is one figure of the year with all that makes it one.
type yearFigure struct{ Name, Of, Value, Unit, Definition string }

type yearlyPage struct {
	Tabs    []tab
	Year    int
	Years   []int
	Figures []yearFigure
	Cut     int
	AsOf    *string
	Key     string
	Problem string
	Mark    string
}

// yearOf is the year that is asked for: this one unless another was chosen.
func yearOf(v *page.Visit) int {
	year, err := strconv.Atoi(v.R.FormValue("year"))
	if err != nil {
		return v.Site.Now().In(chinatime.Zone()).Year()
	}
	return year
}

// showYearly is the summary of the yearly audit of minors' data, and its pack.
func showYearly(v *page.Visit) { yearly(v, "") }

func yearly(v *page.Visit, problem string) {
	body, err := yearlyOf(v)
	if !v.OK(err) {
		return
	}
	const most = 150
	body.Problem, body.Cut = problem, max(0, len(body.Figures)-most)
	body.Figures = body.Figures[:len(body.Figures)-body.Cut]
	status := http.StatusOK
	if problem != "" {
		status = http.StatusUnprocessableEntity
	}
	v.ShowAs(status, "yearly", page.View{Body: body})
}

func yearlyOf(v *page.Visit) (yearlyPage, error) {
	body := yearlyPage{Tabs: tabs(v), Year: yearOf(v), Key: page.NewKey()}
	if err := auditing(v); err != nil {
		return body, err
	}
	body.Mark = v.Watermark()
	const years = 5
	for i := range years {
		body.Years = append(body.Years, v.Site.Now().In(chinatime.Zone()).Year()-i)
	}
	got, err := operations.ConsoleMinorsAudit(v.Context(), v.Hub(nil), body.Year)
	if err != nil {
		return body, err
	}
	names, err := agencies(v)
	if err != nil {
		return body, err
	}
	p := v.Speaker()
	for _, f := range got.MinorsAudit {
		body.AsOf = f.AsOf
		one := yearFigure{
			Name: half(v, page.Text(f.Name)), Unit: unit(v, page.Text(f.Unit)), Definition: half(v, page.Text(f.Definition)),
			// A dimension is an agency, a role or a purpose: their codes are no words of each other.
			Of: p.Purpose(p.Role(named(names, page.Text(f.Dimension)))),
		}
		if one.Of == "" && strings.Contains(page.Text(f.Code), "_BY_") {
			one.Of = say(v, "yearly.unknown")
		}
		if f.Value != nil {
			one.Value = strconv.Itoa(*f.Value)
		}
		body.Figures = append(body.Figures, one)
	}
	return body, nil
}

// unit says what is counted; the hub says it in Chinese.
func unit(v *page.Visit, zh string) string {
	en := map[string]string{"条": "entries", "次": "times", "人次": "showings", "人": "persons", "件": "cases", "项": "items"}[zh]
	if en == "" {
		return zh
	}
	return page.Pick(v.Lang, zh, en)
}

// saveYearly gives the figures to a spreadsheet.
func saveYearly(v *page.Visit) {
	body, err := yearlyOf(v)
	if !v.OK(err) {
		return
	}
	lines := [][]string{{body.Mark}, {say(v, "figure.name"), say(v, "yearly.of"), say(v, "figure.value"), say(v, "figure.unit"), say(v, "figure.definition"), say(v, "figure.asof")}}
	for _, f := range body.Figures {
		lines = append(lines, []string{f.Name, f.Of, f.Value, f.Unit, f.Definition, page.Text(body.AsOf)})
	}
	v.Save("minors-audit-"+strconv.Itoa(body.Year)+".csv", lines)
}

// packed is a pack that was handed out.
type packed struct {
	page.Made

	Name, Content, SHA256, Size, Root string
	Bytes                             int
}

func pack(v *page.Visit, input map[string]any) (packed, error) {
	_, answer, err := v.Ask("ConsoleHandOutAuditPack", map[string]any{"input": input})
	if err != nil {
		return packed{}, err
	}
	var got struct{ Made packed }
	err = json.Unmarshal(answer.Data, &got)
	return got.Made, err
}

// handOut makes the pack of a year; the log keeps its checksum.
func handOut(v *page.Visit) {
	if !v.OK(auditing(v)) {
		return
	}
	sent := v.R.PostForm
	input := map[string]any{"key": sent.Get("key"), "year": yearOf(v)}
	if samples, err := strconv.Atoi(sent.Get("samples")); err == nil {
		input["samples"] = samples
	}
	if seed := sent.Get("seed"); seed != "" {
		input["seed"] = seed
	}
	got, err := pack(v, input)
	if !v.OK(err) {
		return
	}
	for _, e := range got.UserErrors {
		yearly(v, words.Of(v.Lang, e.Message)+" ("+e.Code+")")
		return
	}
	text, err := json.Marshal(input)
	if !v.OK(err) {
		return
	}
	h := page.Handle{Hat: v.Hat, Done: "yearly.made", Entry: got.Entry, Of: map[string]string{
		"input": string(text), "name": got.Name, "sha256": got.SHA256, "bytes": strconv.Itoa(got.Bytes), "size": got.Size, "root": got.Root,
	}}
	http.Redirect(v.W, v.R, "/yearly/"+v.Link(h), http.StatusSeeOther)
}

type packPage struct {
	Of     map[string]string
	Handle string
	Year   int
}

// showPack says what was handed out, and by what it is known.
func showPack(v *page.Visit) {
	h, err := v.Open()
	if !v.OK(err) {
		return
	}
	v.Show("yearly-pack", page.View{Body: packPage{Of: h.Of, Handle: v.R.PathValue("handle")}, Done: h.Done, Entry: h.Entry})
}

// savePack gives the same file once more: the same key, the same bytes.
func savePack(v *page.Visit) {
	h, err := v.Open()
	if !v.OK(err) {
		return
	}
	var input map[string]any
	if !v.OK(json.Unmarshal([]byte(h.Of["input"]), &input)) {
		return
	}
	got, err := pack(v, input)
	if !v.OK(err) {
		return
	}
	content, err := base64.StdEncoding.DecodeString(got.Content)
	if err == nil && got.SHA256 != h.Of["sha256"] {
		err = page.NotFound()
	}
	if v.OK(err) {
		v.File(got.Name, "application/zip", content)
	}
}
