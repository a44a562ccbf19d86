package staff

import (
	"html/template"
	"slices"

	"github.com/tongxin-hub/tongxin/internal/console/form"
	"github.com/tongxin-hub/tongxin/internal/console/operations"
	"github.com/tongxin-hub/tongxin/internal/console/page"
)

type boardPage struct {
	Figures                 []figure
	Populations, Dimensions []form.Option
	// Definition is of the population that was chosen, By the name of the dimension.
	Definition, By string
	AsOf           *string
	Tiles          template.HTML
	Cells          grid
	Trend          trend
	Mark           string
}

// grid is a table of numbers: a line for each township, the district last.
type grid struct {
	Heads []string
	Lines []gridLine
}

// gridLine is a township with its numbers as printed.
type gridLine struct {
	Code, Name string
	Cells      []string
	District   bool
}

// showBoard is the district for leaders: figures with definition and date, where the
// children of a population live and how that changed, small numbers held back.
func showBoard(v *page.Visit) {
	population := operations.CountPopulation(chosen(v, "CountPopulation", "population", string(operations.CountPopulationLeftBehind3)))
	by := operations.CountDimension(chosen(v, "CountDimension", "by", string(operations.CountDimensionAgeBand)))
	body := boardPage{
		Populations: options(v, "CountPopulation", string(population)), Dimensions: options(v, "CountDimension", string(by)),
		By: v.Speaker().Value("CountDimension", by), Mark: v.Watermark(),
	}
	for _, panel := range []func() error{
		func() error { return body.figures(v) },
		func() error { return body.counts(v, population, by) },
		func() error { return body.quarters(v, population) },
	} {
		if !v.OK(panel()) {
			return
		}
	}
	v.Show("board", page.View{Body: body})
}

// chosen is a value of an enum that was asked for, or the usual one.
func chosen(v *page.Visit, enum, name, usual string) string {
	if asked := v.R.URL.Query().Get(name); v.Site.Lexicon.Schema().Types[enum].EnumValues.ForName(asked) != nil {
		return asked
	}
	return usual
}

// options are the values of an enum to choose from.
func options(v *page.Visit, enum, chosen string) (out []form.Option) {
	for _, value := range v.Site.Lexicon.Schema().Types[enum].EnumValues {
		out = append(out, form.Option{Value: value.Name, Label: v.Speaker().Value(enum, value.Name), Chosen: value.Name == chosen})
	}
	return out
}

func (b *boardPage) figures(v *page.Visit) error {
	got, err := operations.ConsoleFigures(v.Context(), v.Hub(nil))
	if err != nil {
		return err
	}
	for _, f := range got.Figures {
		b.Figures = append(b.Figures, spoken(v, page.Text(f.Code), figure{"", page.Text(f.Name), page.Text(f.Shown), page.Text(f.Unit), page.Text(f.Definition), f.AsOf}))
	}
	return nil
}

// total is the category of a line's sum.
const total = "TOTAL"

// counts are the table of a population by a dimension, and its totals as a map.
func (b *boardPage) counts(v *page.Visit, population operations.CountPopulation, by operations.CountDimension) error {
	got, err := operations.ConsoleChildCounts(v.Context(), v.Hub(nil), population, by)
	if err != nil || len(got.ChildCounts) == 0 {
		return err
	}
	places, err := operations.ConsoleTownshipTiles(v.Context(), v.Hub(nil))
	if err != nil {
		return err
	}
	b.Definition, b.AsOf = counted(v, population, page.Text(got.ChildCounts[0].Definition)), got.ChildCounts[0].AsOf
	var columns []string // those of which the district has somebody
	var tiles []tile
	district := page.Text(got.ChildCounts[len(got.ChildCounts)-1].TownshipCode)
	for _, c := range got.ChildCounts {
		if page.Text(c.TownshipCode) != district || page.Text(c.Shown) == "0" && page.Text(c.Category) != total {
			continue
		}
		name, err := categoryName(v, by, page.Text(c.Category))
		if err != nil {
			return err
		}
		columns, b.Cells.Heads = append(columns, page.Text(c.Category)), append(b.Cells.Heads, name)
	}
	for _, c := range got.ChildCounts {
		code, category := page.Text(c.TownshipCode), page.Text(c.Category)
		if i := len(b.Cells.Lines) - 1; i < 0 || b.Cells.Lines[i].Code != code {
			b.Cells.Lines = append(b.Cells.Lines, gridLine{Code: code, Name: page.Text(c.Township), District: code == district})
		}
		line := &b.Cells.Lines[len(b.Cells.Lines)-1]
		if slices.Contains(columns, category) {
			line.Cells = append(line.Cells, page.Text(c.Shown))
		}
		if category == total {
			tiles = append(tiles, tile{Code: code, Name: line.Name, Shown: page.Text(c.Shown), Value: page.Number(c.Value), Held: c.Value == nil})
		}
	}
	title, err := v.Site.Words.Say(v.Lang, "board.chart")
	if err != nil {
		return err
	}
	for _, p := range places.TownshipTiles {
		if i := slices.IndexFunc(tiles, func(t tile) bool { return t.Code == page.Text(p.TownshipCode) }); i >= 0 && p.TileColumn != nil && p.TileRow != nil {
			tiles[i].Column, tiles[i].Row = *p.TileColumn, *p.TileRow
		}
	}
	b.Tiles = draw(title, tiles[:len(tiles)-1])
	return nil
}

// counted is the definition of a population in the language of the page.
func counted(v *page.Visit, population operations.CountPopulation, definition string) string {
	return spoken(v, string(population), figure{Definition: definition}).Definition
}

// categoryName names a group of a dimension.
func categoryName(v *page.Visit, by operations.CountDimension, category string) (string, error) {
	switch category {
	case total:
		return v.Site.Words.Say(v.Lang, "board.total")
	case "UNKNOWN":
		return v.Site.Words.Say(v.Lang, "board.unknown")
	}
	enum := map[operations.CountDimension]string{
		operations.CountDimensionAgeBand: "AgeBand", operations.CountDimensionSex: "Sex", operations.CountDimensionRiskLevel: "RiskLevel",
		operations.CountDimensionGuardianship: "GuardianshipKind", operations.CountDimensionSchooling: "AcademicStatus",
	}[by]
	return v.Speaker().Value(enum, category), nil
}

// labelled is a table with its name and what its lines are.
type labelled struct {
	Label, Corner string
	Grid          grid
}

// Panel names a table for the template.
func (boardPage) Panel(label, corner string, g grid) labelled { return labelled{label, corner, g} }
