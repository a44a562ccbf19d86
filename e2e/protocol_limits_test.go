package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tongxin-hub/tongxin/internal/config"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// edge is a limit and a question that needs exactly n of it.
type edge struct {
	at       int
	question func(n int) hubtest.Question
}

// times writes a text n times, with its number where it has a verb for it.
func times(n int, format string) string {
	var b strings.Builder
	for i := range n {
		if strings.Contains(format, "%") {
			fmt.Fprintf(&b, format, i)
		} else {
			b.WriteString(format)
		}
	}
	return b.String()
}

// edges are the limits of one operation, as the configuration publishes them.
// Each question is one that the hub answers.
func edges(id string) map[string]edge {
	child := func(body string) hubtest.Question {
		return hubtest.Question{Query: "query E($id: ID!) { child(id: $id) { " + body + " } }", Variables: map[string]any{"id": id}}
	}
	return map[string]edge{
		"tokens": {2000, func(n int) hubtest.Question {
			list := times(490, `"x" `)
			q := "query E { a: childrenByIds(ids: [" + list + "]) { id } b: childrenByIds(ids: [" + list + "]) { id } " +
				"c: childrenByIds(ids: [" + list + "]) { id } d: childrenByIds(ids: ["
			return hubtest.Question{Query: q + times(n-tokens(q)-tokens("]) { id } }"), `"x" `) + "]) { id } }"}
		}},
		"depth": {12, func(n int) hubtest.Question {
			hops := (n - 2) / 3
			return child(times(hops, "visits(first: 1) { nodes { child { ") + deepEnd(n) + times(hops, "} } } "))
		}},
		"aliases": {15, func(n int) hubtest.Question { return child(times(n, " a%d: id")) }},
		"rootFields": {10, func(n int) hubtest.Question {
			return hubtest.Question{Query: "query E {" + times(n, " __typename") + " }"}
		}},
		"directives": {20, func(n int) hubtest.Question {
			return child(times(n, " ... @include(if: true) { id }"))
		}},
		"fragments": {50, func(n int) hubtest.Question { return child(times(n, " ... { id }")) }},
		"repeats":   {200, func(n int) hubtest.Question { return child("id" + times(n, " id")) }},
		"first": {100, func(n int) hubtest.Question {
			return hubtest.Question{
				Query:     "query E($n: Int!) { children(first: $n) { nodes { id } } }",
				Variables: map[string]any{"n": n},
			}
		}},
		"first, in the text": {100, func(n int) hubtest.Question {
			return hubtest.Question{Query: fmt.Sprintf("query E { children(first: %d) { nodes { id } } }", n)}
		}},
		"ids": {500, func(n int) hubtest.Question {
			return hubtest.Question{
				Query:     "query E($ids: [ID!]!) { childrenByIds(ids: $ids) { id } }",
				Variables: map[string]any{"ids": make([]string, n)},
			}
		}},
		"nodes": {10_000, func(n int) hubtest.Question {
			return hubtest.Question{Query: "query E { children(first: 100) { nodes { visits(first: 99) { nodes { id } } } } " +
				times(n-10_000, "child(id: \"x\") { id }") + " }"}
		}},
		"values": {100_000, func(n int) hubtest.Question {
			return hubtest.Question{Query: "query E { children(first: 100) { nodes { visits(first: 10) { nodes {" +
				times(100, " id") + " } } } } " + times(n-100_000, " __typename") + " }"}
		}},
	}
}

// deepEnd is one, two or three more levels, so that the depth is n.
func deepEnd(n int) string {
	return []string{"id ", "enrolment { status } ", "enrolment { school { name } } "}[(n-2)%3]
}

// tokens counts the tokens of a document without comments: words, numbers,
// strings and marks, commas and white space left out.
func tokens(document string) int {
	n, inWord, inText := 0, false, false
	for _, r := range document {
		switch {
		case inText:
			inText = r != '"'
		case r == '"':
			n, inText, inWord = n+1, true, false
		case strings.ContainsRune(" \n\t,", r):
			inWord = false
		case strings.ContainsRune("{}()[]:!$@=|.", r):
			n, inWord = n+1, false
		case !inWord:
			n, inWord = n+1, true
		}
	}
	return n
}

// TestProtocol_limitsAtTheirEdge asks for exactly as much as each limit allows,
// which is answered, and for one more, which is refused by name.
func TestProtocol_limitsAtTheirEdge(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	c := h.Caller(t, "director")
	for name, e := range edges(h.ID(t, c, "Child", c.ChildID)) {
		if got := h.Ask(t, c, e.question(e.at)); len(got.Errors) > 0 || isNull(got.Data) {
			t.Errorf("%s at %d: %.300s", name, e.at, got.Body)
		}
		got := h.Ask(t, c, e.question(e.at+1))
		refusedAs(t, name+" beyond the limit", got, "COST_LIMIT")
		limit, _, _ := strings.Cut(name, ",")
		for _, want := range []string{" " + limit + ":", strconv.Itoa(e.at), strconv.Itoa(e.at + 1)} {
			if len(got.Errors) == 1 && !strings.Contains(got.Errors[0].Message, want) {
				t.Errorf("%s: %q does not say %q", name, got.Errors[0].Message, want)
			}
		}
	}
}

// TestProtocol_bodyAtItsEdge fills the body up to the last byte.
func TestProtocol_bodyAtItsEdge(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	c := h.Caller(t, "director")
	const limit = 256 << 10
	sized := func(n int) string {
		body := `{"query":"query E { __typename #`
		return body + strings.Repeat("x", n-len(body)-len(`\n}"}`)) + `\n}"}`
	}
	if got, _ := raw(t, h, c, sized(limit)); string(got.Data) != `{"__typename":"Query"}` {
		t.Errorf("at the limit: %d %.300s", got.Status, got.Body)
	}
	got, took := raw(t, h, c, sized(limit+1))
	refusedAs(t, "one byte more", got, "COST_LIMIT")
	if got.Status != http.StatusRequestEntityTooLarge || took > time.Second {
		t.Errorf("one byte more: %d after %v", got.Status, took)
	}
}

// TestProtocol_timeAtItsEdge holds the table of children: a question that waits
// less than its deadline is answered, one that waits longer is refused in time.
func TestProtocol_timeAtItsEdge(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{Configure: func(c *config.Config) { c.Load.Deadline = 4 * time.Second }})
	c := h.Caller(t, "director")
	found(t, "before", h, c, c.ChildID)
	tx, err := h.DB.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	release := sync.OnceValue(func() error { return tx.Rollback(context.WithoutCancel(t.Context())) })
	defer func() { _ = release() }()
	if _, err := tx.Exec(t.Context(), `LOCK TABLE child IN ACCESS EXCLUSIVE MODE`); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	got := look(t, h, c, c.ChildID, "id")
	took := time.Since(began)
	refusedAs(t, "beyond the deadline", got, "TIMEOUT")
	if got.Status != http.StatusGatewayTimeout || took < 3*time.Second || took > 8*time.Second {
		t.Errorf("refused with %d after %v", got.Status, took)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		<-time.After(500 * time.Millisecond)
		if err := release(); err != nil {
			t.Error(err)
		}
	})
	found(t, "within the deadline", h, c, c.ChildID)
	wg.Wait()
}

// TestProtocol_refusesBombsAtOnce: what is small to send and large to look at
// is refused in the time of a glance.
func TestProtocol_refusesBombsAtOnce(t *testing.T) { //nolint:paralleltest // it measures time
	h := hubtest.Start(t, hubtest.Options{})
	c := h.Caller(t, "director")
	bombs := bombs(h.ID(t, c, "Child", c.ChildID))
	bombs["2,000 repeats"] = `{"query":"query R { child(id: \"x\") {` + strings.Repeat(" id", 1980) + `} }"}`
	bombs["repeats elsewhere"] = `{"query":"query R { child(id: \"x\") { id } } fragment F on Child {` + strings.Repeat(" id", 1970) + `}"}`
	for _, name := range []string{"1,000 aliases", "2,000 repeats", "repeats elsewhere", "20,000 repeats", "20,000 directives", "fragment doubling", "deep"} {
		best := time.Hour
		for range 3 {
			got, took := raw(t, h, c, bombs[name])
			refusedAs(t, name, got, "COST_LIMIT")
			best = min(best, took)
		}
		if best > 50*time.Millisecond {
			t.Errorf("%s: refused after %v", name, best)
		}
	}
	// What the limits let through may be asked, and must not take long either.
	for name, q := range map[string]hubtest.Question{
		"as many repeats as allowed": {Query: "query R { child(id: \"x\") {" + strings.Repeat(" id", 201) + "} }"},
		"repeats below repeats": {Query: "query R {" + strings.Repeat(" child(id: \"x\") { guardians {"+
			strings.Repeat(" relation name", 10)+" } }", 9) + " }"},
		"fragments of the same": {Query: "query R { child(id: \"x\") {" + times(24, " ...F%d") + " } }" +
			times(24, " fragment F%d on Child { id name sex age ageBand birthYearMonth id name sex age ageBand birthYearMonth guardians { relation name relation } }")},
	} {
		body, err := json.Marshal(q)
		if err != nil {
			t.Fatal(err)
		}
		if got, took := raw(t, h, c, string(body)); len(got.Errors) > 0 || took > 250*time.Millisecond {
			t.Errorf("%s: %v %.200s", name, took, got.Body)
		}
	}
}
