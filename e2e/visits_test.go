package e2e

import (
	"strings"
	"testing"

	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// TestStory_Bailu is the normal case, which must be boring and quick: four requests of
// the director, two of the supervisor, and nobody else hears of it.
func TestStory_Bailu(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	visit, director := comeUp(t, h, demo.Bailu)
	sup := holder(t, h, "SUP", "VISIT_SUPERVISION", demo.Bailu)
	from := size(t, h)

	unknown := director
	unknown.TicketCode = ""
	if task := toDo(t, h, unknown, "VISIT"); task.Ticket == "" {
		t.Errorf("the task names no work item: %+v", task)
	}
	got := h.Ask(t, director, hubtest.Question{Query: `query ToVisit { visits(filter: { state: ASSIGNED }, first: 5) { nodes { version kind topicsDue child { name residenceAddress } } } }`})
	if !strings.Contains(string(got.Data), `"kind":"GENERAL_ROUND","topicsDue":null,"child":{"name":"`) {
		t.Fatalf("the director was shown %s", got.Body)
	}
	got = look(t, h, director, demo.Bailu, beforeGoing)
	for _, want := range []string{`"riskLevel":"GREEN"`, `"phone":"`, `"absentRunDays":null`, `"level":null`} {
		if !strings.Contains(string(got.Data), want) {
			t.Errorf("worked case 5: the director is not shown %s: %s", want, got.Body)
		}
	}
	next := hire(t, h, post{agency: "ZJ003", role: "DIR", purpose: "VISIT", division: where(t, h, demo.Qinghe, "village")})
	gone(t, "worked case 6: the director of another village", h, give(t, h, next, "VISIT_TASK", nil), demo.Bailu)
	version := versionOf(t, h, visit)
	scan := map[string]any{"attachments": []any{map[string]any{"kind": "CARE_AGREEMENT", "reference": "档-2026-001"}}}
	done := expect(t, h, director, "recordVisit", form(t, h, director, visit, version, scan), "DONE")
	done = expect(t, h, director, "submitVisit", at(t, h, director, visit, done.Version), "SUBMITTED")
	if len(kindsOf(t, h, director, visit)) != 0 {
		t.Errorf("the director still has %v", kindsOf(t, h, director, visit))
	}
	toDo(t, h, sup, "VISIT_CHECK")
	got = h.Ask(t, sup, hubtest.Question{Query: `query ToCheck { visits(filter: { state: SUBMITTED }, first: 1) { nodes { attachments { kind reference } } } }`})
	if !strings.Contains(string(got.Data), `"attachments":[{"kind":"CARE_AGREEMENT","reference":"档-2026-001"}]`) {
		t.Errorf("the supervisor was shown %s", got.Body)
	}
	expect(t, h, sup, "checkVisit", at(t, h, sup, visit, done.Version), "CHECKED")
	reads(t, h, from, []string{
		"DIR Inbox ALLOWED", "DIR ToVisit ALLOWED", "DIR File PARTLY_WITHHELD", "DIR File NOT_FOUND", "DIR RecordVisit ALLOWED DONE", "DIR SubmitVisit ALLOWED SUBMITTED",
		"SUP Inbox ALLOWED", "SUP ToCheck ALLOWED", "SUP CheckVisit ALLOWED CHECKED",
	})
	if n := single[int](t, h, `SELECT count(*) FROM task WHERE subject = 'visit' AND subject_id = $1 AND done_at IS NULL`, visit); n != 0 {
		t.Errorf("%d tasks are left of a visit with nothing to report", n)
	}
	h.RunJobs(t) // it is closed, or called about again
	if state := single[string](t, h, `SELECT state || sampled FROM visit WHERE id = $1`, visit); state != "CLOSEDfalse" && state != "CHECKEDtrue" {
		t.Errorf("after the draw the visit is %s", state)
	}
}

// beforeGoing is what a director asks of a child before going (worked case 5), and what the
// answer must never hold.
const beforeGoing = `registration { riskLevel } guardians { name phone } lastVisitedOn actionCards { text } enrolment { absentRunDays } psychology { level }`

// TestStory_Liutang: the grandmother is ill and a child of nine has been alone for two
// nights. Whoever has to act hears of it the same day, each of their own part.
func TestStory_Liutang(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	child := demo.Liutang
	staffed(t, h, child)
	visit, director := comeUp(t, h, child)
	sup, cm, teacher := holder(t, h, "SUP", "VISIT_SUPERVISION", child), holder(t, h, "CM", "CASE_MGMT", child), holder(t, h, "HT", "CLASS_CARE", child)
	next := hire(t, h, post{agency: "ZJ003", role: "DIR", purpose: "VISIT", division: single[int64](t, h, `SELECT min(id) FROM division WHERE level = 'VILLAGE' AND id <> (SELECT residence_village_id FROM child WHERE id = $1)`, child)})
	next = give(t, h, next, "VISIT_TASK", nil)
	change(t, h, `INSERT INTO action_card (child_id, text, role) VALUES ($1, '学校反映多日未到校，请核实', 'DIR')`, child)
	change(t, h, `UPDATE registration SET risk_level = 'ORANGE' WHERE child_id = $1`, child)
	from := size(t, h)

	// Worked case 5: contacts, last visit, the card; no attendance, no level.
	got := look(t, h, director, child, beforeGoing)
	for _, want := range []string{`"riskLevel":"ORANGE"`, `"phone":"`, `"lastVisitedOn":"2026-`, "学校反映多日未到校，请核实", `"absentRunDays":null`, `"level":null`} {
		if !strings.Contains(string(got.Data), want) {
			t.Errorf("the director is not shown %s: %s", want, got.Body)
		}
	}
	// Worked case 6: for the director of the next village there is no such child.
	gone(t, "next village", h, next, child)
	expect(t, h, next, "recordVisit", form(t, h, next, visit, 1, nil), "NOT_FOUND input")

	found := form(t, h, director, visit, versionOf(t, h, visit), map[string]any{
		"livingAlone": true, "suggestedRisk": "RED", "concerns": []string{"FAMILY_CHANGE", "STUDY", "SAFETY_FIRE"},
		"guardianshipRating": "POOR", "livingText": "照护人住院，孩子独自过了两晚。", "addToFocus": true, "secondVisitor": sup.StaffCode,
	})
	draft := expect(t, h, director, "recordVisit", found, "DONE")
	handed := expect(t, h, director, "submitVisit", at(t, h, director, visit, draft.Version), "SUBMITTED")

	for name, c := range map[string]struct {
		who  demo.Caller
		want string
	}{
		"supervisor":   {sup, "CONFIRM_FOCUS RED_ALERT SAFETY_FIRE - SAME_DAY_CALL VISIT_CHECK"},
		"case manager": {cm, "CONCERN_FAMILY CONFIRM_RISK RED_ALERT"},
		"teacher":      {teacher, "CONCERN_STUDY"},
		"director":     {director, "SAFETY_FIRE -"},
	} {
		if got := strings.Join(kindsOf(t, h, c.who, visit), " "); got != c.want {
			t.Errorf("the %s has %q, want %q", name, got, c.want)
		}
	}
	// The teacher is told what to attend to and not why.
	got = look(t, h, teacher, child, `actionCards { text } visits { nodes { livingText concerns } }`)
	if !strings.Contains(string(got.Data), "请关注该生近期在校学习情况") || strings.Contains(string(got.Body), "独自") || strings.Contains(string(got.Body), "FAMILY_CHANGE") {
		t.Errorf("the teacher was shown %s", got.Body)
	}
	expect(t, h, teacher, "answerConcern", map[string]any{"task": toDo(t, h, teacher, "CONCERN_STUDY").ID, "outcome": "ACTED"}, "")

	// The risk is a person's decision: the visit only suggests.
	unticketed := cm
	cm.TicketCode = toDo(t, h, unticketed, "CONFIRM_RISK").Ticket
	got = look(t, h, cm, child, `registration { riskLevel riskSuggested version } visits { nodes { livingText } }`)
	if !strings.Contains(string(got.Data), `"riskLevel":"ORANGE","riskSuggested":"RED"`) || strings.Contains(string(got.Body), "独自") {
		t.Errorf("the case manager was shown %s", got.Body)
	}
	registered := single[int](t, h, `SELECT version FROM registration WHERE child_id = $1`, child)
	risk := map[string]any{"child": h.ID(t, cm, "Child", child), "version": registered - 1, "level": "RED"}
	expect(t, h, cm, "confirmRisk", risk, "CONFLICT input.version")
	risk["version"] = registered
	expect(t, h, cm, "confirmRisk", risk, "")

	handed = expect(t, h, sup, "confirmFocus", map[string]any{"id": h.ID(t, sup, "Visit", visit), "version": handed.Version, "agree": true}, "SUBMITTED")
	expect(t, h, sup, "answerConcern", map[string]any{"task": toDo(t, h, sup, "SAME_DAY_CALL").ID, "outcome": "ACTED"}, "")
	expect(t, h, sup, "answerConcern", map[string]any{"task": toDo(t, h, sup, "RED_ALERT").ID, "outcome": "ACTED"}, "")
	expect(t, h, sup, "checkVisit", at(t, h, sup, visit, handed.Version), "CHECKED")
	gone(t, "next village, at the end", h, next, child)

	reads(t, h, from, []string{
		"DIR File PARTLY_WITHHELD", "DIR File NOT_FOUND", "DIR RecordVisit NOT_FOUND NOT_FOUND", "DIR RecordVisit ALLOWED DONE", "DIR SubmitVisit ALLOWED SUBMITTED",
		"HT File PARTLY_WITHHELD", "HT Inbox ALLOWED", "HT AnswerConcern ALLOWED ACTED",
		"CM Inbox ALLOWED", "CM File PARTLY_WITHHELD", "CM ConfirmRisk DENIED CONFLICT", "CM ConfirmRisk ALLOWED RISK_CONFIRMED",
		"SUP ConfirmFocus ALLOWED SUBMITTED", "SUP Inbox ALLOWED", "SUP AnswerConcern ALLOWED ACTED", "SUP Inbox ALLOWED", "SUP AnswerConcern ALLOWED ACTED",
		"SUP CheckVisit ALLOWED CHECKED", "DIR File NOT_FOUND",
	})
	// The next night plans by the risk that was decided.
	if n := single[int](t, h, `SELECT count(*) FROM registration WHERE child_id = $1 AND risk_level = 'RED' AND risk_suggested IS NULL AND focus_since = '2026-11-23'`, child); n != 1 {
		t.Error("the decisions are not in the register")
	}
}

// TestVisit_atTheDoor goes through what else may happen: nobody there, the child not
// seen, refused, moved; and who hears of it.
func TestVisit_atTheDoor(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	child := demo.Bailu
	visit, director := comeUp(t, h, child)
	sup, cm := holder(t, h, "SUP", "VISIT_SUPERVISION", child), holder(t, h, "CM", "CASE_MGMT", child)
	now := func(c demo.Caller) map[string]any { return at(t, h, c, visit, versionOf(t, h, visit)) }
	has := func(c demo.Caller, want string) {
		t.Helper()
		if got := strings.Join(kindsOf(t, h, c, visit), " "); got != want {
			t.Errorf("%s has %q, want %q", c.Role, got, want)
		}
	}
	expect(t, h, director, "notAtHome", now(director), "NOT_AT_HOME")
	has(sup, "")
	expect(t, h, director, "notAtHome", now(director), "NOT_AT_HOME")
	has(sup, "VISIT_NOT_AT_HOME")
	given := now(sup)
	given["visitor"] = director.StaffCode
	expect(t, h, sup, "assignVisit", given, "ASSIGNED")
	has(sup, "")
	if single[bool](t, h, `SELECT closed_at IS NULL FROM ticket WHERE code = $1`, director.TicketCode) {
		t.Error("the work item of the first assignment is still open")
	}
	expect(t, h, director, "childNotSeen", now(director), "CHILD_NOT_SEEN")
	has(director, "VISIT_AGAIN")
	expect(t, h, director, "submitVisit", now(director), "CONFLICT input")

	// A repeated key changes nothing; an old version is told both.
	draft := form(t, h, director, visit, versionOf(t, h, visit), map[string]any{"key": "draft", "concerns": []string{"MENTAL"}})
	first := expect(t, h, director, "recordVisit", draft, "DONE")
	if again := expect(t, h, director, "recordVisit", draft, "DONE"); again.Version != first.Version || versionOf(t, h, visit) != first.Version {
		t.Errorf("a repetition came to version %d, not %d", again.Version, first.Version)
	}
	draft["key"] = "late"
	expect(t, h, director, "recordVisit", draft, "CONFLICT input.version")
	draft["version"], draft["livingText"], draft["key"] = first.Version, "电话 0000000000", "number"
	expect(t, h, director, "recordVisit", draft, "BAD_REQUEST input.livingText")
	expect(t, h, director, "submitVisit", now(director), "SUBMITTED")
	has(director, "INFORM_GUARDIAN") // the guardian first
	psychologist := holder(t, h, "PSY", "PSYCH_SUPPORT", child)
	has(psychologist, "")
	told := now(director)
	told["informedOn"], told["how"] = today, "当面告知，监护人已签字"
	expect(t, h, director, "informGuardian", told, "SUBMITTED")
	has(psychologist, "CONCERN_MENTAL")
	expect(t, h, sup, "checkVisit", now(sup), "CHECKED")
	differs := now(sup)
	differs["result"] = "DIFFERS"
	expect(t, h, sup, "spotCheck", differs, "CLOSED")
	h.RunJobs(t) // an urgent visit has been planned, and is assigned

	visit = single[int64](t, h, `SELECT id FROM visit WHERE child_id = $1 AND kind = 'URGENT' AND state = 'ASSIGNED'`, child)
	director.TicketCode = single[string](t, h, `SELECT k.code FROM visit v JOIN ticket k ON k.id = v.ticket_id WHERE v.id = $1`, visit)
	expect(t, h, director, "refuseVisit", now(director), "REFUSED")
	has(cm, "VISIT_REFUSED")
	given = now(sup)
	given["visitor"] = director.StaffCode
	expect(t, h, sup, "assignVisit", given, "ASSIGNED")
	director.TicketCode = single[string](t, h, `SELECT k.code FROM visit v JOIN ticket k ON k.id = v.ticket_id WHERE v.id = $1`, visit)
	expect(t, h, director, "reportMoved", now(director), "MOVED")
	has(sup, "")
	has(director, "HAND_OVER") // the old director's, with the work item for it
	if item := toDo(t, h, director, "HAND_OVER").Ticket; item == "" || item == director.TicketCode {
		t.Errorf("the hand-over is to be done under %q", item)
	}
	// A visit that the supervisor made is the case manager's to check, who reads that record
	// and none of the child's others.
	own := single[int64](t, h, `INSERT INTO visit (child_id, kind, state, planned_on, mode, visited_on, living_text, visitor_id, author_id, checker_id)
		SELECT $1, 'URGENT', 'SUBMITTED', '2026-11-23', 'HOME', '2026-11-23', '起居有序。', s.id, s.id, m.id FROM staff s, staff m WHERE s.code = $2 AND m.code = $3 RETURNING id`, child, sup.StaffCode, cm.StaffCode)
	change(t, h, `UPDATE visit SET living_text = '别的走访。' WHERE child_id = $1 AND id <> $2`, child, own)
	cm = give(t, h, cm, "DISTRICT_SEARCH", child)
	change(t, h, `UPDATE ticket SET expires_at = '2026-12-01' WHERE code = $1`, cm.TicketCode)
	if got := look(t, h, cm, child, `visits(first: 50) { nodes { livingText } }`); !strings.Contains(string(got.Data), "起居有序。") || strings.Contains(string(got.Data), "别的走访") {
		t.Errorf("the case manager reads %s", got.Body)
	}
	expect(t, h, sup, "checkVisit", at(t, h, sup, own, 1), "FORBIDDEN input")
	expect(t, h, cm, "checkVisit", at(t, h, cm, own, 1), "CHECKED")
}
