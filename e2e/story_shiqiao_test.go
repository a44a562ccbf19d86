package e2e

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// TestStory_shiqiao: a teacher sees bruises, and the child's uncle is the village
// director. Everybody who works on it sees what the step needs; the director learns
// nothing, and nobody but the desk learns who reported.
func TestStory_shiqiao(t *testing.T) {
	t.Parallel()
	r := newReporting(t)
	h, child := r.h, demo.Shiqiao
	change(t, h, `DELETE FROM mandatory_report WHERE child_id = $1`, child) // the day before it was seen
	teacher := as(h.Caller(t, "class-teacher"), "MANDATORY_REPORT", "")     // of the child's class now
	change(t, h, `UPDATE school_class SET homeroom_staff_id = $2 WHERE id = (SELECT class_id FROM enrolment WHERE child_id = $1 AND current)`, child, staffID(t, h, teacher))
	director := h.Caller(t, "director-conflict")
	supervisor := r.person("SUP", "VISIT_SUPERVISION", `SELECT p.staff_id FROM post p JOIN child c ON c.residence_township_id = p.division_id WHERE c.id = $1 AND p.role = 'SUP' AND p.valid_to IS NULL`, child)
	desk := as(h.Caller(t, "case-manager"), "MANDATORY_REPORT", "")
	since := single[int64](t, h, `SELECT size FROM audit_head`)
	const teacherLooks = `name reports { state outcome narrative reporterPerson }`
	const fileLooks = `residenceAddress reports { state narrative reporterPerson }`

	// The teacher reports by word of mouth, and is told what comes first.
	report := members{
		"key": "bruises", "child": h.ID(t, teacher, "Child", child), "category": "SUSPECTED_VIOLENCE", "channel": "SCHOOL",
		"foundOn": "2026-11-23", "immediateDanger": true, "guardianSuspected": true,
	}
	mine := r.must(teacher, "submitReport", report)
	if mine.State != "SUBMITTED" || mine.SupplementDueAt == "" || len(mine.Advice) == 0 || !strings.Contains(mine.Advice, "110") {
		t.Errorf("submitted: %s", mine.raw)
	}
	if again := r.must(teacher, "submitReport", report); again.ID != mine.ID {
		t.Errorf("the same key made another report: %s", again.raw)
	}
	r.sees("the teacher", teacher, child, teacherLooks, `{"child":{"name":`+childName(t, h, child)+`,"reports":[{"state":"SUBMITTED","outcome":"OPEN","narrative":null,"reporterPerson":null}]}}`)
	r.must(teacher, "supplementReport", members{"id": mine.ID, "narrative": "左前臂有多处新旧瘀青，孩子不愿说明原因。", "policeNoticeNo": "演示警情-9001"})
	r.tasks("the teacher, having written", teacher, "OPENING_CHECK")
	r.tasks("the desk", desk, "REPORT_ACCEPT")
	r.sees("the director after the report", director, child, `reports { state }`, `{"child":{"reports":[]}}`)

	// The desk finds it by its own list, and alone sees who reported.
	id, version := r.onlyCase(desk)
	r.sees("the desk", desk, child, `reports { narrative reporterPerson }`, `{"child":{"reports":[{"narrative":"左前臂有多处新旧瘀青，孩子不愿说明原因。","reporterPerson":`+person(t, h, teacher)+`}]}}`)
	r.refused(atDesk(supervisor), "acceptReport", members{"id": id, "version": version, "guardianSuspected": true}, "FORBIDDEN")
	r.refused(desk, "acceptReport", members{"id": id, "version": version - 1, "guardianSuspected": true}, "CONFLICT")
	step := r.must(desk, "acceptReport", members{"id": id, "version": version, "guardianSuspected": true})
	rights := r.person("RP", "RIGHTS_CASE", `SELECT second_handler_id FROM mandatory_report WHERE child_id = $1`, child)
	rights.TicketCode = single[string](t, h, `SELECT code FROM ticket WHERE kind = 'RIGHTS_CASE' AND child_id = $1 AND closed_at IS NULL AND code LIKE 'RC-MR-%'`, child)

	// The address is shielded, the guardian's channel shut; case 15 holds.
	address := single[string](t, h, `SELECT residence_address FROM child WHERE id = $1`, child)
	r.sees("the rights officer", rights, child, fileLooks, `{"child":{"residenceAddress":"`+address+`","reports":[{"state":"ACCEPTED","narrative":"左前臂有多处新旧瘀青，孩子不愿说明原因。","reporterPerson":null}]}}`)
	r.sees("the supervisor", supervisor, child, `residenceAddress reports { category narrative reporterPerson }`,
		`{"child":{"residenceAddress":null,"reports":[{"category":"SUSPECTED_VIOLENCE","narrative":null,"reporterPerson":null}]}}`)
	r.sees("the director", director, child, `residenceAddress caregivers { phone } reports { state } actionCards { text }`, `{"child":{"residenceAddress":null,"caregivers":null,"reports":[],"actionCards":[]}}`)
	r.tasks("the director", director)

	// Worked case 6: the next village finds nobody; case 7: the class teacher hears that
	// care is needed, and nothing of report, shield or guardian.
	next := hire(t, h, post{agency: "ZJ003", role: "DIR", purpose: "VISIT", division: where(t, h, demo.Qinghe, "village")})
	gone(t, "worked case 6: the director of another village", h, give(t, h, next, "VISIT_TASK", nil), child)
	got := look(t, h, as(teacher, "CLASS_CARE", ""), child, `registration { needsCare leftBehind } reports { state narrative } protectionOrders { validFrom } residenceAddress shield`)
	for _, never := range []string{`"leftBehind":t`, `"leftBehind":f`, "瘀青", address, `"shield":"`} {
		if strings.Contains(string(got.Data), never) {
			t.Errorf("worked case 7: the teacher is shown %q: %s", never, got.Data)
		}
	}

	// Police, a look at the child, the assessment, the plan.
	step = r.must(desk, "notifyPolice", members{"id": id, "version": step.Version, "noticeNo": "演示警情-9001", "unit": "示范派出所（演示）"})
	r.tasks("the supervisor", supervisor, "REPORT_SAFETY_CHECK")
	onSite := atDesk(supervisor)
	sup, _ := r.onlyCase(onSite)
	note := "与民警一同见到孩子，孩子安全，暂住外婆家。"
	r.refused(onSite, "checkSafety", members{"id": sup, "version": step.Version, "childSeen": false, "note": note}, "BAD_REQUEST")
	step = r.must(onSite, "checkSafety", members{"id": sup, "version": step.Version, "childSeen": true, "note": note})
	step = r.must(onSite, "assessReport", members{"id": sup, "version": step.Version, "safety": "CONCERN", "guardianship": "SERIOUS", "body": "CONCERN", "mind": "CONCERN", "note": "监护能力不足，孩子有恐惧情绪，需要干预。"})
	step = r.planned(step.Version, teacher, onSite, rights, desk, director)
	r.sees("the rights officer, of the findings and the plan", rights, child, `reports { assessedSafety assessedGuardianship plan { kind owner dueOn state } }`,
		`{"child":{"reports":[{"assessedSafety":"CONCERN","assessedGuardianship":"SERIOUS","plan":[`+
			`{"kind":"SCHOOL","owner":"`+teacher.StaffCode+`","dueOn":"2026-11-30","state":"PLANNED"},{"kind":"LEGAL","owner":"`+rights.StaffCode+`","dueOn":"2026-12-10","state":"PLANNED"},`+
			`{"kind":"HOME_SAFETY","owner":"`+supervisor.StaffCode+`","dueOn":"2026-12-20","state":"PLANNED"}]}]}}`)
	r.sees("the teacher, of the plan as a whole", teacher, child, `reports { assessedMind plan { words } }`, `{"child":{"reports":[{"assessedMind":null,"plan":null}]}}`)
	r.sees("the rights officer, of the steps", rights, child, `reports { steps { move note } }`, `{"child":{"reports":[{"steps":[`+
		`{"move":"planProtection","note":"由外婆照料，心理支持每周一次，民警回访。"},{"move":"assessReport","note":"监护能力不足，孩子有恐惧情绪，需要干预。"},`+
		`{"move":"checkSafety","note":"`+note+`"},{"move":"notifyPolice","note":null},{"move":"acceptReport","note":null},`+
		`{"move":"supplementReport","note":"左前臂有多处新旧瘀青，孩子不愿说明原因。"}]}]}}`)
	r.worked(child, teacher, onSite, desk)
	step = r.must(onSite, "followUpReport", members{"id": sup, "version": step.Version, "quiet": true, "note": "孩子情绪好转，没有新的伤情。"})
	step = r.must(desk, "giveFeedback", members{"id": id, "version": step.Version, "outcome": "PROTECTED", "feedback": "孩子现在安全，有关部门在持续跟进，感谢您的报告。"})

	// The teacher hears the outcome and nothing else of the case.
	got = h.Ask(t, teacher, hubtest.Question{Query: `query Mine { myReports { state outcome feedback feedbackGivenOn } }`})
	answers(t, "the teacher's own report", got, `{"myReports":[{"state":"FEEDBACK","outcome":"PROTECTED","feedback":"孩子现在安全，有关部门在持续跟进，感谢您的报告。","feedbackGivenOn":"2026-11-23"}]}`)
	r.sees("the teacher", teacher, child, `residenceAddress reports { state narrative steps { note } }`, `{"child":{"residenceAddress":null,"reports":[{"state":"FEEDBACK","narrative":null,"steps":null}]}}`)

	// Three quiet months, two signatures of two people.
	r.refused(desk, "proposeClosing", members{"id": id, "version": step.Version, "note": "三个月无新风险，提请办结。"}, "CONFLICT")
	h.RunJobs(t, "measure.review")
	r.pass(91 * 24 * time.Hour)
	// The shield is decided about before the report is closed: it was due for review, one
	// proposes its end, the other named handler signs; then the address opens again.
	h.RunJobs(t, "measure.review")
	r.refused(desk, "proposeClosing", members{"id": id, "version": step.Version, "note": "三个月无新风险，提请办结。"}, "CONFLICT")
	shield := r.measure(desk, child, "ADDRESS STANDING")
	if !slices.Contains(r.inbox(desk), "MEASURE_REVIEW") {
		t.Errorf("the desk is not asked to review: %v", r.inbox(desk))
	}
	r.refused(as(director, "MANDATORY_REPORT", ""), "keepMeasure", members{"id": shield, "version": 1, "note": "孩子很好，不必再遮蔽住址。"}, "FORBIDDEN")
	lifting := r.must(desk, "proposeLifting", members{"id": shield, "version": 1, "note": "监护人已接受家庭教育指导，风险消除。"})
	r.refused(desk, "signLifting", members{"id": shield, "version": lifting.Version, "note": "监护人已接受家庭教育指导，风险消除。"}, "FORBIDDEN")
	r.sees("the supervisor while it stands", supervisor, child, `residenceAddress`, `{"child":{"residenceAddress":null}}`)
	second := as(rights, "MANDATORY_REPORT", "")
	lifting = r.must(second, "signLifting", members{"id": r.measure(second, child, "ADDRESS LIFT_PROPOSED"), "version": lifting.Version, "note": "与个案管理员意见一致，同意解除。"})
	if lifting.State != "LIFTED" {
		t.Errorf("lifted: %s", lifting.raw)
	}
	r.sees("the supervisor afterwards", supervisor, child, `residenceAddress`, `{"child":{"residenceAddress":"`+address+`"}}`)
	r.sees("the director afterwards, of the report still nothing", director, child, `residenceAddress reports { state }`, `{"child":{"residenceAddress":"`+address+`","reports":[]}}`)
	closing := members{"id": id, "version": step.Version, "note": "三个月无新风险，提请办结。"}
	if out := r.try(desk, "proposeClosing", closing); out.code() != "CONFLICT" || !strings.Contains(out.raw, "还有1个步骤未落实") {
		t.Errorf("closed with an open step: %s", out.raw)
	}
	r.must(desk, "dropProtectionStep", members{"id": r.step(desk, "协助申请变更监护人"), "version": 1, "note": "监护人已改正，不再变更。"})
	step = r.must(desk, "proposeClosing", closing)
	r.refused(desk, "signClosing", members{"id": id, "version": step.Version, "note": "三个月无新风险，同意办结。"}, "FORBIDDEN")
	step = r.must(onSite, "signClosing", members{"id": sup, "version": step.Version, "note": "三个月无新风险，同意办结。"})
	if step.State != "CLOSED" {
		t.Errorf("closed: %s", step.raw)
	}
	r.tasks("the supervisor, at the end", supervisor)
	r.sees("the director, at the end", director, child, `reports { state } actionCards { text }`, `{"child":{"reports":[],"actionCards":[]}}`)

	want := []string{
		"HT SubmitReport ALLOWED SUBMITTED", "CM AcceptReport ALLOWED ACCEPTED", "CM NotifyPolice ALLOWED POLICE_NOTIFIED",
		"SUP CheckSafety ALLOWED SAFETY_CHECK", "SUP AssessReport ALLOWED ASSESSMENT", "CM PlanProtection ALLOWED PLAN",
		"HT FollowProtectionStep ALLOWED PLANNED", "HT DoProtectionStep ALLOWED DONE", "CM ReassignProtectionStep ALLOWED PLANNED", "SUP DoProtectionStep ALLOWED DONE", "SUP FollowUpReport ALLOWED FOLLOW_UP",
		"CM GiveFeedback ALLOWED FEEDBACK", "CM ProposeLifting ALLOWED LIFT_PROPOSED", "RP SignLifting ALLOWED LIFTED", "CM DropProtectionStep ALLOWED DROPPED", "CM ProposeClosing ALLOWED FEEDBACK", "SUP SignClosing ALLOWED CLOSED",
	}
	if diff := cmp.Diff(want, r.file(child, since)); diff != "" {
		t.Errorf("the file of the case (-want +got):\n%s", diff)
	}
}

// atDesk is the supervisor at work on a report.
func atDesk(c demo.Caller) demo.Caller { return as(c, "MANDATORY_REPORT", "") }

// measure is the shield of a child that a person decides about, as it stands.
func (r *reporting) measure(c demo.Caller, child int64, want string) string {
	r.t.Helper()
	got := r.h.Ask(r.t, c, hubtest.Question{Query: `query Measures { protectiveMeasures { id child shield state } }`})
	for _, m := range elements(r.t, member(r.t, got.Data, "protectiveMeasures")) {
		if r.text(m, "child") == r.h.ID(r.t, c, "Child", child) && r.text(m, "shield")+" "+r.text(m, "state") == want {
			return r.text(m, "id")
		}
	}
	r.t.Fatalf("%s has no shield %s: %s", c.StaffCode, want, got.Body)
	return ""
}

// tasks expects what a person has to do about reports.
func (r *reporting) tasks(who string, c demo.Caller, want ...string) {
	r.t.Helper()
	got := r.inbox(c)
	if len(want) == 0 {
		want = []string{}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		r.t.Errorf("inbox of %s (-want +got):\n%s", who, diff)
	}
}

// onlyCase is the one report that a person has in hand which was handed in today.
func (r *reporting) onlyCase(c demo.Caller) (id string, version int) {
	r.t.Helper()
	got := r.h.Ask(r.t, c, hubtest.Question{Query: `query Cases { reportCases { id version submittedAt } }`})
	list := elements(r.t, member(r.t, got.Data, "reportCases"))
	if len(list) == 0 {
		r.t.Fatalf("%s has no report in hand: %s", c.StaffCode, got.Body)
	}
	last := list[len(list)-1]
	if err := json.Unmarshal(member(r.t, last, "version"), &version); err != nil {
		r.t.Fatal(err)
	}
	return r.text(last, "id"), version
}

func childName(t *testing.T, h *hubtest.Hub, child int64) string {
	t.Helper()
	return `"` + single[string](t, h, `SELECT name FROM child WHERE id = $1`, child) + `"`
}

// person is the name of somebody, as JSON.
func person(t *testing.T, h *hubtest.Hub, c demo.Caller) string {
	t.Helper()
	return `"` + single[string](t, h, `SELECT display_name FROM staff WHERE code = $1`, c.StaffCode) + `"`
}
