package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// raw sends any body as a caller.
func raw(t *testing.T, h *hubtest.Hub, c demo.Caller, body string) (hubtest.Response, time.Duration) {
	t.Helper()
	token, err := h.App.DemoToken(c.AgencyCode, c.StaffCode)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.URL+"/graphql", bytes.NewReader([]byte(body)))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Tongxin-Purpose", c.Purpose)
	request.Header.Set("Tongxin-Ticket", c.TicketCode)
	began := time.Now()
	got := hubtest.Send(t, request)
	return got, time.Since(began)
}

// bombs are requests that cost little to send and much to answer.
func bombs(id string) map[string]string {
	query := func(text string) string {
		quoted, _ := json.Marshal(map[string]any{"query": text, "variables": map[string]any{"id": id}}) // strings only: cannot fail
		return string(quoted)
	}
	var doubling, aliases strings.Builder
	doubling.WriteString("query D { ...F0 } fragment F28 on Query { __typename }")
	for i := range 28 {
		fmt.Fprintf(&doubling, " fragment F%d on Query { ...F%d ...F%d }", i, i+1, i+1)
	}
	for i := range 1000 {
		fmt.Fprintf(&aliases, "a%d: name ", i)
	}
	child := func(body string) string { return "query B($id: ID!) { child(id: $id) { " + body + " } }" }
	deep := strings.Repeat("visits(first: 100) { nodes { child { ", 25) + "name" + strings.Repeat(" } } }", 25)
	return map[string]string{
		"10 MB":                `{"query":"` + strings.Repeat("#", 10<<20) + `"}`,
		"10 MB of variables":   `{"query":"{__typename}","variables":{"x":"` + strings.Repeat("a", 10<<20) + `"}}`,
		"array batch":          "[" + query(child("name")) + "," + query(child("name")) + "]",
		"@defer":               query(child("... @defer { name }")),
		"@defer on a fragment": query(child("...F @defer") + " fragment F on Child { name }"),
		"@stream":              query(child("visits { nodes @stream { id } }")),
		"fragment doubling":    query(doubling.String()),
		"fragment cycle":       query("query C { ...A } fragment A on Query { ...B } fragment B on Query { ...A }"),
		"deep":                 query(child(deep)),
		"1,000 aliases":        query(child(aliases.String())),
		"20,000 repeats":       query(child(strings.Repeat("name ", 20000))),
		"2,000 directives":     query(child("name" + strings.Repeat(" @include(if: true)", 2000))),
		"20,000 directives":    query(child("name" + strings.Repeat(" @x", 20000))),
		"first 2 billion":      query("query P { children(first: 2000000000) { nodes { id } } }"),
		"first below zero":     query("query P { children(first: -1) { nodes { id } } }"),
		"first too long":       query("query P { children(first: 99999999999999999999999) { nodes { id } } }"),
		"first as text":        query(`query P { children(first: "100") { nodes { id } } }`),
		"first null":           query("query P { children(first: null) { nodes { id } } }"),
		"wide and long":        query("query P { children(first: 100) { nodes { visits(first: 100) { nodes { child { visits(first: 100) { nodes { id } } } } } } } }"),
		"1,000 ids":            query("query P { childrenByIds(ids: [" + strings.Repeat(`"x" `, 1000) + "]) { id } }"),
		"unknown variable":     query("query P { child(id: $nobody) { id } }"),
		"variable of a type":   `{"query":"query P($id: ID!) { child(id: $id) { id } }","variables":{"id":{"a":1}}}`,
		"variables as a list":  `{"query":"{__typename}","variables":[1]}`,
		"a deep variable":      `{"query":"query P($id: ID!) { child(id: $id) { id } }","variables":{"id":` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + `}}`,
		"nested lists":         query("query P { childrenByIds(ids: " + strings.Repeat("[", 900) + strings.Repeat("]", 900) + ") { id } }"),
		"subscription":         query("subscription S { child }"),
		"two operations":       `{"query":"query A { __typename } query B { __typename }"}`,
		"no such operation":    `{"query":"query A { __typename }","operationName":"B"}`,
		"broken UTF-8":         "{\"query\":\"{__typename}\xff\"}",
		"persisted query":      `{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"00"}}}`,
	}
}

func TestBombs_areDefused(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	c := h.Caller(t, "director")
	for name, body := range bombs(h.ID(t, c, "Child", c.ChildID)) {
		got, took := raw(t, h, c, body)
		if len(got.Data) != 0 && string(got.Data) != "null" || len(got.Errors) == 0 {
			t.Errorf("%s is answered: %.300s", name, got.Body)
		}
		if len(got.Body) > 2000 || took > time.Second {
			t.Errorf("%s: refused with %d bytes after %v", name, len(got.Body), took)
		}
		if got.Status >= 500 {
			t.Errorf("%s: status %d %.300s", name, got.Status, got.Body)
		}
		sentences(t, body[:min(len(body), 5000)], got)
	}
	found(t, "after the bombs", h, c, c.ChildID)
}

// TestManyCallers asks as 32 callers at once: each answer is the one that the
// same caller gets alone.
func TestManyCallers(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	type question struct {
		c    demo.Caller
		q    hubtest.Question
		want string
	}
	var questions []question
	for _, c := range h.District.Callers() {
		id := h.ID(t, c, "Child", max(c.ChildID, 1))
		for _, text := range []string{
			`query One($id: ID!) { child(id: $id) { id name citizenId residenceAddress caregivers { name phone } visits(first: 3) { nodes { plannedOn livingText } } } }`,
			`query Two($id: ID!) { a: childrenByIds(ids: [$id, "x"]) { name age } tickets { code } }`,
		} {
			q := question{c: c, q: hubtest.Question{Query: text, Variables: map[string]any{"id": id}}}
			q.want = steady(h.Ask(t, c, q.q))
			questions = append(questions, q)
		}
	}
	before := size(t, h)
	var wg sync.WaitGroup
	var asked atomic.Int64
	for worker := range 32 {
		wg.Go(func() {
			for i := worker; asked.Load() < 600; i++ {
				q := questions[i%len(questions)]
				got := h.Ask(t, q.c, q.q)
				asked.Add(1)
				if s := steady(got); s != q.want && got.Status != http.StatusServiceUnavailable {
					t.Errorf("%s among others:\n%.400s\nalone:\n%.400s", q.c.Key, s, q.want)
					return
				}
			}
		})
	}
	wg.Wait()
	if n := size(t, h) - before; n > asked.Load() || n < asked.Load()*9/10 {
		t.Errorf("%d questions, %d entries", asked.Load(), n)
	}
}

// TestPolicyReplaced puts another version in force: the hub stops answering and
// goes on when its own is in force again.
func TestPolicyReplaced(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	c := h.Caller(t, "director")
	found(t, "before", h, c, c.ChildID)
	change(t, h, `INSERT INTO policy_version (version, files, activated_at, activated_by) VALUES ('sha256:000000000000', '{}', now() + interval '1 second', 'test')`)
	within(t, 5*time.Second, "another version noticed", func() bool {
		got := look(t, h, c, c.ChildID, "name")
		return len(got.Errors) == 1 && got.Errors[0].Extensions.Code == "POLICY_UNAVAILABLE" && len(got.Data) == 0
	})
	refusedAs(t, "explain", h.Ask(t, c, hubtest.Question{Query: `query E { explain(child: "x", coordinate: "Child.name") { form } }`}), "POLICY_UNAVAILABLE")
	if e := last(t, h); e.Outcome != "FAILED" || e.Reason != "POLICY_UNAVAILABLE" {
		t.Errorf("the log says %s %s", e.Outcome, e.Reason)
	}
	change(t, h, `INSERT INTO policy_version (version, files, activated_at, activated_by)
		SELECT version, files, (SELECT max(activated_at) + interval '1 microsecond' FROM policy_version), 'test'
		FROM policy_version WHERE activated_by <> 'test' ORDER BY id DESC LIMIT 1`)
	within(t, 5*time.Second, "own version in force again", func() bool { return len(look(t, h, c, c.ChildID, "name").Errors) == 0 })
}
