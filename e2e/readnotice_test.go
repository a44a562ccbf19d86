package e2e

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// notice is a line of what an owner is told.
type notice struct {
	Kind, ReaderRole, ReaderPurpose string
	Coordinates                     []string
	Reads                           int
}

// notices reads what somebody's agency is told, for the work item of a task.
func notices(t *testing.T, h *hubtest.Hub, c demo.Caller, kind string) []notice {
	t.Helper()
	got := h.Ask(t, c, hubtest.Question{
		Query:     `query Notices($kind: ReadNoticeKind!) { readNotices(filter: { kind: $kind }, first: 100) { nodes { kind readerAgency readerRole readerPurpose coordinates reads firstAt lastAt logNumber } } }`,
		Variables: map[string]any{"kind": kind},
	})
	var data struct{ ReadNotices struct{ Nodes []notice } }
	if err := json.Unmarshal(got.Data, &data); err != nil || len(got.Errors) > 0 {
		t.Fatalf("notices: %s", got.Body)
	}
	return data.ReadNotices.Nodes
}

// TestReadNotice_ownersKnow: the steward of the agency that a fact comes from is told of
// its first use by others the day after and of every read of what is highly sensitive at
// once, takes note, and is told anew of what comes after. No notice names a child.
func TestReadNotice_ownersKnow(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	h.Follow(t)
	h.RunJobs(t)
	change(t, h, `UPDATE task SET done_at = opened_at, next_rung_at = NULL WHERE subject = 'read_digest'`)
	h.RunJobs(t) // which closes what was there before
	steward := hire(t, h, post{agency: "JY", role: "STEWARD", purpose: "DATA_QUALITY", from: "2026-11-01"})

	// A director reads of the school what directors never read before.
	director := h.Caller(t, "director")
	change(t, h, `DELETE FROM known_reading WHERE role = 'DIR'`)
	change(t, h, `DELETE FROM read_digest`)
	look(t, h, director, director.ChildID, `enrolment { grade boarding }`)
	look(t, h, director, director.ChildID, `enrolment { grade boarding }`)
	teacher := h.Caller(t, "class-teacher")
	change(t, h, `DELETE FROM known_reading WHERE role = 'HT'`)
	look(t, h, teacher, teacher.ChildID, `enrolment { grade boarding }`) // a school is of education
	h.Follow(t)
	h.RunJobs(t)
	if list := inboxOf(t, h, steward); len(list) != 0 {
		t.Errorf("on the day itself the steward has %+v", list)
	}
	change(t, h, `UPDATE read_digest SET day = day - 1`)
	followed := single[int64](t, h, `SELECT sequence FROM follower WHERE name = 'review'`)
	change(t, h, `UPDATE follower SET sequence = (SELECT max(sequence) FROM audit_entry WHERE at < $1) WHERE name = 'review'`, hubtest.Day())
	h.RunJobs(t)
	if list := inboxOf(t, h, steward); len(list) != 0 {
		t.Errorf("while entries of the day are still to be followed the steward has %+v", list)
	}
	change(t, h, `UPDATE follower SET sequence = $1 WHERE name = 'review'`, followed)
	h.RunJobs(t)
	task := toDo(t, h, steward, "READ_DIGEST")
	told := steward
	told.TicketCode = task.Ticket
	want := []notice{{"FIRST_TIME", "DIR", "VISIT", []string{"Enrolment.boarding", "Enrolment.grade"}, 2}}
	if diff := cmp.Diff(want, notices(t, h, told, "FIRST_TIME")); diff != "" {
		t.Errorf("education is told (-want +got):\n%s", diff)
	}
	if n := single[int](t, h, `SELECT count(*) FROM read_notice WHERE owner <> 'EDUCATION'`); n != 0 {
		t.Errorf("others are told %d notices", n)
	}

	// Who has taken note does so for the agency; the work item goes with the task.
	got := h.Ask(t, told, hubtest.Question{
		Query:     `mutation Note($in: AcknowledgeNoticeInput!) { acknowledgeNotice(input: $in) { entry userErrors { code } } }`,
		Variables: map[string]any{"in": map[string]any{"key": "note-1", "task": task.ID}},
	})
	if len(got.Errors) > 0 || strings.Contains(string(got.Data), "code") {
		t.Errorf("taking note: %s", got.Body)
	}
	if n := single[int](t, h, `SELECT count(*) FROM ticket k JOIN staff s ON s.id = k.staff_id WHERE s.code = $1 AND k.closed_at IS NULL`, steward.StaffCode); n != 0 {
		t.Errorf("%d work items are left", n)
	}

	// Every read of what is highly sensitive is told at once, and gathers until then.
	before := single[int](t, h, `SELECT count(*) FROM read_notice WHERE kind = 'HIGHLY_SENSITIVE'`)
	const alerts = `SELECT count(*) FROM task WHERE kind = 'READ_ALERT' AND done_at IS NULL`
	change(t, h, `UPDATE coordinate SET class = 'L4' WHERE name = 'Enrolment.grade'`)
	look(t, h, director, director.ChildID, `enrolment { grade }`)
	h.Follow(t)
	h.RunJobs(t)
	task = toDo(t, h, steward, "READ_ALERT")
	open := single[int](t, h, alerts)
	look(t, h, director, director.ChildID, `enrolment { grade }`)
	h.Follow(t)
	h.RunJobs(t)
	told.TicketCode = task.Ticket
	want = []notice{{"HIGHLY_SENSITIVE", "DIR", "VISIT", []string{"Enrolment.grade"}, 2}}
	if diff := cmp.Diff(want, notices(t, h, told, "HIGHLY_SENSITIVE")); diff != "" {
		t.Errorf("education is alerted (-want +got):\n%s", diff)
	}
	if now := single[int](t, h, alerts); now != open || before != 0 {
		t.Errorf("%d alerts, then %d; %d before", open, now, before)
	}
}
