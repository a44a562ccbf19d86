package scrutiny

import (
	"strconv"

	"github.com/tongxin-hub/tongxin/internal/console/lexicon"
	"github.com/tongxin-hub/tongxin/internal/console/operations"
	"github.com/tongxin-hub/tongxin/internal/console/page"
)

type usedRight = operations.ConsoleMinimisationMinimisationRightsUsedRight

type meterPage struct {
	Span            span
	Roles, Purposes []choice
	UnusedFor       int
	Version         string
	Entries         int
	Rights          []right
	Cut             int
	Unneeded        []ruleLine
	CutLines        int
	Never, Asked    int
	Mark, Reason    string
}

// right is one with its words.
type right struct {
	usedRight

	Role, Purpose, Field string
}

const (
	shownRights = 120
	// shownLines is how many lines one proposal may remove at a time.
	shownLines = 100
)

// showMeter is the minimisation meter: granted, asked for, shown, unused, and the lines
// that nobody needed.
func showMeter(v *page.Visit) {
	reviewing(v)
	q := askedFor(v)
	days, err := strconv.Atoi(v.R.URL.Query().Get("unused"))
	if err != nil || days < 0 {
		days = 0
	}
	const quarter = 90
	body := meterPage{Span: spanOf(v, quarter), UnusedFor: days, Mark: v.Watermark()}
	body.Roles, body.Purposes = choicesOf(v, q.Role, q.Purpose)
	since, until := body.Span.instants()
	got, err := operations.ConsoleMinimisation(v.Context(), v.Hub(nil), since, until, pointer[operations.Role](q.Role), pointer[operations.Purpose](q.Purpose), days)
	if !v.OK(err) {
		return
	}
	m := got.Minimisation
	if m == nil {
		v.OK(page.NotFound())
		return
	}
	body.Version, body.Entries, body.Unneeded = m.Version, m.Entries, ruleLines(v, m.UnneededLines)
	for _, r := range m.Rights {
		if r.LastUsed == nil {
			body.Never++
		}
		r.AgencyCode = v.Called(lexicon.Agency, r.AgencyCode)
		body.Rights = append(body.Rights, right{r, string(r.Role), string(r.Purpose), v.Site.Lexicon.Coordinate(v.Lang, r.Coordinate)})
	}
	body.Asked = len(body.Rights)
	body.Cut = max(0, len(body.Rights)-shownRights)
	body.Rights = body.Rights[:len(body.Rights)-body.Cut]
	body.CutLines = max(0, len(body.Unneeded)-shownLines)
	body.Unneeded = body.Unneeded[:len(body.Unneeded)-body.CutLines]
	body.Reason = say(v, "policy.meterReason", "from", body.Span.From, "to", body.Span.To)
	v.Show("policy-meter", page.View{Body: body})
}
