package scrutiny

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/tongxin-hub/tongxin/internal/chinatime"
	"github.com/tongxin-hub/tongxin/internal/console/lexicon"
	"github.com/tongxin-hub/tongxin/internal/console/operations"
	"github.com/tongxin-hub/tongxin/internal/console/page"
	"github.com/tongxin-hub/tongxin/internal/console/words"
	"github.com/tongxin-hub/tongxin/policy"
)

// inquiry is one question "who looked at my child's file", as the officer's list has it.
type inquiry struct {
	ID, Link, Relation, State, Stage, Decision string
	ReceivedOn, DueOn, OuterOn, AnsweredOn     *string
	Overdue, Open, LaterAnswerDue              bool
	// Compiled says that a statement is there to be read.
	Compiled bool
}

type rightsPage struct {
	Tabs         []tab
	Open, Closed []inquiry
	Late         int
	Kinds        []choice
	Relations    []choice
	Key, Today   string
	Token, Day   string
	Problems     []string
}

// atDesk puts on the purpose of the rights desk, with no child's ticket in hand.
func atDesk(v *page.Visit) { v.Hat.Purpose, v.Hat.Ticket = string(policy.RightsRequest), "" }

// inquiries are those that the officer handles.
func inquiries(v *page.Visit) ([]inquiry, error) {
	got, err := operations.ConsoleRightsInquiries(v.Context(), v.Hub(nil))
	if err != nil {
		return nil, err
	}
	machine := v.Site.Machine("inquiry")
	var out []inquiry
	for _, q := range got.RightsInquiries {
		one := inquiry{
			ID: page.Text(q.Inquiry), Relation: code(q.RequesterRelation), State: code(q.State), Decision: code(q.Decision),
			ReceivedOn: q.ReceivedOn, DueOn: q.DueOn, OuterOn: q.OuterOn, AnsweredOn: q.AnsweredOn,
			Overdue: page.Yes(q.Overdue), LaterAnswerDue: page.Yes(q.LaterAnswerDue), Compiled: page.Yes(q.Compiled),
		}
		for _, s := range machine.States {
			if s.Code == one.State {
				one.Stage, one.Open = page.Pick(v.Lang, s.ZH, s.EN), !s.Final
			}
		}
		one.Link = v.Link(page.Handle{Hat: v.Hat, Of: map[string]string{"inquiry": one.ID}})
		out = append(out, one)
	}
	return out, nil
}

// showRights is the officer's desk: what is due, and how a question is received.
func showRights(v *page.Visit) { rightsDesk(v, nil, http.StatusOK) }

// desks are the kinds of requests that come in.
func desks(v *page.Visit) []tab {
	here := v.R.URL.Path
	return []tab{
		{"/rights", "rights.tabAsk", here == "/rights"},
		{"/corrections", "rights.tabCorrect", strings.HasPrefix(here, "/corrections")},
		{"/copies", "rights.tabCopy", strings.HasPrefix(here, "/copies")},
		{"/complaints", "rights.tabComplain", strings.HasPrefix(here, "/complaints")},
	}
}

func rightsDesk(v *page.Visit, problems []string, status int) {
	atDesk(v)
	list, err := inquiries(v)
	if !v.OK(err) {
		return
	}
	sent := v.R.PostForm
	body := rightsPage{
		Tabs: desks(v),
		Key:  page.NewKey(), Token: sent.Get("token"), Day: sent.Get("receivedOn"), Problems: problems,
		Kinds: valuesOf(v, "JoinKind", sent.Get("kind")), Relations: valuesOf(v, "Relation", sent.Get("relation")),
		Today: v.Site.Now().In(chinatime.Zone()).Format("2006-01-02"),
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
	// The first due is the first to be answered.
	slices.SortStableFunc(body.Open, func(a, b inquiry) int { return strings.Compare(page.Text(a.DueOn), page.Text(b.DueOn)) })
	v.ShowAs(status, "rights", page.View{Body: body})
}

// valuesOf are the values of an enum by name.
func valuesOf(v *page.Visit, enum, chosen string) []choice {
	var out []choice
	if def := v.Site.Lexicon.Schema().Types[enum]; def != nil {
		for _, value := range def.EnumValues {
			out = append(out, choice{value.Name, lexicon.Pick(v.Lang, value.Description), value.Name == chosen})
		}
	}
	return out
}

// receive writes a question down, with its deadline.
func receive(v *page.Visit) {
	atDesk(v)
	sent := v.R.PostForm
	input := map[string]any{"key": sent.Get("key")}
	if follows := sent.Get("follows"); follows != "" {
		h, err := v.Sealed(follows)
		if !v.OK(err) {
			return
		}
		input["follows"] = h.Of["inquiry"]
	} else {
		input["token"] = map[string]any{"kind": sent.Get("kind"), "token": strings.ToLower(strings.TrimSpace(sent.Get("token")))}
		input["relation"] = sent.Get("relation")
	}
	if day := sent.Get("receivedOn"); day != "" {
		input["receivedOn"] = day
	}
	got, err := v.Make("ConsoleReceiveInquiry", input)
	if !v.OK(err) {
		return
	}
	if len(got.UserErrors) > 0 {
		var problems []string
		for _, e := range got.UserErrors {
			problems = append(problems, words.Of(v.Lang, e.Message)+" ("+e.Code+")")
		}
		rightsDesk(v, problems, http.StatusUnprocessableEntity)
		return
	}
	h := page.Handle{Hat: v.Hat, Done: "rights.received", Entry: got.Entry, Of: map[string]string{"inquiry": got.ID}}
	http.Redirect(v.W, v.R, "/rights/"+v.Link(h), http.StatusSeeOther)
}

type inquiryPage struct {
	inquiry

	Steps []page.Step
	// Statement says that there is one to be read and printed.
	Statement bool
	Handle    string
}

// showInquiry is one question: where it stands, and what is lawful next.
func showInquiry(v *page.Visit) {
	h, err := v.Open()
	if v.OK(err) {
		oneInquiry(v, h, nil)
	}
}

func oneInquiry(v *page.Visit, h page.Handle, failed *page.Step) {
	atDesk(v)
	list, err := inquiries(v)
	if !v.OK(err) {
		return
	}
	at := slices.IndexFunc(list, func(q inquiry) bool { return q.ID == h.Of["inquiry"] })
	if at < 0 {
		v.OK(page.NotFound())
		return
	}
	body := inquiryPage{inquiry: list[at]}
	body.Handle = v.Link(page.Handle{Hat: v.Hat, Of: h.Of})
	body.Statement = h.Of["move"] != "" || body.Open && body.Compiled
	for _, m := range v.Site.Machine("inquiry").Moves {
		if m.Open(v.Hat.Role, body.State) && (body.Compiled || m.Name != "reviewInquiry") {
			body.Steps = append(body.Steps, v.Step(m.Name, page.Pick(v.Lang, m.ZH, m.EN), "", 0, failed))
		}
	}
	slices.SortStableFunc(body.Steps, func(a, b page.Step) int { return backwards(a.Mutation) - backwards(b.Mutation) })
	if len(body.Steps) > 0 {
		body.Steps[0].First = true
	}
	v.ShowAs(failed.Status(), "rights-one", page.View{Body: body, Moves: "/rights/" + body.Handle, Done: h.Done, Entry: h.Entry})
}

// backwards: what leads on stands first, a refusal last.
func backwards(mutation string) int {
	return map[string]int{"recompileInquiry": 1, "refuseInquiry": 2}[mutation]
}

// moveInquiry makes one move.
func moveInquiry(v *page.Visit) {
	h, s, got, ok := move(v, "inquiry", "inquiry")
	switch {
	case ok && s.Invalid:
		oneInquiry(v, h, &s)
	case ok:
		follow(v, "/rights/", "inquiry", s, got)
	}
}

// move makes one move of a machine on a record of the desk, which the handle names; ok is
// false where the page was answered already.
func move(v *page.Visit, machine, record string) (h page.Handle, s page.Step, got page.Made, ok bool) {
	h, err := v.Open()
	if !v.OK(err) {
		return h, s, got, false
	}
	atDesk(v)
	if !v.Site.Machine(machine).Lets(v.Hat.Role, v.R.PathValue("mutation")) {
		v.OK(page.NotFound())
		return h, s, got, false
	}
	v.R.PostForm.Set(record, h.Of[record])
	s, got, err = v.Move("")
	if s.Invalid && record != "id" {
		s.With = nil // the handle names it
	}
	return h, s, got, v.OK(err)
}

// follow leads to the page of the record after a move on it. What was sent stands in the
// address, sealed, so that a statement can be read once more under the same key.
func follow(v *page.Visit, at, record string, s page.Step, got page.Made) {
	id, _ := s.Asked[record].(string)
	after := page.Handle{Hat: v.Hat, Done: "done.move", Entry: got.Entry, Of: map[string]string{record: id}}
	if got.Statement != nil {
		text, err := json.Marshal(s.Asked)
		if !v.OK(err) {
			return
		}
		after.Of["move"], after.Of["input"] = s.Mutation, string(text)
	}
	http.Redirect(v.W, v.R, at+v.Link(after), http.StatusSeeOther)
}
