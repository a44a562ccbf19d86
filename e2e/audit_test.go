package e2e

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// attempt is one request and what the log must say of it.
type attempt struct {
	name    string
	caller  demo.Caller
	query   string
	vars    map[string]any
	outcome string
	reason  string
	// operation and role stand in the entry where they could be known.
	operation, role string
	children        int
	breakGlass      bool
}

// attempts are one of every kind of request.
func attempts(t *testing.T, h *hubtest.Hub) []attempt {
	t.Helper()
	dir, next := h.Caller(t, "director"), h.Caller(t, "director-next-village")
	dps, leader, teacher := h.Caller(t, "dps-phone-check"), h.Caller(t, "leader"), h.Caller(t, "class-teacher")
	child := func(c demo.Caller, id int64) map[string]any { return map[string]any{"id": h.ID(t, c, "Child", id)} }
	purpose := func(c demo.Caller, p string) demo.Caller { c.Purpose = p; return c }
	ticket := func(c demo.Caller, code string) demo.Caller { c.TicketCode = code; return c }
	closed := give(t, h, dir, "VISIT_TASK", nil)
	change(t, h, `UPDATE ticket SET closed_at = '2026-11-02' WHERE code = $1`, closed.TicketCode)
	named := `query Named($id: ID!) { child(id: $id) { name } }`
	reveal := `mutation Reveal($id: ID!) { revealField(input: {id: $id, coordinate: "Caregiver.phone", reason: CONTACT, statement: "联系家长核实返校情况"}) { value userErrors { code } } }`
	caregiver := single[int64](t, h, `SELECT min(id) FROM caregiver WHERE child_id = $1`, dps.ChildID)
	emergency := purpose(ticket(dir, ""), "EMERGENCY")
	explain := `query Explain($id: ID!) { explain(child: $id, coordinate: "Child.name") { form } }`
	return []attempt{
		{"allowed", dir, named, child(dir, dir.ChildID), "ALLOWED", "", "Named", "DIR", 1, false},
		{"partly withheld", dps, `query Part($id: ID!) { child(id: $id) { name residenceAddress } }`, child(dps, dps.ChildID), "PARTLY_WITHHELD", "", "Part", "DPS", 1, false},
		{"root field denied", leader, named, child(leader, 1), "DENIED", "FORBIDDEN", "Named", "STA", 0, false},
		{"not found", next, named, child(next, 1), "NOT_FOUND", "", "Named", "DIR", 0, false},
		{"no such id", dir, named, map[string]any{"id": "nonsense"}, "NOT_FOUND", "", "Named", "DIR", 0, false},
		{"bad cursor", dir, `query Page { children(first: 5, after: "AAAA") { nodes { id } } }`, nil, "FAILED", "BAD_REQUEST", "Page", "DIR", 0, false},
		{"page too large", dir, `query Page { children(first: 101) { nodes { id } } }`, nil, "DENIED", "COST_LIMIT", "Page", "", 0, false},
		{"filter denied", teacher, `query Risk { children(filter: {riskLevel: RED}) { nodes { id } } }`, nil, "DENIED", "FORBIDDEN", "Risk", "HT", 0, false},
		{"malformed document", dir, `query {`, nil, "FAILED", "BAD_REQUEST", "", "", 0, false},
		{"unknown field", dir, `query Unknown { child(id: "x") { salary } }`, nil, "FAILED", "VALIDATION_FAILED", "Unknown", "", 0, false},
		{"unknown operation", dir, `query A { __typename } query B { __typename }`, nil, "FAILED", "BAD_REQUEST", "", "", 0, false},
		{"variable missing", dir, named, nil, "FAILED", "VALIDATION_FAILED", "Named", "", 0, false},
		{"data and information at once", dir, `query Mixed($id: ID!) { child(id: $id) { id } me { staffCode } }`, child(dir, 1), "FAILED", "BAD_REQUEST", "Mixed", "", 0, false},
		{"no purpose", purpose(dir, ""), named, child(dir, 1), "DENIED", "PURPOSE_REQUIRED", "Named", "", 0, false},
		{"unknown purpose", purpose(dir, "CURIOSITY"), named, child(dir, 1), "DENIED", "PURPOSE_NOT_PERMITTED", "Named", "", 0, false},
		{"purpose of another role", purpose(dir, "CASE_MGMT"), named, child(dir, 1), "DENIED", "PURPOSE_NOT_PERMITTED", "Named", "", 0, false},
		{"no ticket", ticket(dir, ""), named, child(dir, 1), "DENIED", "TICKET_REQUIRED", "Named", "DIR", 0, false},
		{"closed ticket", closed, named, child(dir, 1), "DENIED", "TICKET_INVALID", "Named", "DIR", 0, false},
		{"reveal", dps, reveal, map[string]any{"id": h.ID(t, dps, "Caregiver", caregiver)}, "REVEALED", "CONTACT: 联系家长核实返校情况", "Reveal", "DPS", 1, false},
		{"reveal of what is not masked", dir, reveal, child(dir, 1), "DENIED", "FORBIDDEN", "Reveal", "DIR", 0, false},
		{"reveal of a stranger", dps, reveal, map[string]any{"id": h.ID(t, dps, "Caregiver", missingID)}, "NOT_FOUND", "NOT_FOUND", "Reveal", "DPS", 0, false},
		{"information", dir, `query Me { me { staffCode } purposes { purpose } }`, nil, "ALLOWED", "", "Me", "", 0, false},
		{"information without a purpose", purpose(dir, ""), `query Me { me { staffCode } }`, nil, "ALLOWED", "", "Me", "", 0, false},
		{"explanation", dir, explain, child(dir, 1), "ALLOWED", "", "Explain", "DIR", 1, false},
		{"introspection", dir, `query Schema { __schema { queryType { name } } }`, nil, "ALLOWED", "", "Schema", "", 0, false},
		{"directory", leader, `query Divisions { divisions(first: 2) { nodes { name } } }`, nil, "ALLOWED", "", "Divisions", "STA", 0, false},
		{"break-glass without an emergency", emergency, named, child(dir, 1), "NOT_FOUND", "", "Named", "DIR", 0, true},
		{"too deep", dir, `query Deep { divisions { nodes {` + strings.Repeat(" parent {", 12) + " name" + strings.Repeat("}", 15), nil, "DENIED", "COST_LIMIT", "Deep", "", 0, false},
	}
}

func TestAudit_oneEntryForEveryRequest(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	for _, a := range attempts(t, h) {
		before := size(t, h)
		got := h.Ask(t, a.caller, hubtest.Question{Query: a.query, Variables: a.vars})
		list := entries(t, h, before)
		if len(list) != 1 {
			t.Errorf("%s: %d entries: %+v\nanswer %.300s", a.name, len(list), list, got.Body)
			continue
		}
		e := list[0]
		sum := sha256.Sum256([]byte(a.query))
		if a.role == "" && a.outcome == "ALLOWED" { // about the hub: nobody checked the claim
			a.caller.Purpose, a.caller.TicketCode = "", ""
		}
		wanted := []any{a.outcome, a.reason, a.operation, "sha256:" + hex.EncodeToString(sum[:]), a.caller.Purpose, a.caller.TicketCode, a.caller.StaffCode, a.children, a.breakGlass}
		logged := []any{e.Outcome, e.Reason, e.Operation, e.Hash, e.Purpose, e.Ticket, e.Staff, len(e.Shown), e.BreakGlass}
		if diff := cmp.Diff(wanted, logged); diff != "" {
			t.Errorf("%s (-want +logged):\n%s\nanswer %.300s", a.name, diff, got.Body)
		}
		if a.role != "" && e.Role != a.role {
			t.Errorf("%s: role %q, want %q", a.name, e.Role, a.role)
		}
		if r := got.Extensions.Disclosure; r.Entry != "" && (r.Entry != e.ID || r.Outcome != e.Outcome || r.Children != len(e.Shown)) {
			t.Errorf("%s: receipt %+v is not of the entry %s", a.name, r, e.ID)
		}
	}
}

// TestAudit_refusedBeforeGraphQL sends what is no GraphQL request at all, by a
// known caller: each leaves one entry.
func TestAudit_refusedBeforeGraphQL(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	c := h.Caller(t, "director")
	for _, a := range []struct{ name, method, media, body string }{
		{"no JSON", http.MethodPost, "application/json", `{"query":`},
		{"an array of requests", http.MethodPost, "application/json", `[{"query":"{__typename}"}]`},
		{"a form", http.MethodPost, "application/x-www-form-urlencoded", `query={__typename}`},
		{"no query", http.MethodPost, "application/json", `{"operationName":"X"}`},
		{"a number as query", http.MethodPost, "application/json", `{"query":1}`},
		{"an empty body", http.MethodPost, "application/json", ``},
		{"a PUT", http.MethodPut, "application/json", `{"query":"{__typename}"}`},
		{"a large body", http.MethodPost, "application/json", `{"query":"` + strings.Repeat(" ", 300<<10) + `"}`},
	} {
		before := size(t, h)
		request, err := http.NewRequestWithContext(t.Context(), a.method, h.URL+"/graphql", bytes.NewReader([]byte(a.body)))
		if err != nil {
			t.Fatal(err)
		}
		token, err := h.App.DemoToken(c.AgencyCode, c.StaffCode)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+token)
		request.Header.Set("Content-Type", a.media)
		got := hubtest.Send(t, request)
		if got.Status < 400 || len(got.Data) != 0 {
			t.Errorf("%s is answered: %d %.200s", a.name, got.Status, got.Body)
		}
		list := entries(t, h, before)
		if len(list) != 1 || list[0].Staff != c.StaffCode || list[0].Outcome != "FAILED" && list[0].Outcome != "DENIED" {
			t.Errorf("%s: entries %+v", a.name, list)
		}
	}
}

// TestAudit_readByAuditors: what the auditor sees is what the log holds, with
// the children under the auditor's own pseudonyms.
func TestAudit_readByAuditors(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	dir, auditor := h.Caller(t, "director"), h.Caller(t, "auditor")
	mine := look(t, h, dir, dir.ChildID, "name residenceAddress citizenId")
	got := h.Ask(t, auditor, hubtest.Question{Query: `query Log { auditEntries(first: 1, filter: {staffCode: "` + dir.StaffCode + `"}) { nodes {
		sequence staffCode role purpose ticket operation outcome childCount disclosures { child bases shown } } } }`})
	var page struct {
		AuditEntries struct {
			Nodes []struct {
				Sequence, StaffCode, Role, Purpose, Ticket, Operation, Outcome string
				ChildCount                                                     int
				Disclosures                                                    []struct {
					Child        string
					Bases, Shown []string
				}
			}
		}
	}
	if err := json.Unmarshal(got.Data, &page); err != nil || len(page.AuditEntries.Nodes) != 1 {
		t.Fatalf("%v: %.500s", err, got.Body)
	}
	e := page.AuditEntries.Nodes[0]
	if e.Sequence != mine.Extensions.Disclosure.Sequence || len(e.Disclosures) != 1 {
		t.Fatalf("entry %+v is not the director's last, %s", e, mine.Extensions.Disclosure.Sequence)
	}
	d := e.Disclosures[0]
	shown := []string{"Child.citizenId=MASKED", "Child.name=FULL", "Child.residenceAddress=FULL"}
	if diff := cmp.Diff(shown, d.Shown); diff != "" {
		t.Errorf("shown (-want +got):\n%s", diff)
	}
	if d.Child != h.ID(t, auditor, "Child", dir.ChildID) || d.Child == h.ID(t, dir, "Child", dir.ChildID) {
		t.Errorf("the child's pseudonym %q is not the auditor's own", d.Child)
	}
	text := string(got.Body)
	for _, secret := range []string{"青禾湾", single[string](t, h, `SELECT name FROM child WHERE id = $1`, dir.ChildID)} {
		if strings.Contains(text, secret) {
			t.Errorf("the log holds a value: %s", text)
		}
	}
	history := h.Ask(t, auditor, hubtest.Question{
		Query: `query History($id: ID!) { accessHistory(child: $id, first: 1) { nodes { child shown } } }`, Variables: map[string]any{"id": d.Child},
	})
	if !strings.Contains(string(history.Data), "Child.residenceAddress=FULL") {
		t.Errorf("history of the child: %.300s", history.Body)
	}
	foreign := h.Ask(t, auditor, hubtest.Question{
		Query:     `query History($id: ID!) { accessHistory(child: $id, first: 1) { nodes { child } } }`,
		Variables: map[string]any{"id": h.ID(t, dir, "Child", dir.ChildID)},
	})
	answers(t, "history by another agency's id", foreign, `{"accessHistory":{"nodes":[]}}`)
}
