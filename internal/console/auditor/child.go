package auditor

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/tongxin-hub/tongxin/internal/console/form"
	"github.com/tongxin-hub/tongxin/internal/console/lexicon"
	"github.com/tongxin-hub/tongxin/internal/console/operations"
	"github.com/tongxin-hub/tongxin/internal/console/page"
	"github.com/tongxin-hub/tongxin/internal/console/pick"
	"github.com/tongxin-hub/tongxin/internal/console/words"
)

// seen is one access to the child.
type seen struct {
	At                                                                   *string
	Staff, Agency, Role, Purpose, Outcome, Bases, Explanation, By, Clock string
	Entry                                                                string
	Shown                                                                []named
	Cut                                                                  int
}

type childPage struct {
	Days                 []day
	Next                 string
	L4                   bool
	Here, From, To, Mark string
	Pseudonym            string
}

// day is what happened on one day.
type day struct {
	Name string
	Seen []seen
}

// showChild is who looked at one child, as a time line.
func showChild(v *page.Visit) {
	h, err := v.Open()
	if !v.OK(err) {
		return
	}
	q := v.R.URL.Query()
	of := map[string]string{"from": q.Get("from"), "to": q.Get("to")}
	body := childPage{L4: q.Get("l4") != "", Here: v.Link(page.Handle{Of: h.Of, Hat: v.Hat}), From: of["from"], To: of["to"], Mark: v.Watermark(), Pseudonym: h.Of["child"]}
	since, until := page.Cursor(bound("since", of, false)), page.Cursor(bound("until", of, false))
	all, next, err := history(v, body.L4, h.Of["child"], since, until, page.Cursor(q.Get("after")))
	if !v.OK(err) {
		return
	}
	body.Next = next
	body.Days = byDay(v, all)
	v.Show("child-history", page.View{Body: body})
}

// disclosure is what one entry showed of the child, head the entry itself.
type (
	disclosure interface {
		GetBases() []string
		GetExplanation() *operations.AccessExplanation
		GetExplainedBy() *string
		GetShown() []string
	}
	head interface {
		GetAt() *string
		GetAgencyCode() *string
		GetStaffCode() *string
		GetRole() *string
		GetPurpose() *string
		GetOutcome() *operations.AuditOutcome
		GetEntryId() *string
	}
)

// history asks for one page of the accesses to a child, or of those to class L4.
func history(v *page.Visit, l4 bool, child string, since, until, after *string) (out []seen, next string, err error) {
	if l4 {
		got, err := operations.ConsoleL4Reads(v.Context(), v.Hub(nil), child, since, until, after)
		if err != nil || got.L4Reads == nil {
			return nil, "", err
		}
		for _, n := range got.L4Reads.Nodes {
			if n.Entry != nil {
				v.Expect(lexicon.Person, page.Text(n.Entry.StaffCode))
			}
		}
		for i := range got.L4Reads.Nodes {
			n := &got.L4Reads.Nodes[i]
			if n.Entry != nil {
				out = append(out, accessOf(v, n, n.Entry))
			}
		}
		return out, page.Next(got.L4Reads.PageInfo.HasNextPage, got.L4Reads.PageInfo.EndCursor), nil
	}
	got, err := operations.ConsoleAccessHistory(v.Context(), v.Hub(nil), child, since, until, after)
	if err != nil || got.AccessHistory == nil {
		return nil, "", err
	}
	for _, n := range got.AccessHistory.Nodes {
		if n.Entry != nil {
			v.Expect(lexicon.Person, page.Text(n.Entry.StaffCode))
		}
	}
	for i := range got.AccessHistory.Nodes {
		n := &got.AccessHistory.Nodes[i]
		if n.Entry != nil {
			out = append(out, accessOf(v, n, n.Entry))
		}
	}
	return out, page.Next(got.AccessHistory.PageInfo.HasNextPage, got.AccessHistory.PageInfo.EndCursor), nil
}

func accessOf(v *page.Visit, d disclosure, e head) seen {
	_, clock := cutMoment(v.Speaker().Moment(e.GetAt()))
	one := seen{
		At: e.GetAt(), Clock: clock, Staff: whom(v, page.Text(e.GetStaffCode()), page.Text(e.GetAgencyCode())), Role: page.Text(e.GetRole()), Purpose: page.Text(e.GetPurpose()),
		Outcome: code(e.GetOutcome()), Bases: joined(v.Lang, bases(v.Lang, d.GetBases())), Explanation: code(d.GetExplanation()),
		By: basis(v.Lang, page.Text(d.GetExplainedBy())), Entry: entryLink(v, map[string]string{"entry": page.Text(e.GetEntryId())}),
	}
	one.shown(v, d.GetShown())
	return one
}

// shownOnce bounds the fields of one access on the time line; its entry has them all.
const shownOnce = 12

func (s *seen) shown(v *page.Visit, shown []string) {
	s.Cut = max(0, len(shown)-shownOnce)
	for _, one := range shown[:len(shown)-s.Cut] {
		coordinate, form, _ := strings.Cut(one, "=")
		s.Shown = append(s.Shown, named{v.Site.Lexicon.Coordinate(v.Lang, coordinate), form})
	}
}

// byDay puts together what happened on one day, by the clock of China.
func byDay(v *page.Visit, all []seen) []day {
	var out []day
	for _, s := range all {
		name, _ := cutMoment(v.Speaker().Moment(s.At))
		if len(out) == 0 || out[len(out)-1].Name != name {
			out = append(out, day{Name: name})
		}
		out[len(out)-1].Seen = append(out[len(out)-1].Seen, s)
	}
	return out
}

// cutMoment parts the day from the time.
func cutMoment(moment string) (day, clock string) {
	i := strings.LastIndex(moment, " ")
	if i < 0 {
		return moment, ""
	}
	return moment[:i], moment[i+1:]
}

type tokenPage struct {
	Form     form.Form
	Key      string
	Problem  string
	Children []numbered
	Entry    string
	None     bool
}

// tokenForm asks for the token too, which no other form does.
func tokenForm(v *page.Visit, sent url.Values) form.Form {
	f := form.Make(v.Site.Lexicon, v.Lang, "translateToken", sent)
	if !slices.ContainsFunc(f.Fields, func(c form.Field) bool { return c.Name == "token" }) {
		label := v.Site.Lexicon.Schema().Types["TranslateTokenInput"].Fields.ForName("token").Description
		f.Fields = append(f.Fields, form.Field{Name: "token", Label: lexicon.Pick(v.Lang, label), Kind: form.Line, Required: true, Values: sent["token"]})
	}
	s := page.Step{Form: f}
	if err := pick.Choose(v, &s); err != nil {
		v.Site.Warn(v.Context(), err) // it can be typed
	}
	return s.Form
}

// showTranslate is how an auditor comes from a number's token to a child, on record.
func showTranslate(v *page.Visit) {
	if audits(v) {
		v.Show("child-find", page.View{Body: tokenPage{Form: tokenForm(v, nil), Key: page.NewKey()}})
	}
}

// knownChild opens the history of a pseudonym that was typed.
func knownChild(v *page.Visit) {
	if !audits(v) {
		return
	}
	http.Redirect(v.W, v.R, "/log/child/"+childLink(v, strings.TrimSpace(v.R.PostForm.Get("child"))), http.StatusSeeOther)
}

// translate gives the token and the reason to the hub.
func translate(v *page.Visit) {
	if !audits(v) {
		return
	}
	sent := v.R.PostForm
	body := tokenPage{Form: tokenForm(v, sent), Key: sent.Get("key")}
	got, err := operations.ConsoleTranslateToken(v.Context(), v.Hub(nil), operations.TranslateTokenInput{
		AgencyCode: sent.Get("agencyCode"), Kind: operations.JoinKind(sent.Get("kind")), Token: sent.Get("token"), Statement: sent.Get("statement"), Key: body.Key,
	})
	if !v.OK(err) {
		return
	}
	status := http.StatusOK
	for _, e := range got.TranslateToken.UserErrors {
		status = http.StatusUnprocessableEntity
		if sentence := words.Of(v.Lang, e.Message); !body.Form.Mark(e.Path, sentence) {
			body.Problem = sentence + " (" + e.Code + ")"
		}
	}
	if status == http.StatusOK {
		for i, child := range got.TranslateToken.Children {
			body.Children = append(body.Children, numbered{i + 1, childLink(v, child)})
		}
		body.Entry, body.None, body.Key = page.Text(got.TranslateToken.Entry), len(body.Children) == 0, page.NewKey()
	}
	v.ShowAs(status, "child-find", page.View{Body: body})
}
