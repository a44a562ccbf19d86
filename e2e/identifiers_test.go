package e2e

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/tongxin-hub/tongxin/internal/config"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// TestIdentifiers_stayInTheRecord names a child in every way that there is, as whoever
// may see it and as whoever may not: neither its identifiers nor tokens nor cursors
// stand in a line of the log, in a span or in a metric.
func TestIdentifiers_stayInTheRecord(t *testing.T) {
	t.Parallel()
	log, spans := &lines{}, &lines{}
	h := hubtest.Start(t, hubtest.Options{LogTo: log, Configure: func(c *config.Config) {
		c.Telemetry.LogLevel, c.Telemetry.OTLPEndpoint, c.Telemetry.SampleRatio = slog.LevelDebug, collector(t, spans), 1
	}})
	asked, told := 0, map[string]string{}
	for _, key := range []string{"director", "dps-phone-check", "class-teacher", "director-next-village", "case-manager"} {
		c := h.Caller(t, key)
		id, token := h.ID(t, c, "Child", c.ChildID), strings.Repeat("5a", 32) // of nobody
		if c.AgencyCode == "JY" {
			token = joinToken(t, h, c.AgencyCode, "CITIZEN_ID", c.ChildID)
		}
		told[key+": identifier"], told[key+": token"] = id, token
		for _, q := range []string{
			`query A($id: ID!) { child(id: $id) { id name } }`,
			`query B($id: ID!) { childrenByIds(ids: [$id, $id]) { id } node(id: $id) { id } }`,
			`query C { child(id: "` + id + `") { visits(first: 1) { edges { cursor node { id child { id } } } pageInfo { endCursor } } } }`,
			`query D($token: String!) { childByJoinToken(input: {kind: CITIZEN_ID, token: $token}) { id } }`,
			`query E { childByJoinToken(input: {kind: CITIZEN_ID, token: "` + token + `"}) { id } }`,
			`mutation F($id: ID!) { revealField(input: {id: $id, coordinate: "Child.name", reason: CONTACT, statement: "联系家长核实返校情况"}) { value } }`,
			`query G($id: ID!) { explain(child: $id, coordinate: "Child.name") { form } }`,
			`query H { children(first: 1, after: "` + id + `") { nodes { id } } }`,
			`query I($id: ID!) { child(id: $id) { id nothing } }`,
			`query J($id: ID!) { child(id: [$id, {a: "` + id + `"}]) { id } }`,
		} {
			asked++
			vars := map[string]any{}
			if strings.Contains(q, "$id") {
				vars["id"] = id
			}
			if strings.Contains(q, "$token") {
				vars["token"] = token
			}
			h.Ask(t, c, hubtest.Question{Query: q, Variables: vars})
		}
	}
	within(t, 30*time.Second, "the spans are exported", func() bool { return strings.Count(spans.text(), "/graphql") >= asked })
	for place, text := range map[string]string{"the log": log.text(), "the spans": spans.text(), "/metrics": metrics(t, h)} {
		if len(text) < 200 {
			t.Errorf("%s: %d bytes, which prove nothing", place, len(text))
		}
		for what, secret := range told {
			if strings.Contains(text, secret) {
				t.Errorf("%s holds %s", place, what)
			}
		}
	}
}
