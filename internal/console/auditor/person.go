package auditor

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/tongxin-hub/tongxin/internal/chinatime"
	"github.com/tongxin-hub/tongxin/internal/console/form"
	"github.com/tongxin-hub/tongxin/internal/console/lexicon"
	"github.com/tongxin-hub/tongxin/internal/console/operations"
	"github.com/tongxin-hub/tongxin/internal/console/page"
	"github.com/tongxin-hub/tongxin/internal/console/pick"
)

type peoplePage struct {
	table

	By       string
	Measures []choice
	From, To string
	// Links lead to the year of each person.
	Links []string
	Mark  string
	// Find is the control for one person.
	Find form.Form
}

// showPeople is who did most of something, and the way to one person's year.
func showPeople(v *page.Visit) {
	if audits(v) {
		people(v)
	}
}

func people(v *page.Visit) {
	q := v.R.URL.Query()
	today := v.Site.Now().In(chinatime.Zone())
	body := peoplePage{From: day10(q.Get("from"), today.AddDate(0, 0, -30)), To: day10(q.Get("to"), today), Mark: v.Watermark()}
	if body.By, body.Measures = choices(v, "ActivityMeasure", q.Get("by")); body.By == "" {
		body.By, body.Measures = choices(v, "ActivityMeasure", defaultMeasure)
	}
	var err error
	if body.Find, err = pick.Person(v, "staffCode", v.R.PostForm); !v.OK(err) {
		return
	}
	got, err := answerTable(v, "ConsoleTopActivity", map[string]any{"by": body.By, "since": body.From, "until": body.To})
	if !v.OK(err) {
		return
	}
	body.table = got
	for _, row := range got.Rows {
		body.Links = append(body.Links, personLink(v, row[got.at("staffCode")].Code))
	}
	v.Show("people", page.View{Body: body})
}

// at is the place of a field in a table.
func (t *table) at(field string) int {
	for i, c := range t.Columns {
		if c.field.Name == field {
			return i
		}
	}
	return 0
}

// day10 is a day that was sent, or another.
func day10(sent string, otherwise time.Time) string {
	if _, err := time.Parse(time.DateOnly, sent); err == nil {
		return sent
	}
	return otherwise.Format(time.DateOnly)
}

// personLink seals the address of one person's year.
func personLink(v *page.Visit, staffCode string) string {
	if staffCode == "" {
		return "" // the hub itself
	}
	return v.Link(page.Handle{Of: map[string]string{"staffCode": staffCode}, Hat: v.Hat})
}

// findPerson looks for people, and goes to the year of the one who was chosen.
func findPerson(v *page.Visit) {
	if !audits(v) {
		return
	}
	staff := strings.TrimSpace(v.R.PostForm.Get("staffCode"))
	if staff == "" || v.R.PostForm.Get(form.Look) != "" {
		people(v)
		return
	}
	http.Redirect(v.W, v.R, "/people/year/"+personLink(v, staff), http.StatusSeeOther)
}

// person1 is one day of a person.
type personDay struct {
	Name, Date                                                                       string
	Agency                                                                           string
	Operations, Views, Children, Reveals, Denied, NotFound, Failed, L4, Night, Glass int
}

type yearPage struct {
	Staff, Name, Here, Entries, Mark string
	Year, Before, After              int
	Chart                            heat
	Days                             []personDay
	Total                            personDay
	Shown                            int
	// Habits are what for and what, most first.
	Habits []habit
}

// maxYear bounds the pages of a hundred days that are asked for.
const maxYear = 5

// showYear is one person's year as a calendar.
func showYear(v *page.Visit) {
	h, err := v.Open()
	if !v.OK(err) {
		return
	}
	today := v.Site.Now().In(chinatime.Zone())
	year, err := strconv.Atoi(v.R.URL.Query().Get("year"))
	if err != nil || year < 2000 || year > today.Year() {
		year = today.Year()
	}
	body := yearPage{Staff: h.Of["staffCode"], Here: personLink(v, h.Of["staffCode"]), Year: year, Before: year - 1, Mark: v.Watermark()}
	body.Name = v.Called(lexicon.Person, body.Staff)
	if year < today.Year() {
		body.After = year + 1
	}
	body.Entries = v.Link(page.Handle{Of: map[string]string{"question": entries, "staffCode": body.Staff}, Hat: v.Hat})
	if body.Days, err = daysOf(v, body.Staff, year); !v.OK(err) {
		return
	}
	counts := map[string]int{}
	for _, d := range body.Days {
		counts[d.Date] = d.Views
		body.Total.add(d)
	}
	body.Chart, err = calendar(v, year, counts)
	if err == nil {
		body.Habits, err = habits(v, body.Staff, year)
	}
	if !v.OK(err) {
		return
	}
	v.Show("person-year", page.View{Body: body})
}

func (p *personDay) add(d personDay) {
	p.Operations, p.Views, p.Reveals, p.Denied = p.Operations+d.Operations, p.Views+d.Views, p.Reveals+d.Reveals, p.Denied+d.Denied
	p.NotFound, p.Failed, p.L4, p.Night, p.Glass = p.NotFound+d.NotFound, p.Failed+d.Failed, p.L4+d.L4, p.Night+d.Night, p.Glass+d.Glass
}

// daysOf are the days of a year on which the person did something.
func daysOf(v *page.Visit, staff string, year int) ([]personDay, error) {
	since, until := strconv.Itoa(year)+"-01-01", strconv.Itoa(year)+"-12-31"
	var out []personDay
	var after *string
	for range maxYear {
		got, err := operations.ConsolePersonActivity(v.Context(), v.Hub(nil), staff, &since, &until, after)
		if err != nil || got.PersonActivity == nil {
			return out, err
		}
		for _, n := range got.PersonActivity.Nodes {
			out = append(out, personDay{
				Name: v.Speaker().Day(n.Day), Date: page.Text(n.Day), Agency: page.Text(n.AgencyCode), Operations: page.Number(n.Operations), Views: page.Number(n.ChildViews), Children: page.Number(n.Children),
				Reveals: page.Number(n.Reveals), Denied: page.Number(n.Denied), NotFound: page.Number(n.NotFound), Failed: page.Number(n.Failed), L4: page.Number(n.L4), Night: page.Number(n.Night), Glass: page.Number(n.BreakGlass),
			})
		}
		next := page.Next(got.PersonActivity.PageInfo.HasNextPage, got.PersonActivity.PageInfo.EndCursor)
		if next == "" {
			break
		}
		after = &next
	}
	return out, nil
}

// habit is a table with the key of its title.
type habit struct {
	Title string
	Table table
}

// habits are what for and what one person looked in a year.
func habits(v *page.Visit, staff string, year int) (out []habit, err error) {
	y := strconv.Itoa(year)
	asked := map[string]any{"staffCode": staff, "since": y + "-01-01", "until": y + "-12-31"}
	for _, h := range [][2]string{{"year.purposes", "ConsolePersonPurposes"}, {"year.coordinates", "ConsolePersonCoordinates"}} {
		t, err := answerTable(v, h[1], asked)
		if err != nil {
			return nil, err
		}
		out = append(out, habit{h[0], t})
	}
	return out, nil
}
