package scrutiny

import (
	"net/http"
	"slices"
	"strings"

	"github.com/tongxin-hub/tongxin/internal/console/operations"
	"github.com/tongxin-hub/tongxin/internal/console/page"
	"github.com/tongxin-hub/tongxin/internal/console/pick"
)

// correctionMachine moves requests to correct or erase; receiving begins one.
const (
	correctionMachine = "guardianCorrection"
	receiveCorrection = "receiveGuardianCorrection"
)

// request is what a guardian or a child asks to be corrected, as the officer's list has it.
type request struct {
	ID, Link, Relation, Field, State, Stage, Outcome string
	ReceivedOn, DueOn, OuterOn, AnsweredOn           *string
	Erase, Overdue, Open, Waits                      bool
}

type correctionsPage struct {
	Tabs         []tab
	Open, Closed []request
	Late         int
	Receive      page.Step
}

// requests are those that the officer handles, the first due first.
func requests(v *page.Visit) ([]request, error) {
	got, err := operations.ConsoleGuardianCorrections(v.Context(), v.Hub(nil))
	if err != nil {
		return nil, err
	}
	machine := v.Site.Machine(correctionMachine)
	var out []request
	for _, q := range got.GuardianCorrections {
		one := request{
			ID: page.Text(q.Request), Relation: code(q.RequesterRelation), State: code(q.State), Outcome: code(q.Outcome), Field: v.Site.Lexicon.Named(v.Lang, page.Text(q.Coordinate)),
			ReceivedOn: q.ReceivedOn, DueOn: q.DueOn, OuterOn: q.OuterOn, AnsweredOn: q.AnsweredOn,
			Erase: page.Yes(q.Erase), Overdue: page.Yes(q.Overdue), Waits: page.Yes(q.Waits),
		}
		if s, known := machine.State(one.State); known {
			one.Stage, one.Open = page.Pick(v.Lang, s.ZH, s.EN), !s.Final
		}
		one.Link = v.Link(page.Handle{Hat: v.Hat, Of: map[string]string{"request": one.ID}})
		out = append(out, one)
	}
	slices.SortStableFunc(out, func(a, b request) int { return strings.Compare(page.Text(a.DueOn), page.Text(b.DueOn)) })
	return out, nil
}

// showCorrections is the officer's desk for corrections: what is due, and how one is
// received.
func showCorrections(v *page.Visit) { corrections(v, nil) }

func corrections(v *page.Visit, failed *page.Step) {
	atDesk(v)
	list, err := requests(v)
	if !v.OK(err) {
		return
	}
	body := correctionsPage{Tabs: desks(v), Receive: v.Step(receiveCorrection, say(v, "rights.receiveDo"), "", 0, failed)}
	body.Receive.First = true
	if err := pick.Choose(v, &body.Receive); err != nil {
		v.Site.Warn(v.Context(), err) // it can be typed
	}
	for _, q := range list {
		if q.Open {
			body.Open = append(body.Open, q)
		} else {
			body.Closed = append(body.Closed, q)
		}
		if q.Overdue {
			body.Late++
		}
	}
	slices.Reverse(body.Closed)
	v.ShowAs(failed.Status(), "corrections", page.View{Body: body, Moves: "/corrections"})
}

// receiveRequest writes one down, with its deadline.
func receiveRequest(v *page.Visit) {
	atDesk(v)
	if v.R.PathValue("mutation") != receiveCorrection {
		v.OK(page.NotFound())
		return
	}
	s, got, err := v.Move("")
	if !v.OK(err) {
		return
	}
	if s.Invalid {
		corrections(v, &s)
		return
	}
	h := page.Handle{Hat: v.Hat, Done: "rights.received", Entry: got.Entry, Of: map[string]string{"request": got.ID}}
	http.Redirect(v.W, v.R, "/corrections/"+v.Link(h), http.StatusSeeOther)
}

type requestPage struct {
	request

	Steps []page.Step
	// Statement says that there is an answer to be read and printed.
	Statement bool
	Handle    string
}

// showRequest is one request: where it stands, and what is lawful next.
func showRequest(v *page.Visit) {
	h, err := v.Open()
	if v.OK(err) {
		oneRequest(v, h, nil)
	}
}

func oneRequest(v *page.Visit, h page.Handle, failed *page.Step) {
	atDesk(v)
	list, err := requests(v)
	if !v.OK(err) {
		return
	}
	at := slices.IndexFunc(list, func(q request) bool { return q.ID == h.Of["request"] })
	if at < 0 {
		v.OK(page.NotFound())
		return
	}
	body := requestPage{request: list[at], Statement: h.Of["move"] != "", Handle: v.Link(page.Handle{Hat: v.Hat, Of: h.Of})}
	// What waits for a protected matter is not handed on.
	for _, m := range v.Site.Machine(correctionMachine).Moves {
		if m.Open(v.Hat.Role, body.State) && (!body.Waits || m.Name != "routeGuardianCorrection") {
			s := v.Step(m.Name, page.Pick(v.Lang, m.ZH, m.EN), "", 0, failed)
			s.First = len(body.Steps) == 0
			body.Steps = append(body.Steps, s)
		}
	}
	v.ShowAs(failed.Status(), "correction-one", page.View{Body: body, Moves: "/corrections/" + body.Handle, Done: h.Done, Entry: h.Entry})
}

// moveRequest makes one move.
func moveRequest(v *page.Visit) {
	h, s, got, ok := move(v, correctionMachine, "request")
	switch {
	case ok && s.Invalid:
		oneRequest(v, h, &s)
	case ok:
		follow(v, "/corrections/", "request", s, got)
	}
}
