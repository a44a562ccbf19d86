package scrutiny

import (
	"strings"

	"github.com/tongxin-hub/tongxin/internal/console/lexicon"
	"github.com/tongxin-hub/tongxin/internal/console/operations"
	"github.com/tongxin-hub/tongxin/internal/console/page"
	"github.com/tongxin-hub/tongxin/policy"
)

// judged is one coordinate decided again.
type judged struct {
	Field, Recorded, Computed, Verdict string
	Lines                              []string
}

// shownAlike are the children that were shown alike.
type shownAlike struct {
	Bases    []string
	Children int
	Judged   []judged
	Cut      int
}

type explainPage struct {
	Entry                                         string
	Found                                         bool
	Sequence, Role, Purpose, Agency, Outcome, Ver string
	At                                            *string
	Alike                                         []shownAlike
	Differ                                        int
}

// shownJudged keeps the page light.
const shownJudged = 80

// showExplain decides a recorded entry again under its own version.
func showExplain(v *page.Visit) {
	reviewing(v)
	body := explainPage{Entry: strings.ToLower(strings.TrimSpace(v.R.FormValue("entry")))}
	if body.Entry == "" {
		v.Show("policy-explain", page.View{Body: body})
		return
	}
	got, err := operations.ConsoleExplainEntry(v.Context(), v.Hub(nil), body.Entry)
	if !v.OK(err) {
		return
	}
	if e := got.ExplainEntry; e != nil {
		body.Found, body.Sequence, body.Role, body.Purpose, body.Agency = true, e.Sequence, e.Role, e.Purpose, v.Called(lexicon.Agency, e.AgencyCode)
		body.Outcome, body.Ver, body.At = e.Outcome, e.Version, &e.At
		for _, s := range e.ShownAlike {
			one := shownAlike{Children: s.Children, Cut: max(0, len(s.Coordinates)-shownJudged)}
			for _, b := range s.Bases {
				words := policy.Basis(b).Text()
				one.Bases = append(one.Bases, page.Pick(v.Lang, words.ZH, words.EN))
			}
			for i, c := range s.Coordinates {
				if c.Verdict == "DIFFERS" {
					body.Differ++
				}
				if i < shownJudged {
					one.Judged = append(one.Judged, judged{v.Site.Lexicon.Coordinate(v.Lang, c.Coordinate), string(c.Recorded), string(c.Computed), string(c.Verdict), c.Lines})
				}
			}
			body.Alike = append(body.Alike, one)
		}
	}
	v.Show("policy-explain", page.View{Body: body})
}
