package e2e

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// lapsed expects that a post opens nothing and that only the log says why.
func lapsed(t *testing.T, h *hubtest.Hub, c demo.Caller, reason string) {
	t.Helper()
	child := demo.Bailu
	none := ways(t, h, c, missingID)
	for way, got := range ways(t, h, c, child) {
		if diff := cmp.Diff(steady(none[way]), steady(got)); diff != "" {
			t.Errorf("%s, %s: differs from a missing child (-missing +got):\n%s", reason, way, diff)
		}
	}
	got := look(t, h, c, child, "name")
	if e := last(t, h); e.Outcome != "NOT_FOUND" || e.Reason != reason || len(e.Shown) != 0 {
		t.Errorf("the log says %s %q of a lapsed post, want NOT_FOUND %q", e.Outcome, e.Reason, reason)
	}
	if strings.Contains(string(got.Body), reason) {
		t.Errorf("the caller learns the reason: %s", got.Body)
	}
	lists := h.Ask(t, c, hubtest.Question{Query: `query L { children(first: 5) { nodes { id } } }`})
	answers(t, reason+", list", lists, `{"children":{"nodes":[]}}`)
}

// TestPosts_lapse puts each day on which something ends around today.
func TestPosts_lapse(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	child := demo.Bailu
	village := where(t, h, child, "village")
	at := func(change func(*post)) demo.Caller {
		p := post{agency: "ZJ002", role: "DIR", purpose: "VISIT", division: village}
		change(&p)
		return give(t, h, hire(t, h, p), "VISIT_TASK", nil)
	}
	for _, c := range []struct {
		name, reason string
		change       func(*post)
	}{
		{"vetted until today", "", func(p *post) { p.vets = "2026-11-23" }},
		{"vetted until yesterday", "VETTING_EXPIRED", func(p *post) { p.vets = "2026-11-22" }},
		{"authorised until today", "", func(p *post) { p.authorised = "2026-11-23" }},
		{"authorised until yesterday", "AUTHORISATION_EXPIRED", func(p *post) { p.authorised = "2026-11-22" }},
		{"starts today", "", func(p *post) { p.from = "2026-11-23" }},
		{"starts tomorrow", "POST_NOT_STARTED", func(p *post) { p.from = "2026-11-24" }},
		{"left tomorrow", "", func(p *post) { p.to = "2026-11-24" }},
		{"left today", "POST_ENDED", func(p *post) { p.to = "2026-11-23" }},
	} {
		caller := at(c.change)
		if c.reason == "" {
			found(t, c.name, h, caller, child)
			continue
		}
		lapsed(t, h, caller, c.reason)
	}
}

// TestPost_leftWhileWorking is noticed within the two seconds promised.
func TestPost_leftWhileWorking(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	c := director(t, h, demo.Bailu)
	found(t, "in post", h, c, demo.Bailu)
	change(t, h, `UPDATE post SET valid_to = $2 WHERE staff_id = $1`, staffID(t, h, c), today)
	within(t, 2500*time.Millisecond, "left post", func() bool {
		return string(look(t, h, c, demo.Bailu, "name").Data) == `{"child":null}`
	})
	change(t, h, `UPDATE staff SET active = false WHERE code = $1`, c.StaffCode)
	within(t, 2500*time.Millisecond, "disabled account", func() bool {
		got := look(t, h, c, demo.Bailu, "name")
		return got.Status == 401 && len(got.Data) == 0
	})
}

// contractor works under a new contract that ends on a day.
func contractor(t *testing.T, h *hubtest.Hub, ends string, purposes ...string) demo.Caller {
	t.Helper()
	child := demo.Bailu
	contract := single[int64](t, h, `INSERT INTO contract (number, agency_id, project, valid_from, valid_to, purposes, security_assessed_on)
		SELECT 'PROOF-' || $1, id, '测试', '2026-01-01', $2::date, $3, '2026-01-01' FROM agency WHERE code = 'SG01' RETURNING id`,
		strconv.FormatInt(hired.Add(1), 10), ends, purposes)
	c := hire(t, h, post{agency: "SG01", role: "SW", purpose: "CASE_MGMT", contract: contract})
	change(t, h, `INSERT INTO care_case (child_id, assignee_id, contract_id, opened_on) VALUES ($1, $2, $3, '2026-10-01')`, child, staffID(t, h, c), contract)
	return give(t, h, c, "CASE", nil)
}

func TestContract_endsAtMidnightOfItsLastDay(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	child := demo.Bailu
	found(t, "on the last day", h, contractor(t, h, today, "CASE_MGMT", "VISIT"), child)
	lapsed(t, h, contractor(t, h, "2026-11-22", "CASE_MGMT"), "CONTRACT_EXPIRED")
	c := contractor(t, h, today, "VISIT")
	refusedAs(t, "a purpose that the contract does not cover", look(t, h, c, child, "name"), "PURPOSE_NOT_PERMITTED")
	c = contractor(t, h, today, "CASE_MGMT")
	change(t, h, `UPDATE contract SET returned_on = '2026-11-20' WHERE id = (SELECT contract_id FROM post WHERE staff_id = $1)`, staffID(t, h, c))
	lapsed(t, h, c, "CONTRACT_EXPIRED")
	c = contractor(t, h, today, "CASE_MGMT")
	change(t, h, `UPDATE contract SET security_assessed_on = NULL WHERE id = (SELECT contract_id FROM post WHERE staff_id = $1)`, staffID(t, h, c))
	lapsed(t, h, c, "CONTRACT_NOT_STARTED")
	c = contractor(t, h, today, "CASE_MGMT")
	change(t, h, `UPDATE post SET contract_id = NULL WHERE staff_id = $1`, staffID(t, h, c))
	refusedAs(t, "a contractor without a contract", look(t, h, c, child, "name"), "PURPOSE_NOT_PERMITTED")
}

func TestCase_staysReadableForSevenDays(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	child := demo.Bailu
	c := contractor(t, h, today, "CASE_MGMT")
	close := func(day any) {
		change(t, h, `UPDATE care_case SET closed_on = $2 WHERE assignee_id = $1`, staffID(t, h, c), day)
	}
	for day, open := range map[string]bool{"2026-11-23": true, "2026-11-16": true, "2026-11-15": false} {
		close(day)
		if open {
			found(t, "closed on "+day, h, c, child)
		} else {
			gone(t, "closed on "+day, h, c, child)
		}
	}
}

// TestTerm_rollsOver takes the class away on the day its term is over.
func TestTerm_rollsOver(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	child := demo.Bailu
	c := h.Caller(t, "class-teacher")
	found(t, "this term", h, c, child)
	change(t, h, `UPDATE term SET ends_on = '2026-11-23' WHERE $1::date BETWEEN starts_on AND ends_on`, today)
	found(t, "on the last day of the term", h, c, child)
	change(t, h, `UPDATE term SET ends_on = '2026-11-22' WHERE $1::date BETWEEN starts_on AND ends_on`, today)
	gone(t, "the day after the term", h, c, child)
	change(t, h, `INSERT INTO term (code, starts_on, ends_on) VALUES ('next', '2026-11-23', '2027-02-01')`)
	gone(t, "with last term's class in a new term", h, c, child)
	change(t, h, `INSERT INTO school_class (school_id, term_id, grade, class_no, homeroom_staff_id)
		SELECT school_id, (SELECT id FROM term WHERE code = 'next'), 3, 77, $2 FROM enrolment WHERE child_id = $1 AND current`, child, staffID(t, h, c))
	gone(t, "before the child is in the new class", h, c, child)
	change(t, h, `UPDATE enrolment SET class_id = (SELECT max(id) FROM school_class) WHERE child_id = $1 AND current`, child)
	found(t, "with the new class", h, c, child)
}

func TestTickets_closedExpiredForeign(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	child := demo.Bailu
	c := manager(t, h, child)
	for _, step := range []struct{ name, sql, code string }{
		{"open", `UPDATE ticket SET expires_at = NULL WHERE code = $1`, ""},
		{"not expired yet", `UPDATE ticket SET expires_at = '2026-11-23 12:00+08' WHERE code = $1`, ""},
		{"expired", `UPDATE ticket SET expires_at = '2026-11-23 09:59+08' WHERE code = $1`, "TICKET_INVALID"},
		{"closed", `UPDATE ticket SET expires_at = NULL, closed_at = '2026-11-23 09:59+08' WHERE code = $1`, "TICKET_INVALID"},
		{"not opened yet", `UPDATE ticket SET closed_at = NULL, opened_at = '2026-11-23 12:00+08' WHERE code = $1`, "TICKET_INVALID"},
		{"for another purpose", `UPDATE ticket SET opened_at = '2026-11-01', purpose = 'TEMP_RELIEF' WHERE code = $1`, "TICKET_INVALID"},
		{"somebody else's", `UPDATE ticket SET purpose = 'CASE_MGMT', staff_id = 1 WHERE code = $1`, "TICKET_INVALID"},
	} {
		change(t, h, step.sql, c.TicketCode)
		if step.code == "" {
			found(t, step.name, h, c, child)
			continue
		}
		refusedAs(t, step.name, look(t, h, c, child, "name"), step.code)
		if e := last(t, h); e.Outcome != "DENIED" || e.Reason != step.code || e.Ticket != c.TicketCode {
			t.Errorf("%s: the log says %s %s, ticket %s", step.name, e.Outcome, e.Reason, e.Ticket)
		}
	}
	invented := c
	invented.TicketCode = "CA-99999"
	foreign := look(t, h, c, child, "name")
	answers(t, "an invented ticket is told apart from somebody else's", look(t, h, invented, child, "name"), string(foreign.Data))
	none := c
	none.TicketCode = ""
	refusedAs(t, "without a ticket", look(t, h, none, child, "name"), "TICKET_REQUIRED")
	bound := give(t, h, c, "CASE", demo.Qinghe)
	gone(t, "a ticket for another child", h, bound, child)
}

// TestVisitTicket_livesSevenDaysOn: the purpose VISIT ends a week after its task.
func TestVisitTicket_livesSevenDaysOn(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	c := director(t, h, demo.Bailu)
	change(t, h, `UPDATE ticket SET opened_at = '2026-10-01', closed_at = '2026-11-16 12:00+08' WHERE code = $1`, c.TicketCode)
	found(t, "less than seven days after", h, c, demo.Bailu)
	change(t, h, `UPDATE ticket SET closed_at = '2026-11-16 09:59+08' WHERE code = $1`, c.TicketCode)
	refusedAs(t, "seven days after", look(t, h, c, demo.Bailu, "name"), "TICKET_INVALID")
}

// TestGrants_openTheirGroupAlone tries every grant on every coordinate.
func TestGrants_openTheirGroupAlone(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	child := demo.Shiqiao
	change(t, h, `DELETE FROM disclosure_grant`)
	change(t, h, `UPDATE psychology SET level = 'LEVEL_2' WHERE child_id = $1`, child)
	change(t, h, `UPDATE visit SET living_text = '屋内整洁' WHERE child_id = $1`, child)
	c := hire(t, h, post{agency: "FL", role: "RP", purpose: "CONSULTATION"})
	c = give(t, h, c, "GRANT", child)
	gone(t, "without a grant", h, c, child)
	ask := "name psychology { level } visits { nodes { livingText } } reports { narrative injury } dropoutCases { ledger } enrolment { absenceCategory absentRunDays } registration { unattendedReasons }"
	grant := func(field, from, to string, revoked any) {
		change(t, h, `DELETE FROM disclosure_grant`)
		change(t, h, `INSERT INTO disclosure_grant (child_id, field, granted_from, granted_to, revoked_on, grantee_id) VALUES ($1, $2, $3, $4, $5, $6)`,
			child, field, from, to, revoked, staffID(t, h, c))
	}
	grant("F.level", "2026-11-20", today, nil)
	got := look(t, h, c, child, ask)
	if string(member(t, got.Data, "child", "psychology", "level")) != `"LEVEL_2"` || strings.Contains(string(got.Data), "屋内整洁") || strings.Contains(string(got.Data), "瘀青") {
		t.Errorf("a grant on F.level shows: %s", got.Data)
	}
	grant("D.narrative", "2026-11-20", today, nil)
	got = look(t, h, c, child, ask)
	if !isNull(member(t, got.Data, "child", "psychology", "level")) || strings.Contains(string(got.Data), "瘀青") {
		t.Errorf("a grant on D.narrative shows: %s", got.Data)
	}
	for _, dates := range []struct {
		name, from, to string
		revoked        any
		open           bool
	}{
		{"ends today", "2026-11-16", today, nil, true},
		{"ended yesterday", "2026-11-16", "2026-11-22", nil, false},
		{"begins today", today, "2026-11-30", nil, true},
		{"begins tomorrow", "2026-11-24", "2026-11-30", nil, false},
		{"revoked today", "2026-11-20", "2026-11-30", today, false},
		{"revoked yesterday", "2026-11-20", "2026-11-30", "2026-11-22", false},
	} {
		grant("D.narrative", dates.from, dates.to, dates.revoked)
		if dates.open {
			found(t, dates.name, h, c, child)
		} else {
			gone(t, dates.name, h, c, child)
		}
	}
	grant("no such group", "2026-11-20", today, nil)
	gone(t, "a grant on an unknown group", h, c, child)
}

// TestBreakGlass_opensOneChildForADay checks the emergency from its first to
// its last moment.
func TestBreakGlass_opensOneChildForADay(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	c := hire(t, h, post{agency: "ZJ002", role: "DIR", purpose: "EMERGENCY", division: where(t, h, demo.Bailu, "village")})
	child, other := demo.Qinghe, demo.Bailu
	gone(t, "before", h, c, child)
	open := func(from string) {
		change(t, h, `DELETE FROM emergency_access WHERE staff_id = $1`, staffID(t, h, c))
		// Justified, so that no overdue review is in the way.
		change(t, h, `INSERT INTO emergency_access (child_id, staff_id, reason, opened_at, expires_at, justified_at)
			VALUES ($1, $2, '走失', $3::timestamptz, $3::timestamptz + interval '24 hours', $3::timestamptz + interval '1 hour')`,
			child, staffID(t, h, c), from)
	}
	open("2026-11-22 10:30+08")
	got := look(t, h, c, child, "name residenceAddress birthDate caregivers { phone } health { schoolNote } citizenId visits { nodes { id } } registration { leftBehind }")
	for _, field := range []string{"name", "residenceAddress", "birthDate", "caregivers"} {
		if isNull(member(t, got.Data, "child", field)) {
			t.Errorf("break-glass hides %s: %.500s", field, got.Body)
		}
	}
	for _, field := range []string{"citizenId", "visits"} {
		if !isNull(member(t, got.Data, "child", field)) {
			t.Errorf("break-glass shows %s", field)
		}
	}
	if e := last(t, h); !e.BreakGlass || len(e.Shown[child]) == 0 {
		t.Errorf("the entry of a break-glass: %+v", e)
	}
	gone(t, "another child", h, c, other)
	if e := last(t, h); !e.BreakGlass {
		t.Error("the entry of a failed break-glass is not marked")
	}
	open("2026-11-22 09:59+08")
	gone(t, "24 hours later", h, c, child)
	open("2026-11-23 10:30+08")
	gone(t, "before it was opened", h, c, child)
	visit := c
	visit.Purpose = "VISIT"
	found(t, "the other purpose of the same post", h, give(t, h, visit, "VISIT_TASK", nil), other)
	if e := last(t, h); e.BreakGlass {
		t.Error("an ordinary visit is marked as break-glass")
	}
}

// TestTwoPosts lets a caller name the post where several fit.
func TestTwoPosts(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	here, there := demo.Bailu, demo.Qinghe
	c := director(t, h, here)
	addPost(t, h, staffID(t, h, c), post{role: "DIR", division: where(t, h, there, "village")})
	refusedAs(t, "no post named", look(t, h, c, here, "name"), "BAD_REQUEST")
	purposeless := c
	purposeless.Purpose, purposeless.TicketCode = "", ""
	posts := h.Ask(t, purposeless, hubtest.Question{Query: "query Me { me { posts { id } } }"})
	var ids []struct{ ID string }
	if err := json.Unmarshal(member(t, posts.Data, "me", "posts"), &ids); err != nil || len(ids) != 2 {
		t.Fatalf("me: %v %s", err, posts.Body)
	}
	ask := func(post string, child int64) string {
		got := h.Ask(t, c, hubtest.Question{
			Query:     fmt.Sprintf(`query P($id: ID!) @access(purpose: VISIT, ticket: %q, post: %q) { child(id: $id) { __typename } }`, c.TicketCode, post),
			Variables: map[string]any{"id": h.ID(t, c, "Child", child)},
		})
		return string(got.Data)
	}
	yes, no := `{"child":{"__typename":"Child"}}`, `{"child":null}`
	if diff := cmp.Diff([]string{yes, no, no, yes}, []string{ask(ids[0].ID, here), ask(ids[0].ID, there), ask(ids[1].ID, here), ask(ids[1].ID, there)}); diff != "" {
		t.Errorf("each post reaches its own village alone (-want +got):\n%s", diff)
	}
	change(t, h, `UPDATE post SET valid_to = $2 WHERE id = (SELECT max(id) FROM post WHERE staff_id = $1)`, staffID(t, h, c), today)
	within(t, 2500*time.Millisecond, "the other post ended", func() bool { return len(look(t, h, c, here, "name").Errors) == 0 })
}
