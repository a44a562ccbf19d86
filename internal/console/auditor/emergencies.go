package auditor

import (
	"net/http"

	"github.com/tongxin-hub/tongxin/internal/console/fact"
	"github.com/tongxin-hub/tongxin/internal/console/operations"
	"github.com/tongxin-hub/tongxin/internal/console/page"
)

// broken is one break-glass access under review.
type broken struct {
	State, Person, Moves string
	OpenedAt             *string
	Late                 bool
	Facts                []fact.Fact
	Events               []event
	Steps                []page.Step
}

type emergenciesPage struct {
	Rows    []broken
	States  []choice
	State   string
	Overdue bool
	Next    string
}

// showEmergencies is every break-glass access with its review.
func showEmergencies(v *page.Visit) {
	if audits(v) {
		emergencies(v, "", nil)
	}
}

// emergencies shows the list; of one of them a move failed, if any.
func emergencies(v *page.Visit, id string, failed *page.Step) {
	asked := v.R.URL.Query()
	body := emergenciesPage{Overdue: asked.Get("overdue") != ""}
	body.State, body.States = choices(v, "EmergencyState", asked.Get("state"))
	filter := operations.EmergencyFilter{}
	if state := operations.EmergencyState(body.State); state != "" {
		filter.State = &state
	}
	if body.Overdue {
		filter.Overdue = &body.Overdue
	}
	got, err := operations.ConsoleEmergencyReviews(v.Context(), v.Hub(nil), &filter, page.Cursor(asked.Get("after")))
	if !v.OK(err) {
		return
	}
	if l := got.EmergencyReviews; l != nil {
		for _, n := range l.Nodes {
			var again *page.Step
			if n.Id == id {
				again = failed
			}
			body.Rows = append(body.Rows, glass(v, &n, again))
		}
		body.Next = page.Next(l.PageInfo.HasNextPage, l.PageInfo.EndCursor)
	}
	v.ShowAs(statusOf(failed), "review-emergency", page.View{Body: body, Done: done(v)})
}

func glass(v *page.Visit, n *operations.ConsoleEmergencyReviewsEmergencyReviewsEmergencyReviewConnectionNodesEmergencyReview, failed *page.Step) broken {
	b := broken{
		State: code(n.State), Person: whom(v, page.Text(n.StaffCode), page.Text(n.AgencyCode)), OpenedAt: n.OpenedAt, Late: page.Yes(n.Overdue), Facts: glassFacts(v, n),
		Moves: "/reviews/emergency/" + v.Link(page.Handle{Of: map[string]string{"emergency": n.Id}, Hat: v.Hat}),
	}
	for _, e := range n.Events {
		b.Events = append(b.Events, said(v, emergencyMachine, event{
			By: page.Text(e.By), Move: page.Text(e.Move), From: page.Text(e.FromState), To: page.Text(e.ToState), Statement: page.Text(e.Statement), At: e.At,
		}))
	}
	// Both ends of the review are one mutation with a verdict.
	for _, m := range v.Site.Machine(emergencyMachine).Moves {
		if m.Open(v.Hat.Role, b.State) {
			s := step(v, "reviewEmergency", v.Site.Lexicon.Coordinate(v.Lang, "Mutation.reviewEmergency"), failed)
			s.First = true
			b.Steps = []page.Step{s}
		}
	}
	return b
}

func glassFacts(v *page.Visit, n *operations.ConsoleEmergencyReviewsEmergencyReviewsEmergencyReviewConnectionNodesEmergencyReview) []fact.Fact {
	s := sheetOf(v, "EmergencyReview")
	s.of("agencyCode", n.AgencyCode)
	s.of("ticket", n.Ticket)
	s.of("reason", n.Reason)
	s.count("accessCount", n.AccessCount)
	s.moment("justifyDue", n.JustifyDue)
	s.of("justification", n.Justification)
	s.moment("justifiedAt", n.JustifiedAt)
	s.moment("reviewDue", n.ReviewDue)
	s.of("ruling", n.Ruling)
	s.of("reviewedBy", n.ReviewedBy)
	s.moment("reviewedAt", n.ReviewedAt)
	return s.Facts
}

// ruleEmergency rules on one of them.
func ruleEmergency(v *page.Visit) {
	h, err := v.Open()
	if !v.OK(err) {
		return
	}
	failed, _, err := says(v, "emergency", h.Of["emergency"])
	if !v.OK(err) {
		return
	}
	if failed != nil {
		emergencies(v, h.Of["emergency"], failed)
		return
	}
	http.Redirect(v.W, v.R, "/reviews/emergency?done=1", http.StatusSeeOther)
}
