package e2e

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// reviewItem is an item of the review list as an auditor reads it.
type reviewItem struct {
	ID, Rule, State, AgencyCode, StaffCode, Child string
	EntryCount                                    int
	Overdue                                       bool
}

// ask sends a query and reads its data; nothing may go wrong.
func asks(t *testing.T, h *hubtest.Hub, c demo.Caller, query string, variables map[string]any, into any) {
	t.Helper()
	got := h.Ask(t, c, hubtest.Question{Query: query, Variables: variables})
	if err := json.Unmarshal(got.Data, into); err != nil || len(got.Errors) > 0 {
		t.Fatalf("%.60s: %v %.600s", query, err, got.Body)
	}
}

// reviewItems are all items that a filter leaves, page by page.
func reviewItems(t *testing.T, h *hubtest.Hub, c demo.Caller, filter map[string]any) []reviewItem {
	t.Helper()
	var out []reviewItem
	for after := any(nil); ; {
		var data struct {
			ReviewItems struct {
				Nodes    []reviewItem
				PageInfo struct {
					HasNextPage bool
					EndCursor   string
				}
			}
		}
		asks(t, h, c, `query List($filter: ReviewFilter, $after: String) { reviewItems(filter: $filter, first: 5, after: $after) {
			nodes { id rule state agencyCode staffCode child entryCount overdue } pageInfo { hasNextPage endCursor } } }`,
			map[string]any{"filter": filter, "after": after}, &data)
		out = append(out, data.ReviewItems.Nodes...)
		if !data.ReviewItems.PageInfo.HasNextPage {
			return out
		}
		after = data.ReviewItems.PageInfo.EndCursor
	}
}

// ruleOf are the rules that find the misuses of the demo year; break-glass is in the
// list of its own.
var ruleOf = map[string]string{
	demo.NeighbourVillage: "NEIGHBOUR_VILLAGE", demo.ExpiredContract: "CONTRACT_ENDED", demo.PurposeShopping: "PURPOSE_SHOPPING",
	demo.FormerClass: "LAST_TERM_CLASS", demo.NightBatch: "NIGHT_BATCH",
}

// emergency is a break-glass review as an auditor reads it.
type emergency struct {
	ID, StaffCode, Child, State, Ticket string
	Overdue                             bool
	AccessCount                         int
}

func emergencies(t *testing.T, h *hubtest.Hub, c demo.Caller, filter string) []emergency {
	t.Helper()
	var data struct{ EmergencyReviews struct{ Nodes []emergency } }
	asks(t, h, c, `query Glass { emergencyReviews(filter: {`+filter+`}) { nodes { id staffCode child state ticket overdue accessCount } } }`, nil, &data)
	return data.EmergencyReviews.Nodes
}

// reportLine is a line of the report.
type reportLine struct {
	Rule                                                                      string
	Items, Open, Justified, Misuse, Overdue, Accesses, Flagged, FlaggedBeside int
	BesideShare                                                               float64
}

// TestReview_findsThePlantedMisuses asks the API, and nothing else, for the six
// misuses that are hidden in the year of the demo district, and how many innocent
// accesses were flagged beside them.
func TestReview_findsThePlantedMisuses(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	h.Follow(t)
	c := h.Caller(t, "auditor")
	entries, night := 0, ""
	for _, p := range h.District.Planted() {
		child := ""
		if p.ChildID != 0 {
			child = h.ID(t, c, "Child", p.ChildID)
		}
		if p.Key == demo.UnreviewedBreak {
			list := emergencies(t, h, c, "overdue: true")
			if len(list) != 1 || list[0].StaffCode != p.StaffCode || list[0].Child != child || list[0].AccessCount != p.Entries || list[0].State != "NOTIFIED" {
				t.Errorf("break-glass without review: %+v, want that of %s", list, p.StaffCode)
			}
			continue
		}
		got := reviewItems(t, h, c, map[string]any{"rule": ruleOf[p.Key]})
		if len(got) != 1 {
			t.Errorf("%s: %d items, want one: %v", p.Key, len(got), got)
			continue
		}
		want := reviewItem{ID: got[0].ID, Rule: ruleOf[p.Key], State: "OPEN", AgencyCode: got[0].AgencyCode, StaffCode: p.StaffCode, Child: child, EntryCount: p.Entries}
		if diff := cmp.Diff(want, got[0]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", p.Key, diff)
		}
		entries += p.Entries
		if p.Key == demo.NightBatch {
			night = p.StaffCode
		}
		rules(t, h, c, got[0].ID, "reportMisuse")
	}
	innocent(t, h, c, night)
	total := reviewReport(t, h, c)[""]
	t.Logf("%d of %d accesses flagged beside the planted ones, %.3f %%", total.FlaggedBeside, total.Accesses, total.BesideShare)
	if total.Misuse != 5 || total.Flagged-total.FlaggedBeside != entries || total.BesideShare >= 1 || total.Accesses < 4000 {
		t.Errorf("the report says %+v; %d accesses are planted", total, entries)
	}
}

// innocent: what else is on the list is the sample, and class L4 read by the planted
// night's person.
func innocent(t *testing.T, h *hubtest.Hub, c demo.Caller, night string) {
	t.Helper()
	for _, i := range reviewItems(t, h, c, map[string]any{"state": "OPEN"}) {
		if i.Rule != "STANDING_SAMPLE" && (i.Rule != "NIGHT_L4" || i.StaffCode != night) {
			t.Errorf("an innocent access is on the list: %+v", i)
		}
	}
}

// rules makes a ruling on an item.
func rules(t *testing.T, h *hubtest.Hub, c demo.Caller, id, mutation string) {
	t.Helper()
	got := says(t, h, c, mutation, id, "核对工作安排后认定。")
	if len(got.UserErrors) > 0 || got.State == "" {
		t.Errorf("%s: %+v", mutation, got)
	}
}

// spoken is a payload of a mutation of reviews.
type spoken struct {
	State      string
	UserErrors []struct {
		Code string
		Path []string
	}
}

// says makes a move of a review with a key of its own.
func says(t *testing.T, h *hubtest.Hub, c demo.Caller, mutation, id, statement string) spoken {
	t.Helper()
	member := "item"
	switch {
	case strings.HasSuffix(mutation, "Emergency"):
		member = "emergency"
	case mutation == "answerQuestion":
		member = "question"
	}
	name := string(mutation[0]-'a'+'A') + mutation[1:]
	input := map[string]any{"key": uniqueKey(), member: id, "statement": statement}
	if mutation == "reviewEmergency" {
		input["verdict"] = "OK"
	}
	var data map[string]spoken
	asks(t, h, c, `mutation Say($input: `+name+`Input!) { `+mutation+`(input: $input) { state userErrors { code path } } }`,
		map[string]any{"input": input}, &data)
	return data[mutation]
}

// reviewReport is the report of the demo year, by rule.
func reviewReport(t *testing.T, h *hubtest.Hub, c demo.Caller) map[string]reportLine {
	t.Helper()
	var data struct{ ReviewReport []reportLine }
	asks(t, h, c, `query Report { reviewReport(since: "2025-11-23T00:00:00+08:00", until: "2026-11-24T00:00:00+08:00") {
		rule items open justified misuse overdue accesses flagged flaggedBeside besideShare } }`, nil, &data)
	out := map[string]reportLine{}
	for _, line := range data.ReviewReport {
		out[line.Rule] = line
	}
	return out
}

// TestReview_catchesUpByItself: nobody has to ask for the list to be made.
func TestReview_catchesUpByItself(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{Running: true})
	c := h.Caller(t, "auditor")
	within(t, time.Minute, "the misuses of the demo year are on the list", func() bool { return len(reviewItems(t, h, c, nil)) >= len(ruleOf) })
}
