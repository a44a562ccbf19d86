package staff

import (
	"embed"

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
			"GET /{$}":                              showInbox,
			"GET /children":                         showChildren,
			"GET /w/{handle}":                       showWork,
			"POST /w/{handle}/{mutation}":           makeMove,
			"POST /reveal/{handle}":                 reveal,
			"GET /harm":                             showHarm,
			"GET /harm/{handle}":                    showHarm,
			"POST /harm":                            reportHarm,
			"POST /harm/{handle}":                   reportHarm,
			"GET /nominate":                         showNominate,
			"GET /nominate/{handle}":                showNominate,
			"POST /nominate/{mutation}":             nominate,
			"GET /lists":                            showLists,
			"GET /list/{list}/{handle}":             showList,
			"POST /list/{list}/{handle}/{mutation}": moveInList,
			"POST /dispute/{handle}":                showDispute,
			"POST /dispute/{handle}/{mutation}":     dispute,
			"GET /emergency":                        showEmergency,
			"GET /emergency/{handle}":               showEmergency,
			"POST /emergency":                       openEmergency,
			"POST /emergency/{handle}":              openEmergency,
			"GET /ledgers":                          showLedgers,
			"GET /ledgers/{ledger}":                 showLedger,
			"GET /reports/{kind}":                   showReport,
			"POST /reports/{kind}":                  submitReport,
			"GET /board":                            showBoard,
		},
		Quiet: map[string]func(*page.Visit){
			"GET /live": live,
		},
		Nav: []page.Nav{
			{Path: "/", Key: "nav.inbox", Pages: []string{"inbox"}},
			{Path: "/children", Key: "nav.children", Pages: []string{"children"}, For: withChildren},
			{Path: "/lists", Key: "nav.lists", Pages: []string{"lists", "list"}, For: withLists},
			{Path: "/ledgers", Key: "nav.ledgers", Pages: []string{"ledger"}, For: page.Of(policy.DPS, policy.SUP)},
			{Path: "/reports/month", Key: "report.month", Pages: []string{"figures"}, For: page.Of(policy.HT)},
			{Path: "/board", Key: "nav.board", Pages: []string{"board"}, For: page.Of(policy.STA)},
		},
	}
}

// withChildren holds for everybody but those who see figures or the log alone.
func withChildren(h page.Hat) bool { return !page.Of(policy.STA, policy.AUD, policy.ADM)(h) }

// withLists holds for everybody whose lists are not an area of their own.
func withLists(h page.Hat) bool { return h.Role != "" && !page.Of(policy.AUD, policy.ADM)(h) }
