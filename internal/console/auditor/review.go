package auditor

import (
	"cmp"
	"net/http"

	"github.com/tongxin-hub/tongxin/internal/console/fact"
	"github.com/tongxin-hub/tongxin/internal/console/lexicon"
	"github.com/tongxin-hub/tongxin/internal/console/operations"
	"github.com/tongxin-hub/tongxin/internal/console/page"
)

// The machines of package review.
const (
	itemMachine      = "review item"
	emergencyMachine = "break-glass review"
)

// event is one move of a review as people read it.
type event struct {
	By, Move, From, To, Statement string
	At                            *string
}

// access is one entry on the list.
type access struct {
	Role, Purpose, Ticket, Outcome, Why, Explanation, By, Bases, Link, Child string
	At                                                                       *string
	L4                                                                       bool
}

type reviewPage struct {
	// Key names the words about the rule.
	Rule, Key, State, Person string
	Late                     bool
	Facts                    []fact.Fact
	Accesses                 []access
	Events                   []event
	Steps                    []page.Step
}

// showReview is one item of the list: what was found, what was asked and answered, and
// what may be done about it.
func showReview(v *page.Visit) {
	h, err := v.Open()
	if v.OK(err) {
		review(v, h, nil)
	}
}

func review(v *page.Visit, h page.Handle, failed *page.Step) {
	got, err := operations.ConsoleReviewItem(v.Context(), v.Hub(nil), h.Of["item"])
	if err == nil && got.ReviewItem == nil {
		err = page.NotFound()
	}
	if !v.OK(err) {
		return
	}
	item := got.ReviewItem
	body := reviewPage{Rule: code(item.Rule), Key: key(code(item.Rule)), State: code(item.State), Person: whom(v, page.Text(item.StaffCode), page.Text(item.AgencyCode)), Late: page.Yes(item.Overdue), Facts: factsOf(v, item)}
	for _, e := range item.Entries {
		body.Accesses = append(body.Accesses, access{
			Role: page.Text(e.Role), Purpose: page.Text(e.Purpose), Ticket: page.Text(e.Ticket), Outcome: code(e.Outcome), Why: why(v, page.Text(e.Reason)),
			Explanation: code(e.Explanation), By: basis(v.Lang, page.Text(e.ExplainedBy)), Bases: joined(v.Lang, bases(v.Lang, e.Bases)),
			At: e.At, L4: page.Yes(e.ShowedL4),
			Link: entryLink(v, map[string]string{"sequence": page.Text(e.Sequence), "staff": page.Text(item.StaffCode), "at": page.Text(e.At)}),
		})
		if child := page.Text(e.Child); child != "" {
			body.Accesses[len(body.Accesses)-1].Child = childLink(v, child)
		}
	}
	for _, e := range item.Events {
		body.Events = append(body.Events, said(v, itemMachine, event{
			By: page.Text(e.By), Move: page.Text(e.Move), From: page.Text(e.FromState), To: page.Text(e.ToState), Statement: page.Text(e.Statement), At: e.At,
		}))
	}
	for _, m := range v.Site.Machine(itemMachine).Moves {
		if m.Open(v.Hat.Role, body.State) {
			body.Steps = append(body.Steps, step(v, m.Name, page.Pick(v.Lang, m.ZH, m.EN), failed))
		}
	}
	if len(body.Steps) > 0 {
		body.Steps[0].First = true
	}
	v.ShowAs(statusOf(failed), "review", page.View{Body: body, Moves: "/reviews/item/" + v.Link(page.Handle{Of: h.Of, Hat: v.Hat}), Done: h.Done, Entry: h.Entry})
}

// factsOf are the lines about an item.
func factsOf(v *page.Visit, item *operations.ConsoleReviewItemReviewItem) []fact.Fact {
	s := sheetOf(v, "ReviewItem")
	s.of("ground", item.Ground)
	s.of("staffCode", item.StaffCode)
	s.of("agencyCode", item.AgencyCode)
	s.count("entryCount", item.EntryCount)
	s.moment("firstAt", item.FirstAt)
	s.moment("lastAt", item.LastAt)
	s.moment("openedAt", item.OpenedAt)
	s.of("question", item.Question)
	s.moment("askedAt", item.AskedAt)
	s.moment("answerDue", item.AnswerDue)
	s.of("answer", item.Answer)
	s.moment("answeredAt", item.AnsweredAt)
	s.of("ruling", item.Ruling)
	s.of("ruledBy", item.RuledBy)
	s.moment("ruledAt", item.RuledAt)
	return s.Facts
}

// said names the move and the states of an event.
func said(v *page.Visit, machine string, e event) event {
	m := v.Site.Machine(machine)
	e.Move, e.By = v.Site.MoveName(m, e.Move, v.Lang), v.Called(lexicon.Person, e.By)
	for _, s := range m.States {
		name := page.Pick(v.Lang, s.ZH, s.EN)
		if s.Code == e.From {
			e.From = name
		}
		if s.Code == e.To {
			e.To = name
		}
	}
	return e
}

func statusOf(failed *page.Step) int {
	if failed != nil {
		return http.StatusUnprocessableEntity
	}
	return http.StatusOK
}

// step is the form of a move; the record stands in the sealed address.
func step(v *page.Visit, mutation, label string, failed *page.Step) page.Step {
	return speaking(v.Step(mutation, label, "", 0, failed))
}

// speaking leaves what a person says, and nothing that the page knows.
func speaking(s page.Step) page.Step {
	fields := s.Fields[:0:0]
	for _, f := range s.Fields {
		if f.Name == "statement" || f.Name == "verdict" {
			fields = append(fields, f)
		}
	}
	s.Fields = fields
	return s
}

// says makes one move of a review: member names the record in its input. False where
// the page shows what stood in the way.
func says(v *page.Visit, member, id string) (*page.Step, page.Made, error) {
	mutation, sent := v.R.PathValue("mutation"), v.R.PostForm
	if v.Site.Lexicon.Mutation(mutation) == nil || !v.Site.HasMove(mutation) {
		return nil, page.Made{}, page.NotFound()
	}
	s := speaking(v.Step(mutation, "", "", 0, nil))
	s.Key = cmp.Or(sent.Get("key"), s.Key)
	input := map[string]any{"key": s.Key, member: id}
	for i := range s.Fields {
		f := &s.Fields[i]
		f.Values = sent[f.Name]
		for j := range f.Options {
			f.Options[j].Chosen = f.Options[j].Value == f.Value()
		}
		if f.Value() != "" {
			input[f.Name] = f.Value()
		}
	}
	got, err := v.Make("Console"+upper(mutation), input)
	if err != nil || len(got.UserErrors) == 0 {
		return nil, got, err
	}
	s.First = true
	v.Mark(&s, got)
	return &s, got, nil
}

func upper(name string) string { return string(name[0]-'a'+'A') + name[1:] }

// rule makes one move of an item.
func rule(v *page.Visit) {
	h, err := v.Open()
	if !v.OK(err) {
		return
	}
	failed, got, err := says(v, "item", h.Of["item"])
	if !v.OK(err) {
		return
	}
	if failed != nil {
		review(v, h, failed)
		return
	}
	h.Done, h.Entry = "done.move", got.Entry
	http.Redirect(v.W, v.R, "/reviews/item/"+v.Link(h), http.StatusSeeOther)
}
