package staff

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/tongxin-hub/tongxin/internal/console/lexicon"
	"github.com/tongxin-hub/tongxin/internal/console/page"
	"github.com/tongxin-hub/tongxin/internal/safeguard"
)

// list is a page beside the inbox: records that are in somebody's hand without the page
// of a child.
type list struct {
	// key stands in the address, root is the field of the query with its arguments.
	key, root, args string
	machine, state  string
	// begin starts a record, extra are moves that no machine knows.
	begin, extra []string
	// never are moves that are made on another list.
	never []string
	// own are moves of whoever a record says that it is mine to.
	own []string
	// kinds are tasks that are done here.
	kinds []string
}

// lists are all of them, in the order of the page that leads to them.
func lists(c *page.Site) []list {
	out := []list{
		{key: "mine", root: "myReports", machine: "report", state: "state", kinds: []string{"REPORT_SUPPLEMENT"}},
		{key: "reports", root: "reportCases", machine: "report", state: "state", begin: []string{"planReportDuty"}, never: []string{"supplementReport"}, kinds: []string{"REPORT_"}},
		{key: "steps", root: "myProtectionSteps", machine: "protection step", state: "state", own: []string{safeguard.DoMove, safeguard.FollowMove}, kinds: []string{"PROTECTION_"}},
		{key: "measures", root: "protectiveMeasures", machine: "measure", state: "state", kinds: []string{"MEASURE_"}},
		{key: "consultations", root: "consultationCases", machine: "consultation", state: "state", kinds: []string{"CONSULTATION_SOURCE", "CONSULTATION_CONVENE", "CONSULTATION_PLEDGE", "CONSULTATION_GRANT", "CONSULTATION_MEETING", "CONSULTATION_REVIEW"}},
		{key: "corrections", root: "correctionsToAnswer", machine: "correction", state: "state", kinds: []string{"CORRECTION_TO_ANSWER"}},
		{key: "copies", root: "copiesToHandOut", machine: "copyPart", state: "state", kinds: []string{"COPY_TO_HAND_OUT"}},
		{key: "referrals", root: "psychReferrals", args: "filter: {open: true}, ", machine: "referral", state: "state"},
		{key: "relief", root: "reliefApplications", machine: "relief", state: "state"},
		{key: "plans", root: "supportPlans", machine: "support", state: "state"},
		{key: "needs", root: "needBoard"},
		{key: "requests", root: "matchRequests", state: "state", extra: []string{"acceptMatch", "declineMatch"}, kinds: []string{"MATCH_ANSWER"}},
		{key: "offers", root: "resourceOffers", begin: []string{"offerResource"}},
		{key: "volunteers", root: "volunteers", begin: []string{"vetVolunteer"}},
		{key: "sessions", root: "groupSessions", begin: []string{"recordGroupSession"}},
		{key: "trainings", root: "trainings", begin: []string{"recordTraining"}},
		{key: "opening", root: "openingAbsences", machine: "opening", state: "state", kinds: []string{"OPENING_CHECK"}},
		{key: "posts", root: "posts"},
		{key: "catalogue", root: "catalogue"},
	}
	return append(out, more(c, out)...)
}

// more are lists of records that machines move and that nobody has named yet.
func more(c *page.Site, named []list) []list {
	var out []list
	for _, p := range panels(c) {
		if slices.ContainsFunc(named, func(l list) bool { return l.machine == p.machine }) || p.machine == "visit" || p.machine == "dropout" {
			continue
		}
		for _, f := range c.Lexicon.Schema().Query.Fields {
			if node, _ := nodeOf(c, f); node == p.typename && node != "" && f.Type.Name() != node {
				out = append(out, list{key: strings.ToLower(f.Name), root: f.Name, machine: p.machine, state: p.state, extra: p.extra})
			}
		}
	}
	return out
}

// nodeOf is the type of what a field of the query lists; paged says that it is a
// connection.
func nodeOf(c *page.Site, f *ast.FieldDefinition) (name string, paged bool) {
	def := c.Lexicon.Schema().Types[f.Type.Name()]
	if def == nil || def.Kind != ast.Object {
		return "", false
	}
	if nodes := def.Fields.ForName("nodes"); nodes != nil {
		return nodes.Type.Name(), true
	}
	return def.Name, false
}

// field is the field of the query.
func (l list) field(c *page.Site) *ast.FieldDefinition {
	return c.Lexicon.Schema().Query.Fields.ForName(l.root)
}

// title is what the schema calls the list.
func (l list) title(c *page.Site, lang string) string {
	return lexicon.Short(lexicon.Pick(lang, l.field(c).Description))
}

// source is where the records of the list stand.
func (l list) source(c *page.Site) (page.Source, []string) {
	typename, paged := nodeOf(c, l.field(c))
	if !paged {
		return page.Source{Name: "Of" + typename, Path: []string{l.root}, Type: typename}, []string{l.root}
	}
	return page.Source{
		Name: "Of" + typename, Params: "($after: String)", Path: []string{fmt.Sprintf("%s(%sfirst: 30, after: $after)", l.root, l.args), "nodes"}, Type: typename,
	}, []string{l.root, "nodes"}
}

// listFor is the page where tasks of a kind are done, empty where that is the page of
// the child.
func listFor(c *page.Site, kind string) string {
	for _, l := range lists(c) {
		if slices.ContainsFunc(l.kinds, func(k string) bool { return k == kind || strings.HasSuffix(k, "_") && strings.HasPrefix(kind, k) }) {
			return l.key
		}
	}
	return ""
}
