package e2e

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// aiding is an application for education aid that is played through.
type aiding struct {
	*reporting
	child                            int64
	version                          int
	teacher, officer, other, distant demo.Caller
}

// newAiding is a pupil without aid, the class teacher, and two officers of the bureau of
// whom the first is the newest.
func newAiding(t *testing.T) *aiding {
	t.Helper()
	p := &aiding{reporting: newReporting(t), child: demo.Bailu}
	h := p.h
	change(t, h, `DELETE FROM education_aid WHERE child_id = $1`, p.child)
	change(t, h, `DELETE FROM consent_record WHERE child_id = $1`, p.child)
	change(t, h, `UPDATE child SET birth_date = '2019-05-05' WHERE id = $1`, p.child)
	p.teacher = h.Caller(t, "class-teacher")
	bureau := h.Caller(t, "dps-phone-check").AgencyCode
	p.other = hire(t, h, post{agency: bureau, role: "DPS", purpose: "DROPOUT_PREVENTION", from: "2026-11-19"})
	p.officer = hire(t, h, post{agency: bureau, role: "DPS", purpose: "DROPOUT_PREVENTION", from: "2026-11-20"})
	p.distant = hire(t, h, post{agency: h.Caller(t, "class-teacher").AgencyCode, role: "HT", purpose: "CLASS_CARE", school: where(t, h, p.child, "school"), from: "2026-11-20"})
	return p
}

func (p *aiding) id(c demo.Caller) string {
	p.t.Helper()
	return p.h.ID(p.t, c, "EducationAid", single[int64](p.t, p.h, `SELECT max(id) FROM education_aid WHERE child_id = $1`, p.child))
}

func (p *aiding) facts(c demo.Caller, in members) members {
	p.t.Helper()
	out := members{"id": p.id(c), "version": p.version}
	for k, v := range in {
		out[k] = v
	}
	return out
}

// step makes a move that has to happen and lead to a state.
func (p *aiding) step(c demo.Caller, mutation, state string, in members) {
	p.t.Helper()
	got := p.must(c, mutation, p.facts(c, in))
	if got.State != state {
		p.t.Fatalf("%s: %s, want %s", mutation, got.raw, state)
	}
	p.version = got.Version
}

// propose has the teacher propose aid for the term.
func (p *aiding) propose(kind string) {
	p.t.Helper()
	got := p.must(p.teacher, "proposeEducationAid", members{"child": p.h.ID(p.t, p.teacher, "Child", p.child), "kind": kind, "term": "2026-2027-1"})
	p.version = got.Version
}

const (
	aidLooks = `name citizenId residenceAddress birthYearMonth guardians { name } caregivers { name } registration { leftBehind needsFocus }
		guardianship { assistanceStatus } enrolment { school { name } hasEducationAid } educationAid { kind state childView version } hasConsents`
	aidList = `query Applications { educationAids { nodes { kind state child { name } } } }`
)

var aidStory = []string{
	"HT ProposeEducationAid ALLOWED PROPOSED", "HT RecordAidConsent ALLOWED APPLIED", "HT RecordAidConsent ALLOWED REPEATED", "DPS ReturnEducationAid ALLOWED RETURNED",
	"HT SupplementEducationAid ALLOWED APPLIED", "DPS ApproveEducationAid ALLOWED APPROVED", "HT RecordAidNotice ALLOWED APPROVED", "HT Applications ALLOWED",
}

// TestStory_educationAid: the teacher proposes aid, and nobody outside the school hears of
// it before the guardian has agreed. One officer of the bureau decides, without any ledger
// item and without the pupil's name; everybody else learns yes or no, and yes only once
// it is approved. A withdrawn consent ends it at once.
func TestStory_educationAid(t *testing.T) {
	t.Parallel()
	p := newAiding(t)
	h := p.h
	from := size(t, h)
	p.refused(p.distant, "proposeEducationAid", members{"child": h.ID(t, p.distant, "Child", p.child), "kind": "GRANT", "term": "2026-2027-1"}, "NOT_FOUND")
	p.propose("GRANT")
	p.tasks("the teacher", p.teacher, "OPENING_CHECK", "AID_CONSENT")
	p.hasAid("proposed", "false")
	p.withoutTheBureau("proposed", p.officer)

	// The guardian on file, the child of seven not asked: then it is put before one officer.
	consent := members{"relation": "SIBLING", "statedOn": "2026-11-22"}
	p.refused(p.teacher, "recordAidConsent", p.facts(p.teacher, consent), "BAD_REQUEST")
	consent["relation"] = p.guardian()
	p.refused(p.teacher, "approveEducationAid", p.facts(p.teacher, nil), "FORBIDDEN")
	once := p.facts(p.teacher, consent)
	once["key"] = "agreed"
	first, again := p.must(p.teacher, "recordAidConsent", once), p.must(p.teacher, "recordAidConsent", once)
	if first.Version != again.Version {
		t.Errorf("the same key moved twice: %s, %s", first.raw, again.raw)
	}
	p.version = first.Version
	p.tasks("the officer", p.officer, "AID_DECIDE")
	p.tasks("the other officer", p.other)
	p.sees("the officer: what the decision needs, and no name", p.officer, p.child, aidLooks, `{"child":{"name":"`+p.masked()+`","citizenId":null,"residenceAddress":null,"birthYearMonth":"2019-05",`+
		`"guardians":null,"caregivers":null,"registration":{"leftBehind":null,"needsFocus":null},"guardianship":{"assistanceStatus":null},"enrolment":{"school":{"name":"`+p.school()+`"},"hasEducationAid":false},`+
		`"educationAid":[{"kind":"GRANT","state":"APPLIED","childView":null,"version":2}],"hasConsents":true}}`)
	p.withoutTheBureau("put before somebody else", p.other)
	p.refused(p.other, "approveEducationAid", p.facts(p.other, nil), "NOT_FOUND")
	p.hasAid("to be decided", "false")

	// Sent back once, approved, told to the family.
	p.step(p.officer, "returnEducationAid", "RETURNED", members{"missing": "ENROLMENT_PROOF"})
	p.sees("the officer meanwhile: the own application, no pupil", p.officer, p.child, `name enrolment { school { name } } educationAid { state missing }`,
		`{"child":{"name":null,"enrolment":{"school":null},"educationAid":[{"state":"RETURNED","missing":"ENROLMENT_PROOF"}]}}`)
	p.step(p.teacher, "supplementEducationAid", "APPLIED", nil)
	p.refused(p.officer, "returnEducationAid", p.facts(p.officer, members{"missing": "OTHER"}), "CONFLICT")
	stale := p.facts(p.officer, nil)
	stale["version"] = 1
	p.refused(p.officer, "approveEducationAid", stale, "CONFLICT")
	p.step(p.officer, "approveEducationAid", "APPROVED", nil)
	p.tasks("the officer, having decided", p.officer)
	p.hasAid("approved", "true")
	p.step(p.teacher, "recordAidNotice", "APPROVED", members{"toldOn": "2026-11-23"})
	answers(t, "the teacher's own list", h.Ask(t, p.teacher, hubtest.Question{Query: aidList}), `{"educationAids":{"nodes":[{"kind":"GRANT","state":"APPROVED","child":{"name":`+childName(t, h, p.child)+`}}]}}`)
	if diff := cmp.Diff(aidStory, p.file(p.child, from)); diff != "" {
		t.Errorf("the file of the application (-want +got):\n%s", diff)
	}

	p.consentIsTakenBack()
	p.kinDecideNothing()
}

// guardian is the relation of a guardian on file.
func (p *aiding) guardian() string {
	p.t.Helper()
	return single[string](p.t, p.h, `SELECT relation FROM guardian WHERE child_id = $1 ORDER BY id LIMIT 1`, p.child)
}

// masked is the pupil's name as the officer reads it.
func (p *aiding) masked() string {
	p.t.Helper()
	return single[string](p.t, p.h, `SELECT mask_name(name) FROM child WHERE id = $1`, p.child)
}

func (p *aiding) school() string {
	p.t.Helper()
	return single[string](p.t, p.h, `SELECT s.name FROM enrolment e JOIN school s ON s.id = e.school_id WHERE e.child_id = $1 AND e.current`, p.child)
}

// hasAid expects what director and supervisor are told: yes or no, and no more.
func (p *aiding) hasAid(when, want string) {
	p.t.Helper()
	for who, c := range map[string]demo.Caller{"the director": director(p.t, p.h, p.child), "the supervisor": supervisor(p.t, p.h, p.child)} {
		p.sees(who+", "+when, c, p.child, `enrolment { hasEducationAid } educationAid { kind state }`, `{"child":{"enrolment":{"hasEducationAid":`+want+`},"educationAid":null}}`)
	}
}

// withoutTheBureau: an officer without the work item sees what worked case 4 shows, and
// an empty list.
func (p *aiding) withoutTheBureau(when string, c demo.Caller) {
	p.t.Helper()
	p.sees("an officer, "+when, c, p.child, `name birthYearMonth enrolment { status school { name } hasEducationAid } educationAid { kind }`,
		`{"child":{"name":null,"birthYearMonth":"2019-05","enrolment":{"status":"ENROLLED","school":null,"hasEducationAid":null},"educationAid":[]}}`)
	answers(p.t, "the list of an officer, "+when, p.h.Ask(p.t, c, hubtest.Question{Query: aidList}), `{"educationAids":{"nodes":[]}}`)
}

// consentIsTakenBack: pairing, its need and the aid rest on consents; each ends with its
// own, at once, and whoever else worked on it is told to stop.
func (p *aiding) consentIsTakenBack() {
	t, h := p.t, p.h
	t.Helper()
	fe, sup := coordinator(t, h), supervisor(t, h, p.child)
	change(t, h, `DELETE FROM pairing_contact WHERE pairing_id IN (SELECT id FROM pairing WHERE child_id = $1)`, p.child)
	change(t, h, `DELETE FROM pairing WHERE child_id = $1`, p.child)
	change(t, h, `INSERT INTO pairing (child_id, volunteer, consent_ref, coordinator_id, state, contract_until, synthetic) VALUES ($1, '爱心妈妈0001', '同意-演示', $2, 'ACTIVE', '2027-05-01', true)`, p.child, staffID(t, h, fe))
	own := give(t, h, fe, "PAIRING_CONSENT", p.child)
	p.must(sup, "publishNeed", members{"child": h.ID(t, sup, "Child", p.child), "need": "TUTORING", "wantedUntil": "2027-01-31", "consentRef": "结对同意-演示-9"})
	found(t, "the coordinator", h, own, p.child)
	withdraw := func(c demo.Caller, kind, relation string) members {
		return members{"child": h.ID(t, c, "Child", p.child), "kind": kind, "relation": relation, "statedOn": "2026-11-23"}
	}
	p.refused(p.teacher, "withdrawConsent", withdraw(p.teacher, "PAIRING", p.guardian()), "FORBIDDEN")
	p.refused(p.teacher, "withdrawConsent", withdraw(p.teacher, "EDUCATION_AID", "CHILD_SELF"), "BAD_REQUEST") // seven years old
	p.must(p.teacher, "withdrawConsent", withdraw(p.teacher, "EDUCATION_AID", p.guardian()))
	p.hasAid("after the consent was withdrawn", "false")
	p.tasks("the officer", p.officer, "CONSENT_WITHDRAWN")
	gone := p.must(own, "withdrawConsent", withdraw(own, "PAIRING", p.guardian()))
	if gone.State != "WITHDRAWN" || strings.Contains(gone.raw, "爱心") {
		t.Errorf("answered %s", gone.raw)
	}
	if got := look(t, h, own, p.child, "name"); !isNull(member(t, got.Data, "child")) {
		t.Errorf("the coordinator still sees the child: %s", got.Body)
	}
	if got := single[string](t, h, `SELECT concat_ws(' ', p.state, p.end_reason, m.state, count(k.id)) FROM pairing p JOIN need_match m ON m.child_id = p.child_id AND m.need = 'TUTORING'
		LEFT JOIN ticket k ON k.child_id = p.child_id AND k.kind = 'PAIRING_CONSENT' AND k.closed_at IS NULL WHERE p.child_id = $1 GROUP BY p.id, m.id ORDER BY m.id DESC LIMIT 1`, p.child); got != "ENDED CONSENT_WITHDRAWN WITHDRAWN 0" {
		t.Errorf("what rested on the consent: %s", got)
	}
	p.answersNotice(sup)
}

// answersNotice ends the notice by the holder's own answer.
func (p *aiding) answersNotice(c demo.Caller) {
	t, h := p.t, p.h
	t.Helper()
	id := single[int64](t, h, `SELECT max(id) FROM task WHERE kind = 'CONSENT_WITHDRAWN' AND staff_id = $1 AND done_at IS NULL`, staffID(t, h, c))
	p.must(c, "acknowledgeNotice", members{"task": h.ID(t, c, "Task", id)})
	if open := single[int](t, h, `SELECT count(*) FROM task WHERE kind = 'CONSENT_WITHDRAWN' AND staff_id = $1 AND done_at IS NULL`, staffID(t, h, c)); open != 0 {
		t.Errorf("%d notices are left", open)
	}
}

// kinDecideNothing: in a declared conflict of interest one may report and say what is
// wrong, and make no other move.
func (p *aiding) kinDecideNothing() {
	t, h := p.t, p.h
	t.Helper()
	p.propose("MEAL")
	p.step(p.teacher, "recordAidConsent", "APPLIED", members{"relation": p.guardian(), "statedOn": "2026-11-23"})
	for _, c := range []demo.Caller{p.officer, p.teacher} {
		change(t, h, `INSERT INTO conflict_declaration (staff_id, child_id, kind, declared_on) VALUES ($1, $2, 'KIN', '2026-11-22')`, staffID(t, h, c), p.child)
	}
	p.refused(p.officer, "approveEducationAid", p.facts(p.officer, nil), "FORBIDDEN")
	p.refused(p.teacher, "withdrawEducationAid", p.facts(p.teacher, members{"reason": "MISTAKE"}), "FORBIDDEN")
	flag := members{"child": h.ID(t, p.teacher, "Child", p.child), "source": "SCHOOL", "urgent": false}
	if got := p.must(p.teacher, "flagReferral", flag); got.State != "NOTED" || got.ID != "" || got.Version != 0 {
		t.Errorf("a flag in a conflict of interest: %s", got.raw)
	}
	told := members{"child": flag["child"], "informedOn": "2026-11-23", "how": "PHONE", "proof": "通话记录"}
	p.refused(p.teacher, "informReferralGuardian", told, "FORBIDDEN")
	kin := as(p.teacher, "MANDATORY_REPORT", "")
	p.must(kin, "submitReport", members{"child": h.ID(t, kin, "Child", p.child), "category": "GUARDIAN_INCAPABLE", "channel": "SCHOOL", "foundOn": "2026-11-22", "immediateDanger": false, "guardianSuspected": false, "narrative": "孩子连续两日无人照看"})
}
