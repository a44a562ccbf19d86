package auditor

import (
	"fmt"
	"html"
	"html/template"
	"strings"
	"time"

	"github.com/tongxin-hub/tongxin/internal/chinatime"
	"github.com/tongxin-hub/tongxin/internal/console/page"
)

// heat is a drawn picture; what it says stands beside it in words.
type heat = template.HTML

// calendar draws a year, a square for each day, the darker the more children were shown.
func calendar(v *page.Visit, year int, counts map[string]int) (heat, error) {
	const size, left, top = 13, 34, 18
	most := 1
	for _, n := range counts {
		most = max(most, n)
	}
	say := v.Speaker()
	label, err := say.T("year.chart", "year", year)
	if err != nil {
		return "", err
	}
	unit, err := say.T("year.unit")
	if err != nil {
		return "", err
	}
	var out strings.Builder
	fmt.Fprintf(&out, `<svg class="chart year" role="img" aria-label="%s" viewBox="0 0 %d %d" xmlns="http://www.w3.org/2000/svg">`, html.EscapeString(label), left+54*size, top+7*size+4)
	first := time.Date(year, 1, 1, 0, 0, 0, 0, chinatime.Zone())
	offset := (int(first.Weekday()) + 6) % 7 // weeks begin on Monday
	for i, name := range []string{page.Pick(v.Lang, "一", "Mo"), page.Pick(v.Lang, "四", "Th"), page.Pick(v.Lang, "日", "Su")} {
		fmt.Fprintf(&out, `<text x="%d" y="%d" text-anchor="end">%s</text>`, left-5, top+(i*3)*size+10, name)
	}
	for day := first; day.Year() == year; day = day.AddDate(0, 0, 1) {
		n := day.YearDay() - 1 + offset
		x, y := left+n/7*size, top+n%7*size
		if day.Day() == 1 {
			fmt.Fprintf(&out, `<text x="%d" y="12">%s</text>`, x, page.Pick(v.Lang, fmt.Sprintf("%d月", day.Month()), day.Format("Jan")))
		}
		date := day.Format(time.DateOnly)
		count := counts[date]
		class := "h0"
		if count > 0 {
			class = fmt.Sprintf("h%d", 1+min(3, 4*(count-1)/most))
		}
		fmt.Fprintf(&out, `<rect class="%s" x="%d" y="%d" width="%d" height="%d">`, class, x, y, size-2, size-2)
		if count > 0 {
			fmt.Fprintf(&out, `<title>%s %d %s</title>`, html.EscapeString(say.Day(&date)), count, html.EscapeString(unit))
		}
		out.WriteString(`</rect>`)
	}
	out.WriteString(`</svg>`)
	return template.HTML(out.String()), nil //nolint:gosec // every text in it is escaped above
}
