package scrutiny

import (
	"strconv"

	"github.com/tongxin-hub/tongxin/internal/console/lexicon"
	"github.com/tongxin-hub/tongxin/internal/console/operations"
	"github.com/tongxin-hub/tongxin/internal/console/page"
)

// changedUse is what would have been otherwise for a role of an agency.
type changedUse struct {
	turned

	Agency, Field              string
	Persons, Entries, Children int
}

type replayPage struct {
	Handle, Version                                         string
	Span                                                    span
	Entries, Replayed, Refused, NotFound, Destroyed, Unread int
	Changes                                                 []changedUse
	Opens, Closes, Cut                                      int
	Truncated                                               bool
	Mark                                                    string
}

// replayed asks what a proposal would have done to a period.
func replayed(v *page.Visit) (replayPage, error) {
	h, err := v.Open()
	if err != nil {
		return replayPage{}, err
	}
	reviewing(v)
	body := replayPage{Handle: v.Link(page.Handle{Hat: v.Hat, Of: h.Of}), Span: spanOf(v, monthOfDays), Mark: v.Watermark()}
	since, until := body.Span.instants()
	got, err := operations.ConsolePolicyReplay(v.Context(), v.Hub(nil), h.Of["proposal"], since, until)
	if err != nil {
		return body, err
	}
	r := got.PolicyReplay
	if r == nil {
		return body, page.NotFound()
	}
	body.Version, body.Entries, body.Replayed, body.Refused = r.Version, r.Entries, r.Replayed, r.Refused
	body.NotFound, body.Destroyed, body.Unread, body.Truncated = r.NotFound, r.Destroyed, r.Unknown, r.Truncated
	for _, c := range r.Changes {
		one := changedUse{
			turned: turned{Role: c.Role, Purpose: c.Purpose, Turn: string(c.Turn), Before: string(c.Before), After: string(c.After)},
			Agency: v.Called(lexicon.Agency, c.AgencyCode), Field: v.Site.Lexicon.Coordinate(v.Lang, c.Coordinate), Persons: c.Persons, Entries: c.Entries, Children: c.Children,
		}
		if one.Opening() {
			body.Opens++
		} else {
			body.Closes++
		}
		body.Changes = append(body.Changes, one)
	}
	return body, nil
}

// showReplay lists which coordinates would have opened or closed, and for whom.
func showReplay(v *page.Visit) {
	body, err := replayed(v)
	if !v.OK(err) {
		return
	}
	body.Cut = max(0, len(body.Changes)-shownDifferences)
	body.Changes = body.Changes[:len(body.Changes)-body.Cut]
	v.Show("policy-replay", page.View{Body: body})
}

// saveReplay gives the whole list to a spreadsheet.
func saveReplay(v *page.Visit) {
	body, err := replayed(v)
	if !v.OK(err) {
		return
	}
	p := v.Speaker()
	lines := [][]string{{body.Mark}, {
		say(v, "matrix.role"), say(v, "matrix.purpose"), say(v, "policy.agency"), say(v, "matrix.coordinate"), say(v, "policy.turn"),
		say(v, "policy.before"), say(v, "policy.after"), say(v, "policy.persons"), say(v, "policy.entries"), say(v, "policy.children"),
	}}
	for _, c := range body.Changes {
		lines = append(lines, []string{
			p.Role(c.Role), p.Purpose(c.Purpose), c.Agency, c.Field, p.Value("PolicyTurn", c.Turn), p.Value("Form", c.Before), p.Value("Form", c.After),
			strconv.Itoa(c.Persons), strconv.Itoa(c.Entries), strconv.Itoa(c.Children),
		})
	}
	v.Save("replay-"+body.Span.From+"-"+body.Span.To+".csv", lines)
}
