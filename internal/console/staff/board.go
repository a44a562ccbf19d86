package staff

import (
	"strconv"

	"github.com/tongxin-hub/tongxin/internal/console/operations"
	"github.com/tongxin-hub/tongxin/internal/console/page"
)

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
	var bars []page.Bar
	for _, c := range counts.ChildCounts {
		if body.Definition == "" {
			body.Definition = page.Text(c.Definition)
		}
		if len(bars) == 0 || bars[len(bars)-1].Name != page.Text(c.Township) {
			bars = append(bars, page.Bar{Name: page.Text(c.Township)})
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
	body.Chart, body.Tiles, body.Townships = page.Bars(title, 150, 400, bars), tiles(title, bars), bars
	v.Show("figures", page.View{Body: body})
}
