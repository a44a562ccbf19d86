package e2e

import (
	"encoding/json"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// helping is a referral that is played through.
type helping struct {
	*reporting
	child   int64
	version int
	// psy works on it; in the round, or with the child's own work item.
	psy, doctor, teacher, director demo.Caller
}

// newHelping is Songgang on the day before anybody did anything: the autumn screening,
// which education's own system sent, found the third level.
func newHelping(t *testing.T) *helping {
	t.Helper()
	p := &helping{reporting: newReporting(t), child: demo.Songgang}
	h := p.h
	for _, sql := range []string{
		`DELETE FROM psych_referral WHERE child_id = $1`, `DELETE FROM emergency_access WHERE child_id = $1`, `DELETE FROM action_card WHERE child_id = $1`,
		`DELETE FROM consent_record WHERE child_id = $1`, `UPDATE ticket SET closed_at = '2026-11-22' WHERE child_id = $1`,
		`UPDATE psychology SET level = 'LEVEL_3', in_crisis = false, guardian_informed_on = NULL WHERE child_id = $1`,
		`INSERT INTO screening_list (child_id, school_id, term_id) SELECT e.child_id, e.school_id, m.id FROM enrolment e, term m
			WHERE e.child_id = $1 AND e.current AND '2026-11-23' BETWEEN m.starts_on AND m.ends_on ON CONFLICT DO NOTHING`,
	} {
		change(t, h, sql, p.child)
	}
	p.psy = as(h.Caller(t, "school-counsellor"), "PSYCH_SUPPORT", "")
	p.doctor = hire(t, h, post{
		agency: h.Caller(t, "clinic-doctor").AgencyCode, role: "HD", purpose: "CHILD_HEALTH", from: "2026-11-20",
		clinic: single[int64](t, h, `SELECT k.id FROM clinic k JOIN child c ON c.residence_township_id = k.division_id WHERE c.id = $1 ORDER BY k.id LIMIT 1`, p.child),
	})
	p.teacher = hire(t, h, post{agency: h.Caller(t, "class-teacher").AgencyCode, role: "HT", purpose: "CLASS_CARE", school: where(t, h, p.child, "school"), from: "2026-11-20"})
	change(t, h, `UPDATE school_class SET homeroom_staff_id = $1 WHERE id = (SELECT class_id FROM enrolment WHERE child_id = $2 AND current)`, staffID(t, h, p.teacher), p.child)
	p.director = director(t, h, p.child)
	h.RunJobs(t) // opens the round of the screening
	p.psy.TicketCode = single[string](t, h, `SELECT code FROM ticket WHERE staff_id = $1 AND kind = 'PSYCH_REFERRAL' AND child_id IS NULL AND closed_at IS NULL`, staffID(t, h, p.psy))
	return p
}

// id is the referral as somebody names it.
func (p *helping) id(c demo.Caller) string {
	p.t.Helper()
	return p.h.ID(p.t, c, "PsychReferral", single[int64](p.t, p.h, `SELECT max(id) FROM psych_referral WHERE child_id = $1`, p.child))
}

// step makes a move that has to happen and lead to a state.
func (p *helping) step(c demo.Caller, mutation, state string, in members) {
	p.t.Helper()
	got := p.must(c, mutation, p.facts(c, mutation, in))
	if got.State != state {
		p.t.Fatalf("%s: %s, want %s", mutation, got.raw, state)
	}
	p.version = got.Version
}

// facts names the referral, or its child where the mutation asks for that.
func (p *helping) facts(c demo.Caller, mutation string, in members) members {
	p.t.Helper()
	out := members{"id": p.id(c), "version": p.version}
	if def := published().Mutation.Fields.ForName(mutation).Arguments.ForName("input").Type.Name(); published().Types[def].Fields.ForName("child") != nil {
		out = members{"child": p.h.ID(p.t, c, "Child", p.child), "version": p.version}
	}
	for k, v := range in {
		out[k] = v
	}
	return out
}

// not tries a move that must not happen.
func (p *helping) not(c demo.Caller, mutation, code string, in members) {
	p.t.Helper()
	p.refused(c, mutation, p.facts(c, mutation, in), code)
}

// todos expects the kinds of what somebody has to do about referrals of the child.
func (p *helping) todos(what string, c demo.Caller, want ...string) {
	p.t.Helper()
	got := single[[]string](p.t, p.h, `SELECT coalesce(array_agg(t.kind || ' ' || to_char(t.due_at AT TIME ZONE 'Asia/Shanghai' - interval '1 second', 'MM-DD') ORDER BY t.kind), '{}') FROM task t JOIN staff s ON s.id = t.staff_id
		WHERE s.code = $1 AND t.child_id = $2 AND t.subject = 'psych_referral' AND t.done_at IS NULL`, c.StaffCode, p.child)
	if len(want) == 0 {
		want = []string{}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		p.t.Errorf("tasks of %s (-want +got):\n%s", what, diff)
	}
}

// figure is a number that leaders read.
func (p *helping) figure(code string) int {
	p.t.Helper()
	got := p.h.Ask(p.t, p.h.Caller(p.t, "leader"), hubtest.Question{Query: `query Figures { figures { code value } }`})
	for _, f := range elements(p.t, member(p.t, got.Data, "figures")) {
		if p.text(f, "code") == code {
			var n float64
			if err := json.Unmarshal(member(p.t, f, "value"), &n); err != nil {
				p.t.Fatal(err)
			}
			return int(n)
		}
	}
	p.t.Fatalf("no figure %s: %s", code, got.Body)
	return 0
}

// fileOfSonggang is the story as the log tells it.
var fileOfSonggang = []string{
	"PSY FlagReferral ALLOWED FLAGGED", "PSY RecordUnreachable ALLOWED FLAGGED", "PSY RecordUnreachable ALLOWED FLAGGED",
	"PSY RecordUnreachable ALLOWED REPEATED",
	"PSY OpenEmergency ALLOWED " + reachedNobody, "PSY ProceedInEmergency ALLOWED CONSENT", "PSY ScreenReferral ALLOWED SCREENED",
	"PSY PlanReferral ALLOWED PLAN", "PSY ReferToClinic ALLOWED REFERRED", "HD GiveAdvice ALLOWED FEEDBACK",
	"PSY InformReferralGuardian ALLOWED FEEDBACK", "PSY RecordConsent ALLOWED FEEDBACK", "PSY RecordCounselling ALLOWED FEEDBACK",
	"PSY FollowUpReferral ALLOWED FOLLOW_UP", "PSY FollowUpReferral ALLOWED FOLLOW_UP", "PSY CloseReferral ALLOWED CLOSED",
}

const reachedNobody = "筛查三级有自伤危险，监护人两次联系不上，需立即就医"

// TestStory_songgang: the screening found the third level, and nobody reaches the
// guardian. The school's psychologist opens break-glass, goes on at once, and the child
// is at the clinic, escorted, on the same day; the guardian is told and asked as soon as
// they are found. Who is with the child acts without being told why.
func TestStory_songgang(t *testing.T) {
	t.Parallel()
	p := newHelping(t)
	from := single[int64](t, p.h, `SELECT size FROM audit_head`)
	p.theSchoolFinds()
	p.nobodyIsReached()
	p.theClinicSees()
	p.theGuardianIsFound()
	p.theChildIsLookedAfter()
	if diff := cmp.Diff(fileOfSonggang, p.file(p.child, from)); diff != "" {
		t.Errorf("the file of the referral (-want +got):\n%s", diff)
	}
}

const referralLooks = `name psychology { level inCrisis } psychReferrals { state level advice }`

func (p *helping) theSchoolFinds() {
	p.t.Helper()
	p.sees("browsing the list shows no name", p.psy, p.child, referralLooks, `{"child":{"name":null,"psychology":{"level":"LEVEL_3","inCrisis":null},"psychReferrals":null}}`)
	got := p.must(p.psy, "flagReferral", members{"child": p.h.ID(p.t, p.psy, "Child", p.child), "source": "SCREENING", "urgent": true})
	p.version = got.Version
	if got.State != "FLAGGED" {
		p.t.Fatalf("flagged: %s", got.raw)
	}
	p.psy.TicketCode = single[string](p.t, p.h, `SELECT code FROM ticket WHERE kind = 'PSYCH_REFERRAL' AND child_id = $1 AND closed_at IS NULL`, p.child)
	p.todos("the psychologist", p.psy, "REFERRAL_INFORM 11-23")
	p.sees("the referral names the pupil", p.psy, p.child, `name psychology { level inCrisis } guardians { name } psychReferrals { state urgent consentBasis } residenceAddress`,
		`{"child":{"name":`+childName(p.t, p.h, p.child)+`,"psychology":{"level":"LEVEL_3","inCrisis":true},"guardians":[`+p.guardians()+`],"psychReferrals":[{"state":"FLAGGED","urgent":true,"consentBasis":null}],"residenceAddress":null}}`)
	p.carers("请陪同照看，不让孩子独处，有情况联系学校")
}

// guardians are the names of the child's guardians, as JSON.
func (p *helping) guardians() string {
	p.t.Helper()
	return single[string](p.t, p.h, `SELECT string_agg('{"name":"' || name || '"}', ',' ORDER BY id) FROM guardian WHERE child_id = $1`, p.child)
}

// carers: teacher (worked case 7) and director have a card without a reason, and see
// nothing of level, crisis or referral; the next village finds nobody (case 6), dropout
// officer and guide see no psychology (cases 4 and 8).
func (p *helping) carers(card string) {
	p.t.Helper()
	const looks = `psychology { level inCrisis hasReferral } psychReferrals { state } actionCards { text }`
	for who, c := range map[string]demo.Caller{"the teacher": p.teacher, "the director": p.director} {
		p.sees(who, c, p.child, looks, `{"child":{"psychology":{"level":null,"inCrisis":null,"hasReferral":null},"psychReferrals":null,"actionCards":[{"text":"`+card+`"}]}}`)
	}
	officer := as(p.h.Caller(p.t, "dps-phone-check"), "DROPOUT_PREVENTION", "")
	p.sees("the dropout officer", officer, p.child, `name psychology { level } psychReferrals { state }`, `{"child":{"name":null,"psychology":{"level":null},"psychReferrals":null}}`)
	p.theGuide()
	neighbour := hire(p.t, p.h, post{agency: "ZJ003", role: "DIR", purpose: "VISIT", division: where(p.t, p.h, demo.Qinghe, "village")})
	gone(p.t, "the director of another village", p.h, give(p.t, p.h, neighbour, "VISIT_TASK", nil), p.child)
}

// theGuide: worked case 8: a guide of the enrolled family is shown who cares for the
// child, how to reach them, the bands of contact and guardianship, and neither absence,
// health, income nor psychology; a guide of another family finds nobody.
func (p *helping) theGuide() {
	p.t.Helper()
	got := look(p.t, p.h, guide(p.t, p.h, p.child), p.child, `caregivers { name phone } guardians { phone } guardianship { lastParentContactBand familyCannotSupport
		lastParentContactOn incomeSource assistanceStatus } enrolment { absentRunDays absenceCategory } health { general illnessEvidence disability }
		psychology { level inCrisis hasReferral } psychReferrals { state }`)
	for _, path := range [][]string{{"caregivers"}, {"guardians"}, {"guardianship", "lastParentContactBand"}, {"guardianship", "familyCannotSupport"}} {
		if isNull(member(p.t, got.Data, append([]string{"child"}, path...)...)) {
			p.t.Errorf("worked case 8: the guide is not shown %v: %s", path, got.Body)
		}
	}
	for _, path := range [][]string{
		{"guardianship", "lastParentContactOn"},
		{"guardianship", "incomeSource"},
		{"guardianship", "assistanceStatus"},
		{"enrolment", "absentRunDays"},
		{"enrolment", "absenceCategory"},
		{"health", "general"},
		{"health", "illnessEvidence"},
		{"health", "disability"},
		{"psychology", "level"},
		{"psychology", "inCrisis"},
		{"psychology", "hasReferral"},
		{"psychReferrals"},
	} {
		if !isNull(member(p.t, got.Data, append([]string{"child"}, path...)...)) {
			p.t.Errorf("worked case 8: the guide is shown %v: %s", path, got.Data)
		}
	}
	gone(p.t, "the guide of another family", p.h, guide(p.t, p.h, demo.Bailu), p.child)
}

func (p *helping) nobodyIsReached() {
	p.t.Helper()
	p.not(p.psy, "recordConsent", "CONFLICT", members{"relation": "MOTHER", "statedOn": "2026-11-23", "childView": "AGREES"})
	p.not(p.psy, "proceedInEmergency", "FORBIDDEN", nil) // not for this purpose
	p.step(p.psy, "recordUnreachable", "FLAGGED", members{"how": "PHONE"})
	again := p.facts(p.psy, "recordUnreachable", members{"how": "THROUGH_KIN", "key": "second-try"})
	first, second := p.must(p.psy, "recordUnreachable", again), p.must(p.psy, "recordUnreachable", again)
	if first.Version != second.Version {
		p.t.Errorf("the same key counted twice: %s, %s", first.raw, second.raw)
	}
	p.version = first.Version
	p.not(p.psy, "recordUnreachable", "CONFLICT", members{"how": "PHONE", "version": 1})

	em := as(p.psy, "EMERGENCY", "")
	opened := p.must(em, "openEmergency", members{"child": p.h.ID(p.t, em, "Child", p.child), "reason": reachedNobody})
	em.TicketCode = opened.Ticket
	p.tasks("the protection officer", p.h.Caller(p.t, "dpo"), "EMERGENCY_OPENED")
	p.sees("the emergency opens address and kin", em, p.child, `residenceAddress psychology { inCrisis level }`,
		`{"child":{"residenceAddress":"`+single[string](p.t, p.h, `SELECT residence_address FROM child WHERE id = $1`, p.child)+`","psychology":{"inCrisis":true,"level":null}}}`)
	p.step(em, "proceedInEmergency", "CONSENT", nil)
	p.todos("the psychologist goes on, and owes the guardian a word", p.psy, "REFERRAL_SCREEN 11-23", "REFERRAL_TELL_AFTER 11-24")
	p.sees("it rests on the emergency", p.psy, p.child, `psychReferrals { state consentBasis unreachableTries }`, `{"child":{"psychReferrals":[{"state":"CONSENT","consentBasis":"EMERGENCY","unreachableTries":2}]}}`)
}

func (p *helping) theClinicSees() {
	p.t.Helper()
	p.step(p.psy, "screenReferral", "SCREENED", members{"level": "LEVEL_3"})
	p.not(p.psy, "planReferral", "BAD_REQUEST", members{"measures": []string{"CLINIC"}, "note": "诊断为重度抑郁症"})
	p.not(p.psy, "planReferral", "BAD_REQUEST", members{"measures": []string{"CLINIC"}, "note": "符合 F32.2"})
	p.step(p.psy, "planReferral", "PLAN", members{"measures": []string{"CLINIC", "SAFETY_PLAN"}, "note": "由姑姑和班主任陪同，当日就医"})
	p.todos("today", p.psy, "REFERRAL_CLINIC 11-23", "REFERRAL_TELL_AFTER 11-24")
	p.not(p.psy, "followUpReferral", "CONFLICT", members{"inDanger": true}) // the third level sees a doctor first
	p.not(p.psy, "referToClinic", "BAD_REQUEST", nil)                       // and not alone
	p.step(p.psy, "referToClinic", "REFERRED", members{"escort": "KIN"})
	p.todos("the doctor", p.doctor, "REFERRAL_ADVICE 12-07")
	p.sees("the doctor, not the level", p.doctor, p.child, `psychology { level inCrisis } psychReferrals { state escort level planNote measures }`,
		`{"child":{"psychology":{"level":null,"inCrisis":true},"psychReferrals":[{"state":"REFERRED","escort":"KIN","level":null,"planNote":null,"measures":null}]}}`)
	p.not(p.doctor, "screenReferral", "FORBIDDEN", members{"level": "LEVEL_0"})
	p.step(p.doctor, "giveAdvice", "FEEDBACK", members{"firstSeenOn": "2026-11-23", "advice": "ACCOMPANIED"})
	p.sees("the teacher", p.teacher, p.child, `psychReferrals { advice } actionCards { text }`,
		`{"child":{"psychReferrals":null,"actionCards":[{"text":"在校期间请安排人员陪同"},{"text":"请陪同照看，不让孩子独处，有情况联系学校"}]}}`)
	p.not(p.psy, "closeReferral", "CONFLICT", members{"outcome": "IMPROVED"})
}

func (p *helping) theGuardianIsFound() {
	p.t.Helper()
	p.pass(24 * time.Hour)
	p.step(p.psy, "informReferralGuardian", "FEEDBACK", members{"informedOn": "2026-11-24", "how": "VIDEO", "proof": "视频通话记录，班主任在场"})
	p.not(p.psy, "recordConsent", "BAD_REQUEST", members{"relation": "MOTHER", "statedOn": "2026-11-24"}) // she is 14 and is asked
	p.step(p.psy, "recordConsent", "FEEDBACK", members{"relation": "MOTHER", "statedOn": "2026-11-24", "childView": "AGREES"})
	p.todos("nothing is owed any more", p.psy)
	p.sees("the case manager sees that the guardian knows", p.manager(), p.child, `psychology { isGuardianInformed hasReferral level } psychReferrals { state } hasConsents`,
		`{"child":{"psychology":{"isGuardianInformed":true,"hasReferral":true,"level":null},"psychReferrals":null,"hasConsents":true}}`)
}

// manager is a case manager who has the child's case.
func (p *helping) manager() demo.Caller { return manager(p.t, p.h, p.child) }

func (p *helping) theChildIsLookedAfter() {
	p.t.Helper()
	change(p.t, p.h, `UPDATE proposal_reply SET data_date = '2026-11-24'`) // the reply counts up to that day
	sessions, attendances := p.figure("COUNSELLING_SESSIONS"), p.figure("COUNSELLING_ATTENDANCES")
	held := p.facts(p.psy, "recordCounselling", members{"heldOn": "2026-11-24", "mode": "IN_PERSON"})
	delete(held, "version")
	p.must(p.psy, "recordCounselling", held)
	p.refused(p.psy, "recordCounselling", held, "CONFLICT")
	if got := []int{p.figure("COUNSELLING_SESSIONS") - sessions, p.figure("COUNSELLING_ATTENDANCES") - attendances}; got[0] != 1 || got[1] != 1 {
		p.t.Errorf("sessions and attendances grew by %v", got)
	}
	p.pass(5 * 24 * time.Hour)
	p.h.RunJobs(p.t)
	p.todos("the first week", p.psy, "REFERRAL_FOLLOW_UP 11-30")
	p.step(p.psy, "followUpReferral", "FOLLOW_UP", members{"inDanger": true, "note": "情绪好转，仍需陪伴"})
	p.not(p.psy, "closeReferral", "CONFLICT", members{"outcome": "IMPROVED"})
	p.pass(7 * 24 * time.Hour)
	p.h.RunJobs(p.t)
	p.todos("the second week", p.psy, "REFERRAL_FOLLOW_UP 12-06")
	p.step(p.psy, "followUpReferral", "FOLLOW_UP", members{"inDanger": false, "note": "情绪平稳，睡眠正常"})
	p.sees("the crisis is over", p.psy, p.child, `psychology { inCrisis } psychReferrals { nextFollowUpOn }`, `{"child":{"psychology":{"inCrisis":false},"psychReferrals":[{"nextFollowUpOn":"2026-12-13"}]}}`)
	p.step(p.psy, "closeReferral", "CLOSED", members{"outcome": "IMPROVED"})
	p.todos("nothing is left", p.psy)
	open := single[int](p.t, p.h, `SELECT count(*) FROM ticket WHERE kind = 'PSYCH_REFERRAL' AND child_id = `+strconv.FormatInt(p.child, 10)+` AND closed_at IS NULL`)
	undone := single[int](p.t, p.h, `SELECT count(*) FROM action_card WHERE referral_id IS NOT NULL AND done_on IS NULL AND child_id = `+strconv.FormatInt(p.child, 10))
	if open != 0 || undone != 0 {
		p.t.Errorf("%d work items and %d cards are left", open, undone)
	}
}

// TestReferral_refusedInDanger: the guardian refuses, the child is in danger; a report
// goes to the duty desk with the refusal, and the entry says so.
func TestReferral_refusedInDanger(t *testing.T) {
	t.Parallel()
	p := newHelping(t)
	h := p.h
	got := p.must(p.psy, "flagReferral", members{"child": h.ID(t, p.psy, "Child", p.child), "source": "SCREENING", "urgent": true})
	p.version = got.Version
	p.psy.TicketCode = single[string](t, h, `SELECT code FROM ticket WHERE kind = 'PSYCH_REFERRAL' AND child_id = $1 AND closed_at IS NULL`, p.child)
	p.step(p.psy, "informReferralGuardian", "GUARDIAN_INFORMED", members{"informedOn": "2026-11-23", "how": "PHONE", "proof": "通话记录"})
	p.step(p.psy, "recordRefusal", "GUARDIAN_INFORMED", members{"relation": "FATHER", "statedOn": "2026-11-23", "childView": "AGREES"})
	if e := last(t, h); e.Outcome != "ALLOWED" || e.Reason != "REFUSED_IN_DANGER" {
		t.Errorf("on record: %+v", e)
	}
	desk := as(h.Caller(t, "case-manager"), "MANDATORY_REPORT", "")
	handler := single[string](t, h, `SELECT s.code FROM mandatory_report m JOIN staff s ON s.id = m.sealed_handler_id WHERE m.child_id = $1 ORDER BY m.id DESC LIMIT 1`, p.child)
	if handler != desk.StaffCode {
		t.Errorf("the report went to %s", handler)
	}
	mine := h.Ask(t, as(p.psy, "MANDATORY_REPORT", ""), hubtest.Question{Query: `query Mine { myReports { state category outcome } }`})
	answers(t, "the psychologist's own report", mine, `{"myReports":[{"state":"SUBMITTED","category":"GUARDIAN_INCAPABLE","outcome":"OPEN"}]}`)
}

// TestReferral_list: who works on referrals finds them by the list; teachers and
// directors have none.
func TestReferral_list(t *testing.T) {
	t.Parallel()
	p := newHelping(t)
	got := p.must(p.psy, "flagReferral", members{"child": p.h.ID(t, p.psy, "Child", p.child), "source": "SCREENING", "urgent": false})
	list := p.h.Ask(t, p.psy, hubtest.Question{Query: `query List { psychReferrals(filter: {open: true}) { nodes { id version state level } } }`})
	nodes := elements(t, member(t, list.Data, "psychReferrals", "nodes"))
	if len(nodes) == 0 || p.text(nodes[0], "id") != got.ID {
		t.Errorf("the list: %s", list.Body)
	}
	refusedAs(t, "the teacher", p.h.Ask(t, p.teacher, hubtest.Question{Query: `query List { psychReferrals { nodes { id } } }`}), "FORBIDDEN")
}
