package auditor

import (
	"net/http"
	"strings"

	"github.com/tongxin-hub/tongxin/internal/console/fact"
	"github.com/tongxin-hub/tongxin/internal/console/operations"
	"github.com/tongxin-hub/tongxin/internal/console/page"
)

// question is what somebody is asked about own accesses.
type question struct {
	State, Title, Moves string
	Late                bool
	Facts               []fact.Fact
	Steps               []page.Step
}

type askedPage struct {
	Questions, Emergencies []question
}

// showAsked is what the person is asked about own accesses, whatever the post.
func showAsked(v *page.Visit) { asked(v, "", nil) }

// asked shows the page; the answer to one of the questions failed, if any.
func asked(v *page.Visit, id string, failed *page.Step) {
	questions, err := operations.ConsoleMyQuestions(v.Context(), v.Hub(nil))
	if !v.OK(err) {
		return
	}
	broken, err := operations.ConsoleMyEmergencies(v.Context(), v.Hub(nil))
	if !v.OK(err) {
		return
	}
	again := func(record string) *page.Step {
		if record == id {
			return failed
		}
		return nil
	}
	var body askedPage
	for _, q := range questions.MyQuestions {
		f := sheetOf(v, "MyQuestion")
		f.of("question", q.Question)
		f.moment("answerDue", q.AnswerDue)
		f.count("entryCount", q.EntryCount)
		f.moment("firstAt", q.FirstAt)
		f.moment("lastAt", q.LastAt)
		f.of("answer", q.Answer)
		f.moment("answeredAt", q.AnsweredAt)
		one := question{State: code(q.State), Title: inLanguage(v.Lang, page.Text(q.Title)), Late: page.Yes(q.Overdue), Facts: f.Facts}
		one.Moves, one.Steps = mine(v, itemMachine, one.State, q.Id, again(q.Id))
		body.Questions = append(body.Questions, one)
	}
	for _, e := range broken.MyEmergencies {
		f := sheetOf(v, "MyEmergency")
		f.moment("openedAt", e.OpenedAt)
		f.moment("justifyDue", e.JustifyDue)
		f.of("justification", e.Justification)
		f.moment("justifiedAt", e.JustifiedAt)
		f.moment("reviewDue", e.ReviewDue)
		f.moment("reviewedAt", e.ReviewedAt)
		one := question{State: code(e.State), Title: v.Speaker().Moment(e.OpenedAt), Late: page.Yes(e.Overdue), Facts: f.Facts}
		one.Moves, one.Steps = mine(v, emergencyMachine, one.State, e.Id, again(e.Id))
		body.Emergencies = append(body.Emergencies, one)
	}
	v.ShowAs(statusOf(failed), "asked", page.View{Body: body, Done: done(v)})
}

// person is whom the machines name for the own word.
const person = "PERSON"

// mine are the moves of the person whom a review is about.
func mine(v *page.Visit, machine, state, id string, failed *page.Step) (moves string, steps []page.Step) {
	for _, m := range v.Site.Machine(machine).Moves {
		if m.Open(person, state) {
			s := step(v, m.Name, page.Pick(v.Lang, m.ZH, m.EN), failed)
			s.First = true
			steps = append(steps, s)
		}
	}
	return "/asked/" + v.Link(page.Handle{Of: map[string]string{"record": id}, Hat: v.Hat}), steps
}

// answer takes the person's own word.
func answer(v *page.Visit) {
	h, err := v.Open()
	if !v.OK(err) {
		return
	}
	member := "question"
	if v.R.PathValue("mutation") == "justifyEmergency" {
		member = "emergency"
	}
	failed, _, err := says(v, member, h.Of["record"])
	if !v.OK(err) {
		return
	}
	if failed != nil {
		asked(v, h.Of["record"], failed)
		return
	}
	http.Redirect(v.W, v.R, "/asked?done=1", http.StatusSeeOther)
}

// inLanguage takes one language of a sentence that has both: Chinese has no spaces.
func inLanguage(lang, both string) string {
	zh, en, found := strings.Cut(both, " ")
	if !found {
		return both
	}
	return page.Pick(lang, zh, en)
}

// done is the key of the sentence after a move.
func done(v *page.Visit) string {
	if v.R.URL.Query().Get("done") != "" {
		return "done.move"
	}
	return ""
}
