package e2e

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// coordinator is somebody of the women's federation who brings pairs together.
func coordinator(t *testing.T, h *hubtest.Hub) demo.Caller {
	t.Helper()
	return give(t, h, hire(t, h, post{agency: "FL", role: "FE", purpose: "PAIRING"}), "PAIRING_CONSENT", nil)
}

// vetted registers a volunteer whose vetting holds for half a year.
func vetted(t *testing.T, h *hubtest.Hub, fe demo.Caller) string {
	t.Helper()
	got := h.Ask(t, fe, hubtest.Question{
		Query:     `mutation VetVolunteer($in: VetVolunteerInput!) { vetVolunteer(input: $in) { code userErrors { code path } } }`,
		Variables: map[string]any{"in": map[string]any{"key": "vet", "kind": "CARING_MOTHER", "vettingRef": "审查2026-7", "vettedOn": "2026-11-01", "vettedUntil": "2027-05-01"}},
	})
	var data struct{ VetVolunteer struct{ Code string } }
	if err := json.Unmarshal(got.Data, &data); err != nil || data.VetVolunteer.Code == "" {
		t.Fatalf("vet: %s", got.Body)
	}
	return data.VetVolunteer.Code
}

// requestTo is a request as the keeper of an offer reads it.
func requestTo(t *testing.T, h *hubtest.Hub, c demo.Caller) (id string, body string) {
	t.Helper()
	got := h.Ask(t, c, hubtest.Question{Query: `query Requests { matchRequests(first: 5) { nodes { id need ageBand townshipCode state version offer { donor left } } } }`})
	var data struct {
		MatchRequests struct{ Nodes []struct{ ID string } }
	}
	if err := json.Unmarshal(got.Data, &data); err != nil || len(data.MatchRequests.Nodes) != 1 {
		t.Fatalf("requests: %s", got.Body)
	}
	return data.MatchRequests.Nodes[0].ID, string(got.Data)
}

// TestStory_pairing: a need is published without its child and matched with a vetted
// volunteer; the child is opened to one coordinator when the match has been accepted,
// and is closed again with the contract.
func TestStory_pairing(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	child := demo.Bailu
	change(t, h, `DELETE FROM need_match WHERE state = 'PUBLISHED'`)
	change(t, h, `DELETE FROM pairing_contact WHERE pairing_id IN (SELECT id FROM pairing WHERE child_id = $1)`, child)
	change(t, h, `DELETE FROM pairing WHERE child_id = $1`, child)
	sup, fe := supervisor(t, h, child), coordinator(t, h)
	from := size(t, h)
	volunteer := vetted(t, h, fe)
	offer := map[string]any{"need": "TUTORING", "resource": "SERVICE", "donor": "区妇联爱心妈妈服务队", "quantity": 1, "availableUntil": "2027-04-30"}
	act(t, h, fe, "offerResource id", offer, "BAD_REQUEST input.volunteer")
	offer["volunteer"] = volunteer
	offered := act(t, h, fe, "offerResource id", offer, "")

	published := map[string]any{"child": h.ID(t, sup, "Child", child), "need": "TUTORING", "wantedUntil": "2027-01-31"}
	act(t, h, sup, "publishNeed id state version", published, "BAD_REQUEST input.consentRef")
	published["consentRef"] = "结对同意-演示-9"
	need := act(t, h, sup, "publishNeed id state version", published, "PUBLISHED")

	// The board tells kind and place, no number below five, and no child.
	got := h.Ask(t, fe, hubtest.Question{Query: `query Board { needBoard { need ageBand townshipCode open shown } }`})
	if s := string(got.Data); !strings.Contains(s, `"need":"TUTORING"`) || !strings.Contains(s, `"open":null,"shown":"<5"`) || strings.Contains(string(got.Body), "白鹭") {
		t.Errorf("the board: %s", got.Body)
	}
	gone(t, "before the match", h, fe, child)
	id := map[string]any{"id": need.ID, "version": need.Version, "offer": h.ID(t, sup, "ResourceOffer", single[int64](t, h, `SELECT max(id) FROM resource_offer`))}
	proposed := act(t, h, sup, "proposeMatch id state version", id, "PROPOSED")
	act(t, h, sup, "proposeMatch id state version", id, "CONFLICT input.version")

	// The keeper has a task without a child, and a request that names none.
	for _, task := range inboxOf(t, h, fe) {
		if task.Kind == "MATCH_ANSWER" && single[bool](t, h, `SELECT bool_or(child_id IS NOT NULL) FROM task WHERE kind = 'MATCH_ANSWER'`) {
			t.Error("the task names the child")
		}
	}
	request, body := requestTo(t, h, fe)
	if strings.Contains(body, "白鹭") || !strings.Contains(body, `"state":"ASKED"`) {
		t.Errorf("the request: %s", body)
	}
	gone(t, "while asked", h, fe, child)
	other := coordinator(t, h)
	act(t, h, other, "acceptMatch id state version", map[string]any{"id": h.ID(t, other, "MatchRequest", single[int64](t, h, `SELECT max(id) FROM match_request`)), "version": 1}, "NOT_FOUND input")
	act(t, h, fe, "acceptMatch id state version", map[string]any{"id": request, "version": 1}, "ACCEPTED")
	act(t, h, fe, "acceptMatch id state version", map[string]any{"id": request, "version": 2}, "CONFLICT input")

	// Now, and only to this coordinator, by the work item: a name and a band, no door.
	gone(t, "another coordinator", h, other, child)
	unticketed := fe
	fe.TicketCode = toDo(t, h, unticketed, "PAIRING_START").Ticket
	got = look(t, h, fe, child, `name ageBand residenceAddress registration { leftBehind } pairings { id state volunteer version }`)
	if s := string(got.Data); !strings.Contains(s, `"name":"`) || !strings.Contains(s, `"state":"PROPOSED","volunteer":"`+volunteer) || !strings.Contains(s, `"residenceAddress":null`) || !strings.Contains(s, `"leftBehind":null`) {
		t.Errorf("the coordinator was shown %s", got.Body)
	}
	pair := h.ID(t, fe, "Pairing", single[int64](t, h, `SELECT max(id) FROM pairing WHERE child_id = $1`, child))
	contract := map[string]any{"id": pair, "version": 1, "contractFrom": today, "contractUntil": "2027-11-22", "frequency": "WEEKLY"}
	act(t, h, fe, "startPairing id state version", contract, "CONFLICT input.contractUntil") // longer than the vetting
	contract = maps.Clone(contract)
	contract["contractUntil"] = "2027-04-30"
	act(t, h, fe, "startPairing id state version", contract, "ACTIVE")
	act(t, h, fe, "recordPairingContact id state version", map[string]any{"id": pair, "version": 2, "contactedOn": today, "mode": "MEET", "topic": "STUDY", "needFound": false}, "ACTIVE")
	act(t, h, sup, "deliverNeed id state version", map[string]any{"id": need.ID, "version": proposed.Version + 1, "deliveredOn": today}, "DELIVERED")
	if n := counted(t, h, h.Caller(t, "leader"), "PAIRING", "PAIRED_CHILDREN", "结对"); n == "" {
		t.Error("pairings are not counted")
	}
	reads(t, h, from, []string{
		"FE VetVolunteer ALLOWED VETTED", "FE OfferResource DENIED BAD_REQUEST", "FE OfferResource ALLOWED OFFERED", "SUP PublishNeed DENIED BAD_REQUEST", "SUP PublishNeed ALLOWED PUBLISHED",
		"FE Board ALLOWED", "FE File NOT_FOUND", "SUP ProposeMatch ALLOWED PROPOSED", "SUP ProposeMatch DENIED CONFLICT", "FE Inbox ALLOWED", "FE Requests ALLOWED", "FE File NOT_FOUND",
		"FE AcceptMatch NOT_FOUND NOT_FOUND", "FE AcceptMatch ALLOWED ACCEPTED", "FE AcceptMatch DENIED CONFLICT", "FE File NOT_FOUND", "FE Inbox ALLOWED", "FE File PARTLY_WITHHELD",
		"FE StartPairing DENIED CONFLICT", "FE StartPairing ALLOWED ACTIVE", "FE RecordPairingContact ALLOWED ACTIVE", "SUP DeliverNeed ALLOWED DELIVERED", "STA Counts ALLOWED",
	})

	// The contract runs out: the child is closed at once, the job only tidies up.
	change(t, h, `UPDATE pairing SET contract_until = '2026-11-22' WHERE child_id = $1 AND state = 'ACTIVE'`, child)
	gone(t, "after the contract", h, fe, child)
	h.RunJobs(t)
	if end := single[string](t, h, `SELECT state || ' ' || end_reason || ' ' || ended_on FROM pairing WHERE child_id = $1`, child); end != "ENDED CONTRACT 2026-11-22" {
		t.Errorf("the pairing: %s", end)
	}
	if single[bool](t, h, `SELECT closed_at IS NULL FROM ticket WHERE code = $1`, fe.TicketCode) {
		t.Error("the work item is still open")
	}
	_ = offered
}

// TestMatching_declinedAndWithdrawn: a declined need goes back to the board, and a
// withdrawn one takes its request and what it had taken with it; nobody on the other
// side learns of a child.
func TestMatching_declinedAndWithdrawn(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	child := demo.Bailu
	sup, fe := supervisor(t, h, child), coordinator(t, h)
	act(t, h, fe, "offerResource id", map[string]any{"need": "STUDY_AID", "resource": "GOODS", "donor": "区青年志愿服务协会", "quantity": 1, "availableUntil": "2027-04-30"}, "")
	need := act(t, h, sup, "publishNeed id state version", map[string]any{"child": h.ID(t, sup, "Child", child), "need": "STUDY_AID", "wantedUntil": "2027-01-31"}, "PUBLISHED")
	offer := h.ID(t, sup, "ResourceOffer", single[int64](t, h, `SELECT max(id) FROM resource_offer`))
	at := func(version int) map[string]any { return map[string]any{"id": need.ID, "version": version} }
	ask := at(need.Version)
	ask["offer"] = offer
	act(t, h, sup, "proposeMatch id state version", ask, "PROPOSED")
	request, _ := requestTo(t, h, fe)
	act(t, h, fe, "declineMatch id state version", map[string]any{"id": request, "version": 1}, "DECLINED")
	toDo(t, h, sup, "MATCH_RETRY")
	ask["version"] = 3
	act(t, h, sup, "proposeMatch id state version", ask, "PROPOSED")
	last := single[int64](t, h, `SELECT max(id) FROM match_request`)
	act(t, h, fe, "acceptMatch id state version", map[string]any{"id": h.ID(t, fe, "MatchRequest", last), "version": 1}, "ACCEPTED")
	gone(t, "goods open no child", h, fe, child)
	act(t, h, sup, "withdrawNeed id state version", at(5), "WITHDRAWN")
	if left := single[int](t, h, `SELECT quantity - taken FROM resource_offer ORDER BY id DESC LIMIT 1`); left != 1 {
		t.Errorf("%d are left of the offer, want 1", left)
	}
	act(t, h, sup, "deliverNeed id state version", map[string]any{"id": need.ID, "version": 6, "deliveredOn": today}, "CONFLICT input")
}
