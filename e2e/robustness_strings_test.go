package e2e

import (
	"strings"
	"testing"

	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// TestStrings_areHarmless puts control characters and the like wherever a
// caller may write something.
func TestStrings_areHarmless(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	c := h.Caller(t, "director")
	dps := h.Caller(t, "dps-phone-check")
	for _, hostile := range []string{
		"\x00", "a\x00b", "\r\n{\"level\":\"ERROR\"}", "\x1b[2J", "\u202eabc", "' OR '1'='1", "\\", "%s%n", "{{.}}", "\ufeff",
		strings.Repeat("长", 20000), "\xed\xa0\x80", "$1", "Child\x001", "\x7f",
	} {
		for name, q := range map[string]hubtest.Question{
			"id":        {Query: `query S($x: ID!) { child(id: $x) { id } }`},
			"ids":       {Query: `query S($x: ID!) { childrenByIds(ids: [$x]) { id } }`},
			"node":      {Query: `query S($x: ID!) { node(id: $x) { id } }`},
			"cursor":    {Query: `query S($x: String!) { children(first: 1, after: $x) { nodes { id } } }`},
			"filter":    {Query: `query S($x: String!) { children(first: 1, filter: {villageCode: $x}) { nodes { id } } }`},
			"date":      {Query: `query S($x: LocalDate!) { children(first: 1, filter: {notVisitedSince: $x}) { nodes { id } } }`},
			"token":     {Query: `query S($x: String!) { childByJoinToken(input: {kind: STUDENT_NO, token: $x}) { id } }`},
			"division":  {Query: `query S($x: String!) { division(code: $x) { name } }`},
			"ticket":    {Query: `query S($x: String!) @access(purpose: VISIT, ticket: $x) { child(id: "x") { id } }`},
			"post":      {Query: `query S($x: ID!) @access(purpose: VISIT, post: $x) { child(id: "x") { id } }`},
			"explain":   {Query: `query S($x: String!) { explain(child: "x", coordinate: $x) { form } }`},
			"operation": {Query: `query S { __typename }`, Operation: hostile},
		} {
			q.Variables = map[string]any{"x": hostile}
			got := h.Ask(t, c, q)
			for _, e := range got.Errors {
				if e.Extensions.Code == "INTERNAL" || e.Extensions.Code == "AUDIT_UNAVAILABLE" || strings.Contains(e.Message, "\x1b") {
					t.Errorf("%s with %.20q: %.300s", name, hostile, got.Body)
				}
			}
			if strings.Contains(string(got.Data), `"id":"`) || got.Status >= 500 {
				t.Errorf("%s with %.20q: %d %.300s", name, hostile, got.Status, got.Body)
			}
		}
		reveal := h.Ask(t, dps, hubtest.Question{
			Query:     `mutation S($x: String!, $id: ID!) { revealField(input: {id: $id, coordinate: $x, reason: CONTACT, statement: $x}) { value userErrors { code } } }`,
			Variables: map[string]any{"x": hostile + "联系家长核实返校情况", "id": h.ID(t, dps, "Child", dps.ChildID)},
		})
		if strings.Contains(string(reveal.Body), `"value":"`) || reveal.Status >= 500 {
			t.Errorf("reveal with %.20q: %.300s", hostile, reveal.Body)
		}
	}
	found(t, "after hostile strings", h, c, c.ChildID)
	sound(t, h, "the log after hostile strings")
}
