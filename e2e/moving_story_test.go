package e2e

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// TestStory_jinsui moves within the district: the director who had the child hands it over
// with one summary, and may not claim it; the one to whom it moves may, once. Until the
// claim nothing changes, with it the old scope ends.
func TestStory_jinsui(t *testing.T) {
	t.Parallel()
	s := surveyed(t, demo.Jinsui)
	change(t, s.h, `DELETE FROM transfer_request WHERE child_id = $1`, s.child)
	change(t, s.h, `UPDATE visit SET state = 'CLOSED' WHERE child_id = $1 AND state NOT IN ('SUBMITTED', 'CHECKED', 'CLOSED', 'MOVED')`, s.child)
	to := single[string](t, s.h, `SELECT d.code FROM post p JOIN staff s ON s.id = p.staff_id JOIN division d ON d.id = p.division_id WHERE s.code = $1`, s.next.StaffCode)
	visit := single[int64](t, s.h, `INSERT INTO visit (child_id, kind, state, planned_on) VALUES ($1, 'GENERAL_ROUND', 'PLANNED', '2026-11-25') RETURNING id`, s.child)
	s.h.RunJobs(t)
	old := with(s.director, "VISIT")
	old.TicketCode = single[string](t, s.h, `SELECT k.code FROM visit v JOIN ticket k ON k.id = v.ticket_id WHERE v.id = $1`, visit)
	sup := with(s.sup, "VISIT_SUPERVISION")
	from := size(t, s.h)

	summary := "孩子随祖母迁居，课后由祖母照看，请尽快上门走访。"
	s.move(s.next, "handOver", map[string]any{"toArea": to, "withParents": false, "summary": summary}, "NOT_FOUND input")
	s.move(old, "handOver", map[string]any{"toArea": to, "withParents": false, "summary": "电话 13900000000"}, "BAD_REQUEST input.summary")
	s.move(old, "handOver", map[string]any{"toArea": to, "withParents": false, "summary": summary}, "SENT")
	s.move(sup, "handOver", map[string]any{"toArea": to, "withParents": false, "summary": summary}, "CONFLICT input")
	found(t, "before the claim, the old village", s.h, old, s.child)
	gone(t, "worked case 6: before the claim, the new one", s.h, s.next, s.child)

	task := single[int64](t, s.h, `SELECT a.id FROM task a JOIN staff w ON w.id = a.staff_id WHERE a.kind = 'MOVE_CLAIM' AND a.done_at IS NULL AND w.code = $1`, s.next.StaffCode)
	next := s.asked(s.next, "MOVE_CLAIM")
	gone(t, "with the work item alone", s.h, next, s.child)
	expect(t, s.h, old, "claimMove", map[string]any{"task": s.h.ID(t, old, "Task", task)}, "NOT_FOUND input")
	expect(t, s.h, next, "claimMove", map[string]any{"key": "claim-once", "task": s.h.ID(t, next, "Task", task)}, "RECEIVED")
	expect(t, s.h, next, "claimMove", map[string]any{"key": "claim-once", "task": s.h.ID(t, next, "Task", task)}, "RECEIVED")
	expect(t, s.h, next, "claimMove", map[string]any{"task": s.h.ID(t, next, "Task", task)}, "NOT_FOUND input")

	s.sees("the new director reads the summary", next, "residenceAddress transfers { state summary }", `{"child":{"residenceAddress":null,"transfers":[{"state":"RECEIVED","summary":"`+summary+`"}]}}`)
	if open := single[bool](t, s.h, `SELECT closed_at IS NULL FROM ticket WHERE code = $1`, old.TicketCode); open {
		t.Error("the old director's work item is open still")
	}
	gone(t, "worked case 6: the old director, with a work item for the village", s.h, give(t, s.h, with(s.director, "VISIT"), "VISIT_TASK", nil), s.child)
	s.h.RunJobs(t)
	if holds := single[string](t, s.h, `SELECT w.code FROM visit v JOIN staff w ON w.id = v.visitor_id WHERE v.id = $1`, visit); holds != next.StaffCode {
		t.Errorf("after the night the visit is %s's", holds)
	}
	reads(t, s.h, from, []string{
		"DIR HandOver NOT_FOUND NOT_FOUND", "DIR HandOver DENIED BAD_REQUEST", "DIR HandOver ALLOWED SENT", "SUP HandOver DENIED CONFLICT",
		"DIR File ALLOWED", "DIR File NOT_FOUND", "DIR File NOT_FOUND", "DIR ClaimMove NOT_FOUND NOT_FOUND", "DIR ClaimMove ALLOWED RECEIVED", "DIR ClaimMove ALLOWED REPEATED",
		"DIR ClaimMove NOT_FOUND NOT_FOUND", "DIR File ALLOWED", "DIR File NOT_FOUND", "job.visit.assign ALLOWED",
	})
}

// TestMove_elsewhere: a move that the new village knows nothing of comes back to the
// supervisor; one to another county is sent by the case manager, and the child leaves.
func TestMove_elsewhere(t *testing.T) {
	t.Parallel()
	s := surveyed(t, demo.Jinsui)
	change(t, s.h, `DELETE FROM transfer_request WHERE child_id = $1`, s.child)
	sup := with(s.sup, "VISIT_SUPERVISION")
	to := single[string](t, s.h, `SELECT d.code FROM post p JOIN staff s ON s.id = p.staff_id JOIN division d ON d.id = p.division_id WHERE s.code = $1`, s.next.StaffCode)
	moving := map[string]any{"toArea": to, "withParents": false, "summary": "孩子随祖母迁居，请上门核实。"}
	s.move(sup, "handOver", moving, "SENT")
	task := single[int64](t, s.h, `SELECT id FROM task WHERE kind = 'MOVE_CLAIM' AND done_at IS NULL`)
	next := s.asked(s.next, "MOVE_CLAIM")
	expect(t, s.h, next, "declineMove", map[string]any{"task": s.h.ID(t, next, "Task", task)}, "RETURNED")
	s.has("the supervisor finds out", sup, "MOVE_RETURNED")
	moving["toArea"], moving["withParents"] = "990117001901", true
	s.move(sup, "handOver", moving, "SENT")
	s.has("the case manager sends it", s.manager, "MOVE_SEND")
	s.has("the supervisor has done the part", sup)
	s.move(sup, "exitRegister", map[string]any{"reason": "JOINED_PARENTS", "evidence": "DOCUMENT"}, "BAD_REQUEST input.evidence")
	s.move(sup, "exitRegister", map[string]any{"reason": "JOINED_PARENTS", "evidence": "TRANSFER"}, "EXITED")
	s.move(sup, "exitRegister", map[string]any{"reason": "JOINED_PARENTS", "evidence": "TRANSFER"}, "CONFLICT input")
	s.day("2026-11-24")
	gone(t, "the next day", s.h, sup, s.child)
}

// TestExit_error tells everybody who had read a registration that was an error, as the
// log has it, and nobody else.
func TestExit_error(t *testing.T) {
	t.Parallel()
	s := surveyed(t, demo.Yunxi)
	director := give(t, s.h, with(s.director, "VISIT"), "VISIT_TASK", nil)
	sup := with(s.sup, "VISIT_SUPERVISION")
	s.sees("the director reads the entry", director, "registration { status }", `{"child":{"registration":{"status":"REGISTERED"}}}`)
	s.sees("the officer reads something else", s.officer, "enrolment { status }", `{"child":{"enrolment":{"status":"`+
		single[string](t, s.h, `SELECT status FROM enrolment WHERE child_id = $1 AND current`, s.child)+`"}}}`)
	system := s.systemReads()
	s.move(sup, "exitRegister", map[string]any{"reason": "ERROR", "evidence": "HOME_CHECK"}, "EXITED")
	s.h.RunJobs(t)
	s.systemIsTold(system)
	for name, c := range map[string]struct {
		staff string
		want  int
	}{"the director": {director.StaffCode, 1}, "the officer": {s.officer.StaffCode, 0}} {
		if n := single[int](t, s.h, `SELECT count(*) FROM task a JOIN staff w ON w.id = a.staff_id WHERE a.kind = 'REGISTER_ERROR' AND a.child_id IS NULL AND w.code = $1`, c.staff); n != c.want {
			t.Errorf("%s was told %d times", name, n)
		}
	}
	expect(t, s.h, director, "answerConcern", map[string]any{"task": toDo(t, s.h, director, "REGISTER_ERROR").ID, "outcome": "ACTED"}, "")
}

// systemReads has the system of the education bureau read of a registration what a ledger
// item opens to it.
func (s *survey) systemReads() demo.Caller {
	s.t.Helper()
	system := with(s.h.Caller(s.t, "education-system"), "DROPOUT_PREVENTION")
	change(s.t, s.h, `INSERT INTO dropout_case (child_id, ledger, stage, found_on) VALUES ($1, 'ALERT', 'ALERT', '2026-11-20')`, s.child)
	change(s.t, s.h, `INSERT INTO ticket (code, kind, purpose, staff_id, agency_id, child_id, reason, opened_at)
		SELECT 'WT-SYSTEM', 'DROPOUT_CASE', 'DROPOUT_PREVENTION', s.id, s.agency_id, $2, '台账', '2026-11-20' FROM staff s WHERE s.code = $1`, system.StaffCode, s.child)
	if got := look(s.t, s.h, system, s.child, "registration { needsFocus }"); isNull(member(s.t, got.Data, "child", "registration", "needsFocus")) {
		s.t.Fatalf("the system reads %s", got.Body)
	}
	return system
}

// systemIsTold: a system that has read what was an error is a recipient like a person. It
// follows its tasks by what has changed, and says that it has read.
func (s *survey) systemIsTold(system demo.Caller) {
	s.t.Helper()
	changes := s.h.Ask(s.t, system, hubtest.Question{Query: `query Changes { changes(first: 1) { nodes { id kind child { id } } } }`})
	nodes := elements(s.t, member(s.t, changes.Data, "changes", "nodes"))
	if len(nodes) != 1 || !strings.Contains(string(nodes[0]), `"kind":"REGISTER_ERROR","child":null`) {
		s.t.Fatalf("the system follows %s", changes.Body)
	}
	var id string
	if err := json.Unmarshal(member(s.t, nodes[0], "id"), &id); err != nil {
		s.t.Fatal(err)
	}
	got := s.h.Ask(s.t, system, hubtest.Question{
		Query:     `mutation Read($in: AcknowledgeNoticeInput!) { acknowledgeNotice(input: $in) { entry userErrors { code } } }`,
		Variables: map[string]any{"in": map[string]any{"key": "read", "task": id}},
	})
	if len(got.Errors) > 0 || !strings.Contains(string(got.Data), `"userErrors":[]`) {
		s.t.Errorf("the system says that it has read: %s", got.Body)
	}
}
