package e2e

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// leaving is a pupil who changes school, with the people of both schools.
type leaving struct {
	*play
	old, next, district demo.Caller
}

// left sets it up: the old teacher, and one of another school with a class of the term.
func left(t *testing.T) leaving {
	t.Helper()
	s := leaving{play: opening(t)}
	s.old = with(s.teacher, "CLASS_CARE")
	school := single[int64](t, s.h, `SELECT id FROM school WHERE id <> $1 AND 'JUNIOR' = ANY (stages) ORDER BY id LIMIT 1`, where(t, s.h, s.child, "school"))
	s.next = hire(t, s.h, post{agency: s.old.AgencyCode, role: "HT", purpose: "CLASS_CARE", school: school, from: "2025-01-01"})
	change(t, s.h, `DELETE FROM post WHERE role = 'HT' AND school_id = $1 AND staff_id <> $2`, school, staffID(t, s.h, s.next))
	change(t, s.h, `INSERT INTO school_class (school_id, term_id, grade, class_no, homeroom_staff_id) SELECT $1, m.id, 7, 99, $2 FROM term m WHERE '2026-11-23' BETWEEN m.starts_on AND m.ends_on`,
		school, staffID(t, s.h, s.next))
	s.district = with(s.director, "VISIT")
	s.district = give(t, s.h, s.district, "VISIT_TASK", nil)
	return s
}

// step makes a move of the transfer at the version that stands, or a start.
func (s leaving) step(c demo.Caller, mutation string, facts map[string]any, want string) {
	s.t.Helper()
	in := map[string]any{"child": s.h.ID(s.t, c, "Child", s.child)}
	if facts == nil {
		in["version"] = single[int](s.t, s.h, `SELECT max(version) FROM school_transfer WHERE child_id = $1 AND id = (SELECT max(id) FROM school_transfer WHERE child_id = $1)`, s.child)
	}
	for k, v := range facts {
		in[k] = v
	}
	expect(s.t, s.h, c, mutation, in, want)
}

// TestStory_schoolTransfer: a pupil is absent for a day, changes school while the clock
// is paused, and is confirmed by nobody: the clock goes on and the officer has the alert.
// The new school confirms late, the alert ends by proof; then the family moves away and
// the officer ends the transfer by the proof of the school there.
func TestStory_schoolTransfer(t *testing.T) {
	t.Parallel()
	s := left(t)
	from := size(t, s.h)
	s.went("one day is noted", s.absent("2026-11-23", "UNKNOWN"), "NOTED")
	s.day("2026-11-24")
	to := single[string](t, s.h, `SELECT s.code FROM school s JOIN post p ON p.school_id = s.id JOIN staff w ON w.id = p.staff_id WHERE w.code = $1`, s.next.StaffCode)
	s.step(s.old, "startSchoolTransfer", map[string]any{}, "BAD_REQUEST input.toSchool")
	s.step(s.old, "startSchoolTransfer", map[string]any{"toSchool": "0000000000"}, "BAD_REQUEST input.toSchool")
	s.step(s.next, "startSchoolTransfer", map[string]any{"toSchool": to}, "NOT_FOUND input")
	s.step(s.old, "startSchoolTransfer", map[string]any{"toSchool": to, "key": "go-once"}, "REQUESTED")
	s.step(s.old, "startSchoolTransfer", map[string]any{"toSchool": to, "key": "go-once"}, "REQUESTED")
	s.step(s.old, "startSchoolTransfer", map[string]any{"toSchool": to}, "CONFLICT input")
	s.went("an absence is none of the old school's now", s.absent("2026-11-23", "UNKNOWN"), "CONFLICT input.child")
	s.sees("the clock is paused and visible", s.old, "enrolment { status absentRunDays absentSince absencePausedOn } schoolTransfers { state dueOn toSchool { code } }",
		`{"child":{"enrolment":{"status":"TRANSFERRING_OUT","absentRunDays":1,"absentSince":"2026-11-23","absencePausedOn":"2026-11-24"},"schoolTransfers":[{"state":"REQUESTED","dueOn":"2026-12-08","toSchool":{"code":"`+to+`"}}]}}`)
	s.step(s.old, "releasePupil", map[string]any{"version": 9}, "CONFLICT input.version")
	s.step(s.old, "releasePupil", nil, "RELEASED")
	paper := single[string](t, s.h, `SELECT reference FROM school_transfer WHERE child_id = $1`, s.child)
	toDo(t, s.h, s.next, "SCHOOL_ARRIVAL")
	gone(t, "the new school before the arrival", s.h, s.next, s.child)
	s.day("2026-12-08") // ten working days later, the deadline ends with the day
	s.h.RunJobs(t)
	s.step(s.old, "withdrawSchoolTransfer", map[string]any{"version": 1}, "CONFLICT input.version")
	s.day("2026-12-09")
	s.h.RunJobs(t)
	s.sees("nobody confirmed: the clock goes on from the second day", s.old, "enrolment { status absentRunDays absentSince absencePausedOn } schoolTransfers { state resumedOn }",
		`{"child":{"enrolment":{"status":"ENROLLED","absentRunDays":2,"absentSince":"2026-11-23","absencePausedOn":null},"schoolTransfers":[{"state":"LAPSED","resumedOn":"2026-12-09"}]}}`)
	s.id = single[int64](t, s.h, `SELECT max(id) FROM dropout_case WHERE child_id = $1 AND stage = 'ALERT'`, s.child)
	s.version = single[int](t, s.h, `SELECT version FROM dropout_case WHERE id = $1`, s.id)
	s.has("the officer has the alert", "DROPOUT_PHONE_CHECK officer")
	s.went("and takes it", s.move(s.officer, "acceptAlert", nil), "PHONE_CHECK")
	s.shows("worked case 1: phone check", s.officer, calling)

	s.arrives("confirmArrival", "ABCDEF0123", "NOT_FOUND input.reference")
	s.arrives("denyArrival", paper, "CONFLICT input")
	s.arrives("confirmArrival", paper, "ARRIVED")
	s.arrives("confirmArrival", paper, "CONFLICT input")
	gone(t, "the old teacher", s.h, s.old, s.child)
	s.sees("the new teacher has the pupil", s.next, "enrolment { status grade classNo absentRunDays }", `{"child":{"enrolment":{"status":"ENROLLED","grade":7,"classNo":99,"absentRunDays":0}}}`)
	s.went("the alert ends by proof", s.move(s.officer, "endAlert", map[string]any{"reason": "RE_ENROLLED", "evidence": "ENROLMENT_PROOF"}), "CANCELLED")
	s.sees("the new school keeps its pupil", s.next, "enrolment { status }", `{"child":{"enrolment":{"status":"ENROLLED"}}}`)

	s.step(s.next, "startSchoolTransfer", map[string]any{"toArea": "990218"}, "REQUESTED")
	s.step(s.next, "releasePupil", nil, "RELEASED")
	toDo(t, s.h, s.officer, "SCHOOL_PROOF")
	s.step(s.officer, "proveArrival", nil, "ARRIVED")
	s.sees("worked case 4 again: the officer without a ledger item", s.officer, "name enrolment { status } schoolTransfers { state toArea }",
		`{"child":{"name":"`+shortName(t, s.h, s.child)+`","enrolment":{"status":"LEFT"},"schoolTransfers":[{"state":"ARRIVED","toArea":null},{"state":"ARRIVED","toArea":null}]}}`)
	var got []string
	for _, e := range entries(t, s.h, from) {
		if strings.Contains(e.Operation, "Transfer") || strings.Contains(e.Operation, "Arrival") || e.Operation == "ReleasePupil" || e.Operation == "job.school.lapse" {
			got = append(got, strings.TrimSpace(e.Role+" "+e.Operation+" "+e.Outcome+" "+e.Reason))
		}
	}
	if diff := cmp.Diff(fileOfTheTransfer, got); diff != "" {
		t.Errorf("the file of the transfer (-want +got):\n%s", diff)
	}
}

// arrives has the new teacher say something of the number on a paper.
func (s leaving) arrives(mutation, paper, want string) {
	s.t.Helper()
	expect(s.t, s.h, s.next, mutation, map[string]any{"reference": paper}, want)
}

// shortName is the name that worked case 3 shows after the cancellation.
func shortName(t *testing.T, h *hubtest.Hub, child int64) string {
	t.Helper()
	name := []rune(single[string](t, h, `SELECT name FROM child WHERE id = $1`, child))
	return string(name[:1]) + "**"[:len(name)-1]
}

// fileOfTheTransfer is what the log tells of it.
var fileOfTheTransfer = []string{
	"HT StartSchoolTransfer DENIED BAD_REQUEST", "HT StartSchoolTransfer DENIED BAD_REQUEST", "HT StartSchoolTransfer NOT_FOUND NOT_FOUND",
	"HT StartSchoolTransfer ALLOWED REQUESTED", "HT StartSchoolTransfer ALLOWED REPEATED", "HT StartSchoolTransfer DENIED CONFLICT",
	"HT ReleasePupil DENIED CONFLICT", "HT ReleasePupil ALLOWED RELEASED", "HT WithdrawSchoolTransfer DENIED CONFLICT", "job.school.lapse ALLOWED",
	"HT ConfirmArrival NOT_FOUND NOT_FOUND", "HT DenyArrival DENIED CONFLICT", "HT ConfirmArrival ALLOWED ARRIVED", "HT ConfirmArrival DENIED CONFLICT",
	"HT StartSchoolTransfer ALLOWED REQUESTED", "HT ReleasePupil ALLOWED RELEASED", "DPS ProveArrival ALLOWED ARRIVED",
}

// TestStory_careChange: the grandmother can no longer, the aunt takes over by a new
// agreement. School and village note the parents' notice anew, and a visit follows.
func TestStory_careChange(t *testing.T) {
	t.Parallel()
	s := left(t)
	change(t, s.h, `UPDATE guardianship SET notice_to_school_on = '2026-01-10', notice_to_village_on = '2026-01-10' WHERE child_id = $1`, s.child)
	from := size(t, s.h)
	care := func(c demo.Caller, mutation string, facts map[string]any, want string) {
		t.Helper()
		in := map[string]any{"child": s.h.ID(t, c, "Child", s.child), "version": single[int](t, s.h, `SELECT version FROM guardianship WHERE child_id = $1`, s.child)}
		for k, v := range facts {
			in[k] = v
		}
		expect(t, s.h, c, mutation, in, want)
	}
	aunt := map[string]any{"name": "测试照护人", "relation": "OTHER_KIN", "phone": "10000000001", "agreementSignedOn": "2026-11-20", "agreementValidTo": "2027-11-20", "agreementRef": "WT-2026-1"}
	aunt["agreementSignedOn"] = "2026-12-01"
	care(s.district, "changeCaregiver", aunt, "BAD_REQUEST input.agreementSignedOn")
	aunt["agreementSignedOn"] = "2026-11-20"
	care(s.old, "changeCaregiver", aunt, "FORBIDDEN input")
	aunt["version"] = 99
	care(s.district, "changeCaregiver", aunt, "CONFLICT input.version")
	delete(aunt, "version")
	care(s.district, "changeCaregiver", aunt, "CHANGED")
	s.sees("worked case 7: the teacher sees who cares now", s.old, "caregivers { name relation } guardianship { hasAgreement careChangedOn noticeToSchoolOn }",
		`{"child":{"caregivers":[{"name":"测试照护人","relation":"OTHER_KIN"}],"guardianship":{"hasAgreement":true,"careChangedOn":"2026-11-23","noticeToSchoolOn":null}}}`)
	toDo(t, s.h, s.old, "CARE_NOTICE_SCHOOL")
	care(s.old, "recordCareNotice", map[string]any{"noticedOn": "2026-11-01"}, "BAD_REQUEST input.noticedOn")
	care(s.old, "recordCareNotice", map[string]any{"noticedOn": "2026-11-23"}, "NOTICED")
	care(s.district, "recordCareNotice", map[string]any{"noticedOn": "2026-11-22"}, "NOTICED")
	s.sees("worked case 5: the director has both notices", s.district, "caregivers { name phone } guardianship { agreementRef noticeToSchoolOn noticeToVillageOn }",
		`{"child":{"caregivers":[{"name":"测试照护人","phone":"10000000001"}],"guardianship":{"agreementRef":"WT-2026-1","noticeToSchoolOn":"2026-11-23","noticeToVillageOn":"2026-11-22"}}}`)
	if on := single[string](t, s.h, `SELECT planned_on::text FROM visit WHERE child_id = $1 AND plan_slot LIKE 'CARE/%' AND state = 'PLANNED' AND kind = 'FOCUS_VISIT'`, s.child); on != "2026-11-30" {
		t.Errorf("the visit is planned on %s, want five working days later", on)
	}
	if open := single[int](t, s.h, `SELECT count(*) FROM task WHERE kind LIKE 'CARE_NOTICE%' AND done_at IS NULL`); open != 0 {
		t.Errorf("%d notices are asked for still", open)
	}
	reads(t, s.h, from, []string{
		"DIR ChangeCaregiver DENIED BAD_REQUEST", "HT ChangeCaregiver DENIED FORBIDDEN", "DIR ChangeCaregiver DENIED CONFLICT", "DIR ChangeCaregiver ALLOWED CHANGED",
		"HT File PARTLY_WITHHELD", "HT Inbox ALLOWED", "HT RecordCareNotice DENIED BAD_REQUEST", "HT RecordCareNotice ALLOWED NOTICED",
		"DIR RecordCareNotice ALLOWED NOTICED", "DIR File ALLOWED",
	})
}
