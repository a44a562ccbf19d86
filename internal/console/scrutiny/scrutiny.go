package scrutiny

import (
	"embed"
	"slices"
	"time"

	"github.com/tongxin-hub/tongxin/internal/console/page"
	"github.com/tongxin-hub/tongxin/policy"
)

//go:embed templates/*.html
var templates embed.FS

// Area is all of these pages.
func Area() page.Area {
	return page.Area{
		Templates: templates,
		Pages: map[string]func(*page.Visit){
			"GET /matrix":     showMatrix,
			"GET /matrix/see": showSees,
			"GET /matrix/who": showWho,

			"GET /policy":                      showVersions,
			"GET /policy/compare":              compare,
			"GET /policy/propose":              showPropose,
			"POST /policy/propose":             propose,
			"GET /policy/proposal/{handle}":    showProposal,
			"POST /policy/proposal/{handle}":   decide,
			"GET /policy/replay/{handle}":      showReplay,
			"GET /policy/replay/{handle}/save": saveReplay,
			"GET /policy/meter":                showMeter,
			"GET /policy/explain":              showExplain,
			"POST /policy/explain":             showExplain,
		},
		Nav: []page.Nav{
			{Path: "/matrix", Key: "nav.matrix", Pages: []string{"matrix", "matrix-see", "matrix-who"}, For: is(policy.AUD, policy.DPO)},
			{Path: "/policy", Key: "nav.policy", Pages: []string{"policy", "policy-compare", "policy-propose", "policy-proposal", "policy-replay", "policy-meter", "policy-explain"}, For: is(policy.AUD, policy.DPO)},
		},
	}
}

// is holds for the posts of some roles.
func is(roles ...policy.Role) func(page.Hat) bool {
	return func(h page.Hat) bool { return slices.Contains(roles, policy.Role(h.Role)) }
}

// reviewing puts on the purpose under which rules are reviewed, where the post has it.
func reviewing(v *page.Visit) {
	if is(policy.AUD, policy.DPO)(v.Hat) {
		v.Hat.Purpose, v.Hat.Ticket = string(policy.PolicyReview), ""
	}
}

// china is the clock of all pages.
func china() *time.Location { return time.FixedZone("CST", 8*60*60) }

// span is a period of whole days as a form has it, its last day included.
type span struct{ From, To string }

// spanOf reads a period; without one it is the last so many days.
func spanOf(v *page.Visit, days int) span {
	today := v.Site.Now().In(china())
	s := span{today.AddDate(0, 0, -days).Format(time.DateOnly), today.Format(time.DateOnly)}
	if _, err := time.Parse(time.DateOnly, v.R.FormValue("from")); err == nil {
		s.From = v.R.FormValue("from")
	}
	if _, err := time.Parse(time.DateOnly, v.R.FormValue("to")); err == nil {
		s.To = v.R.FormValue("to")
	}
	return s
}

// instants are the moments at which the period begins and ends.
func (s span) instants() (since, until string) {
	from, _ := time.ParseInLocation(time.DateOnly, s.From, china()) // spanOf has read them
	to, _ := time.ParseInLocation(time.DateOnly, s.To, china())
	return from.Format(time.RFC3339), to.AddDate(0, 0, 1).Format(time.RFC3339)
}
