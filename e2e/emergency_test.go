package e2e

import (
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

const crashed = "孩子突发高热抽搐，急需联系监护人和了解过敏史"

// TestEmergency_opensOneChild: a director opens a child of the own village for a day;
// the protection officer, the leader of the agency and the source agencies are told
// at once, and the notice is done with when the access is reviewed.
func TestEmergency_opensOneChild(t *testing.T) {
	t.Parallel()
	r := newReporting(t)
	h := r.h
	c := as(h.Caller(t, "director"), "EMERGENCY", "")
	child := h.Caller(t, "director").ChildID
	change(t, h, `DELETE FROM emergency_access WHERE staff_id = $1`, staffID(t, h, c))
	r.sees("the director before", c, child, `name`, `{"child":null}`)
	in := members{"key": "now", "child": h.ID(t, c, "Child", child), "reason": crashed}
	got := r.must(c, "openEmergency", in)
	if again := r.must(c, "openEmergency", in); again.Ticket != got.Ticket {
		t.Errorf("the same key opened another one: %s", again.raw)
	}
	r.refused(c, "openEmergency", members{"child": got.Child, "reason": crashed}, "CONFLICT")
	r.sees("the director in the emergency", as(c, "EMERGENCY", got.Ticket), child, `name`, `{"child":{"name":`+childName(t, h, child)+`}}`)
	if got := string(look(t, h, c, demo.Liutang, `name`).Data); got != `{"child":null}` {
		t.Errorf("another child opened with it: %s", got)
	}

	roles := single[[]string](t, h, `SELECT array_agg(p.role || ' ' || a.kind ORDER BY p.role = 'DPO', a.kind) FROM task t JOIN post p ON p.staff_id = t.staff_id JOIN agency a ON a.id = t.agency_id
		WHERE t.kind = 'EMERGENCY_OPENED' AND t.done_at IS NULL`)
	want := []string{"STEWARD CIVIL_AFFAIRS", "STEWARD EDUCATION", "STEWARD HEALTH", "DPO DISTRICT_OFFICE"}
	if diff := cmp.Diff(want, roles); diff != "" {
		t.Errorf("who was told (-want +got):\n%s", diff)
	}
	r.tasks("the protection officer", h.Caller(t, "dpo"), "EMERGENCY_OPENED")
	change(t, h, `UPDATE emergency_access SET reviewed_at = '2026-11-24T10:00:00+08:00' WHERE staff_id = $1`, staffID(t, h, c))
	r.tasks("the protection officer after the review", h.Caller(t, "dpo"))

	e := single[string](t, h, `SELECT concat_ws(' ', role, outcome, reason, break_glass) FROM audit_entry WHERE operation = 'OpenEmergency' ORDER BY sequence LIMIT 1`)
	if e != "DIR ALLOWED "+crashed+" t" {
		t.Errorf("on record: %s", e)
	}
	// Justified and reviewed: an overdue review would stop the director.
	change(t, h, `UPDATE emergency_review SET state = 'OK' WHERE staff_id = $1`, staffID(t, h, c))
	r.pass(24*time.Hour + time.Minute)
	r.sees("the director a day later", c, child, `name`, `{"child":null}`)
}

// TestEmergency_outOfReach: a child out of reach is opened by join token alone; a
// child that is hidden even then is answered like one that is not there, and every
// attempt is on record.
func TestEmergency_outOfReach(t *testing.T) {
	t.Parallel()
	r := newReporting(t)
	h := r.h
	agency := r.clinic()
	nurse := hire(t, h, post{agency: agency, role: "HD", purpose: "EMERGENCY", clinic: 1})
	token := r.token
	change(t, h, `UPDATE child SET shield = 'FULL' WHERE id = $1`, demo.Taoyuan)
	for name, in := range map[string]members{
		"no such child":    {"token": token(0), "reason": crashed},
		"hidden":           {"token": token(demo.Taoyuan), "reason": crashed},
		"out of reach":     {"child": h.ID(t, nurse, "Child", unwatched), "reason": crashed},
		"no such id":       {"child": h.ID(t, nurse, "Child", missingID), "reason": crashed},
		"another type":     {"child": h.ID(t, nurse, "School", 1), "reason": crashed},
		"of another place": {"child": h.ID(t, h.Caller(t, "director"), "Child", unwatched), "reason": crashed},
	} {
		out := r.try(nurse, "openEmergency", in)
		if out.code() != "NOT_FOUND" || out.Child != "" {
			t.Errorf("%s: %s", name, out.raw)
		}
		if last(t, h).Outcome != "NOT_FOUND" {
			t.Errorf("%s is on record as %s", name, last(t, h).Outcome)
		}
	}
	for name, in := range map[string]members{
		"no child": {"reason": crashed}, "no reason": {"token": token(unwatched), "reason": "急"}, "both": {"token": token(unwatched), "child": h.ID(t, nurse, "Child", missingID), "reason": crashed},
	} {
		if out := r.try(nurse, "openEmergency", in); out.code() != "BAD_REQUEST" && out.code() != "NOT_FOUND" {
			t.Errorf("%s: %s", name, out.raw)
		}
	}
	robot := hire(t, h, post{agency: agency, role: "HD", purpose: "EMERGENCY", clinic: 1, system: true})
	r.refused(robot, "openEmergency", members{"token": token(unwatched), "reason": crashed}, "FORBIDDEN")
	if n := single[int](t, h, `SELECT count(*) FROM emergency_access WHERE staff_id = $1`, staffID(t, h, nurse)); n != 0 {
		t.Errorf("%d emergencies of what was refused", n)
	}

	var wg sync.WaitGroup // eight at once under keys of their own: one lives
	codes := make(chan string, 8)
	for i := range 8 {
		wg.Go(func() {
			got := h.Ask(t, nurse, hubtest.Question{
				Query:     `mutation OpenEmergency($in: OpenEmergencyInput!) { openEmergency(input: $in) { ticket userErrors { code } } }`,
				Variables: members{"in": members{"key": string(rune('a' + i)), "token": token(unwatched), "reason": crashed}},
			})
			if list := elements(t, member(t, got.Data, "openEmergency", "userErrors")); len(list) > 0 {
				codes <- r.text(list[0], "code")
			}
		})
	}
	wg.Wait()
	close(codes)
	n := 0
	for code := range codes {
		n++
		if code != "CONFLICT" {
			t.Errorf("refused with %s", code)
		}
	}
	if n != 7 {
		t.Errorf("%d of eight were refused", n)
	}
	r.sees("the nurse", nurse, unwatched, `name`, `{"child":{"name":`+childName(t, h, unwatched)+`}}`)
}
