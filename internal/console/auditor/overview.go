package auditor

import (
	"cmp"
	"fmt"
	"html/template"
	"slices"
	"strconv"
	"time"

	"github.com/tongxin-hub/tongxin/internal/chinatime"
	"github.com/tongxin-hub/tongxin/internal/console/lexicon"
	"github.com/tongxin-hub/tongxin/internal/console/operations"
	"github.com/tongxin-hub/tongxin/internal/console/page"
)

// overviewDays is the period of the overview.
const overviewDays = 30

// plot is a picture with its numbers beside it.
type plot struct {
	// Title and Definition are keys of words.
	Title, Definition string
	Chart             template.HTML
	Bars              []page.Bar
}

// figure is one number with what it counts; Link shows what it is made of.
type figure struct {
	Label, Unit, Link string
	Value             int
	Alarm             bool
}

type witness struct {
	Name, Size, Refusal string
	CosignedAt          *string
	Minutes             int
	Never               bool
}

type overviewPage struct {
	From, To         string
	FromDay, ToDay   string
	Figures          []figure
	Plots            []plot
	Rules            []ruleLine
	Size, Signed     string
	SignedAt         *string
	Unsigned         int
	Witnesses        []witness
	AsOf, Year, Mark string
}

// ruleLine is what one rule came to.
type ruleLine struct {
	Rule, Title                                              string
	Items, Open, Asked, Answered, Justified, Misuse, Overdue int
}

// showOverview is what the log looks like now.
func showOverview(v *page.Visit) {
	if !audits(v) {
		return
	}
	today := v.Site.Now().In(chinatime.Zone())
	body := overviewPage{From: today.AddDate(0, 0, -overviewDays).Format(time.DateOnly), To: today.Format(time.DateOnly), Mark: v.Watermark()}
	for _, part := range []func(*page.Visit, *overviewPage) error{statisticsOf, hoursOf, rulesOf, yearOf, logOf} {
		if !v.OK(part(v, &body)) {
			return
		}
	}
	body.FromDay, body.ToDay = v.Speaker().Day(&body.From), v.Speaker().Day(&body.To)
	v.Show("overview", page.View{Body: body})
}

// statisticsOf are the accesses of the last days, by agency and by day.
func statisticsOf(v *page.Visit, body *overviewPage) error {
	got, err := operations.ConsoleAccessStatistics(v.Context(), v.Hub(nil), &body.From, &body.To)
	if err != nil {
		return err
	}
	var total personDay
	agencies, days, reveals, glass := map[string]*page.Bar{}, map[string]*page.Bar{}, map[string]*page.Bar{}, map[string]*page.Bar{}
	jobs, err := v.Speaker().T("overview.jobs")
	if err != nil {
		return err
	}
	for _, s := range got.Found {
		v.Expect(lexicon.Agency, page.Text(s.AgencyCode))
		total.add(personDay{
			Operations: page.Number(s.Operations), Views: page.Number(s.ChildViews), Reveals: page.Number(s.Reveals), Denied: page.Number(s.Denied), NotFound: page.Number(s.NotFound),
			L4: page.Number(s.L4), Night: page.Number(s.Night), Glass: page.Number(s.BreakGlass),
		})
		agency, day := cmp.Or(v.Called(lexicon.Agency, page.Text(s.AgencyCode)), jobs), page.Text(s.Day)
		add(agencies, agency, page.Number(s.ChildViews), page.Number(s.Night))
		add(days, day, page.Number(s.ChildViews), page.Number(s.Night))
		add(reveals, day, page.Number(s.Reveals), 0)
		add(glass, day, page.Number(s.BreakGlass), 0)
	}
	say := v.Speaker()
	for _, f := range []struct {
		field string
		value int
		alarm bool
	}{
		{"operations", total.Operations, false},
		{"childViews", total.Views, false},
		{"reveals", total.Reveals, false},
		{"denied", total.Denied, false},
		{"notFound", total.NotFound, false},
		{"l4", total.L4, false},
		{"night", total.Night, total.Night > 0},
		{"breakGlass", total.Glass, total.Glass > 0},
	} {
		body.Figures = append(body.Figures, figure{Label: say.Label("AccessStatistic." + f.field), Unit: page.Pick(v.Lang, "次", ""), Value: f.value, Alarm: f.alarm})
	}
	return body.plots(
		v, plot{Title: "overview.byagency", Definition: "overview.views", Bars: ordered(agencies, largest)},
		plot{Title: "overview.byday", Definition: "overview.viewsnight", Bars: inDays(v, days)},
		plot{Title: "overview.reveals", Definition: "overview.revealsday", Bars: inDays(v, reveals)},
		plot{Title: "overview.glass", Definition: "overview.glassday", Bars: inDays(v, glass)},
	)
}

// add adds to a bar; what is nothing makes none.
func add(to map[string]*page.Bar, name string, value, part int) {
	if value == 0 && part == 0 {
		return
	}
	if to[name] == nil {
		to[name] = &page.Bar{Name: name}
	}
	to[name].Value += value
	to[name].Part += part
}

// inDays are the bars of days, in their order.
func inDays(v *page.Visit, of map[string]*page.Bar) []page.Bar {
	out := ordered(of, func(a, b page.Bar) int { return cmp.Compare(a.Name, b.Name) })
	for i := range out {
		out[i].Name = v.Speaker().Day(&out[i].Name)
	}
	return out
}

// hoursOf are what people did in the last days by the hour of the day and by purpose, and
// how much was withheld from them.
func hoursOf(v *page.Visit, body *overviewPage) error {
	got, err := operations.ConsoleAccessHours(v.Context(), v.Hub(nil), body.From, body.To)
	if err != nil {
		return err
	}
	say, withheld := v.Speaker(), 0
	none, err := say.T("overview.nopurpose")
	if err != nil {
		return err
	}
	hours, purposes, kept := map[string]*page.Bar{}, map[string]*page.Bar{}, map[string]*page.Bar{}
	for _, h := range got.Found {
		purpose := cmp.Or(say.Purpose(page.Text(h.Purpose)), none)
		night := 0
		if n := page.Number(h.Hour); n < 6 || n > 21 {
			night = page.Number(h.Operations)
		}
		add(hours, fmt.Sprintf("%02d:00–%02d:59", page.Number(h.Hour), page.Number(h.Hour)), page.Number(h.Operations), night)
		add(purposes, purpose, page.Number(h.ChildViews), 0)
		add(kept, purpose, page.Number(h.Withheld), 0)
		withheld += page.Number(h.Withheld)
	}
	body.Figures = append(body.Figures, figure{Label: say.Label("AccessHour.withheld"), Unit: page.Pick(v.Lang, "次", ""), Value: withheld})
	return body.plots(
		v, plot{Title: "overview.byhour", Definition: "overview.hours", Bars: ordered(hours, func(a, b page.Bar) int { return cmp.Compare(a.Name, b.Name) })},
		plot{Title: "overview.forpurpose", Definition: "overview.viewsonly", Bars: ordered(purposes, largest)},
		plot{Title: "overview.withheld", Definition: "overview.withheldof", Bars: ordered(kept, largest)},
	)
}

// ordered are the bars of a map.
func ordered(of map[string]*page.Bar, by func(a, b page.Bar) int) []page.Bar {
	var out []page.Bar
	for _, b := range of {
		out = append(out, *b)
	}
	slices.SortFunc(out, by)
	return out
}

func largest(a, b page.Bar) int { return cmp.Or(b.Value-a.Value, cmp.Compare(a.Name, b.Name)) }

// mostBars keeps a plot readable.
const mostBars = 31

func (body *overviewPage) plots(v *page.Visit, list ...plot) error {
	for _, p := range list {
		title, err := v.Speaker().T(p.Title)
		if err != nil {
			return err
		}
		p.Bars = p.Bars[:min(len(p.Bars), mostBars)]
		p.Chart = page.Bars(title, 220, 330, p.Bars)
		body.Plots = append(body.Plots, p)
	}
	return nil
}

// rulesOf is what the review list came to in the last days.
func rulesOf(v *page.Visit, body *overviewPage) error {
	today := v.Site.Now().In(chinatime.Zone())
	since, until := today.AddDate(0, 0, -overviewDays).Format(time.RFC3339), today.AddDate(0, 0, 1).Format(time.RFC3339)
	got, err := operations.ConsoleReviewReport(v.Context(), v.Hub(nil), since, until)
	if err != nil {
		return err
	}
	for _, l := range got.ReviewReport {
		one := ruleLine{
			Rule: code(l.Rule), Items: page.Number(l.Items), Open: page.Number(l.Open), Asked: page.Number(l.Asked), Answered: page.Number(l.Answered), Justified: page.Number(l.Justified),
			Misuse: page.Number(l.Misuse), Overdue: page.Number(l.Overdue),
		}
		if one.Rule == "NO_BASIS" || one.Rule == "" {
			label := v.Speaker().Value("ReviewRule", "NO_BASIS")
			if one.Rule == "" {
				label = v.Speaker().Label("ReviewReportLine.flagged")
			}
			body.Figures = append(body.Figures, figure{Label: label, Unit: page.Pick(v.Lang, "次", ""), Value: page.Number(l.Flagged), Alarm: one.Rule != "" && page.Number(l.Flagged) > 0})
		}
		if one.Items > 0 {
			body.Rules = append(body.Rules, one)
		}
	}
	return nil
}

// yearOf are the accesses of the year, by purpose and role.
func yearOf(v *page.Visit, body *overviewPage) error {
	year := v.Site.Now().In(chinatime.Zone()).Year()
	body.Year = strconv.Itoa(year)
	got, err := operations.ConsoleMinorsAudit(v.Context(), v.Hub(nil), year)
	if err != nil {
		return err
	}
	say := v.Speaker()
	none, err := say.T("overview.nopurpose")
	if err != nil {
		return err
	}
	purposes, roles := map[string]*page.Bar{}, map[string]*page.Bar{}
	for _, f := range got.MinorsAudit {
		body.AsOf = say.Moment(f.AsOf)
		dimension := page.Text(f.Dimension)
		switch page.Text(f.Code) {
		case "ACCESSES_BY_PURPOSE":
			purposes[dimension] = &page.Bar{Name: cmp.Or(say.Purpose(dimension), none), Value: page.Number(f.Value)}
		case "ACCESSES_BY_ROLE":
			roles[dimension] = &page.Bar{Name: cmp.Or(say.Role(dimension), none), Value: page.Number(f.Value)}
		}
	}
	return body.plots(v, plot{Title: "overview.bypurpose", Definition: "overview.accesses", Bars: ordered(purposes, largest)}, plot{Title: "overview.byrole", Definition: "overview.accesses", Bars: ordered(roles, largest)})
}

// logOf is how far the log is signed, and who vouches for it.
func logOf(v *page.Visit, body *overviewPage) error {
	got, err := operations.ConsoleLogStatus(v.Context(), v.Hub(nil))
	if err != nil || got.LogStatus == nil {
		return err
	}
	s := got.LogStatus
	body.Size, body.Signed, body.SignedAt = page.Text(s.Size), page.Text(s.SignedSize), s.SignedAt
	size, errSize := strconv.Atoi(body.Size)
	signed, errSigned := strconv.Atoi(body.Signed)
	if errSize == nil && errSigned == nil {
		body.Unsigned = size - signed
	}
	for _, w := range s.Witnesses {
		body.Witnesses = append(body.Witnesses, witness{
			Name: page.Text(w.Name), Size: page.Text(w.Size), CosignedAt: w.CosignedAt, Never: w.CosignedAt == nil, Minutes: page.Number(w.AgeSeconds) / 60,
			Refusal: v.Speaker().Value("WitnessRefusal", code(w.Refusal)),
		})
	}
	return body.vouched(v, size, signed)
}

// vouched plots how much of the log is signed, and how much each witness vouches for and
// since when.
func (body *overviewPage) vouched(v *page.Visit, size, signed int) error {
	say := v.Speaker()
	var bars []page.Bar
	for _, b := range []struct {
		key   string
		value int
	}{{"overview.tree", size}, {"overview.signed", signed}} {
		name, err := say.T(b.key)
		if err != nil {
			return err
		}
		bars = append(bars, page.Bar{Name: name, Value: b.value})
	}
	for _, w := range body.Witnesses {
		at, err := strconv.Atoi(cmp.Or(w.Size, "0"))
		if err != nil {
			return fmt.Errorf("size of witness %s: %w", w.Name, err)
		}
		age, err := say.T("overview.age", "size", at, "minutes", w.Minutes)
		if w.Never {
			age, err = say.T("overview.never")
		}
		if err != nil {
			return err
		}
		bars = append(bars, page.Bar{Name: w.Name, Value: at, Shown: age})
	}
	return body.plots(v, plot{Title: "overview.vouched", Definition: "overview.vouchedof", Bars: bars})
}
