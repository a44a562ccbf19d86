package e2e

import (
	"testing"
	"os"

	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

func TestScratch(t *testing.T) {
	h := hubtest.Start(t, hubtest.Options{})
	rows, err := h.DB.Query(t.Context(), `SELECT f.question, f.at::text, f.ticket, f.purpose||' '||f.role, coalesce((SELECT k.opened_at::text||' '||k.kind||coalesce(k.closed_at::text,'') FROM ticket k WHERE k.code=f.ticket),'-') FROM audit_finding f WHERE question='NEVER_OPENED'`)
	if err != nil { t.Fatal(err) }
	for rows.Next() {
		var a, b, c, d, e string
		if err := rows.Scan(&a, &b, &c, &d, &e); err != nil { t.Fatal(err) }
		t.Log(a, b, c, d, e)
	}
	aud := h.Caller(t, "auditor")
	for _, q := range []string{
		`query Q { readsOutsideArea(first: 3) { nodes { at agencyCode staffCode role purpose ticket child rule entry { sequence outcome disclosures { bases } } } } }`,
		`query Q { accessesWithoutStanding(first: 3) { nodes { at staffCode role child rule entry { reason outcome } } } }`,
		`query Q { readsForSeveralPurposes(first: 5) { nodes { at staffCode role purpose child rule } } }`,
		`query Q { readsOfColleaguesChildren(first: 3) { nodes { at staffCode role child rule } } }`,
		`query Q { readsAfterClosure(first: 3) { nodes { at staffCode role child rule ticket } } }`,
		`query Q { readsOfNeverOpenedTasks(first: 3) { nodes { at staffCode role child rule ticket } } }`,
		`query Q { breakGlassWithoutReview(first: 3) { nodes { at staffCode role reason childCount } } }`,
		`query Q { revealsPerDay(first: 3) { nodes { day agencyCode staffCode reveals children } } }`,
		`query Q { topActivity(by: NOT_FOUND, since: "2026-10-01") { staffCode value notFound } }`,
		`query Q { topActivity(by: NIGHT) { staffCode value night } }`,
		`query Q { contractorReads { agencyCode staffCode childViews reveals sessions visits perService } }`,
		`query Q { accessStatistics(since: "2026-11-20") { day agencyCode operations people } }`,
		`query Q { auditEntries(first: 2, filter: {class: L4}) { nodes { at clientIp traceId entryId legalBasis requested withheld staffCode } } }`,
		`query Q { auditEntries(first: 2, filter: {coordinate: "PsychCare.level", network: "10.0.0.0/8"}) { nodes { at staffCode operation } } }`,
		`query Q { auditEntries(first: 2, filter: {coordinate: "Child.name", outcome: ALLOWED, breakGlass: false}) { nodes { at staffCode operation outcome } } }`,
		`query Q { auditEntries(first: 2, filter: {basis: "own_village", outcome: NOT_FOUND}) { nodes { at staffCode operation outcome } } }`,
		`query Q { auditEntries(first: 2, filter: {breakGlass: true}) { nodes { at staffCode operation outcome ticket } } }`,
		`query Q { completeness(since: "2026-11-22T00:00:00Z", until: "2026-11-25T00:00:00Z") { hour agencyCode system edge log difference state killedProcesses } }`,
		`query Q { reconcileReceipts(entries: ["x", "0123456789abcdef0123456789abcdef"], since: "2026-11-01T00:00:00Z", until: "2026-11-25T00:00:00Z") { known missing extraTotal } }`,
	} {
		got := h.Ask(t, aud, hubtest.Question{Query: q})
		b := got.Body
		if len(b) > 900 { b = b[:900] }
		t.Log(q, "\n", string(b))
	}
	_ = os.Stdout
}
