package staff

import (
	"fmt"
	"html"
	"html/template"
	"slices"
	"strings"

	"github.com/tongxin-hub/tongxin/internal/console/operations"
	"github.com/tongxin-hub/tongxin/internal/console/page"
	"github.com/tongxin-hub/tongxin/internal/console/words"
)

// trend is a population over the quarters: the district as a line, each township in the
// table.
type trend struct {
	Chart      template.HTML
	Cells      grid
	Definition string
}

// point is one quarter of a line.
type point struct {
	Name, Shown string
	Value       int
	Held        bool
}

// quarters are how the population changed.
func (b *boardPage) quarters(v *page.Visit, population operations.CountPopulation) error {
	got, err := operations.ConsoleCountTrend(v.Context(), v.Hub(nil), population)
	if err != nil || len(got.CountTrend) == 0 {
		return err
	}
	if b.Trend.Definition = page.Text(got.CountTrend[0].Definition); v.Lang == words.EN {
		rounded, err := v.Speaker().T("figure.trend")
		if err != nil {
			return err
		}
		b.Trend.Definition = counted(v, population, b.Trend.Definition) + "; " + rounded
	}
	shown := map[string]string{}
	var points []point
	district := page.Text(got.CountTrend[len(got.CountTrend)-1].TownshipCode)
	for _, c := range got.CountTrend {
		code, quarter := page.Text(c.TownshipCode), page.Text(c.Quarter)
		shown[code+" "+quarter] = page.Text(c.Shown)
		if !slices.Contains(b.Trend.Cells.Heads, quarter) {
			b.Trend.Cells.Heads = append(b.Trend.Cells.Heads, quarter)
		}
		if !slices.ContainsFunc(b.Trend.Cells.Lines, func(l gridLine) bool { return l.Code == code }) {
			b.Trend.Cells.Lines = append(b.Trend.Cells.Lines, gridLine{Code: code, Name: page.Text(c.Township), District: code == district})
		}
		if code == district {
			points = append(points, point{Name: quarter, Shown: page.Text(c.Shown), Value: page.Number(c.Value), Held: c.Value == nil})
		}
	}
	for i := range b.Trend.Cells.Lines {
		l := &b.Trend.Cells.Lines[i]
		for _, quarter := range b.Trend.Cells.Heads {
			cell, counted := shown[l.Code+" "+quarter]
			if !counted {
				cell = "–" // the township was not counted then
			}
			l.Cells = append(l.Cells, cell)
		}
	}
	title, err := v.Site.Words.Say(v.Lang, "board.trend")
	if err != nil {
		return err
	}
	b.Trend.Chart = line(title, points)
	return nil
}

// line draws quarters from the left to the right, each with its number; a quarter that is
// held back leaves a gap. The axis begins at 0.
func line(title string, list []point) template.HTML {
	const width, height, left, top, bottom = 640, 200, 30, 30, 30
	if len(list) < 2 {
		return ""
	}
	most := 1
	for _, p := range list {
		most = max(most, p.Value)
	}
	var out, dots strings.Builder
	fmt.Fprintf(&out, `<svg class="chart line" role="img" aria-label="%s" viewBox="0 0 %d %d" xmlns="http://www.w3.org/2000/svg"><path class="axis" d="M%d %dH%d"/>`,
		html.EscapeString(title), width, height, left, height-bottom, width-left)
	path, pen := strings.Builder{}, "M"
	for i, p := range list {
		x, y := left+20+i*(width-2*left-40)/(len(list)-1), height-bottom-(height-top-bottom)*p.Value/most
		fmt.Fprintf(&dots, `<text x="%d" y="%d" text-anchor="middle">%s</text>`, x, height-bottom+20, html.EscapeString(p.Name))
		if p.Held {
			pen = "M"
			fmt.Fprintf(&dots, `<text x="%d" y="%d" text-anchor="middle">%s</text>`, x, height-bottom-8, html.EscapeString(p.Shown))
			continue
		}
		fmt.Fprintf(&path, "%s%d %d", pen, x, y)
		pen = "L"
		fmt.Fprintf(&dots, `<circle cx="%d" cy="%d" r="4"/><text x="%d" y="%d" text-anchor="middle">%s</text>`, x, y, x, y-10, html.EscapeString(p.Shown))
	}
	fmt.Fprintf(&out, `<path class="course" d="%s"/>%s</svg>`, path.String(), dots.String())
	return template.HTML(out.String()) //nolint:gosec // every text in it is escaped above
}
