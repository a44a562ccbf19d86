package staff

import (
	"fmt"
	"html"
	"html/template"
	"math"
	"strings"
)

// shades is how many steps of colour a map of tiles has.
const shades = 5

// tile is one township of the map; Held says that its number is held back. Column and
// Row are 0 where nobody said where it lies.
type tile struct {
	Code, Name, Shown  string
	Value, Column, Row int
	Held               bool
}

// draw draws every township as a tile of the same size where it lies among the others,
// or all in the order of the codes where one has no place or two share one. Five steps of
// colour by the printed number, which stands in the tile; a township whose number is held
// back is hatched: colour says nothing that words do not.
func draw(title string, list []tile) template.HTML {
	const width, height, gap = 122, 64, 6
	if len(list) == 0 {
		return ""
	}
	across, down := settle(list)
	most := 1
	for _, t := range list {
		most = max(most, t.Value)
	}
	var out strings.Builder
	fmt.Fprintf(&out, `<svg class="tiles" role="img" aria-label="%s" viewBox="0 0 %d %d" xmlns="http://www.w3.org/2000/svg">`+
		`<defs><pattern id="held" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path d="M0 0V8" class="hatch"/></pattern></defs>`,
		html.EscapeString(title), across*(width+gap), down*(height+gap))
	for _, t := range list {
		x, y := (t.Column-1)*(width+gap), (t.Row-1)*(height+gap)
		step := min(t.Value*shades/most, shades-1) + 1
		fmt.Fprintf(&out, `<rect class="shade%d" x="%d" y="%d" width="%d" height="%d" rx="6"/>`, step, x, y, width, height)
		if t.Held {
			fmt.Fprintf(&out, `<rect class="held" x="%d" y="%d" width="%d" height="%d" rx="6" fill="url(#held)"/>`, x, y, width, height)
		}
		ink := "dark"
		if step > shades-2 {
			ink = "light"
		}
		fmt.Fprintf(&out, `<text class="%s" x="%d" y="%d" text-anchor="middle"%s>%s</text><text class="%s" x="%d" y="%d" text-anchor="middle">%s</text>`,
			ink, x+width/2, y+27, squeezed(t.Name, width-10), html.EscapeString(t.Name), ink, x+width/2, y+49, html.EscapeString(t.Shown))
	}
	out.WriteString(`</svg>`)
	return template.HTML(out.String()) //nolint:gosec // every text in it is escaped above
}

// squeezed makes a long name fit its tile.
func squeezed(name string, room int) string {
	if len([]rune(name)) <= 8 {
		return ""
	}
	return fmt.Sprintf(` textLength="%d" lengthAdjust="spacingAndGlyphs"`, room)
}

// settle gives every township a place, and says how many there are across and down.
func settle(list []tile) (across, down int) {
	taken := map[[2]int]bool{}
	for _, t := range list {
		at := [2]int{t.Column, t.Row}
		if t.Column < 1 || t.Row < 1 || taken[at] {
			across = int(math.Ceil(math.Sqrt(float64(len(list)))))
			for i := range list {
				list[i].Column, list[i].Row = i%across+1, i/across+1
			}
			return across, (len(list) + across - 1) / across
		}
		taken[at] = true
		across, down = max(across, t.Column), max(down, t.Row)
	}
	return across, down
}
