package staff

import (
	"fmt"
	"html"
	"html/template"
	"math"
	"strings"

	"github.com/tongxin-hub/tongxin/internal/console/page"
)

// shades is how many steps of colour a map of tiles has.
const shades = 5

// tiles draws every township as a tile of the same size, in the order of the codes, five
// steps of colour by the printed number. The number stands in the tile, and a township
// of which something is held back is hatched: colour says nothing that words do not.
func tiles(title string, bars []page.Bar) template.HTML {
	const width, height, gap = 122, 64, 6
	if len(bars) == 0 {
		return ""
	}
	across := int(math.Ceil(math.Sqrt(float64(len(bars)))))
	down := (len(bars) + across - 1) / across
	most := 1
	for _, b := range bars {
		most = max(most, b.Value)
	}
	var out strings.Builder
	fmt.Fprintf(&out, `<svg class="tiles" role="img" aria-label="%s" viewBox="0 0 %d %d" xmlns="http://www.w3.org/2000/svg">`+
		`<defs><pattern id="held" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path d="M0 0V8" class="hatch"/></pattern></defs>`,
		html.EscapeString(title), across*(width+gap), down*(height+gap))
	for i, b := range bars {
		x, y := i%across*(width+gap), i/across*(height+gap)
		step := min(b.Value*shades/most, shades-1) + 1
		fmt.Fprintf(&out, `<rect class="shade%d" x="%d" y="%d" width="%d" height="%d" rx="6"/>`, step, x, y, width, height)
		if b.Held {
			fmt.Fprintf(&out, `<rect class="held" x="%d" y="%d" width="%d" height="%d" rx="6" fill="url(#held)"/>`, x, y, width, height)
		}
		ink := "dark"
		if step > shades-2 {
			ink = "light"
		}
		fmt.Fprintf(&out, `<text class="%s" x="%d" y="%d" text-anchor="middle">%s</text><text class="%s" x="%d" y="%d" text-anchor="middle">%s</text>`,
			ink, x+width/2, y+27, html.EscapeString(b.Name), ink, x+width/2, y+49, html.EscapeString(b.Shown))
	}
	out.WriteString(`</svg>`)
	return template.HTML(out.String()) //nolint:gosec // every text in it is escaped above
}
