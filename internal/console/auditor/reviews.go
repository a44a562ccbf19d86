package auditor

import (
	"slices"

	"github.com/tongxin-hub/tongxin/internal/console/lexicon"
	"github.com/tongxin-hub/tongxin/internal/console/operations"
	"github.com/tongxin-hub/tongxin/internal/console/page"
)

// flagged is one line of the review list.
type flagged struct {
	Rule, State, Staff, Link string
	FirstAt, LastAt, Due     *string
	Count                    int
	Overdue, Open            bool
}

// choice is one filter that can be chosen.
type choice struct {
	Value  string
	Chosen bool
}

type reviewsPage struct {
	Rows          []flagged
	States, Rules []choice
	State, Rule   string
	Overdue       bool
	Next          string
}

// showReviews is the list of what needs an explanation, by state and rule.
func showReviews(v *page.Visit) {
	if !audits(v) {
		return
	}
	asked := v.R.URL.Query()
	body := reviewsPage{Overdue: asked.Get("overdue") != ""}
	body.State, body.States = choices(v, "ReviewState", asked.Get("state"))
	body.Rule, body.Rules = choices(v, "ReviewRule", asked.Get("rule"))
	filter := operations.ReviewFilter{}
	if state := operations.ReviewState(body.State); state != "" {
		filter.State = &state
	}
	if rule := operations.ReviewRule(body.Rule); rule != "" {
		filter.Rule = &rule
	}
	if body.Overdue {
		filter.Overdue = &body.Overdue
	}
	got, err := operations.ConsoleReviewItems(v.Context(), v.Hub(nil), &filter, page.Cursor(asked.Get("after")))
	if !v.OK(err) {
		return
	}
	if l := got.ReviewItems; l != nil {
		machine := v.Site.Machine(itemMachine)
		for _, n := range l.Nodes {
			v.Expect(lexicon.Person, page.Text(n.StaffCode))
		}
		for _, n := range l.Nodes {
			state, _ := machine.State(code(n.State))
			body.Rows = append(body.Rows, flagged{
				Rule: code(n.Rule), State: code(n.State), Staff: whom(v, page.Text(n.StaffCode), page.Text(n.AgencyCode)),
				FirstAt: n.FirstAt, LastAt: n.LastAt, Due: n.AnswerDue, Count: page.Number(n.EntryCount), Overdue: page.Yes(n.Overdue), Open: !state.Final,
				Link: v.Link(page.Handle{Of: map[string]string{"item": n.Id}, Hat: v.Hat}),
			})
		}
		body.Next = page.Next(l.PageInfo.HasNextPage, l.PageInfo.EndCursor)
	}
	v.Show("reviews", page.View{Body: body})
}

// choices are the values of an enum, and the one of them that was chosen.
func choices(v *page.Visit, enum, asked string) (chosen string, out []choice) {
	for _, value := range v.Site.Lexicon.Schema().Types[enum].EnumValues {
		out = append(out, choice{value.Name, value.Name == asked})
	}
	if !slices.ContainsFunc(out, func(c choice) bool { return c.Chosen }) {
		return "", out
	}
	return asked, out
}
