package e2e

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// bad is an input that people or programs get wrong, and the answer: the code of
// the closed list, or an empty data member that tells nothing.
type bad struct {
	name, status, code string
	send               func() hubtest.Response
}

// badInputs are the mistakes that the hub promises to answer clearly.
func badInputs(t *testing.T, h *hubtest.Hub) []bad {
	t.Helper()
	dir, dps := h.Caller(t, "director"), h.Caller(t, "dps-phone-check")
	id := h.ID(t, dir, "Child", dir.ChildID)
	purpose := func(p string) demo.Caller { c := dir; c.Purpose = p; return c }
	ticket := func(k string) demo.Caller { c := dir; c.TicketCode = k; return c }
	closed := ticket("closed-one")
	change(t, h, `INSERT INTO ticket (code, kind, purpose, staff_id, agency_id, reason, opened_at, closed_at)
		SELECT 'closed-one', kind, purpose, staff_id, agency_id, 'test', '2026-01-01', '2026-02-01' FROM ticket WHERE code = $1`, dir.TicketCode)
	ask := func(c demo.Caller, query string, vars map[string]any) func() hubtest.Response {
		return func() hubtest.Response { return h.Ask(t, c, hubtest.Question{Query: query, Variables: vars}) }
	}
	child := `query B($id: ID!) { child(id: $id) { name } }`
	of := func(id string) map[string]any { return map[string]any{"id": id} }
	token := func(kind, text string) func() hubtest.Response {
		return ask(dps, `query B($x: JoinTokenInput!) { childByJoinToken(input: $x) { name } }`, map[string]any{"x": map[string]any{"kind": kind, "token": text}})
	}
	body := func(text string) func() hubtest.Response {
		return func() hubtest.Response { got, _ := raw(t, h, dir, text); return got }
	}
	bearer := func(text string) func() hubtest.Response {
		return func() hubtest.Response { return stranger(t, h, text) }
	}
	return []bad{
		{"no token", "401", "UNAUTHENTICATED", bearer("")},
		{"a malformed token", "401", "UNAUTHENTICATED", bearer("Bearer a.b.c")},
		{"a token without a word before it", "401", "UNAUTHENTICATED", bearer("eyJhbGciOiJub25lIn0.e30.")},
		{"a token of 16 KB", "401", "UNAUTHENTICATED", bearer("Bearer " + strings.Repeat("a", 12<<10))},
		{"no purpose", "200", "PURPOSE_REQUIRED", ask(purpose(""), child, of(id))},
		{"an unknown purpose", "200", "PURPOSE_NOT_PERMITTED", ask(purpose("CURIOSITY"), child, of(id))},
		{"a purpose in another spelling", "200", "PURPOSE_NOT_PERMITTED", ask(purpose("visit"), child, of(id))},
		{"no ticket", "200", "TICKET_REQUIRED", ask(ticket(""), child, of(id))},
		{"a closed ticket", "200", "TICKET_INVALID", ask(closed, child, of(id))},
		{"an unknown ticket", "200", "TICKET_INVALID", ask(ticket("VT-0"), child, of(id))},
		{"a page of 101", "200", "COST_LIMIT", ask(dir, `query B { children(first: 101) { nodes { id } } }`, nil)},
		{"a page of 2 billion", "200", "COST_LIMIT", ask(dir, `query B { children(first: 2000000000) { nodes { id } } }`, nil)},
		{"a page below zero", "200", "BAD_REQUEST", ask(dir, `query B { children(first: -1) { nodes { id } } }`, nil)},
		{"a page of text", "200", "VALIDATION_FAILED", ask(dir, `query B { children(first: "9") { nodes { id } } }`, nil)},
		{"a cursor of nothing", "200", "BAD_REQUEST", ask(dir, `query B { children(first: 1, after: "x") { nodes { id } } }`, nil)},
		{"an identity number for an id", "200", "", ask(dir, child, of("990117201307011238"))},
		{"an identity number for a token", "200", "BAD_REQUEST", token("CITIZEN_ID", "990117201307011238")},
		{"an invalid identity number for a token", "200", "BAD_REQUEST", token("CITIZEN_ID", "99011720130701123")},
		{"a student number for a token", "200", "BAD_REQUEST", token("STUDENT_NO", "G990117201307011238")},
		{"an unknown kind of number", "200", "VALIDATION_FAILED", token("PASSPORT", strings.Repeat("0", 64))},
		{"a date that is none", "200", "BAD_REQUEST", ask(h.Caller(t, "supervisor"), `query B { children(first: 1, filter: {notVisitedSince: "2026-02-30"}) { nodes { id } } }`, nil)},
		{"a query of 10 MB", "413", "COST_LIMIT", body(`{"query":"` + strings.Repeat(" ", 10<<20) + `{__typename}"}`)},
		{"a query that is none", "200", "BAD_REQUEST", ask(dir, `query B { child(`, nil)},
		{"a query in a batch", "400", "BAD_REQUEST", body(`[{"query":"{__typename}"}]`)},
		{"no JSON", "400", "BAD_REQUEST", body(`query B { me }`)},
	}
}

// stranger asks with any text where the token stands.
func stranger(t *testing.T, h *hubtest.Hub, authorization string) hubtest.Response {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.URL+"/graphql", strings.NewReader(`{"query":"{__typename}"}`))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	if authorization != "" {
		request.Header.Set("Authorization", authorization)
	}
	return hubtest.Send(t, request)
}

// TestBadInput_isAnsweredClearly: every mistake gets one error of the closed
// list in both languages, which repeats no number that was sent, and the hub
// goes on.
func TestBadInput_isAnsweredClearly(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	dir := h.Caller(t, "director")
	for _, b := range badInputs(t, h) {
		got := b.send()
		if strconv.Itoa(got.Status) != b.status {
			t.Errorf("%s: status %d, want %s: %.300s", b.name, got.Status, b.status, got.Body)
		}
		if strings.Contains(string(got.Body), "9901172013070112") {
			t.Errorf("%s: the number comes back: %.300s", b.name, got.Body)
		}
		if b.code == "" {
			if len(got.Errors) > 0 || string(got.Data) != `{"child":null}` {
				t.Errorf("%s: want nothing, got %.300s", b.name, got.Body)
			}
			continue
		}
		refusedAs(t, b.name, got, b.code)
		if len(got.Errors) == 1 && (!strings.ContainsAny(got.Errors[0].Message, "。！") || !strings.Contains(got.Errors[0].Message, ". ") && !strings.HasSuffix(got.Errors[0].Message, ".")) {
			t.Errorf("%s: not a sentence in both languages: %q", b.name, got.Errors[0].Message)
		}
		if !json.Valid(got.Body) {
			t.Errorf("%s: no JSON", b.name)
		}
	}
	found(t, "after all mistakes", h, dir, dir.ChildID)
	sound(t, h, "the log after all mistakes")
}
