package scrutiny

import (
	"embed"
	"time"

	"github.com/tongxin-hub/tongxin/internal/chinatime"
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
			"GET /policy/decided/{handle}":     showDecided,
			"GET /policy/replay/{handle}":      showReplay,
			"GET /policy/replay/{handle}/save": saveReplay,
			"GET /policy/meter":                showMeter,
			"GET /policy/explain":              showExplain,
			"POST /policy/explain":             showExplain,

			"GET /rights":                      showRights,
			"POST /rights":                     receive,
			"GET /rights/{handle}":             showInquiry,
			"POST /rights/{handle}/{mutation}": moveInquiry,
			"GET /rights/{handle}/statement":   showStatement,

			"GET /corrections":                      showCorrections,
			"POST /corrections/{mutation}":          receiveRequest,
			"GET /corrections/{handle}":             showRequest,
			"POST /corrections/{handle}/{mutation}": moveRequest,
			"GET /corrections/{handle}/statement":   showStatement,

			"GET /copies":                      copies().show,
			"POST /copies/{mutation}":          copies().enter,
			"GET /copies/{handle}":             copies().showOne,
			"POST /copies/{handle}/{mutation}": copies().move,
			"GET /copies/{handle}/statement":   showStatement,

			"GET /complaints":                      complaints().show,
			"POST /complaints/{mutation}":          complaints().enter,
			"GET /complaints/{handle}":             complaints().showOne,
			"POST /complaints/{handle}/{mutation}": complaints().move,
			"GET /complaints/{handle}/statement":   showStatement,

			"GET /yearly":               showYearly,
			"GET /yearly/save":          saveYearly,
			"POST /yearly":              handOut,
			"GET /yearly/{handle}":      showPack,
			"GET /yearly/{handle}/save": savePack,
			"GET /retention":            showRetention,
			"POST /retention":           placeHold,
			"POST /retention/release":   releaseHold,
			"GET /receipts":             showReceipts,
			"POST /receipts":            reconcile,
			"GET /logstatus":            showLogStatus,
		},
		Nav: []page.Nav{
			{Path: "/matrix", Key: "nav.matrix", Pages: []string{"matrix", "matrix-see", "matrix-who"}, For: page.Of(policy.AUD, policy.DPO)},
			{Path: "/policy", Key: "nav.policy", Pages: []string{"policy", "policy-compare", "policy-propose", "policy-proposal", "policy-decided", "policy-replay", "policy-meter", "policy-explain"}, For: page.Of(policy.AUD, policy.DPO)},
			{Path: "/rights", Key: "nav.rights", Pages: []string{"rights", "rights-one", "rights-statement", "corrections", "correction-one", "counter", "counter-one"}, For: page.Of(policy.DPO)},
			{Path: "/complaints", Key: "nav.complaints", Pages: []string{"counter", "counter-one", "rights-statement"}, For: page.Of(policy.STA)},
			{Path: "/yearly", Key: "nav.yearly", Pages: []string{"yearly", "yearly-pack", "retention", "receipts", "logstatus"}, For: page.Of(policy.AUD)},
			{Path: "/retention", Key: "nav.retention", Pages: []string{"retention", "logstatus"}, For: page.Of(policy.DPO)},
		},
	}
}

// reviewing puts on the purpose under which rules are reviewed, where the post has it.
func reviewing(v *page.Visit) {
	if page.Of(policy.AUD, policy.DPO)(v.Hat) {
		v.Hat.Purpose, v.Hat.Ticket = string(policy.PolicyReview), ""
	}
}

// span is a period of whole days as a form has it, its last day included.
type span struct{ From, To string }

// spanOf reads a period; without one it is the last so many days.
func spanOf(v *page.Visit, days int) span {
	today := v.Site.Now().In(chinatime.Zone())
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
	from, _ := time.ParseInLocation(time.DateOnly, s.From, chinatime.Zone()) // spanOf has read them
	to, _ := time.ParseInLocation(time.DateOnly, s.To, chinatime.Zone())
	return from.Format(time.RFC3339), to.AddDate(0, 0, 1).Format(time.RFC3339)
}
