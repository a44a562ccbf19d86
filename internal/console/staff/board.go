package staff

import (
	"fmt"
	"html"
	"html/template"
	"strconv"
	"strings"

	"github.com/tongxin-hub/tongxin/internal/console/operations"
	"github.com/tongxin-hub/tongxin/internal/console/page"
)

// bar is one township of the chart.
type bar struct {
	Name, Shown string
	Value       int
	// Held says that the number is held back: it is too small to tell.
	Held bool
}

// showBoard is the district for leaders: figures with definition and date, and where
// the children live, small numbers held back.
func showBoard(v *page.Visit) {
	got, err := operations.ConsoleFigures(v.Context(), v.Hub(nil))
	if !v.OK(err) {
		return
	}
	body := figuresPage{Title: "board.title", Mark: v.Watermark()}
	for _, f := range got.Figures {
		body.Rows = append(body.Rows, figure{"", page.Text(f.Name), page.Text(f.Shown), page.Text(f.Unit), page.Text(f.Definition), f.AsOf})
	}
	counts, err := operations.ConsoleChildCounts(v.Context(), v.Hub(nil))
	if !v.OK(err) {
		return
	}
	var bars []bar
	for _, c := range counts.ChildCounts {
		if body.Definition == "" {
			body.Definition = page.Text(c.Definition)
		}
		if len(bars) == 0 || bars[len(bars)-1].Name != page.Text(c.Township) {
			bars = append(bars, bar{Name: page.Text(c.Township)})
		}
		b := &bars[len(bars)-1]
		if c.Value == nil {
			b.Held = true
			continue
		}
		b.Value += *c.Value
	}
	for i := range bars {
		bars[i].Shown = strconv.Itoa(bars[i].Value)
		if bars[i].Held {
			bars[i].Shown = "≥ " + bars[i].Shown
		}
	}
	title, err := v.Site.Words.Say(v.Lang, "board.chart")
	if !v.OK(err) {
		return
	}
	body.Chart = chart(title, bars)
	v.Show("figures", page.View{Body: body})
}

// chart draws horizontal bars, each with its number in words: nobody has to see it.
func chart(title string, bars []bar) template.HTML {
	const line, left, width = 26, 150, 640
	most := 1
	for _, b := range bars {
		most = max(most, b.Value)
	}
	if len(bars) == 0 {
		return ""
	}
	var out strings.Builder
	fmt.Fprintf(&out, `<svg class="chart" role="img" aria-label="%s" viewBox="0 0 %d %d" xmlns="http://www.w3.org/2000/svg">`,
		html.EscapeString(title), width, line*len(bars)+8)
	for i, b := range bars {
		y, w := i*line+4, (width-left-90)*b.Value/most
		fmt.Fprintf(&out, `<text x="%d" y="%d" text-anchor="end">%s</text><rect x="%d" y="%d" width="%d" height="%d"/><text x="%d" y="%d">%s</text>`,
			left-8, y+17, html.EscapeString(b.Name), left, y, max(w, 1), line-7, left+w+8, y+17, html.EscapeString(b.Shown))
	}
	out.WriteString(`</svg>`)
	return template.HTML(out.String()) //nolint:gosec // every text in it is escaped above
}
