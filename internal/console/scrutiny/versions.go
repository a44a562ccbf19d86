package scrutiny

import (
	"cmp"
	"slices"

	"github.com/tongxin-hub/tongxin/internal/console/lexicon"
	"github.com/tongxin-hub/tongxin/internal/console/operations"
	"github.com/tongxin-hub/tongxin/internal/console/page"
	"github.com/tongxin-hub/tongxin/policy"
)

// version is one version that is or was in force.
type version struct {
	Name, By, Reason, ProposedBy, DecidedBy, Note string
	Since                                         *string
	InForce                                       bool
	// Before is the version that it took the place of.
	Before string
}

// proposal is one line of the list of proposals.
type proposal struct {
	Link, State, Base, Version, Reason, By, DecidedBy string
	At                                                *string
}

type versionsPage struct {
	Versions      []version
	Proposals     []proposal
	Next          string
	Waiting       int
	NextProposals string
}

// showVersions lists what was in force when, and what is proposed.
func showVersions(v *page.Visit) {
	reviewing(v)
	got, err := operations.ConsolePolicyVersions(v.Context(), v.Hub(nil), page.Cursor(v.R.URL.Query().Get("after")))
	if !v.OK(err) {
		return
	}
	var body versionsPage
	if list := got.PolicyVersions; list != nil {
		for _, n := range list.Nodes {
			one := version{Name: page.Text(n.Version), Since: n.ActivatedAt, By: v.Called(lexicon.Person, page.Text(n.ActivatedBy)), InForce: page.Yes(n.InForce)}
			if p := n.Proposal; p != nil {
				one.Reason, one.ProposedBy, one.DecidedBy, one.Note = page.Text(p.Reason), v.Called(lexicon.Person, page.Text(p.ProposedBy)), v.Called(lexicon.Person, page.Text(p.DecidedBy)), page.Text(p.Note)
			}
			if last := len(body.Versions) - 1; last >= 0 {
				body.Versions[last].Before = one.Name
			}
			body.Versions = append(body.Versions, one)
		}
		body.Next = page.Next(list.PageInfo.HasNextPage, list.PageInfo.EndCursor)
	}
	if body.Proposals, body.NextProposals, err = proposals(v); !v.OK(err) {
		return
	}
	for _, p := range body.Proposals {
		if p.State == "PROPOSED" {
			body.Waiting++
		}
	}
	v.Show("policy", page.View{Body: body, Done: doneOf(v)})
}

// doneOf is the sentence after a change that leads back to a list.
func doneOf(v *page.Visit) string {
	if v.R.URL.Query().Get("done") != "" {
		return "done.move"
	}
	return ""
}

func proposals(v *page.Visit) (out []proposal, next string, err error) {
	got, err := operations.ConsolePolicyProposals(v.Context(), v.Hub(nil), page.Cursor(v.R.URL.Query().Get("more")))
	if err != nil || got.PolicyProposals == nil {
		return nil, "", err
	}
	for _, n := range got.PolicyProposals.Nodes {
		p := proposal{
			Link: v.Link(page.Handle{Hat: v.Hat, Of: map[string]string{"proposal": n.Id}}), Base: page.Text(n.Base), Version: page.Text(n.Version),
			Reason: page.Text(n.Reason), By: v.Called(lexicon.Person, page.Text(n.ProposedBy)), DecidedBy: v.Called(lexicon.Person, page.Text(n.DecidedBy)), At: n.ProposedAt,
		}
		if n.State != nil {
			p.State = string(*n.State)
		}
		out = append(out, p)
	}
	info := got.PolicyProposals.PageInfo
	return out, page.Next(info.HasNextPage, info.EndCursor), nil
}

// turned is a difference of the matrix as people read it.
type turned struct {
	Role, Purpose, Turn, Before, After string
	Fields, Bases                      []string
}

// Opening says whether somebody sees more by it.
func (t turned) Opening() bool {
	return slices.Contains([]string{"OPENS", "RELENTS", "MAY_OPEN"}, t.Turn) || t.Turn == "ALTERS" && more(t.Before, t.After)
}

// more says whether the second form shows more than the first.
func more(before, after string) bool {
	rank := []string{"WITHHELD", "MASKED", "REVEALABLE", "FULL"}
	return slices.Index(rank, after) > slices.Index(rank, before)
}

// difference is one as either operation gives it.
type difference struct {
	role, purpose, turn, before, after string
	coordinates, bases                 []string
}

func turn(v *page.Visit, d difference) turned {
	t := turned{Role: d.role, Purpose: d.purpose, Turn: d.turn, Before: d.before, After: d.after}
	for _, c := range d.coordinates {
		t.Fields = append(t.Fields, v.Site.Lexicon.Coordinate(v.Lang, c))
	}
	for _, b := range d.bases {
		words := policy.Basis(b).Text()
		t.Bases = append(t.Bases, page.Pick(v.Lang, words.ZH, words.EN))
	}
	return t
}

// openingFirst: what opens is to be read before what closes.
func openingFirst(list []turned) {
	rank := func(t turned) int {
		if t.Opening() {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(list, func(a, b turned) int { return cmp.Compare(rank(a), rank(b)) })
}

type comparePage struct {
	From, To    string
	Gone, Come  []ruleLine
	OtherFiles  []string
	Differences []turned
	Opens       int
	Cut         int
	Mark        string
}

// shownDifferences keeps a page light; what is beyond is counted.
const shownDifferences = 150

// compare holds two versions side by side.
func compare(v *page.Visit) {
	reviewing(v)
	q := v.R.URL.Query()
	got, err := operations.ConsolePolicyComparison(v.Context(), v.Hub(nil), q.Get("from"), q.Get("to"))
	if !v.OK(err) {
		return
	}
	if got.PolicyComparison == nil {
		v.OK(page.NotFound())
		return
	}
	c := got.PolicyComparison
	body := comparePage{From: c.From, To: c.To, Gone: ruleLines(v, c.Gone), Come: ruleLines(v, c.Come), OtherFiles: c.OtherFiles, Mark: v.Watermark()}
	for _, d := range c.Differences {
		body.Differences = append(body.Differences, turn(v, difference{string(d.Role), string(d.Purpose), string(d.Turn), string(d.Before), string(d.After), d.Coordinates, d.Bases}))
	}
	body.Opens, body.Cut, body.Differences = summed(body.Differences)
	v.Show("policy-compare", page.View{Body: body})
}

// summed counts what opens, and cuts the list.
func summed(list []turned) (opens, cut int, shown []turned) {
	openingFirst(list)
	for _, d := range list {
		if d.Opening() {
			opens++
		}
	}
	cut = max(0, len(list)-shownDifferences)
	return opens, cut, list[:len(list)-cut]
}
