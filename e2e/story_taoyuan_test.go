package e2e

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// TestStory_taoyuan: a child is shielded after a protection order, and the father asks
// who looked. He is answered like anybody, with what is no part of the matter, and by
// nothing in it does he learn that there is more. When the order is over and the case
// closed, the desk is told that an answer is owed, and the next one holds all of it.
func TestStory_taoyuan(t *testing.T) {
	t.Parallel()
	a := inquired(t)
	r, h, child := a.reporting, a.h, a.child
	since := size(t, h)
	address := single[string](t, h, `SELECT residence_address FROM child WHERE id = $1`, child)

	// An ordinary day: director and teacher look, each for the own work.
	r.sees("the director, before", a.director, child, `residenceAddress reports { state }`, `{"child":{"residenceAddress":"`+address+`","reports":[]}}`)
	for _, never := range []string{"registration { leftBehind }", "registration { hardshipCategories }", "residenceAddress"} {
		if got := look(t, h, a.teacher, child, never); strings.ContainsAny(string(got.Data), "[") || strings.Contains(string(got.Data), address) || strings.Contains(string(got.Data), "true") {
			t.Errorf("worked case 7: the teacher is shown %s: %s", never, got.Data)
		}
	}
	r.pass(24 * time.Hour)

	// The 24th: a call to the federation's line, the court's order, the whole file shielded.
	r.must(as(a.rights, "MANDATORY_REPORT", ""), "submitReport", members{
		"token": members{"kind": "CITIZEN_ID", "token": joinToken(t, h, a.rights.AgencyCode, "CITIZEN_ID", child)}, "category": "SUSPECTED_VIOLENCE", "channel": "HOTLINE_12338", "foundOn": "2026-11-24",
		"immediateDanger": true, "guardianSuspected": true, "narrative": "母亲来电，孩子被父亲打伤，已申请人身安全保护令。",
	})
	change(t, h, `INSERT INTO protection_order (child_id, valid_from, valid_to) VALUES ($1, '2026-11-24', '2027-02-10')`, child) // as the court's feed brings it
	id, version := r.onlyCase(a.desk)
	step := r.must(a.desk, "acceptReport", members{"id": id, "version": version, "guardianSuspected": true, "shield": "FULL", "secondHandler": a.rights.StaffCode})
	a.rights.TicketCode = single[string](t, h, `SELECT code FROM ticket WHERE kind = 'RIGHTS_CASE' AND child_id = $1 AND closed_at IS NULL AND code LIKE 'RC-MR-%'`, child)
	a.shielded("when shielded", address)
	step = a.forward(step.Version, "notifyPolice", members{"noticeNo": "演示警情-9007", "unit": "示范派出所（演示）"})
	step = a.forward(step.Version, "checkSafety", members{"childSeen": true, "note": "与民警一同见到孩子，随母亲暂住。"})
	step = a.forward(step.Version, "assessReport", members{"safety": "SERIOUS", "guardianship": "SERIOUS", "body": "CONCERN", "mind": "CONCERN", "note": "父亲有暴力行为，母亲有监护能力。"})
	plan := members{"note": "随母亲生活，地址保密，协助变更监护人。", "version": step.Version, "id": id, "steps": []members{
		{"kind": "HOME_SAFETY", "words": "每周与母亲通话，确认居所安全", "owner": a.desk.StaffCode, "dueOn": "2027-02-24"},
		{"kind": "LEGAL", "words": "协助母亲申请变更监护人", "owner": a.teacher.StaffCode, "dueOn": "2027-02-24"},
	}}
	r.refused(a.desk, "planProtection", plan, "BAD_REQUEST") // the teacher hears of nothing
	plan["steps"].([]members)[1]["owner"] = a.rights.StaffCode
	step = r.must(a.desk, "planProtection", plan)
	r.pass(24 * time.Hour)

	// The 25th: the grandmother asks, then the father.
	grandmother := a.receive("PATERNAL_GRANDMOTHER")
	check := members{"inquiry": grandmother, "proof": "HOUSEHOLD_BOOK", "standing": "GUARDIAN"}
	r.refused(a.dpo, "checkIdentity", check, "FORBIDDEN")
	notice := r.must(a.dpo, "refuseInquiry", members{"inquiry": grandmother, "reason": "NOT_ENTITLED"})
	if notice.State != "REFUSED" || !strings.Contains(notice.Statement, "没有监护人的书面授权") || strings.Contains(notice.Statement, "<table") {
		t.Errorf("worked case 13: the grandmother is told %s", notice.raw)
	}
	ordinary := []string{"2026-11-23 儿童主任 定期走访", "2026-11-23 班主任 班级关爱"}
	first := a.receive("FATHER")
	told := a.answered(first)
	if diff := cmp.Diff(ordinary, told.since("2026-11-23")); diff != "" {
		t.Errorf("worked case 12: what the father is told (-want +got):\n%s", diff)
	}
	for _, word := range []string{"维权", "保护令", "报告", "暂缓", "遮蔽", "withheld", "protect", "embargo", "2026-11-24"} {
		if table, _, _ := strings.Cut(told.Statement, "<h2>怎样看这张表"); strings.Contains(table, word) {
			t.Errorf("the answer says %q", word)
		}
	}
	namesNobody(t, h, told.Statement)
	if desk(t, h, a.dpo)[first]["laterAnswerDue"] != false {
		t.Error("a later answer is due while the shield stands")
	}
	a.shielded("when the father was answered", address)
	gone(t, "the officer, when all is answered", h, a.dpo, child)

	// Three quiet months; the order runs out and the shield is lifted; two people close the case.
	step = a.forward(step.Version, "followUpReport", members{"quiet": true, "note": "母子平安，父亲未再出现。"})
	step = a.forward(step.Version, "giveFeedback", members{"outcome": "PROTECTED", "feedback": "孩子现在安全，感谢您的报告。"})
	r.pass(91 * 24 * time.Hour)
	if desk(t, h, a.dpo)[first]["laterAnswerDue"] != false {
		t.Error("a later answer is due while the case is open")
	}
	kept := r.must(a.desk, "keepMeasure", members{"id": r.measure(a.desk, child, "FULL STANDING"), "version": 1, "note": "父亲动向不明，遮蔽至下次复查。"})
	rights := as(a.rights, "MANDATORY_REPORT", "")
	r.must(a.desk, "doProtectionStep", members{"id": r.step(a.desk, "每周与母亲通话，确认居所安全"), "version": 1, "note": "每周通话，居所安全。"})
	r.must(rights, "doProtectionStep", members{"id": r.step(rights, "协助母亲申请变更监护人"), "version": 1, "note": "已变更，由母亲监护。"})
	step = a.forward(step.Version, "proposeClosing", members{"note": "保护令期满，三个月无新风险，提请办结。"})
	signer := r.person("RP", "MANDATORY_REPORT", `SELECT staff_id FROM task WHERE kind = 'REPORT_SIGN' AND child_id = $1 AND done_at IS NULL`, child)
	if signer.StaffCode != a.rights.StaffCode { // nobody but the two handlers hears of it
		t.Errorf("asked to sign: %s", signer.StaffCode)
	}
	theirs, _ := r.onlyCase(signer)
	if closed := r.must(signer, "signClosing", members{"id": theirs, "version": step.Version, "note": "三个月无新风险，同意办结。"}); closed.State != "CLOSED" {
		t.Errorf("closed: %s", closed.raw)
	}
	lifting := r.must(a.desk, "proposeLifting", members{"id": r.measure(a.desk, child, "FULL STANDING"), "version": kept.Version, "note": "保护令期满，父亲已迁往外省，风险消除。"})
	lifting = r.must(signer, "signLifting", members{"id": r.measure(signer, child, "FULL LIFT_PROPOSED"), "version": lifting.Version, "note": "与个案管理员意见一致，同意解除。"})
	if lifting.State != "LIFTED" {
		t.Errorf("lifted: %s", lifting.raw)
	}
	change(t, h, `UPDATE rights_case SET state = 'CLOSED', closed_on = '2027-02-22' WHERE child_id = $1`, child)

	// The embargo is over: the desk owes an answer, and it tells what had to wait.
	if desk(t, h, a.dpo)[first]["laterAnswerDue"] != true {
		t.Error("no later answer is due")
	}
	later := a.answered(r.must(a.dpo, "receiveInquiry", members{"follows": h.ID(t, a.dpo, "AccessInquiry", single[int64](t, h, `SELECT max(id) FROM access_inquiry WHERE child_id = $1`, child))}).Inquiry)
	want := slices.Concat(ordinary, []string{
		"2026-11-24 民政个案管理员 强制报告", "2026-11-24 维权干部 妇儿维权", "2026-11-25 民政个案管理员 强制报告", "2026-11-25 维权干部 妇儿维权", "2027-02-24 民政个案管理员 强制报告", "2027-02-24 维权干部 强制报告",
	})
	if diff := cmp.Diff(want, later.since("2026-11-23")); diff != "" {
		t.Errorf("the later answer (-want +got):\n%s", diff)
	}
	namesNobody(t, h, later.Statement)
	if desk(t, h, a.dpo)[first]["laterAnswerDue"] != false {
		t.Error("something is still to be told")
	}

	a.onRecord(since)
}

// inquiring is the story's people, and the hub that they ask.
type inquiring struct {
	*reporting
	child                           int64
	director, teacher, desk, rights demo.Caller
	dpo, auditor                    demo.Caller
}

// inquired is the child before anything happened to it.
func inquired(t *testing.T) *inquiring {
	t.Helper()
	r := newReporting(t)
	h, child := r.h, demo.Taoyuan
	for _, sql := range []string{
		`UPDATE child SET shield = 'NONE' WHERE id = $1`, `DELETE FROM shield_handler WHERE child_id = $1`, `DELETE FROM protection_order WHERE child_id = $1`,
		`DELETE FROM rights_case WHERE child_id = $1`, `DELETE FROM mandatory_report WHERE child_id = $1`, `DELETE FROM access_inquiry WHERE child_id = $1`,
		`DELETE FROM guardian WHERE child_id = $1 AND relation = 'PATERNAL_GRANDMOTHER'`,
		`UPDATE ticket SET closed_at = '2026-11-22' WHERE child_id = $1 AND closed_at IS NULL`,
		`INSERT INTO guardian (child_id, relation) SELECT $1, 'FATHER' WHERE NOT EXISTS (SELECT FROM guardian WHERE child_id = $1 AND relation = 'FATHER')`,
	} {
		change(t, h, sql, child)
	}
	staffed(t, h, child)
	teacher := r.person("HT", "CLASS_CARE", `SELECT homeroom_staff_id FROM school_class WHERE id = (SELECT class_id FROM enrolment WHERE child_id = $1 AND current)`, child)
	manager := h.Caller(t, "case-manager")
	rights := hire(t, h, post{agency: "FL", role: "RP", purpose: "RIGHTS_CASE", vets: "2028-12-31", authorised: "2028-12-31"})
	change(t, h, `INSERT INTO rights_case (child_id, assignee_id, opened_on, closed_on) VALUES ($1, $2, '2026-11-01', '2026-11-02')`, child, staffID(t, h, rights))
	change(t, h, `INSERT INTO join_token (agency_id, kind, token, child_id) SELECT (SELECT id FROM agency WHERE code = $1), j.kind, j.token, j.child_id
		FROM join_token j JOIN agency a ON a.id = j.agency_id WHERE a.code = 'WJ' AND j.child_id = $2`, rights.AgencyCode, child)
	return &inquiring{
		reporting: r, child: child, director: give(t, h, holder(t, h, "DIR", "VISIT", child), "VISIT_TASK", child), teacher: teacher,
		desk: as(manager, "MANDATORY_REPORT", ""), rights: rights, dpo: deskOfficer(t, h), auditor: h.Caller(t, "auditor"),
	}
}

// forward makes a step of the report by the desk.
func (a *inquiring) forward(version int, mutation string, facts members) payload {
	a.t.Helper()
	id := a.h.ID(a.t, a.desk, "ReportCase", single[int64](a.t, a.h, `SELECT max(id) FROM mandatory_report WHERE child_id = $1`, a.child))
	return a.must(a.desk, mutation, adding(members{"id": id, "version": version}, facts))
}

// shielded expects that the two named handlers work and nobody else finds the child.
func (a *inquiring) shielded(when, address string) {
	a.t.Helper()
	a.sees("worked case 15: the rights officer, "+when, a.rights, a.child, `residenceAddress protectionOrders { validTo } reports { narrative reporterPerson }`,
		`{"child":{"residenceAddress":"`+address+`","protectionOrders":[{"validTo":"2027-02-10"}],"reports":[{"narrative":"母亲来电，孩子被父亲打伤，已申请人身安全保护令。","reporterPerson":null}]}}`)
	next := hire(a.t, a.h, post{agency: "ZJ003", role: "DIR", purpose: "VISIT", division: where(a.t, a.h, demo.Qinghe, "village")})
	gone(a.t, "worked case 6: the director of another village, "+when, a.h, give(a.t, a.h, next, "VISIT_TASK", nil), a.child)
	gone(a.t, "the own director, "+when, a.h, a.director, a.child)
	gone(a.t, "the own teacher, "+when, a.h, a.teacher, a.child)
	gone(a.t, "the supervisor, "+when, a.h, holder(a.t, a.h, "SUP", "VISIT_SUPERVISION", a.child), a.child)
}

// receive receives a question by a number that the requester knows.
func (a *inquiring) receive(relation string) string {
	a.t.Helper()
	got := a.must(a.dpo, "receiveInquiry", members{
		"relation": relation, "token": members{"kind": "CITIZEN_ID", "token": joinToken(a.t, a.h, a.dpo.AgencyCode, "CITIZEN_ID", a.child)},
	})
	if got.State != "RECEIVED" {
		a.t.Fatalf("received: %s", got.raw)
	}
	return got.Inquiry
}

// told is an answer as it is handed out.
type told struct{ Statement string }

// answered takes an inquiry through the desk.
func (a *inquiring) answered(inquiry string) told {
	a.t.Helper()
	only := members{"inquiry": inquiry}
	a.must(a.dpo, "checkIdentity", members{"inquiry": inquiry, "proof": "IDENTITY_CARD", "standing": "GUARDIAN"})
	a.must(a.dpo, "checkConflict", members{"inquiry": inquiry, "courtLimited": false})
	compiled := a.must(a.dpo, "compileInquiry", only)
	a.must(a.dpo, "reviewInquiry", only)
	if page := a.must(a.dpo, "answerInquiry", only); page.State != "ANSWERED" || page.Statement != compiled.Statement {
		a.t.Errorf("another page was handed out than was reviewed: %s", page.raw)
	}
	return told{compiled.Statement}
}

// printedLine is a line of an answer: day, duty and purpose.
var printedLine = regexp.MustCompile(`<tr><td>([0-9-]{10})</td><td>[^<]*</td><td>([^<]*)<br>.*?</td><td>([^<]*)<br>`)

// since are the lines from a day on, oldest first: day, role, purpose.
func (l told) since(day string) []string {
	var out []string
	for _, m := range printedLine.FindAllStringSubmatch(l.Statement, -1) {
		if m[1] >= day {
			out = append(out, m[1]+" "+m[2]+" "+m[3])
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// onRecord expects that the log reads like a file of the story, for the auditor too,
// who learns who asked and what for, and neither a name nor a word of it.
func (a *inquiring) onRecord(since int64) {
	a.t.Helper()
	answer := func(outcomes ...string) []string {
		var out []string
		for _, o := range outcomes {
			out = append(out, "DPO "+o)
		}
		return out
	}
	through := answer("CheckIdentity ALLOWED CONFLICT_CHECK", "CheckConflict ALLOWED COMPILE", "CompileInquiry ALLOWED DPO_REVIEW", "ReviewInquiry ALLOWED REVIEWED", "AnswerInquiry ALLOWED ANSWERED")
	want := slices.Concat(
		[]string{
			"CM AcceptReport ALLOWED ACCEPTED", "CM NotifyPolice ALLOWED POLICE_NOTIFIED", "CM CheckSafety ALLOWED SAFETY_CHECK",
			"CM AssessReport ALLOWED ASSESSMENT", "CM PlanProtection ALLOWED PLAN",
		},
		answer("ReceiveInquiry ALLOWED", "RefuseInquiry ALLOWED REFUSED", "ReceiveInquiry ALLOWED"), through,
		[]string{
			"CM FollowUpReport ALLOWED FOLLOW_UP", "CM GiveFeedback ALLOWED FEEDBACK", "CM KeepMeasure ALLOWED STANDING", "CM DoProtectionStep ALLOWED DONE", "RP DoProtectionStep ALLOWED DONE", "CM ProposeClosing ALLOWED FEEDBACK", "RP SignClosing ALLOWED CLOSED",
			"CM ProposeLifting ALLOWED LIFT_PROPOSED", "RP SignLifting ALLOWED LIFTED",
		},
		answer("ReceiveInquiry ALLOWED"), through,
	)
	if diff := cmp.Diff(want, a.file(a.child, since)); diff != "" {
		a.t.Errorf("the file of the story (-want +got):\n%s", diff)
	}
	auditor := give(a.t, a.h, a.auditor, "AUDIT_PLAN", nil)
	got := a.h.Ask(a.t, auditor, hubtest.Question{
		Query:     `query History($child: ID!) { accessHistory(child: $child, first: 100) { nodes { shown entry { id at agencyCode staffCode role purpose operation outcome reason } } } }`,
		Variables: members{"child": a.h.ID(a.t, auditor, "Child", a.child)},
	})
	name := single[string](a.t, a.h, `SELECT name FROM child WHERE id = $1`, a.child)
	if text := string(got.Body); !strings.Contains(text, `"AcceptReport"`) || !strings.Contains(text, `"AnswerInquiry"`) || strings.Contains(text, name) || strings.Contains(text, "母亲来电") {
		a.t.Errorf("worked case 10: the auditor reads %.600s", text)
	}
	sound(a.t, a.h, "the log of the story")
}
