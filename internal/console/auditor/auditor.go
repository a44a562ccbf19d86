package auditor

import (
	"embed"
	"slices"

	"github.com/tongxin-hub/tongxin/internal/console/page"
	"github.com/tongxin-hub/tongxin/policy"
)

//go:embed templates/*.html
var templates embed.FS

// Area is all of these pages. What somebody is asked about own accesses is answered
// here too, whatever the post.
func Area() page.Area {
	return page.Area{
		Templates: templates,
		Pages: map[string]func(*page.Visit){
			"GET /overview": showOverview,

			"GET /reviews":                                showReviews,
			"GET /reviews/item/{handle}":                  showReview,
			"POST /reviews/item/{handle}/{mutation}":      rule,
			"GET /reviews/emergency":                      showEmergencies,
			"POST /reviews/emergency/{handle}/{mutation}": ruleEmergency,
			"GET /asked":                                  showAsked,
			"POST /asked/{handle}/{mutation}":             answer,

			"GET /log":                     showSearch,
			"POST /log/find":               find,
			"GET /log/found/{handle}":      showFound,
			"GET /log/found/{handle}/save": saveFound,
			"GET /log/saved/{handle}":      showSaved,
			"GET /log/entry/{handle}":      showEntry,
			"GET /log/child/{handle}":      showChild,
			"POST /log/child":              knownChild,
			"GET /log/children":            showTranslate,
			"POST /log/children":           translate,

			"GET /people":               showPeople,
			"POST /people":              findPerson,
			"GET /people/year/{handle}": showYear,

			"GET /verify":  showVerify,
			"POST /verify": verifier(),
		},
		Uploads: map[string]int64{verifyPath: maxBundle + maxKey + slack},
		Nav: []page.Nav{
			{Path: "/overview", Key: "nav.overview", Pages: []string{"overview"}, For: page.Of(policy.AUD)},
			{Path: "/log", Key: "nav.log", Pages: []string{"search", "found", "entry", "child-history", "child-find"}, For: page.Of(policy.AUD)},
			{Path: "/reviews", Key: "nav.reviews", Pages: []string{"reviews", "review", "review-emergency"}, For: page.Of(policy.AUD)},
			{Path: "/people", Key: "nav.people", Pages: []string{"people", "person-year"}, For: page.Of(policy.AUD)},
			{Path: verifyPath, Key: "nav.verify", Pages: []string{"verify"}, For: page.Of(policy.AUD)},
		},
	}
}

// audits puts on the purpose that the log is read for, with its plan. False where the
// page is of no use to whoever came.
func audits(v *page.Visit) bool {
	if v.Hat.Purpose == string(policy.AccessAudit) && v.Hat.Ticket != "" {
		return true
	}
	v.Hat.Purpose = string(policy.AccessAudit)
	tickets, err := v.Site.Tickets(v.As())
	if !v.OK(err) {
		return false
	}
	for _, t := range tickets {
		if t.Purpose == v.Hat.Purpose {
			v.Hat.Ticket = t.Code
			return true
		}
	}
	return true // the hub says what is missing
}

// code is what there is of a value of an enum.
func code[T ~string](c *T) string {
	if c == nil {
		return ""
	}
	return string(*c)
}

// bases names the relations that an entry rests on.
func bases(lang string, codes []string) []string {
	out := make([]string, len(codes))
	for i, c := range codes {
		out[i] = basis(lang, c)
	}
	return slices.Compact(out)
}

// basis names one; what explains an access may be a ticket instead.
func basis(lang, code string) string {
	switch code {
	case "":
		return ""
	case "ticket":
		return page.Pick(lang, "在办工单", "an open ticket")
	}
	text := policy.Basis(code).Text()
	return page.Pick(lang, text.ZH, text.EN)
}
