package e2e

import (
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/config"
	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// traced starts a hub that exports the spans of every request. Its one connection
// prepares each statement once, so that the second time is like every other.
func traced(t *testing.T) (*hubtest.Hub, *lines) {
	t.Helper()
	spans := &lines{}
	h := hubtest.Start(t, hubtest.Options{Configure: func(c *config.Config) {
		c.Telemetry.OTLPEndpoint, c.Telemetry.SampleRatio = collector(t, spans), 1
		c.Limits.Tokens, c.Limits.Nodes, c.Limits.Values, c.Load.Deadline = 1<<16, 1<<30, 1<<30, time.Minute
		c.Load.MaxConns = 1
	}})
	change(t, h, `UPDATE parameter SET value = '100000' WHERE name LIKE 'volume%'`)
	return h, spans
}

// traceOf is the trace of the newest operation in the log.
func traceOf(t *testing.T, h *hubtest.Hub) string {
	t.Helper()
	return single[string](t, h, `SELECT trace_id FROM audit_entry ORDER BY sequence DESC LIMIT 1`)
}

// statements are the names of the statements of a trace, sorted, once the
// request's own span has been exported; without those whose answer is kept for a
// time, whoever asks.
func statements(t *testing.T, spans *lines, trace string) []string {
	t.Helper()
	id, err := hex.DecodeString(trace)
	if err != nil || len(id) != 16 {
		t.Fatalf("trace %q: %v", trace, err)
	}
	var names []string
	within(t, 20*time.Second, "the spans of "+trace, func() bool {
		names = spanNames(spans.text(), string(id))
		return slices.Contains(names, "graphql")
	})
	names = slices.DeleteFunc(names, func(name string) bool {
		kept := name == "FindCaller" || name == "ReadVolumeLimits"
		return kept || !strings.HasPrefix(name, "Read") && !strings.HasPrefix(name, "Find") && name != "statement"
	})
	slices.Sort(names)
	// On a connection that has not seen it yet, the look-up of the ticket is prepared
	// under the same name first; it comes before any child is looked for.
	return slices.CompactFunc(names, func(a, b string) bool { return a == "FindTicket" && b == a })
}

// spanNames reads the names of the spans of a trace from exported messages: in
// a span (opentelemetry.proto.trace.v1.Span) the trace is field 1 and the name
// field 5.
func spanNames(exported, trace string) []string {
	var out []string
	for _, rest := range strings.Split(exported, "\x0a\x10"+trace)[1:] {
		for len(rest) > 2 {
			field, kind, size := rest[0]>>3, rest[0]&7, int(rest[1])
			if kind == 5 { // fixed32, without a length
				rest = rest[5:]
				continue
			}
			if kind != 2 || len(rest) < 2+size {
				break
			}
			if field == 5 {
				out = append(out, rest[2:2+size])
				break
			}
			rest = rest[2+size:]
		}
	}
	return out
}

// TestWork_isTheSameForManyParents reads the whole file of one, ten and a
// hundred children: the statements are the same.
func TestWork_isTheSameForManyParents(t *testing.T) {
	t.Parallel()
	h, spans := traced(t)
	c := h.Caller(t, "supervisor")
	change(t, h, `UPDATE child SET residence_township_id = (SELECT residence_township_id FROM child WHERE id = $1)`, c.ChildID)
	traces := map[int]string{}
	for _, n := range []int{1, 10, 100} {
		q := hubtest.Question{Query: "query Page($n: Int!) { children(first: $n) { nodes { " + text(whole("Child")) + "} } }", Variables: map[string]any{"n": n}}
		h.Ask(t, c, q)
		got := h.Ask(t, c, q)
		var answer struct{ Children struct{ Nodes []any } }
		if err := json.Unmarshal(got.Data, &answer); err != nil || len(answer.Children.Nodes) != n {
			t.Fatalf("%d of %d children: %v %.300s", len(answer.Children.Nodes), n, err, got.Body)
		}
		traces[n] = traceOf(t, h)
	}
	one := statements(t, spans, traces[1])
	if len(one) < 20 || len(one) > 60 {
		t.Errorf("%d statements: %v", len(one), one)
	}
	for _, n := range []int{10, 100} {
		if diff := cmp.Diff(one, statements(t, spans, traces[n])); diff != "" {
			t.Errorf("statements for 1 (-) and for %d parents (+):\n%s", n, diff)
		}
	}
}

// TestWork_tellsNoExistence: for a child out of reach, and for one behind a
// shield, the hub does the work that it does for one that is not there, and
// sends as many bytes (promise P15).
func TestWork_tellsNoExistence(t *testing.T) {
	t.Parallel()
	h, spans := traced(t)
	c := director(t, h, demo.Bailu)
	shielded := single[int64](t, h, `SELECT min(id) FROM child WHERE residence_village_id = (SELECT residence_village_id FROM child WHERE id = $1) AND id <> $1`, demo.Bailu)
	change(t, h, `UPDATE child SET shield = 'FULL' WHERE id = $1`, shielded)
	type done struct{ trace, answer string }
	asked := map[int64]map[string]done{}
	for _, child := range []int64{missingID, demo.Taoyuan, shielded} {
		asked[child] = map[string]done{}
		for name, query := range existences() {
			q := hubtest.Question{Query: query, Variables: map[string]any{"id": h.ID(t, c, "Child", child)}}
			h.Ask(t, c, q)
			got := h.Ask(t, c, q)
			asked[child][name] = done{traceOf(t, h), steady(got)}
		}
	}
	for name, missing := range asked[missingID] {
		want := statements(t, spans, missing.trace)
		if len(want) == 0 {
			t.Errorf("%s: no statement is seen, so the test proves nothing", name)
		}
		for _, child := range []int64{demo.Taoyuan, shielded} {
			got := asked[child][name]
			if diff := cmp.Diff(want, statements(t, spans, got.trace)); diff != "" {
				t.Errorf("%s: statements for none (-) and for child %d (+):\n%s", name, child, diff)
			}
			if diff := cmp.Diff(missing.answer, got.answer); diff != "" {
				t.Errorf("%s: answer for none (-) and for child %d (+):\n%s", name, child, diff)
			}
		}
	}
}

// existences are the ways to ask for a child by its identifier.
func existences() map[string]string {
	file := text(whole("Child"))
	return map[string]string{
		"child":         "query E($id: ID!) { child(id: $id) { " + file + "} }",
		"childrenByIds": "query E($id: ID!) { childrenByIds(ids: [$id]) { " + file + "} }",
		"node":          "query E($id: ID!) { node(id: $id) { ... on Child { " + file + "} } }",
		"nodes":         "query E($id: ID!) { nodes(ids: [$id]) { ... on Child { " + file + "} } }",
		"explain":       `query E($id: ID!) { explain(child: $id, coordinate: "Child.name") { form bases } }`,
		"reveal":        `mutation E($id: ID!) { revealField(input: {id: $id, coordinate: "Child.citizenId", reason: CONTACT, statement: "联系家长核实返校情况"}) { value userErrors { code message } } }`,
	}
}
