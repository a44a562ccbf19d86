package page

import (
	"cmp"
	"fmt"
	"html"
	"html/template"
	"strconv"
	"strings"
)

// Bar is one line of a chart. Shown is its number as people read it, the value if "";
// Part is what of it stands out; Held says that the number is too small to tell.
type Bar struct {
	Name, Shown string
	Value, Part int
	Held        bool
}

// Bars draws horizontal bars, each with its number in words: nobody has to see it. Names
// stand left, and the longest bar is as long as there is room.
func Bars(label string, left, room int, list []Bar) template.HTML {
	const line, width = 26, 640
	most := 1
	for _, b := range list {
		most = max(most, b.Value)
	}
	if len(list) == 0 {
		return ""
	}
	var out strings.Builder
	fmt.Fprintf(&out, `<svg class="chart" role="img" aria-label="%s" viewBox="0 0 %d %d" xmlns="http://www.w3.org/2000/svg">`,
		html.EscapeString(label), width, line*len(list)+8)
	for i, b := range list {
		y, w := i*line+4, max(room*b.Value/most, 1)
		fmt.Fprintf(&out, `<text x="%d" y="%d" text-anchor="end">%s</text><rect x="%d" y="%d" width="%d" height="%d"/>`,
			left-8, y+17, html.EscapeString(b.Name), left, y, w, line-7)
		if b.Part > 0 {
			fmt.Fprintf(&out, `<rect class="part" x="%d" y="%d" width="%d" height="%d"/>`, left, y, max(room*b.Part/most, 1), line-7)
		}
		fmt.Fprintf(&out, `<text x="%d" y="%d">%s</text>`, left+w+8, y+17, html.EscapeString(cmp.Or(b.Shown, strconv.Itoa(b.Value))))
	}
	out.WriteString(`</svg>`)
	return template.HTML(out.String()) //nolint:gosec // every text in it is escaped above
}
