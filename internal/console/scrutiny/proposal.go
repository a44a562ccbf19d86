package scrutiny

import (
	"net/http"
	"strings"

	"github.com/tongxin-hub/tongxin/internal/console/lexicon"
	"github.com/tongxin-hub/tongxin/internal/console/operations"
	"github.com/tongxin-hub/tongxin/internal/console/page"
	"github.com/tongxin-hub/tongxin/internal/console/words"
)

// decision is one that may be made on a proposal.
type decision struct{ Mutation, Label string }

type proposalPage struct {
	Base, Version, Reason, State, By, DecidedBy, Note string
	At, DecidedAt                                     *string
	Gone, Come                                        []ruleLine
	Differences                                       []turned
	Opens, Cut                                        int
	Failed                                            []string
	Handle, Key, Problem                              string
	Decisions                                         []decision
	// Missing is the key of the sentence that says why nothing can be decided here.
	Missing string
	Span    span
	Mark    string
}

// showProposal is one proposal: what it changes, who asked and why, and what can be
// decided by whoever looks.
func showProposal(v *page.Visit) {
	h, err := v.Open()
	if v.OK(err) {
		oneProposal(v, h, "")
	}
}

func oneProposal(v *page.Visit, h page.Handle, problem string) {
	reviewing(v)
	got, err := operations.ConsolePolicyProposal(v.Context(), v.Hub(nil), h.Of["proposal"])
	if !v.OK(err) {
		return
	}
	p := got.PolicyProposal
	if p == nil {
		v.OK(page.NotFound())
		return
	}
	plain := page.Handle{Hat: v.Hat, Of: map[string]string{"proposal": h.Of["proposal"]}}
	body := proposalPage{
		Base: page.Text(p.Base), Version: page.Text(p.Version), Reason: page.Text(p.Reason), By: page.Text(p.ProposedBy), At: p.ProposedAt,
		DecidedBy: page.Text(p.DecidedBy), DecidedAt: p.DecidedAt, Note: page.Text(p.Note), Failed: linesIn(h.Of["failed"]),
		Handle: v.Link(plain), Key: page.NewKey(), Problem: problem, Span: spanOf(v, monthOfDays), Mark: v.Watermark(),
	}
	if p.State != nil {
		body.State = string(*p.State)
	}
	var gone, come []string
	for _, l := range p.Lines {
		if page.Yes(l.Comes) {
			come = append(come, page.Text(l.Line))
		} else {
			gone = append(gone, page.Text(l.Line))
		}
	}
	body.Gone, body.Come = ruleLines(v, gone), ruleLines(v, come)
	for _, d := range p.Diff {
		body.Differences = append(body.Differences, turn(v, difference{
			code(d.Role), code(d.Purpose), code(d.Turn), code(d.Before), code(d.After), d.Coordinates, d.Bases,
		}))
	}
	body.Opens, body.Cut, body.Differences = summed(body.Differences)
	me, err := operations.ConsoleMe(v.Context(), v.Hub(nil))
	if !v.OK(err) {
		return
	}
	own := me.Me != nil && page.Text(me.Me.StaffCode) == body.By
	body.Decisions, body.Missing = decisions(v, body.State, own)
	v.Expect(lexicon.Person, body.By, body.DecidedBy)
	body.By, body.DecidedBy = v.Called(lexicon.Person, body.By), v.Called(lexicon.Person, body.DecidedBy)
	status := http.StatusOK
	if problem != "" {
		status = http.StatusUnprocessableEntity
	}
	v.ShowAs(status, "policy-proposal", page.View{Body: body, Done: h.Done, Entry: h.Entry})
}

// monthOfDays is the period that a replay begins with.
const monthOfDays = 30

// code is that of an enum value that may be missing.
func code[T ~string](value *T) string {
	if value == nil {
		return ""
	}
	return string(*value)
}

// decisions are the moves that this person may make; where there is none the sentence
// says why. The hub decides again.
func decisions(v *page.Visit, state string, own bool) (out []decision, missing string) {
	machine := v.Site.Machine("policyProposal")
	for _, m := range machine.Moves {
		byProposer := m.Name == "withdrawPolicy"
		if m.Open(v.Hat.Role, state) && own == byProposer {
			out = append(out, decision{m.Name, page.Pick(v.Lang, m.ZH, m.EN)})
		}
	}
	switch {
	case state != "PROPOSED":
		return nil, "policy.decided"
	case own:
		return out, "policy.own"
	case len(out) == 0:
		return out, "policy.officer"
	}
	return out, ""
}

// decide approves, rejects or withdraws.
func decide(v *page.Visit) {
	h, err := v.Open()
	if !v.OK(err) {
		return
	}
	reviewing(v)
	sent := v.R.PostForm
	document := map[string]string{
		"approvePolicy": "ConsoleApprovePolicy", "rejectPolicy": "ConsoleRejectPolicy", "withdrawPolicy": "ConsoleWithdrawPolicy",
	}[sent.Get("move")]
	if document == "" {
		v.OK(page.NotFound())
		return
	}
	got, err := v.Make(document, map[string]any{"key": sent.Get("key"), "proposal": h.Of["proposal"], "note": strings.TrimSpace(sent.Get("note"))})
	if !v.OK(err) {
		return
	}
	for _, e := range got.UserErrors {
		oneProposal(v, h, words.Of(v.Lang, e.Message)+" ("+e.Code+")")
		return
	}
	after := page.Handle{Hat: v.Hat, Done: "done.move", Entry: got.Entry, Of: map[string]string{"proposal": h.Of["proposal"], "state": got.State}}
	http.Redirect(v.W, v.R, "/policy/decided/"+v.Link(after), http.StatusSeeOther)
}

type decidedPage struct{ State, Handle string }

// showDecided says what was decided. It asks the hub nothing: while a new version takes
// the place of the former one, there may be a moment in which nobody is answered.
func showDecided(v *page.Visit) {
	h, err := v.Open()
	if !v.OK(err) {
		return
	}
	plain := page.Handle{Hat: v.Hat, Of: map[string]string{"proposal": h.Of["proposal"]}}
	v.Show("policy-decided", page.View{Body: decidedPage{h.Of["state"], v.Link(plain)}, Done: h.Done, Entry: h.Entry})
}
