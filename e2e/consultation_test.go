package e2e

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// What the meeting is about: a director's words and a level, which other departments
// never see without a grant.
const (
	herWords = "祖母卧床，孩子独自做饭三天。"
	wordsOf  = `visits { nodes { livingText } }`
	levelOf  = `psychology { level }`
)

// council is a consultation over HTTP: its people, and how each sees it.
type council struct {
	*reporting
	child                  int64
	manager, civil, school demo.Caller
	officer, auditor       demo.Caller
	dropout, rights        demo.Caller
}

// convening is a child about whom a case manager wants a meeting.
func convening(t *testing.T) *council {
	t.Helper()
	r := newReporting(t)
	c := &council{reporting: r, child: demo.Songgang}
	change(t, r.h, `UPDATE visit SET living_text = $2 WHERE child_id = $1`, c.child, herWords)
	change(t, r.h, `UPDATE psychology SET level = 3 WHERE child_id = $1`, c.child)
	steward := `SELECT p.staff_id FROM post p JOIN staff s ON s.id = p.staff_id AND s.kind = 'PERSON' JOIN agency a ON a.id = p.agency_id WHERE p.role = 'STEWARD' AND a.code = $1`
	c.manager = manager(t, r.h, c.child)
	c.civil, c.school = r.person("STEWARD", "CONSULTATION", steward, "MZ"), r.person("STEWARD", "CONSULTATION", steward, "JY")
	c.officer = r.person("DPO", "CONSULTATION", `SELECT staff_id FROM post WHERE role = 'DPO' LIMIT 1`)
	c.dropout = give(t, r.h, hire(t, r.h, post{agency: "JY", role: "DPS", purpose: "DROPOUT_PREVENTION"}), "DROPOUT_CASE", nil)
	c.rights = give(t, r.h, hire(t, r.h, post{agency: "FL", role: "RP", purpose: "RIGHTS_CASE"}), "RIGHTS_CASE", nil)
	return c
}

// in is a person within the consultation, under the work item it gave them.
func (c *council) in(who demo.Caller) demo.Caller {
	c.t.Helper()
	return as(who, "CONSULTATION", single[string](c.t, c.h, `SELECT code FROM ticket WHERE consultation_id IS NOT NULL AND child_id = $1 AND staff_id = $2
		AND opened_at > '2026-11-23' ORDER BY id DESC LIMIT 1`, c.child, staffID(c.t, c.h, who)))
}

// at is the id of the newest consultation as a person's agency names it, and its version.
func (c *council) at(who demo.Caller) members {
	c.t.Helper()
	id := single[int64](c.t, c.h, `SELECT max(id) FROM consultation WHERE child_id = $1`, c.child)
	return members{"id": c.h.ID(c.t, who, "ConsultationCase", id), "version": single[int](c.t, c.h, `SELECT version FROM consultation WHERE id = $1`, id)}
}

// adding puts facts to the id and version.
func adding(base members, more members) members {
	for name, value := range more {
		base[name] = value
	}
	return base
}

// move makes a move by a person within the consultation.
func (c *council) move(who demo.Caller, mutation string, facts members) payload {
	c.t.Helper()
	return c.must(c.in(who), mutation, adding(c.at(who), facts))
}

// reads expects that a person is told a word of the child, or not.
func (c *council) reads(what string, who demo.Caller, selection, word string, want bool) {
	c.t.Helper()
	got := look(c.t, c.h, who, c.child, selection)
	if bytes.Contains(got.Body, []byte(word)) != want {
		c.t.Errorf("%s: reads %q is %t, want %t: %.600s", what, word, !want, want, got.Body)
	}
}

// propose asks for two fields of civil affairs and one of education.
func (c *council) propose(facts members) payload {
	c.t.Helper()
	return c.must(c.manager, "proposeConsultation", adding(members{
		"child": c.h.ID(c.t, c.manager, "Child", c.child), "topic": "祖母住院期间的照护", "reason": "孩子缺课，家中无人照护，需教育、妇联共同安排。",
		"fields": []string{"Visit.livingText", "Registration.unattendedReasons", "Psychology.level"}, "urgent": false,
	}, facts))
}

// TestConsultation_story plays a consultation through: what each sees before, during
// and after the grant, what the sources refuse stays closed, and the log says who read.
func TestConsultation_story(t *testing.T) {
	t.Parallel()
	c := convening(t)
	h := c.h
	since := size(t, h)

	// Before: each sees the normal view of the own post.
	before := func(when string) {
		t.Helper()
		c.reads("the dropout officer, "+when, c.dropout, wordsOf, herWords, false)
		if got := string(look(t, h, c.rights, c.child, `name`).Data); got != `{"child":null}` {
			t.Errorf("the rights officer, %s, finds the child: %s", when, got)
		}
	}
	before("before")
	c.refused(c.manager, "proposeConsultation", members{
		"child": h.ID(t, c.manager, "Child", c.child), "topic": "祖母住院期间的照护", "reason": "孩子缺课，家中无人照护，需共同安排。",
		"fields": []string{"Child.name"}, "urgent": false,
	}, "BAD_REQUEST")
	if got := c.propose(nil); got.State != "PROPOSED" || !strings.Contains(got.raw, `"unread":[]`) {
		t.Errorf("proposed: %s", got.raw)
	}

	// Each source agency is asked for its own, and answers for its own.
	c.tasks("the steward of civil affairs", c.civil, "CONSULTATION_SOURCE")
	c.tasks("the steward of education", c.school, "CONSULTATION_SOURCE")
	const list = `query Mine { consultationCases { state topic wanted toAnswer agreed refused participants } }`
	answers(t, "the steward of education", h.Ask(t, c.in(c.school), hubtest.Question{Query: list}),
		`{"consultationCases":[{"state":"PROPOSED","topic":"祖母住院期间的照护","wanted":["B.unattendedReason","D.narrative","F.level"],"toAnswer":["F.level"],"agreed":[],"refused":[],"participants":[]}]}`)
	c.refused(c.in(c.school), "reviewSource", adding(c.at(c.school), members{"agreed": []string{"D.narrative"}}), "BAD_REQUEST")
	c.move(c.school, "reviewSource", members{"agreed": []string{"F.level"}})
	c.refused(c.in(c.civil), "reviewSource", adding(c.at(c.civil), members{"agreed": []string{"D.narrative"}}), "BAD_REQUEST") // a refusal has a reason
	c.refused(c.in(c.civil), "reviewSource", members{"id": c.at(c.civil)["id"], "version": 1, "agreed": []string{"D.narrative"}}, "CONFLICT")
	c.move(c.civil, "reviewSource", members{"agreed": []string{"D.narrative"}, "reason": "与照护安排无关。"})
	c.refused(c.in(c.civil), "reviewSource", adding(c.at(c.civil), members{"agreed": []string{"B.unattendedReason"}}), "CONFLICT")

	// Convened: named people, none of whom sees more before the pledge and the grant.
	people := []string{c.dropout.StaffCode, c.rights.StaffCode}
	c.move(c.manager, "conveneConsultation", members{"people": people})
	c.tasks("the rights officer", c.rights, "CONSULTATION_PLEDGE")
	before("when named")
	everybody := members{"fields": []string{"D.narrative", "F.level"}, "people": people}
	c.refused(c.in(c.officer), "grantDisclosure", adding(c.at(c.officer), everybody), "BAD_REQUEST")
	c.refused(c.in(c.rights), "pledgeSecrecy", members{"id": c.at(c.rights)["id"], "secret": false}, "BAD_REQUEST")
	for _, who := range []demo.Caller{c.dropout, c.rights} {
		c.must(c.in(who), "pledgeSecrecy", members{"id": c.at(who)["id"], "secret": true})
	}
	refused := members{"fields": []string{"B.unattendedReason"}, "people": people}
	c.refused(c.in(c.officer), "grantDisclosure", adding(c.at(c.officer), refused), "BAD_REQUEST")
	c.refused(c.in(c.officer), "grantDisclosure", adding(adding(c.at(c.officer), everybody), members{"days": 31}), "BAD_REQUEST")
	before("when pledged")
	if got := c.move(c.officer, "grantDisclosure", everybody); got.State != "GRANTED" {
		t.Errorf("granted: %s", got.raw)
	}

	// During: what was agreed to, by the role; what was refused stays closed.
	c.reads("the dropout officer, during", c.in(c.dropout), wordsOf, herWords, true)
	c.reads("the dropout officer, for the usual purpose", c.dropout, wordsOf, herWords, false)
	c.reads("the dropout officer, of the level", c.in(c.dropout), levelOf, `"level":"`, false)
	c.reads("the rights officer, during", c.in(c.rights), levelOf, `"psychology":{"level":null}`, false)
	c.reads("the rights officer, of what was refused", c.in(c.rights), `registrations { unattendedReasons }`, `"unattendedReasons":[`, false)
	if got := last(t, h); got.Purpose != "CONSULTATION" {
		t.Errorf("the entry: %+v", got)
	}
	bases := single[[]string](t, h, `SELECT d.bases FROM audit_disclosure d JOIN audit_entry e USING (at, sequence) WHERE e.staff_code = $1 AND e.purpose = 'CONSULTATION' AND e.operation = 'File'
		AND d.child_id = $2 ORDER BY e.sequence DESC LIMIT 1`, c.dropout.StaffCode, c.child)
	if !strings.Contains(strings.Join(bases, " "), "grant_narrative") {
		t.Errorf("the log gives the bases %v", bases)
	}

	// The meeting; with the tasks the grants end.
	held := members{"minutes": "各部门逐项核对事实，商定照护安排。", "decisions": "由姑姑临时照护，学校补课。", "childView": "孩子愿意住到姑姑家。"}
	c.move(c.manager, "recordMeeting", held)
	c.reads("the rights officer, of the minutes", c.in(c.rights), `consultations { minutes decisions childView }`, "孩子愿意住到姑姑家。", true)
	over := c.in(c.dropout)
	if got := c.move(c.manager, "assignConsultationTasks", members{"tasks": []members{{"staff": c.dropout.StaffCode, "text": "请安排补课", "until": "2026-12-10"}}}); got.State != "REVOKED" {
		t.Errorf("assigned: %s", got.raw)
	}
	refusedAs(t, "the dropout officer, after", look(t, h, over, c.child, wordsOf), "TICKET_INVALID")
	before("after")
	c.tasks("the dropout officer", c.dropout, "CONSULTATION_TASK")
	answers(t, "the card", look(t, h, c.dropout, c.child, `actionCards { text }`), `{"child":{"actionCards":[{"text":"请安排补课"}]}}`)
	todo := h.ID(t, c.dropout, "Task", single[int64](t, h, `SELECT id FROM task WHERE kind = 'CONSULTATION_TASK' AND staff_id = $1`, staffID(t, h, c.dropout)))
	c.must(c.dropout, "finishConsultationTask", members{"task": todo, "outcome": "已安排每周三次补课。"})
	c.tasks("the dropout officer, when it is done", c.dropout)

	// The auditor is told what was read of what was granted.
	c.auditor = c.person("AUD", "ACCESS_AUDIT", `SELECT staff_id FROM task WHERE kind = 'CONSULTATION_REVIEW' AND done_at IS NULL ORDER BY id DESC LIMIT 1`)
	c.auditor.TicketCode = single[string](t, h, `SELECT code FROM ticket WHERE kind = 'AUDIT_PLAN' AND staff_id = $1`, staffID(t, h, c.auditor))
	used := single[string](t, h, `SELECT string_agg(s.code || ' ' || u.field || ' ' || least(u.reads, 1), ', ' ORDER BY u.field, s.code) FROM consultation_use u JOIN staff s ON s.id = u.staff_id`)
	if want := c.dropout.StaffCode + " D.narrative 1, " + c.rights.StaffCode + " D.narrative 0, " + c.rights.StaffCode + " F.level 1"; used != want {
		t.Errorf("read: %s, want %s", used, want)
	}
	got := h.Ask(t, c.auditor, hubtest.Question{Query: `query Mine { consultationCases { state topic used } }`})
	if !bytes.Contains(got.Body, []byte(c.rights.StaffCode+" D.narrative 0")) {
		t.Errorf("the auditor is not told that nobody read: %s", got.Body)
	}
	c.must(c.auditor, "reviewConsultation", adding(c.at(c.auditor), members{"note": "走访文字对维权干部并非必需。"}))

	want := []string{
		"CM ProposeConsultation ALLOWED PROPOSED", "STEWARD ReviewSource ALLOWED SOURCE_REVIEW", "STEWARD ReviewSource ALLOWED SOURCE_REVIEW",
		"CM ConveneConsultation ALLOWED CONVENED", "DPS PledgeSecrecy ALLOWED CONVENED", "RP PledgeSecrecy ALLOWED CONVENED",
		"DPO GrantDisclosure ALLOWED GRANTED", "CM RecordMeeting ALLOWED MEETING", "CM AssignConsultationTasks ALLOWED REVOKED",
		"DPS FinishConsultationTask ALLOWED 已安排每周三次补课。", "AUD ReviewConsultation ALLOWED CLOSED",
	}
	if diff := cmp.Diff(want, c.file(c.child, since)); diff != "" {
		t.Errorf("the file of the consultation (-want +got):\n%s", diff)
	}
}

// TestConsultation_unread: a grant that nobody reads ends by the clock, once, and the
// next proposal of the agency is told so.
func TestConsultation_unread(t *testing.T) {
	t.Parallel()
	c := convening(t)
	h := c.h
	c.propose(members{"fields": []string{"Visit.livingText"}, "urgent": true})
	c.tasks("the steward", c.civil, "CONSULTATION_SOURCE_URGENT")
	c.pass(3 * time.Hour)
	h.RunJobs(t)
	c.tasks("the protection officer, two hours later", c.officer, "CONSULTATION_SOURCE_URGENT")
	raised := as(c.officer, "CONSULTATION", toDo(t, h, c.officer, "CONSULTATION_SOURCE_URGENT").Ticket)
	if got := h.Ask(t, raised, hubtest.Question{Query: `query Mine { consultationCases { topic assigned } }`}); !bytes.Contains(got.Body, []byte(`{"topic":"祖母住院期间的照护","assigned":[]}`)) {
		t.Errorf("the protection officer reads of what went up: %s", got.Body)
	}
	c.move(c.civil, "reviewSource", members{"agreed": []string{"D.narrative"}})
	c.tasks("the protection officer, once it is answered", c.officer)
	c.move(c.manager, "conveneConsultation", members{"people": []string{c.rights.StaffCode}})
	c.must(c.in(c.rights), "pledgeSecrecy", members{"id": c.at(c.rights)["id"], "secret": true})
	c.move(c.officer, "grantDisclosure", members{"fields": []string{"D.narrative"}, "people": []string{c.rights.StaffCode}, "days": 2})
	granted := c.in(c.rights)
	for range 2 {
		h.RunJobs(t)
	}
	c.pass(48 * time.Hour)
	refusedAs(t, "the rights officer, once the period is over", look(t, h, granted, c.child, wordsOf), "TICKET_INVALID")
	for range 2 {
		h.RunJobs(t)
	}
	if n := single[int](t, h, `SELECT count(*) FROM audit_entry WHERE operation = 'job.consultation.ending'
		AND EXISTS (SELECT FROM audit_disclosure d WHERE d.at = audit_entry.at AND d.sequence = audit_entry.sequence AND d.child_id = $1)`, c.child); n != 1 {
		t.Errorf("the grants ended %d times", n)
	}
	if n := single[int](t, h, `SELECT count(*) FROM disclosure_grant g JOIN consultation k ON k.id = g.consultation_id
		WHERE k.proposer_id = $1 AND (g.revoked_on IS NULL OR k.state <> 'REVOKED')`, staffID(t, h, c.manager)); n != 0 {
		t.Errorf("%d grants still stand", n)
	}
	again := c.propose(nil)
	if !strings.Contains(again.raw, `"unread":["D.narrative"]`) {
		t.Errorf("the next proposal is told %s", again.raw)
	}
	got := h.Ask(t, c.in(c.civil), hubtest.Question{Query: `query Mine { consultationCases { unreadBefore } }`})
	if !bytes.Contains(got.Body, []byte(`"unreadBefore":["D.narrative"]`)) {
		t.Errorf("the source agency is told %s", got.Body)
	}
	c.must(c.in(c.manager), "withdrawConsultation", c.at(c.manager))
	c.tasks("the steward, once it is withdrawn", c.civil)
}

// TestConsultation_again: a retry under the same key gets the first answer and makes
// nothing twice; of two hands on the same version one is told of the other; and what a
// conflict of interest keeps somebody from is not there.
func TestConsultation_again(t *testing.T) {
	t.Parallel()
	c := convening(t)
	h := c.h
	first := c.propose(members{"key": "again", "fields": []string{"Visit.livingText"}})
	second := c.propose(members{"key": "again", "fields": []string{"Visit.livingText"}})
	if first.ID != second.ID || first.Version != second.Version {
		t.Errorf("a retry was answered %s after %s", second.raw, first.raw)
	}
	if n := single[int](t, h, `SELECT count(*) FROM consultation WHERE proposer_id = $1`, staffID(t, h, c.manager)); n != 1 {
		t.Errorf("%d consultations of one proposal", n)
	}
	c.refused(c.manager, "proposeConsultation", members{
		"key": "again", "child": h.ID(t, c.manager, "Child", c.child), "topic": "另一个议题", "reason": "孩子缺课，家中无人照护，需共同安排。", "fields": []string{}, "urgent": false,
	}, "CONFLICT")
	c.move(c.civil, "reviewSource", members{"agreed": []string{"D.narrative"}})

	change(t, h, `INSERT INTO conflict_declaration (child_id, staff_id, kind, declared_on) VALUES ($1, $2, 'KIN', '2026-11-01')`, c.child, staffID(t, h, c.dropout))
	desk := c.in(c.manager)
	c.refused(desk, "conveneConsultation", adding(c.at(desk), members{"people": []string{c.dropout.StaffCode}}), "BAD_REQUEST")
	at := c.at(desk)
	outcome := make(chan string, 2)
	for _, key := range []string{"one", "two"} {
		facts := adding(members{"id": at["id"], "version": at["version"], "key": key}, members{"people": []string{c.rights.StaffCode}})
		go func() { outcome <- c.try(desk, "conveneConsultation", facts).code() }()
	}
	if diff := cmp.Diff(map[string]int{"": 1, "CONFLICT": 1}, map[string]int{<-outcome: 1, <-outcome: 1}); diff != "" {
		t.Errorf("two at once (-want +got):\n%s", diff)
	}
}
