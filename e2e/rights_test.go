package e2e

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/audit"
	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
	"github.com/tongxin-hub/tongxin/internal/rights"
)

// keys are different for every change.
var keys atomic.Int64

// stepped is what a step of an inquiry came to.
type stepped struct {
	Inquiry, State, Statement string
	UserErrors                []struct {
		Code string
		Path []string
	}
}

// step makes one mutation of the rights desk.
func step(t *testing.T, h *hubtest.Hub, c demo.Caller, mutation, input string, members map[string]any) stepped {
	t.Helper()
	in := map[string]any{"key": fmt.Sprint("k", keys.Add(1))}
	for k, v := range members {
		in[k] = v
	}
	got := h.Ask(t, c, hubtest.Question{
		Query:     "mutation Step($in: " + input + "!) { step: " + mutation + "(input: $in) { inquiry state statement userErrors { code path } } }",
		Variables: map[string]any{"in": in},
	})
	var out struct{ Step stepped }
	if err := json.Unmarshal(got.Data, &out); err != nil || len(got.Errors) > 0 {
		t.Fatalf("%s: %s", mutation, got.Body)
	}
	return out.Step
}

// must expects a step to have been made.
func (s stepped) must(t *testing.T, state string) stepped {
	t.Helper()
	if s.State != state || len(s.UserErrors) > 0 {
		t.Fatalf("want %s, got %+v", state, s)
	}
	return s
}

// fails expects a user error.
func (s stepped) fails(t *testing.T, code string) {
	t.Helper()
	if len(s.UserErrors) != 1 || s.UserErrors[0].Code != code || s.State != "" {
		t.Fatalf("want %s, got %+v", code, s)
	}
}

// deskOfficer is the protection officer, with no ticket of one child in hand.
func deskOfficer(t *testing.T, h *hubtest.Hub) demo.Caller {
	t.Helper()
	c := h.Caller(t, "dpo")
	c.TicketCode = ""
	return c
}

// received receives a question about a child.
func received(t *testing.T, h *hubtest.Hub, c demo.Caller, child int64, relation string) stepped {
	t.Helper()
	return step(t, h, c, "receiveInquiry", "ReceiveInquiryInput", map[string]any{
		"relation": relation, "token": map[string]any{"kind": "CITIZEN_ID", "token": joinToken(t, h, c.AgencyCode, "CITIZEN_ID", child)},
	}).must(t, rights.Received)
}

// compiled goes on with a guardian's question until the answer is compiled.
func compiled(t *testing.T, h *hubtest.Hub, c demo.Caller, id string) {
	t.Helper()
	step(t, h, c, "checkIdentity", "CheckIdentityInput", map[string]any{"inquiry": id, "proof": "IDENTITY_CARD", "standing": "GUARDIAN"}).must(t, rights.Conflict)
	step(t, h, c, "checkConflict", "CheckConflictInput", map[string]any{"inquiry": id, "courtLimited": false}).must(t, rights.Compiled)
	step(t, h, c, "compileInquiry", "InquiryInput", map[string]any{"inquiry": id}).must(t, "DPO_REVIEW")
}

// read is what the officer reads of an inquiry.
type inquiryRead struct {
	State, Standing, Refusal, Statement string
	Withholds                           *bool
	Lines                               []struct {
		Day, Agency, Role, Purpose string
		Fields                     []string
	}
}

func readInquiry(t *testing.T, h *hubtest.Hub, c demo.Caller, id string) inquiryRead {
	t.Helper()
	got := h.Ask(t, c, hubtest.Question{
		Query:     `query Read($id: ID!) { node(id: $id) { ... on AccessInquiry { state standing refusal statement withholds lines { day agency role purpose fields } } } }`,
		Variables: map[string]any{"id": id},
	})
	var out struct{ Node *inquiryRead }
	if err := json.Unmarshal(got.Data, &out); err != nil || out.Node == nil {
		t.Fatalf("read inquiry: %s", got.Body)
	}
	return *out.Node
}

// desk is the officer's worklist by inquiry.
func desk(t *testing.T, h *hubtest.Hub, c demo.Caller) map[string]map[string]any {
	t.Helper()
	got := h.Ask(t, c, hubtest.Question{Query: `query Desk { rightsInquiries { inquiry state decision dueOn outerOn overdue answeredOn laterAnswerDue } }`})
	var out struct{ RightsInquiries []map[string]any }
	if err := json.Unmarshal(got.Data, &out); err != nil || len(got.Errors) > 0 {
		t.Fatalf("desk: %s", got.Body)
	}
	list := map[string]map[string]any{}
	for _, q := range out.RightsInquiries {
		list[q["inquiry"].(string)] = q //nolint:forcetypeassert // the query asks for it
	}
	return list
}

// askable is a child with guardians, accesses and no protected matter.
func askable(t *testing.T, h *hubtest.Hub) (child int64, relation string) {
	t.Helper()
	child = single[int64](t, h, `SELECT c.id FROM child c JOIN guardian g ON g.child_id = c.id AND g.relation = 'MOTHER'
		JOIN audit_disclosure d ON d.child_id = c.id JOIN audit_entry e ON e.at = d.at AND e.sequence = d.sequence AND e.purpose IN ('VISIT', 'CLASS_CARE')
		WHERE NOT deciding.protected_matter(c.id, '2026-11-23') AND NOT EXISTS (SELECT FROM access_inquiry q WHERE q.child_id = c.id)
		  AND EXISTS (SELECT FROM join_token j WHERE j.child_id = c.id AND j.kind = 'CITIZEN_ID')
		GROUP BY c.id ORDER BY count(*) DESC, c.id LIMIT 1`)
	return child, "MOTHER"
}

// TestRights_case12: a guardian asks who looked at the own child's file and gets
// agency, duty, purpose, kinds of data and days; no names, and nobody else's child.
func TestRights_case12(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	dpo := deskOfficer(t, h)
	child, relation := askable(t, h)
	q := received(t, h, dpo, child, relation)
	item := desk(t, h, dpo)[q.Inquiry]
	if d := cmp.Diff(map[string]any{
		"inquiry": q.Inquiry, "state": "RECEIVED", "decision": "PENDING", "dueOn": "2026-12-14", "outerOn": "2026-12-23",
		"overdue": false, "answeredOn": nil, "laterAnswerDue": false,
	}, item); d != "" {
		t.Error(d)
	}
	compiled(t, h, dpo, q.Inquiry)
	got := readInquiry(t, h, dpo, q.Inquiry)
	if e := last(t, h); e.Shown[child]["AccessInquiry.statement"] != "FULL" {
		t.Errorf("reading the statement is not on record: %v", e.Shown)
	}
	if len(got.Lines) == 0 || *got.Withholds || got.Standing != "GUARDIAN" {
		t.Errorf("%+v", got)
	}
	for _, l := range got.Lines {
		if !strings.Contains(got.Statement, l.Agency) || len(l.Fields) == 0 || l.Day == "" || l.Role == "" || l.Purpose == "" {
			t.Errorf("line %+v", l)
		}
	}
	namesNobody(t, h, got.Statement)
	step(t, h, dpo, "reviewInquiry", "InquiryInput", map[string]any{"inquiry": q.Inquiry}).must(t, rights.Reviewed)
	step(t, h, dpo, "answerInquiry", "InquiryInput", map[string]any{"inquiry": q.Inquiry}).must(t, rights.Answered)
	item = desk(t, h, dpo)[q.Inquiry]
	if item["state"] != "ANSWERED" || item["answeredOn"] != today || item["laterAnswerDue"] != false {
		t.Error(item)
	}
	if open := single[int64](t, h, `SELECT count(*) FROM ticket WHERE kind = 'RIGHTS_REQUEST' AND child_id = $1 AND closed_at IS NULL`, child); open != 0 {
		t.Error("the ticket is open")
	}
	gone(t, "the child once answered", h, dpo, child)
	sound(t, h, "the log of a rights desk")
}

// namesNobody expects no name, code or number of anybody in a text.
func namesNobody(t *testing.T, h *hubtest.Hub, text string) {
	t.Helper()
	const people = `SELECT s.display_name FROM staff s UNION SELECT s.code FROM staff s UNION SELECT c.name FROM child c UNION SELECT g.name FROM guardian g
		UNION SELECT c.name FROM caregiver c UNION SELECT c.citizen_id FROM child c UNION SELECT g.phone FROM guardian g`
	for _, name := range single[[]string](t, h, `SELECT array_agg(x.display_name) FROM (`+people+`) x WHERE length(x.display_name) > 1`) {
		if strings.Contains(text, name) {
			t.Errorf("the statement names %q", name)
		}
	}
}

// TestRights_case13: a grandmother who cares for a child is no guardian: nothing is
// compiled, and the refusal gives its reason in writing.
func TestRights_case13(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	dpo := deskOfficer(t, h)
	child, _ := askable(t, h)
	change(t, h, `DELETE FROM guardian WHERE child_id = $1 AND relation = 'PATERNAL_GRANDMOTHER'`, child)
	q := received(t, h, dpo, child, "PATERNAL_GRANDMOTHER")
	check := map[string]any{"inquiry": q.Inquiry, "proof": "HOUSEHOLD_BOOK", "standing": "GUARDIAN"}
	step(t, h, dpo, "checkIdentity", "CheckIdentityInput", check).fails(t, "FORBIDDEN")
	check["standing"] = "CHILD"
	step(t, h, dpo, "checkIdentity", "CheckIdentityInput", check).fails(t, "FORBIDDEN")
	step(t, h, dpo, "compileInquiry", "InquiryInput", map[string]any{"inquiry": q.Inquiry}).fails(t, "CONFLICT")
	step(t, h, dpo, "refuseInquiry", "RefuseInquiryInput", map[string]any{"inquiry": q.Inquiry, "reason": "OTHER"}).fails(t, "BAD_REQUEST")
	refuse := map[string]any{"inquiry": q.Inquiry, "reason": "NOT_ENTITLED"}
	step(t, h, dpo, "refuseInquiry", "RefuseInquiryInput", refuse).must(t, rights.Refused)
	if item := desk(t, h, dpo)[q.Inquiry]; item["state"] != "REFUSED" || item["decision"] != "REFUSED" {
		t.Error(item)
	}
	notice := single[string](t, h, `SELECT statement FROM access_inquiry WHERE decision = 'REFUSED' AND child_id = $1`, child)
	if !strings.Contains(notice, "没有监护人的书面授权") || !strings.Contains(notice, "written authorisation") || strings.Contains(notice, "<table") {
		t.Error(notice)
	}
	// With the authorisation in hand the same grandmother is heard.
	q = received(t, h, dpo, child, "PATERNAL_GRANDMOTHER")
	step(t, h, dpo, "checkIdentity", "CheckIdentityInput", map[string]any{"inquiry": q.Inquiry, "proof": "OTHER_PAPER", "standing": "AUTHORISED"}).must(t, rights.Conflict)
}

// TestRights_courtAndAge: a limit set by a court, and a child who asks alone.
func TestRights_courtAndAge(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	dpo := deskOfficer(t, h)
	child, _ := askable(t, h)
	for birth, grown := range map[string]bool{"2012-11-23": true, "2012-11-24": false} {
		change(t, h, `UPDATE child SET birth_date = $2 WHERE id = $1`, child, birth)
		q := received(t, h, dpo, child, "CHILD_SELF")
		got := step(t, h, dpo, "checkIdentity", "CheckIdentityInput", map[string]any{"inquiry": q.Inquiry, "proof": "IDENTITY_CARD", "standing": "CHILD"})
		if !grown {
			got.fails(t, "FORBIDDEN")
			continue
		}
		got.must(t, rights.Conflict)
		step(t, h, dpo, "checkConflict", "CheckConflictInput", map[string]any{"inquiry": q.Inquiry, "courtLimited": true}).fails(t, "FORBIDDEN")
		step(t, h, dpo, "refuseInquiry", "RefuseInquiryInput", map[string]any{"inquiry": q.Inquiry, "reason": "COURT_LIMITED"}).must(t, rights.Refused)
	}
}

// twin makes a child with a mother who may ask.
func twin(t *testing.T, h *hubtest.Hub, dpo demo.Caller) int64 {
	t.Helper()
	child := single[int64](t, h, `INSERT INTO child (name, sex, birth_date, residence_village_id, residence_township_id)
		SELECT '甲乙丙', 'FEMALE', '2016-01-01', residence_village_id, residence_township_id FROM child ORDER BY id LIMIT 1 RETURNING id`)
	change(t, h, `INSERT INTO guardian (child_id, relation) VALUES ($1, 'MOTHER')`, child)
	change(t, h, `INSERT INTO join_token (agency_id, kind, token, child_id) SELECT id, 'CITIZEN_ID', decode(lpad(to_hex($2::bigint), 64, '0'), 'hex'), $2 FROM agency WHERE code = $1`,
		dpo.AgencyCode, child)
	return child
}

// lookedAt writes an access to a child into the log.
func lookedAt(t *testing.T, w *audit.Writer, h *hubtest.Hub, c demo.Caller, child int64, coordinates ...string) {
	t.Helper()
	var list []audit.Shown
	for _, name := range coordinates {
		list = append(list, audit.Shown{Coordinate: name, Form: "FULL"})
	}
	if _, err := w.Append(t.Context(), audit.Entry{
		AgencyID: single[int64](t, h, `SELECT id FROM agency WHERE code = $1`, c.AgencyCode), StaffID: staffID(t, h, c),
		AgencyCode: c.AgencyCode, StaffCode: c.StaffCode, Role: c.Role, Purpose: c.Purpose, Ticket: c.TicketCode, Outcome: audit.Allowed,
		Disclosures: []audit.Disclosure{{ChildID: child, Shown: audit.NewSet(list)}},
	}); err != nil {
		t.Fatal(err)
	}
}

// TestRights_embargo: two children alike, of one of whom a report is live. Their
// answers are the same to the byte. Once the report is closed the officer learns
// that a later answer is due, and it tells what had to wait.
func TestRights_embargo(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	dpo, director, manager := deskOfficer(t, h), h.Caller(t, "director"), h.Caller(t, "case-manager")
	rp := hire(t, h, post{agency: "FL", role: "RP", purpose: "RIGHTS_CASE"})
	w := logWriter(t, h)
	plain, secret := twin(t, h, dpo), twin(t, h, dpo)
	report := single[int64](t, h, `INSERT INTO mandatory_report (child_id, received_on, state, handler_id, guardian_suspected) VALUES ($1, '2026-11-20', 'ACCEPTED', $2, true) RETURNING id`,
		secret, staffID(t, h, manager))
	for _, child := range []int64{plain, secret} {
		lookedAt(t, w, h, director, child, "Child.name", "Child.age", "Guardian.phone", "Visit.plannedOn")
		lookedAt(t, w, h, director, child, "Guardian.name", "Caregiver.name") // about others alone
	}
	lookedAt(t, w, h, manager, secret, "Child.name") // in the case of another child, as the ticket says
	manager.TicketCode = ""
	handling := manager
	handling.Purpose = "MANDATORY_REPORT"
	lookedAt(t, w, h, handling, secret, "Child.name", "MandatoryReport.category")
	lookedAt(t, w, h, manager, secret, "Child.name", "Registration.riskLevel") // the handler, on other business
	lookedAt(t, w, h, rp, secret, "Child.name", "RightsCase.kind")
	lookedAt(t, w, h, director, secret, "MandatoryReport.state")
	answer := func(id string) inquiryRead {
		compiled(t, h, dpo, id)
		got := readInquiry(t, h, dpo, id)
		step(t, h, dpo, "reviewInquiry", "InquiryInput", map[string]any{"inquiry": id}).must(t, rights.Reviewed)
		step(t, h, dpo, "answerInquiry", "InquiryInput", map[string]any{"inquiry": id}).must(t, rights.Answered)
		return got
	}
	first, second := received(t, h, dpo, plain, "MOTHER"), received(t, h, dpo, secret, "MOTHER")
	open, guarded := answer(first.Inquiry), answer(second.Inquiry)
	if d := cmp.Diff(open.Statement, guarded.Statement); d != "" || len(open.Lines) != 1 {
		t.Errorf("the answers can be told apart: %s", d)
	}
	if *open.Withholds || !*guarded.Withholds {
		t.Errorf("the officer is told wrongly: %v %v", *open.Withholds, *guarded.Withholds)
	}
	if desk(t, h, dpo)[second.Inquiry]["laterAnswerDue"] != false {
		t.Error("a later answer is due while the report is live")
	}
	change(t, h, `UPDATE mandatory_report SET closed_on = '2026-11-23' WHERE id = $1`, report)
	list := desk(t, h, dpo)
	if list[second.Inquiry]["laterAnswerDue"] != true || list[first.Inquiry]["laterAnswerDue"] != false {
		t.Errorf("no later answer is due: %v", list[second.Inquiry])
	}
	later := step(t, h, dpo, "receiveInquiry", "ReceiveInquiryInput", map[string]any{"follows": second.Inquiry}).must(t, rights.Received)
	if desk(t, h, dpo)[second.Inquiry]["laterAnswerDue"] != false {
		t.Error("the later answer is begun and still due")
	}
	told := answer(later.Inquiry)
	var purposes []string
	for _, l := range told.Lines {
		purposes = append(purposes, l.Role+" "+l.Purpose)
	}
	if d := cmp.Diff([]string{"CM CASE_MGMT", "CM MANDATORY_REPORT", "DIR VISIT", "RP RIGHTS_CASE"}, slices.Sorted(slices.Values(purposes))); d != "" {
		t.Error(d)
	}
	namesNobody(t, h, told.Statement)
}

// TestRights_changedMeanwhile: a report that comes in after the answer was compiled
// keeps it from being handed out.
func TestRights_changedMeanwhile(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	dpo, rp := deskOfficer(t, h), hire(t, h, post{agency: "FL", role: "RP", purpose: "RIGHTS_CASE"})
	child := twin(t, h, dpo)
	lookedAt(t, logWriter(t, h), h, rp, child, "Child.name")
	q := received(t, h, dpo, child, "MOTHER")
	id := map[string]any{"inquiry": q.Inquiry}
	compiled(t, h, dpo, q.Inquiry)
	step(t, h, dpo, "reviewInquiry", "InquiryInput", id).must(t, rights.Reviewed)
	change(t, h, `INSERT INTO rights_case (child_id, opened_on) VALUES ($1, '2026-11-23')`, child)
	step(t, h, dpo, "answerInquiry", "InquiryInput", id).fails(t, "CONFLICT")
	step(t, h, dpo, "recompileInquiry", "InquiryInput", id).must(t, rights.Compiled)
	if left := single[int64](t, h, `SELECT count(*) FROM inquiry_line`); left != 0 {
		t.Error("lines of the withdrawn answer are left")
	}
	step(t, h, dpo, "compileInquiry", "InquiryInput", id).must(t, "DPO_REVIEW")
	if got := readInquiry(t, h, dpo, q.Inquiry); len(got.Lines) != 0 || !strings.Contains(got.Statement, "没有可以列出的查阅") {
		t.Errorf("%+v", got)
	}
}

// TestRights_storyOfTaoyuan: the father of a shielded child asks who looked. The
// officer cannot open the file and answers all the same: with nothing of what the
// shield covers, and on record.
func TestRights_storyOfTaoyuan(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	dpo := deskOfficer(t, h)
	child := h.Caller(t, "dpo-embargo").ChildID
	gone(t, "the shielded child", h, dpo, child)
	id := h.ID(t, dpo, "AccessInquiry", single[int64](t, h, `SELECT id FROM access_inquiry WHERE child_id = $1`, child))
	in := map[string]any{"inquiry": id}
	step(t, h, dpo, "reviewInquiry", "InquiryInput", in).fails(t, "CONFLICT") // nothing was compiled by the hub
	step(t, h, dpo, "recompileInquiry", "InquiryInput", in).must(t, rights.Compiled)
	page := step(t, h, dpo, "compileInquiry", "InquiryInput", in).must(t, "DPO_REVIEW").Statement
	if e := last(t, h); e.Shown[child]["AccessInquiry.statement"] != "FULL" {
		t.Errorf("the statement is not on record: %v", e.Shown)
	}
	named := single[string](t, h, `SELECT to_char(min(named_on), 'YYYY-MM-DD') FROM shield_handler WHERE child_id = $1`, child)
	for _, day := range single[[]string](t, h, `SELECT coalesce(array_agg(DISTINCT to_char(d.at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD')), '{}')
		FROM audit_disclosure d WHERE d.child_id = $1`, child) {
		if day >= named && strings.Contains(page, "<tr><td>"+day) {
			t.Errorf("the access of %s is told", day)
		}
	}
	for _, word := range []string{"维权", "保护", "报告", "暂缓", "rights case", "withheld", "protect"} {
		if table := strings.SplitAfter(page, "<h2>怎样看这张表"); strings.Contains(table[0], word) {
			t.Errorf("the answer says %q", word)
		}
	}
	namesNobody(t, h, page)
	step(t, h, dpo, "reviewInquiry", "InquiryInput", in).must(t, rights.Reviewed)
	if again := step(t, h, dpo, "answerInquiry", "InquiryInput", in).must(t, rights.Answered).Statement; again != page {
		t.Error("another page was handed out than was reviewed")
	}
}
