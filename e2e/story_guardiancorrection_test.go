package e2e

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// correctingDesk is the rights desk, the steward of civil affairs and a child whose
// entry is wrong.
type correctingDesk struct {
	*reporting
	child        int64
	dpo, steward demo.Caller
}

// receive receives a mother's request about the child's sex.
func (d *correctingDesk) receive(facts members) string {
	d.t.Helper()
	got := d.must(d.dpo, "receiveGuardianCorrection", d.asking(facts))
	if got.State != "RECEIVED" {
		d.t.Fatalf("received: %s", got.raw)
	}
	return got.Request
}

func (d *correctingDesk) asking(facts members) members {
	return adding(members{
		"token":    members{"kind": "CITIZEN_ID", "token": joinToken(d.t, d.h, d.dpo.AgencyCode, "CITIZEN_ID", d.child)},
		"relation": "MOTHER", "coordinate": "Child.sex", "reason": "户口簿上是男孩，档案里写成了女孩。", "erase": false,
	}, facts)
}

// step makes a step of a request and expects where it leads, or the code of a refusal.
func (d *correctingDesk) step(mutation, request string, facts members, want string) payload {
	d.t.Helper()
	got := d.try(d.dpo, mutation, adding(members{"request": request}, facts))
	if got.State != want && got.code() != want {
		d.t.Errorf("%s: want %s, got %s", mutation, want, got.raw)
	}
	return got
}

// routed takes a request to the source agency and returns the steward's work.
func (d *correctingDesk) routed(request string) members {
	d.t.Helper()
	d.step("checkGuardianCorrection", request, members{"proof": "IDENTITY_CARD", "standing": "GUARDIAN"}, "IDENTITY_CHECK")
	d.step("routeGuardianCorrection", request, nil, "ROUTED")
	d.steward.TicketCode = ""
	d.steward.TicketCode = toDo(d.t, d.h, d.steward, "CORRECTION_TO_ANSWER").Ticket
	node := elements(d.t, member(d.t, d.h.Ask(d.t, d.steward, hubtest.Question{Query: raised}).Data, "correctionsToAnswer", "nodes"))[0]
	if !strings.HasPrefix(d.text(node, "reason"), "监护人或儿童申请") || d.text(node, "child", "name") != "" {
		d.t.Errorf("the steward reads %s", node)
	}
	return members{"id": d.text(node, "id"), "version": 1}
}

// row is a request as the worklist has it.
func (d *correctingDesk) row(request string) (state, outcome string, waits bool) {
	d.t.Helper()
	got := d.h.Ask(d.t, d.dpo, hubtest.Question{Query: `query Work { guardianCorrections { request state outcome waits dueOn outerOn } }`})
	for _, n := range elements(d.t, member(d.t, got.Data, "guardianCorrections")) {
		if d.text(n, "request") != request {
			continue
		}
		if d.text(n, "dueOn") != "2026-12-14" || d.text(n, "outerOn") != "2026-12-23" {
			d.t.Errorf("the deadlines: %s", n)
		}
		if err := json.Unmarshal(member(d.t, n, "waits"), &waits); err != nil {
			d.t.Fatal(err)
		}
		return d.text(n, "state"), d.text(n, "outcome"), waits
	}
	d.t.Fatalf("the request is not on the worklist: %s", got.Body)
	return "", "", false
}

// TestStory_guardianCorrection: a mother asks at the counter that an error be mended.
// The source agency decides, everybody who was shown the error is told, and she has it in
// writing; so has whoever is refused, with the reason. Under a live matter it waits.
func TestStory_guardianCorrection(t *testing.T) {
	t.Parallel()
	r, _, steward, _ := correcting(t)
	h := r.h
	child, _ := askable(t, h)
	d := &correctingDesk{reporting: r, child: child, dpo: deskOfficer(t, h), steward: steward}
	change(t, h, `UPDATE child SET sex = 'FEMALE' WHERE id = $1`, child)
	change(t, h, `DELETE FROM correction_request`)
	change(t, h, `DELETE FROM guardian WHERE child_id = $1 AND relation = 'PATERNAL_GRANDMOTHER'`, child)
	since := size(t, h)
	officer := holder(t, h, "SUP", "VISIT_SUPERVISION", child)
	answers(t, "the officer before", look(t, h, officer, child, `sex`), `{"child":{"sex":"FEMALE"}}`)

	// What is no field, or would write a number down, is not taken.
	r.refused(d.dpo, "receiveGuardianCorrection", d.asking(members{"coordinate": "Child.shoeSize"}), "BAD_REQUEST")
	r.refused(d.dpo, "receiveGuardianCorrection", d.asking(members{"reason": "应为 990117 2015 0101 000"}), "BAD_REQUEST")
	r.refused(d.dpo, "receiveGuardianCorrection", d.asking(members{"erase": true, "proposed": "MALE"}), "BAD_REQUEST")

	// Worked case 13: the grandmother is no guardian, and is told so in writing.
	grandmother := d.receive(members{"relation": "PATERNAL_GRANDMOTHER"})
	d.step("checkGuardianCorrection", grandmother, members{"proof": "HOUSEHOLD_BOOK", "standing": "GUARDIAN"}, "FORBIDDEN")
	d.step("routeGuardianCorrection", grandmother, nil, "CONFLICT")
	d.step("refuseGuardianCorrection", grandmother, members{"reason": "OTHER"}, "BAD_REQUEST")
	d.step("refuseGuardianCorrection", grandmother, members{"reason": "NOT_ENTITLED"}, "DECIDED")
	if page := d.step("answerGuardianCorrection", grandmother, nil, "DONE").Statement; !strings.Contains(page, "不予更正") || !strings.Contains(page, "没有监护人的书面授权") {
		t.Errorf("the grandmother is told %s", page)
	}

	// The mother: the steward finds it right, writes it, and the desk hears of it.
	mother := d.receive(members{"proposed": "MALE"})
	work := d.routed(mother)
	d.step("answerGuardianCorrection", mother, nil, "CONFLICT") // nothing is decided
	r.must(d.steward, "acceptCorrection", adding(work, members{"answer": "核对户籍底册，应为男。", "value": "MALE"}))
	toDo(t, h, as(d.dpo, "RIGHTS_REQUEST", ""), "CORRECTION_ANSWERED")
	if state, outcome, waits := d.row(mother); state != "DECIDED" || outcome != "CORRECTED" || waits {
		t.Errorf("decided: %s %s %t", state, outcome, waits)
	}
	page := d.step("answerGuardianCorrection", mother, nil, "DONE").Statement
	if !strings.Contains(page, "已予更正") || !strings.Contains(page, "性别") || strings.Contains(page, "底册") {
		t.Errorf("the mother is told %s", page)
	}
	namesNobody(t, h, page)
	answers(t, "the officer after it", look(t, h, officer, child, `sex`), `{"child":{"sex":"MALE"}}`)
	h.RunJobs(t)
	if !slices.ContainsFunc(inboxOf(t, h, officer), func(x todo) bool { return x.Kind == "DATA_CORRECTED" }) {
		t.Error("the officer who was shown the error is not told")
	}

	// What the source agency refuses has its reason in writing.
	erasure := d.receive(members{"coordinate": "Child.ethnicity", "reason": "不愿登记民族。", "erase": true})
	r.must(d.steward, "refuseCorrection", adding(d.routed(erasure), members{"answer": "登记依法需要，不予删除。"}))
	if page := d.step("answerGuardianCorrection", erasure, nil, "DONE").Statement; !strings.Contains(page, "不予删除") || !strings.Contains(page, "登记依法需要") {
		t.Errorf("the refusal is told as %s", page)
	}

	// While a matter is live it waits, and the officer alone is told.
	waiting := d.receive(nil)
	d.step("checkGuardianCorrection", waiting, members{"proof": "IDENTITY_CARD", "standing": "GUARDIAN"}, "IDENTITY_CHECK")
	matter := single[int64](t, h, `INSERT INTO rights_case (child_id, opened_on) VALUES ($1, '2026-11-23') RETURNING id`, child)
	d.step("routeGuardianCorrection", waiting, nil, "CONFLICT")
	if state, outcome, waits := d.row(waiting); state != "IDENTITY_CHECK" || outcome != "PENDING" || !waits {
		t.Errorf("under a live matter: %s %s %t", state, outcome, waits)
	}
	change(t, h, `UPDATE rights_case SET closed_on = '2026-11-23' WHERE id = $1`, matter)
	d.step("routeGuardianCorrection", waiting, nil, "ROUTED")

	want := []string{
		"DPO ReceiveGuardianCorrection ALLOWED", "DPO RefuseGuardianCorrection ALLOWED DECIDED", "DPO AnswerGuardianCorrection ALLOWED DONE",
		"DPO ReceiveGuardianCorrection ALLOWED", "DPO CheckGuardianCorrection ALLOWED IDENTITY_CHECK", "DPO RouteGuardianCorrection ALLOWED ROUTED",
		"STEWARD Corrections PARTLY_WITHHELD", "STEWARD AcceptCorrection ALLOWED ACCEPTED", "DPO AnswerGuardianCorrection ALLOWED DONE",
		"DPO ReceiveGuardianCorrection ALLOWED", "DPO CheckGuardianCorrection ALLOWED IDENTITY_CHECK", "DPO RouteGuardianCorrection ALLOWED ROUTED",
		"STEWARD Corrections PARTLY_WITHHELD", "STEWARD RefuseCorrection ALLOWED REFUSED", "DPO AnswerGuardianCorrection ALLOWED DONE",
		"DPO ReceiveGuardianCorrection ALLOWED", "DPO CheckGuardianCorrection ALLOWED IDENTITY_CHECK", "DPO RouteGuardianCorrection ALLOWED ROUTED",
	}
	got := slices.DeleteFunc(r.file(child, since), func(line string) bool { return strings.Contains(line, " Work ") })
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the file of the story (-want +got):\n%s", diff)
	}
}
