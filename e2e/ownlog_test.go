package e2e

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// before is when the log of the demo year ends: what tests ask comes later.
const before = "2026-11-23T00:00:00+08:00"

// ownEntry is what the head of an agency reads of an entry.
type ownEntry struct{ AgencyCode, StaffCode, Role, Purpose, Ticket, Operation, Outcome string }

// ownPage is a page of entriesOfMyAgency.
type ownPage struct {
	EntriesOfMyAgency struct {
		Nodes    []ownEntry
		PageInfo struct{ EndCursor *string }
	}
}

// ours asks for a page of what the caller's agency did.
func ours(t *testing.T, h *hubtest.Hub, head demo.Caller, filter map[string]any, after *string) (ownPage, hubtest.Response) {
	t.Helper()
	got := h.Ask(t, head, hubtest.Question{
		Query: `query Ours($filter: OwnEntryFilter, $after: String) { entriesOfMyAgency(filter: $filter, first: 100, after: $after) {
			nodes { agencyCode staffCode role purpose ticket operation outcome } pageInfo { endCursor } } }`,
		Variables: map[string]any{"filter": filter, "after": after},
	})
	var page ownPage
	if len(got.Errors) == 0 {
		if err := json.Unmarshal(got.Data, &page); err != nil {
			t.Fatalf("%v: %.400s", err, got.Body)
		}
	}
	return page, got
}

// TestEntriesOfMyAgency_ofEveryAgency: each head reads, page by page, what the log has
// of the own agency and nothing else, and no mandatory report.
func TestEntriesOfMyAgency_ofEveryAgency(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	reporter := single[string](t, h, `SELECT e.agency_code FROM audit_entry e JOIN agency a ON a.code = e.agency_code
		WHERE e.purpose = 'MANDATORY_REPORT' AND e.at < $1::timestamptz AND a.kind <> 'CONTRACTOR' ORDER BY e.sequence LIMIT 1`, before)
	for _, agency := range []string{"MZ", "JY", "QB", reporter} {
		head := hire(t, h, post{agency: agency, role: "STA", purpose: "ACCESS_ADMIN"})
		var got []ownEntry
		for after := (*string)(nil); ; {
			page, answer := ours(t, h, head, map[string]any{"until": before}, after)
			if len(answer.Errors) > 0 {
				t.Fatalf("%s: %.400s", agency, answer.Body)
			}
			got = append(got, page.EntriesOfMyAgency.Nodes...)
			if after = page.EntriesOfMyAgency.PageInfo.EndCursor; len(page.EntriesOfMyAgency.Nodes) < 100 {
				break
			}
		}
		if diff := cmp.Diff(logOf(t, h, agency), got); diff != "" || len(got) == 0 {
			t.Errorf("%s, %d entries (-log +head):\n%.2000s", agency, len(got), diff)
		}
	}
}

// logOf are the entries that the head of an agency may read, as the log has them.
func logOf(t *testing.T, h *hubtest.Hub, agency string) []ownEntry {
	t.Helper()
	text := single[string](t, h, `SELECT json_agg(json_build_object('AgencyCode', e.agency_code, 'StaffCode', e.staff_code, 'Role', e.role, 'Purpose', e.purpose,
			'Ticket', e.ticket, 'Operation', e.operation, 'Outcome', e.outcome) ORDER BY e.at DESC, e.sequence DESC)
		FROM audit_entry e JOIN agency a ON a.id = e.agency_id
		WHERE a.code = $1 AND e.at < $2::timestamptz AND e.outcome <> '' AND e.purpose <> 'MANDATORY_REPORT'`, agency, before)
	var out []ownEntry
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestEntriesOfMyAgency_ofNoOther: neither a filter nor a cursor nor an id brings an
// entry of another agency, and what the head may not read comes back as null.
func TestEntriesOfMyAgency_ofNoOther(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	head, other := hire(t, h, post{agency: "MZ", role: "STA", purpose: "ACCESS_ADMIN"}), hire(t, h, post{agency: "JY", role: "STA", purpose: "ACCESS_ADMIN"})
	own := logOf(t, h, "MZ")[0]
	theirs, answer := ours(t, h, other, map[string]any{"until": before, "staffCode": own.StaffCode}, nil)
	if len(answer.Errors) > 0 || len(theirs.EntriesOfMyAgency.Nodes) > 0 || theirs.EntriesOfMyAgency.PageInfo.EndCursor != nil {
		t.Errorf("filtered by somebody of another agency: %.600s", answer.Body)
	}
	page, _ := ours(t, h, head, map[string]any{"until": before}, nil)
	stolen, answer := ours(t, h, other, map[string]any{"until": before}, page.EntriesOfMyAgency.PageInfo.EndCursor)
	for _, e := range stolen.EntriesOfMyAgency.Nodes {
		if e.AgencyCode != "JY" {
			t.Fatalf("behind a cursor of another agency: %.600s", answer.Body)
		}
	}
	reports, answer := ours(t, h, head, map[string]any{"purpose": "MANDATORY_REPORT"}, nil)
	if len(answer.Errors) > 0 || len(reports.EntriesOfMyAgency.Nodes) > 0 {
		t.Errorf("reports: %.600s", answer.Body)
	}
	got := h.Ask(t, head, hubtest.Question{Query: `query Rest { entriesOfMyAgency(first: 10) { nodes {
		sequence approval documentHash entryId clientIp traceId disclosures { child bases shown } } } }`})
	if len(got.Errors) > 0 || strings.Contains(strings.ReplaceAll(string(got.Data), ":null", ""), `":"`) || strings.Contains(string(got.Data), `[{"child"`) {
		t.Errorf("what heads may not read: %.600s", got.Body)
	}
	id := h.ID(t, head, "AuditEntry", single[int64](t, h, `SELECT max(sequence) FROM audit_entry WHERE agency_code = 'JY'`))
	refusedAs(t, "an entry by its id", h.Ask(t, head, hubtest.Question{Query: fmt.Sprintf(`query One { node(id: %q) { id } }`, id)}), "FORBIDDEN")
}
