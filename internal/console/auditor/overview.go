package auditor

import (
	"cmp"
	"html/template"
	"slices"
	"strconv"
	"time"

	"github.com/tongxin-hub/tongxin/internal/chinatime"

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
	for _, part := range []func(*page.Visit, *overviewPage) error{statisticsOf, rulesOf, yearOf, logOf} {
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
	agencies, days := map[string]*page.Bar{}, map[string]*page.Bar{}
	for _, s := range got.Found {
		total.add(personDay{
			Operations: number(s.Operations), Views: number(s.ChildViews), Reveals: number(s.Reveals), Denied: number(s.Denied), NotFound: number(s.NotFound),
			L4: number(s.L4), Night: number(s.Night), Glass: number(s.BreakGlass),
		})
		for key, in := range map[string]map[string]*page.Bar{page.Text(s.AgencyCode): agencies, page.Text(s.Day): days} {
			if in[key] == nil {
				in[key] = &page.Bar{Name: key}
			}
			in[key].Value += number(s.ChildViews)
			in[key].Part += number(s.Night)
		}
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
	byDay := ordered(days, func(a, b page.Bar) int { return cmp.Compare(a.Name, b.Name) })
	for i := range byDay {
		byDay[i].Name = say.Day(&byDay[i].Name)
	}
	return body.plots(v, plot{Title: "overview.byagency", Definition: "overview.views", Bars: ordered(agencies, largest)}, plot{Title: "overview.byday", Definition: "overview.viewsnight", Bars: byDay})
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
		p.Chart = page.Bars(title, 170, 390, p.Bars)
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
			Rule: code(l.Rule), Items: number(l.Items), Open: number(l.Open), Asked: number(l.Asked), Answered: number(l.Answered), Justified: number(l.Justified),
			Misuse: number(l.Misuse), Overdue: number(l.Overdue),
		}
		if one.Rule == "NO_BASIS" || one.Rule == "" {
			label := v.Speaker().Value("ReviewRule", "NO_BASIS")
			if one.Rule == "" {
				label = v.Speaker().Label("ReviewReportLine.flagged")
			}
			body.Figures = append(body.Figures, figure{Label: label, Unit: page.Pick(v.Lang, "次", ""), Value: number(l.Flagged), Alarm: one.Rule != "" && number(l.Flagged) > 0})
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
	purposes, roles := map[string]*page.Bar{}, map[string]*page.Bar{}
	for _, f := range got.MinorsAudit {
		body.AsOf = say.Moment(f.AsOf)
		dimension := page.Text(f.Dimension)
		switch page.Text(f.Code) {
		case "ACCESSES_BY_PURPOSE":
			purposes[dimension] = &page.Bar{Name: say.Purpose(dimension), Value: number(f.Value)}
		case "ACCESSES_BY_ROLE":
			roles[dimension] = &page.Bar{Name: say.Role(dimension), Value: number(f.Value)}
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
			Name: page.Text(w.Name), Size: page.Text(w.Size), CosignedAt: w.CosignedAt, Never: w.CosignedAt == nil, Minutes: number(w.AgeSeconds) / 60,
			Refusal: v.Speaker().Value("WitnessRefusal", code(w.Refusal)),
		})
	}
	return nil
}
