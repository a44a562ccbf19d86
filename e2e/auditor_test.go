package e2e

import (
	"context"
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// people asks a question and lists whom its answer names, each once.
func people(t *testing.T, h *hubtest.Hub, c demo.Caller, query string) []string {
	t.Helper()
	got := h.Ask(t, c, hubtest.Question{Query: query})
	if len(got.Errors) > 0 || len(got.Data) == 0 {
		t.Fatalf("%s: %s", query, got.Body)
	}
	var out []string
	for _, m := range regexp.MustCompile(`"staffCode":"([^"]*)"`).FindAllSubmatch(got.Data, -1) {
		out = append(out, string(m[1]))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// TestAuditor_findsTheSixMisuses: an auditor who has nothing but the API finds each
// misuse planted in the demo year, and with the same question nobody else.
func TestAuditor_findsTheSixMisuses(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	auditor := h.Caller(t, "auditor")
	questions := map[string]string{
		demo.UnreviewedBreak: `query Q { breakGlassWithoutReview(until: "2026-11-23T00:00:00+08:00") { nodes { staffCode } } }`,
		demo.ExpiredContract: `query Q { accessesWithoutStanding(until: "2026-11-23T00:00:00+08:00") { nodes { staffCode } } }`,
		demo.PurposeShopping: `query Q { readsForSeveralPurposes(until: "2026-11-23T00:00:00+08:00") { nodes { staffCode } } }`,
		demo.NightBatch:      `query Q { topActivity(by: NIGHT, until: "2026-11-22") { staffCode } }`,
	}
	for _, p := range h.District.Planted() {
		if query := questions[p.Key]; query != "" {
			if diff := cmp.Diff([]string{p.StaffCode}, people(t, h, auditor, query)); diff != "" {
				t.Errorf("%s: %s", p.Key, diff)
			}
			continue
		}
		// Both kinds of those who try children that are not theirs lead the list.
		var top struct {
			TopActivity []struct {
				StaffCode string
				Value     int
			}
		}
		got := h.Ask(t, auditor, hubtest.Question{Query: `query Q { topActivity(by: NOT_FOUND, since: "2026-10-24", until: "2026-11-22") { staffCode value } }`})
		if err := json.Unmarshal(got.Data, &top); err != nil {
			t.Fatal(err)
		}
		place := slices.IndexFunc(top.TopActivity, func(x struct {
			StaffCode string
			Value     int
		},
		) bool {
			return x.StaffCode == p.StaffCode
		})
		if place < 0 || place > 1 || top.TopActivity[place].Value < p.Entries-1 {
			t.Errorf("%s: %s is at place %d of %s", p.Key, p.StaffCode, place, got.Data)
		}
	}
}

// TestAuditor_documentedQuestions asks every question of docs/operations.md as it
// stands there.
func TestAuditor_documentedQuestions(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{Strict: true})
	auditor := h.Caller(t, "auditor")
	text, err := os.ReadFile("../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n## Questions of an auditor\n")
	section, _, _ = strings.Cut(section, "\n## ")
	documents := regexp.MustCompile("(?s)```graphql\n(.*?)```").FindAllStringSubmatch(section, -1)
	values := map[string]any{"child": h.ID(t, auditor, "Child", 1), "token": joinToken(t, h, "JY", "CITIZEN_ID", 1), "entries": []string{}}
	var asked strings.Builder
	for _, d := range documents {
		vars := map[string]any{}
		for _, m := range regexp.MustCompile(`\$(\w+):`).FindAllStringSubmatch(d[1], -1) {
			vars[m[1]] = values[m[1]]
		}
		asked.WriteString(d[1])
		if got := h.Ask(t, auditor, hubtest.Question{Query: d[1], Variables: vars}); len(got.Errors) > 0 || len(got.Data) == 0 || strings.Contains(string(got.Data), `"message"`) {
			t.Errorf("%s: %s", d[1], got.Body)
		}
	}
	for _, field := range rootFields(t) {
		of := regexp.MustCompile(`^(l4Reads|reads\w+|accesses\w+|breakGlass\w+|reveals\w+|personActivity|accessHours|person(Purposes|Coordinates)|topActivity|contractorReads|accessStatistics|completeness|reconcileReceipts|translateToken|auditEntries|accessHistory)$`)
		if of.MatchString(field) && !strings.Contains(asked.String(), " "+field+"(") {
			t.Errorf("no question with %s in docs/operations.md", field)
		}
	}
}

// TestTranslateToken_isOnRecord: who translates a number leaves the child and the
// reason in the log, and the pseudonym opens the child's history, this look included.
func TestTranslateToken_isOnRecord(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	auditor := h.Caller(t, "auditor")
	const text = `mutation T($token: String!, $agency: String!, $key: String!) {
		translateToken(input: {agencyCode: $agency, kind: CITIZEN_ID, token: $token, statement: "举报信提到的儿童，核查其访问记录", key: $key}) { children userErrors { code message } } }`
	ask := func(agency, token, key string) hubtest.Response {
		return h.Ask(t, auditor, hubtest.Question{Query: text, Variables: map[string]any{"token": token, "agency": agency, "key": key}})
	}
	token := joinToken(t, h, "JY", "CITIZEN_ID", 1)
	pseudonym := h.ID(t, auditor, "Child", 1)
	first, again := ask("JY", token, "one"), ask("JY", token, "one")
	want := `{"translateToken":{"children":["` + pseudonym + `"],"userErrors":[]}}`
	answers(t, "translated", first, want)
	answers(t, "repeated", again, want)
	if diff := cmp.Diff(string(ask("MZ", token, "two").Data), string(ask("JY", strings.Repeat("00", 32), "three").Data)); diff != "" {
		t.Errorf("a token of another agency (-) and of nobody (+) are told apart: %s", diff)
	}
	history := h.Ask(t, auditor, hubtest.Question{Query: `query H($child: ID!) { accessHistory(child: $child, first: 1) { nodes { shown entry { operation ticket reason outcome } } } }`, Variables: map[string]any{"child": pseudonym}})
	answers(t, "history", history, `{"accessHistory":{"nodes":[{"shown":["Mutation.translateToken=FULL"],"entry":{"operation":"T","ticket":"`+auditor.TicketCode+`","reason":"举报信提到的儿童，核查其访问记录","outcome":"ALLOWED"}}]}}`)
	if n := single[int](t, h, `SELECT count(*) FROM audit_entry WHERE operation = 'T' AND reason = '举报信提到的儿童，核查其访问记录'`); n != 1 {
		t.Errorf("%d entries hold the reason", n)
	}
}

// TestReconcileReceipts: a system learns of its own entries and of nobody else's.
func TestReconcileReceipts(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	own, other := h.Caller(t, "dps-phone-check"), h.Caller(t, "case-manager")
	receipt := func(c demo.Caller) string {
		return h.Ask(t, c, hubtest.Question{Query: `query A { agencies { code } }`}).Extensions.Disclosure.Entry
	}
	kept, lost, foreign := receipt(own), receipt(own), receipt(other)
	got := h.Ask(t, own, hubtest.Question{
		Query:     `query R($entries: [ID!]!) { reconcileReceipts(entries: $entries, since: "2026-11-23T00:00:00+08:00", until: "2026-11-24T00:00:00+08:00") { known missing extra extraTotal } }`,
		Variables: map[string]any{"entries": []string{kept, foreign, "ffffffffffffffffffffffffffffffff", strings.ToUpper(kept)}},
	})
	answers(t, "reconciled", got, `{"reconcileReceipts":{"known":1,"missing":["`+foreign+`","ffffffffffffffffffffffffffffffff","`+strings.ToUpper(kept)+`"],"extra":["`+lost+`"],"extraTotal":1}}`)
	unticketed := h.Caller(t, "director")
	unticketed.TicketCode = ""
	answers(t, "without a ticket, where the purpose needs one", h.Ask(t, unticketed, hubtest.Question{
		Query: `query R { reconcileReceipts(entries: [], since: "2026-11-23T00:00:00+08:00", until: "2026-11-24T00:00:00+08:00") { known missing } }`,
	}), `{"reconcileReceipts":{"known":0,"missing":[]}}`)
	unticketed.Purpose = ""
	refusedAs(t, "without a purpose", h.Ask(t, unticketed, hubtest.Question{
		Query: `query R { reconcileReceipts(entries: [], since: "2026-11-23T00:00:00+08:00", until: "2026-11-24T00:00:00+08:00") { known } }`,
	}), "PURPOSE_REQUIRED")
	many := make([]string, 2001)
	for i := range many {
		many[i] = kept
	}
	refusedAs(t, "too many", h.Ask(t, own, hubtest.Question{
		Query:     `query R($entries: [ID!]!) { reconcileReceipts(entries: $entries, since: "2026-11-23T00:00:00+08:00", until: "2026-11-24T00:00:00+08:00") { known } }`,
		Variables: map[string]any{"entries": many},
	}), "BAD_REQUEST")
}

type completenessLine struct {
	System, State                          string
	Edge, Log, Difference, KilledProcesses int
}

// TestCompleteness: every answer of an hour, refused ones too, stands in the log; an
// answer without an entry, an entry without an answer and a killed process are told.
func TestCompleteness(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	director, auditor := h.Caller(t, "director"), h.Caller(t, "auditor")
	for range 3 {
		h.Ask(t, director, hubtest.Question{Query: `query A { agencies { code } }`})
	}
	h.Ask(t, director, hubtest.Question{Query: `query A { auditEntries { nodes { at } } }`})
	h.Ask(t, director, hubtest.Question{Query: `query {`})
	deadline, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for single[int64](t, h, `SELECT coalesce(sum(answered), 0)::bigint FROM edge_count`) < 5 && deadline.Err() == nil {
		h.Followed(t) // until the hub has written its counts
	}
	h.Followed(t)
	for _, table := range []string{"edge_count", "audit_hour"} { // the hour is over
		change(t, h, `UPDATE `+table+` SET hour = hour - interval '1 hour'`)
	}
	complete := func(what string, want completenessLine) {
		t.Helper()
		h.Followed(t)
		got := h.Ask(t, auditor, hubtest.Question{Query: `query C { completeness(since: "2026-11-23T09:00:00+08:00", until: "2026-11-23T10:00:00+08:00") { system state edge log difference killedProcesses } }`})
		var data struct{ Completeness []completenessLine }
		if err := json.Unmarshal(got.Data, &data); err != nil {
			t.Fatalf("%v: %s", err, got.Body)
		}
		if diff := cmp.Diff([]completenessLine{want}, data.Completeness); diff != "" {
			t.Errorf("%s: %s", what, diff)
		}
	}
	complete("as it is", completenessLine{"demo", "EQUAL", 5, 5, 0, 0})
	change(t, h, `UPDATE edge_count SET answered = 6 WHERE hour = '2026-11-23T09:00:00+08:00'`)
	complete("an answer without an entry", completenessLine{"demo", "WITHOUT_ENTRY", 6, 5, -1, 0})
	change(t, h, `UPDATE edge_count SET answered = 4 WHERE hour = '2026-11-23T09:00:00+08:00'`)
	complete("an entry without an answer", completenessLine{"demo", "UNANSWERED", 4, 5, 1, 0})
	change(t, h, `INSERT INTO edge_process (id, started_at, written_at) VALUES (gen_random_uuid(), '2026-11-23T09:00:00+08:00', '2026-11-23T09:30:00+08:00')`)
	complete("a killed process", completenessLine{"demo", "PROCESS_KILLED", 4, 5, 1, 1})
}
