package admin

import (
	"embed"

	"github.com/tongxin-hub/tongxin/internal/console/page"
	"github.com/tongxin-hub/tongxin/policy"
)

//go:embed templates/*.html
var templates embed.FS

// Area is all of these pages. A conflict of interest is declared by everybody, whatever
// the post.
func Area() page.Area {
	return page.Area{
		Templates: templates,
		Pages: map[string]func(*page.Visit){
			"GET /access":                            showProposals,
			"GET /access/{tab}":                      showTab,
			"POST /access/{tab}/{mutation}":          begin,
			"GET /access/{tab}/{handle}":             showRecord,
			"POST /access/{tab}/{handle}/{mutation}": move,
			"GET /conflicts":                         showConflicts,
			"GET /conflicts/{handle}":                showConflicts,
			"POST /conflicts/{handle}/{mutation}":    declare,
			"POST /conflicts/{mutation}":             declare,

			"GET /conflicts/declared/{handle}":             showDeclared,
			"POST /conflicts/declared/{handle}/{mutation}": endDeclared,
		},
		Nav: []page.Nav{
			{Path: "/access", Key: "nav.access", Pages: pages(), For: page.Of(policy.ADM, policy.DPO)},
			{Path: "/access/confirm", Key: "nav.confirm", Pages: []string{"access-confirm"}, For: page.Of(policy.STA, policy.DPO)},
			{Path: "/conflicts", Key: "nav.conflicts", Pages: []string{"conflicts", "conflict"}},
		},
	}
}

func pages() []string { return []string{"access", "access-record", "access-settings"} }

// administers puts on the purpose of administration, which needs no ticket.
func administers(v *page.Visit) {
	v.Hat.Purpose, v.Hat.Ticket = string(policy.AccessAdmin), ""
}
