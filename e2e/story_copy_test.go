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

// askingDesk is the rights desk, of which guardians ask for what is held.
type askingDesk struct {
	*reporting
	dpo demo.Caller
}

// receive receives a mother's request.
func (d *askingDesk) receive(child int64, kind string, facts members) payload {
	d.t.Helper()
	return d.must(d.dpo, "receiveCopyRequest", adding(members{
		"kind": kind, "relation": "MOTHER", "token": members{"kind": "CITIZEN_ID", "token": joinToken(d.t, d.h, d.dpo.AgencyCode, "CITIZEN_ID", child)},
	}, facts))
}

// step makes a step of what a payload is of, and expects where it leads or the code of a
// refusal, after which the payload is as it was.
func (d *askingDesk) step(at payload, who demo.Caller, mutation string, facts members, want string) payload {
	d.t.Helper()
	got := d.try(who, mutation, adding(members{"id": at.ID, "version": at.Version}, facts))
	switch {
	case got.code() == want && want != "":
		return at
	case got.State != want:
		d.t.Errorf("%s: want %s, got %s", mutation, want, got.raw)
	}
	return got
}

// inOrder says that paper and relation are in order.
func inOrder() members {
	return members{"proof": "IDENTITY_CARD", "standing": "GUARDIAN", "courtLimited": false}
}

// summary goes with a request for a summary to its end.
func (d *askingDesk) summary(at payload) payload {
	d.t.Helper()
	at = d.step(at, d.dpo, "checkCopyRequest", inOrder(), "IDENTITY_CHECK")
	at = d.step(at, d.dpo, "compileSummary", nil, "DECIDED")
	return d.step(at, d.dpo, "answerCopyRequest", nil, "DONE")
}

// copyRow is a request as the worklist has it.
type copyRow struct {
	ID, State, Outcome        string
	Waits, LaterAnswerDue     bool
	Asked, HandedOut, Refused []string
	Version                   int
}

func (d *askingDesk) row(id string) (out copyRow) {
	d.t.Helper()
	got := d.h.Ask(d.t, d.dpo, hubtest.Question{Query: `query Work { copyRequests { id state outcome waits laterAnswerDue asked handedOut refused version } }`})
	for _, n := range elements(d.t, member(d.t, got.Data, "copyRequests")) {
		if d.text(n, "id") == id {
			if err := json.Unmarshal(n, &out); err != nil {
				d.t.Fatal(err)
			}
			return out
		}
	}
	d.t.Fatalf("the request is not on the worklist: %s", got.Body)
	return out
}

// steward is who answers for a part, under its ticket.
func (d *askingDesk) steward(part int64) demo.Caller {
	d.t.Helper()
	c := d.person("STEWARD", "DATA_QUALITY", `SELECT steward_id FROM file_copy_part WHERE id = $1`, part)
	c.TicketCode = single[string](d.t, d.h, `SELECT k.code FROM file_copy_part p JOIN ticket k ON k.id = p.ticket_id WHERE p.id = $1`, part)
	return c
}

// part is what a steward finds in the own list.
func (d *askingDesk) part(who demo.Caller, part int64) payload {
	d.t.Helper()
	id := d.h.ID(d.t, who, "CopyPart", part)
	got := d.h.Ask(d.t, who, hubtest.Question{Query: `query Copies { copiesToHandOut { id child requesterRelation groups state version overdue } }`})
	for _, n := range elements(d.t, member(d.t, got.Data, "copiesToHandOut")) {
		if d.text(n, "id") == id {
			var at payload
			if err := json.Unmarshal(n, &at); err != nil || at.State != "ASKED" || at.Child == "" {
				d.t.Fatalf("the steward reads %s: %v", n, err)
			}
			return at
		}
	}
	d.t.Fatalf("the steward does not find the part: %s", got.Body)
	return payload{}
}

// TestStory_copyAndComplaint: a mother asks what is held of her child and has it in
// writing; she asks for copies, which each source hands out for itself, and one refuses with
// its reason; she complains, the officer answers, and the head, who is shown no child,
// decides for her. Under a live matter nothing of it is told, nor that something is not told.
func TestStory_copyAndComplaint(t *testing.T) {
	t.Parallel()
	r := newReporting(t)
	h := r.h
	d := &askingDesk{reporting: r, dpo: deskOfficer(t, h)}
	child, _ := askable(t, h)
	change(t, h, `DELETE FROM guardian WHERE child_id = $1 AND relation = 'PATERNAL_GRANDMOTHER'`, child)
	since := size(t, h)

	// A grandmother without the right, and a parent whom a court limits, have it in writing.
	grandmother := d.receive(child, "SUMMARY", members{"relation": "PATERNAL_GRANDMOTHER"})
	d.step(grandmother, d.dpo, "checkCopyRequest", inOrder(), "FORBIDDEN")
	d.step(grandmother, d.dpo, "compileSummary", nil, "CONFLICT")
	d.step(grandmother, d.dpo, "answerCopyRequest", nil, "CONFLICT")
	grandmother = d.step(grandmother, d.dpo, "refuseCopyRequest", members{"reason": "NOT_ENTITLED"}, "DECIDED")
	d.step(grandmother, d.dpo, "compileSummary", nil, "CONFLICT")
	if page := d.step(grandmother, d.dpo, "answerCopyRequest", nil, "DONE").Statement; !strings.Contains(page, "不予提供") || !strings.Contains(page, "没有监护人的书面授权") {
		t.Errorf("the grandmother is told %s", page)
	}

	// The mother's summary: kinds, numbers, sources, purposes and terms, and no value.
	mother := d.receive(child, "SUMMARY", nil)
	d.step(mother, d.dpo, "checkCopyRequest", adding(inOrder(), members{"courtLimited": true}), "FORBIDDEN")
	d.step(mother, d.dpo, "routeCopyRequest", nil, "CONFLICT")
	page := d.summary(mother).Statement
	for _, line := range []string{`<tr><td>姓名<br>`, "学籍状态", "走访安排与记录", "新洲区民政局", "新洲区教育局", " 定期走访；", "满18周岁后3年"} {
		if !strings.Contains(page, line) {
			t.Errorf("the summary does not say %s: %s", line, page)
		}
	}
	visits := single[string](t, h, `SELECT count(*)::text FROM visit WHERE child_id = $1`, child)
	if !strings.Contains(page, `</span></td><td>`+visits+`</td>`) {
		t.Errorf("the summary does not count %s visits", visits)
	}
	namesNobody(t, h, page)

	d.copies(child)
	d.complaint(child)

	got := slices.DeleteFunc(r.file(child, since), func(line string) bool { return strings.Contains(line, " Work ") || strings.Contains(line, " Copies ") })
	slices.Sort(got)
	want := []string{
		"DPO AnswerComplaint ALLOWED ANSWERED", "DPO AnswerCopyRequest ALLOWED DONE", "DPO AnswerCopyRequest ALLOWED DONE", "DPO AnswerCopyRequest ALLOWED DONE",
		"DPO CheckCopyRequest ALLOWED IDENTITY_CHECK", "DPO CheckCopyRequest ALLOWED IDENTITY_CHECK", "DPO CloseComplaint ALLOWED CLOSED", "DPO CompileSummary ALLOWED DECIDED",
		"DPO PassComplaint ALLOWED WITH_HEAD", "DPO ReceiveComplaint ALLOWED RECEIVED", "DPO ReceiveCopyRequest ALLOWED RECEIVED", "DPO ReceiveCopyRequest ALLOWED RECEIVED",
		"DPO ReceiveCopyRequest ALLOWED RECEIVED", "DPO RefuseCopyRequest ALLOWED DECIDED", "DPO RouteCopyRequest ALLOWED ROUTED",
		"STEWARD RefuseCopy ALLOWED REFUSED",
	}
	handed := 0
	got = slices.DeleteFunc(got, func(line string) bool {
		if line == "STEWARD HandOutCopy ALLOWED HANDED_OUT" {
			handed++
			return true
		}
		return false
	})
	if diff := cmp.Diff(want, got); diff != "" || handed == 0 {
		t.Errorf("the file of the story, with %d copies handed out (-want +got):\n%s", handed, diff)
	}
	d.embargo()
	sound(t, h, "the log of copies and complaints")
}

// copies: the mother asks for the data itself.
func (d *askingDesk) copies(child int64) {
	t, h := d.t, d.h
	t.Helper()
	at := d.receive(child, "COPY", nil)
	at = d.step(at, d.dpo, "checkCopyRequest", inOrder(), "IDENTITY_CHECK")
	d.step(at, d.dpo, "compileSummary", nil, "CONFLICT")
	matter := single[int64](t, h, `INSERT INTO rights_case (child_id, opened_on) VALUES ($1, '2026-11-23') RETURNING id`, child)
	d.step(at, d.dpo, "routeCopyRequest", nil, "CONFLICT")
	if row := d.row(at.ID); !row.Waits || row.State != "IDENTITY_CHECK" || row.Outcome != "PENDING" {
		t.Errorf("under a live matter: %+v", row)
	}
	change(t, h, `UPDATE rights_case SET closed_on = '2026-11-23' WHERE id = $1`, matter)
	stale := at
	at = d.step(at, d.dpo, "routeCopyRequest", nil, "ROUTED")
	d.step(stale, d.dpo, "routeCopyRequest", nil, "CONFLICT")
	parts := single[[]int64](t, h, `SELECT array_agg(p.id ORDER BY a.kind = 'EDUCATION' DESC, p.id) FROM file_copy_part p JOIN agency a ON a.id = p.agency_id
		WHERE p.copy_id = (SELECT max(id) FROM file_copy) AND p.state = 'ASKED'`)
	if row := d.row(at.ID); len(parts) < 2 || len(row.Asked) != len(parts) {
		t.Fatalf("%d sources are asked: %+v", len(parts), row)
	}
	for i, part := range parts {
		steward := d.steward(part)
		toDo(t, h, steward, "COPY_TO_HAND_OUT")
		mine := d.part(steward, part)
		if i == 0 {
			elsewhere := d.steward(parts[1])
			d.refused(elsewhere, "handOutCopy", members{"id": h.ID(t, elsewhere, "CopyPart", part), "version": mine.Version, "proof": "IDENTITY_CARD"}, "NOT_FOUND")
			d.step(mine, steward, "refuseCopy", members{"reason": "见 990117 2015 0101 000"}, "BAD_REQUEST")
			d.step(mine, steward, "refuseCopy", members{"reason": "学籍材料原件已由学校交还家长。"}, "REFUSED")
			d.step(at, d.dpo, "answerCopyRequest", nil, "CONFLICT")
			continue
		}
		d.step(mine, steward, "handOutCopy", members{"proof": "HOUSEHOLD_BOOK"}, "HANDED_OUT")
	}
	toDo(t, h, as(d.dpo, "RIGHTS_REQUEST", ""), "RIGHTS_COPY_ANSWERED")
	row := d.row(at.ID)
	if row.State != "DECIDED" || row.Outcome != "PARTLY" || len(row.Refused) != 1 || len(row.HandedOut) != len(parts)-1 || len(row.Asked) != 0 {
		t.Errorf("once every source has answered: %+v", row)
	}
	at.Version = row.Version
	page := d.step(at, d.dpo, "answerCopyRequest", nil, "DONE").Statement
	for _, words := range []string{"已提供 Handed out", "不予提供 Refused", "学籍材料原件已由学校交还家长。", "新洲区民政局", "姓名"} {
		if !strings.Contains(page, words) {
			t.Errorf("the answer does not say %q: %s", words, page)
		}
	}
	namesNobody(t, h, page)
}

// complaint: the mother complains that she was refused.
func (d *askingDesk) complaint(child int64) {
	t, h := d.t, d.h
	t.Helper()
	facts := members{"about": "ACCESS", "words": "学校早已没有原件，教育局仍不给复制件。"}
	about := members{"relation": "MOTHER", "token": members{"kind": "CITIZEN_ID", "token": joinToken(t, h, d.dpo.AgencyCode, "CITIZEN_ID", child)}}
	d.refused(d.dpo, "receiveComplaint", members{"about": "ACCESS", "words": "电话 100 0000 0000"}, "BAD_REQUEST")
	at := d.must(d.dpo, "receiveComplaint", adding(about, facts))
	toDo(t, h, as(d.dpo, "RIGHTS_REQUEST", ""), "COMPLAINT_TO_ANSWER")
	at = d.step(at, d.dpo, "answerComplaint", members{"answer": "经核实，教育局以原件已退为由不予提供，符合规定。"}, "ANSWERED")
	if !strings.Contains(at.Statement, "符合规定") || !strings.Contains(at.Statement, "机构负责人复核") {
		t.Errorf("the complainant is told %s", at.Statement)
	}
	at = d.step(at, d.dpo, "passComplaint", nil, "WITH_HEAD")
	head := d.person("STA", "RIGHTS_REQUEST", `SELECT head_id FROM complaint WHERE child_id = $1`, child)
	toDo(t, h, head, "COMPLAINT_TO_DECIDE")
	got := h.Ask(t, head, hubtest.Question{Query: `query Decide { complaints { id words answer state version child requesterRelation } }`})
	nodes := elements(t, member(t, got.Data, "complaints"))
	id := h.ID(t, head, "Complaint", single[int64](t, h, `SELECT id FROM complaint WHERE child_id = $1`, child))
	i := slices.IndexFunc(nodes, func(n json.RawMessage) bool { return d.text(n, "id") == id })
	if i < 0 || d.text(nodes[i], "words") != facts["words"] || d.text(nodes[i], "answer") == "" || !isNull(member(t, nodes[i], "child")) || !isNull(member(t, nodes[i], "requesterRelation")) {
		t.Fatalf("the head reads %s", got.Body)
	}
	at.ID = id
	d.step(at, head, "closeComplaint", nil, "CONFLICT")
	d.step(at, head, "upholdComplaint", members{"reason": ""}, "BAD_REQUEST")
	at = d.step(at, head, "upholdComplaint", members{"reason": "电子档案可以打印，应予提供。"}, "UPHELD")
	d.step(at, head, "closeComplaint", nil, "FORBIDDEN")
	at.ID = h.ID(t, d.dpo, "Complaint", single[int64](t, h, `SELECT id FROM complaint WHERE child_id = $1`, child))
	toDo(t, h, as(d.dpo, "RIGHTS_REQUEST", ""), "COMPLAINT_TO_CLOSE")
	page := d.step(at, d.dpo, "closeComplaint", nil, "CLOSED").Statement
	if !strings.Contains(page, "投诉成立") || !strings.Contains(page, "应予提供") || !strings.Contains(page, "符合规定") {
		t.Errorf("the complainant is told %s", page)
	}
	namesNobody(t, h, page)

	// About the officer: straight to the head, and out of the officer's hand.
	own := d.must(d.dpo, "receiveComplaint", members{"about": "DELAY", "words": "负责人拖了两个月。", "aboutOfficer": true})
	if own.State != "WITH_HEAD" {
		t.Errorf("about the officer: %s", own.raw)
	}
	d.step(own, d.dpo, "answerComplaint", members{"answer": "没有拖延。"}, "NOT_FOUND")
	if got := h.Ask(t, d.dpo, hubtest.Question{Query: `query Mine { complaints { words } }`}); strings.Contains(string(got.Body), "拖了两个月") {
		t.Errorf("the officer reads it: %s", got.Body)
	}
	d.refused(head, "receiveComplaint", members{"about": "DELAY", "words": "别的事。"}, "BAD_REQUEST")
	taken := d.must(head, "receiveComplaint", members{"about": "OTHER", "words": "当面不受理投诉。", "aboutOfficer": true})
	taken = d.step(taken, head, "rejectComplaint", members{"reason": "经查当日已受理。"}, "NOT_UPHELD")
	if page := d.step(taken, head, "closeComplaint", nil, "CLOSED").Statement; !strings.Contains(page, "投诉不成立") {
		t.Errorf("the complainant is told %s", page)
	}
}

// embargo: two children alike, of one of whom a report is live. Their summaries are the
// same to the byte; once it is closed a later one is due, and it tells what had to wait.
func (d *askingDesk) embargo() {
	t, h := d.t, d.h
	t.Helper()
	plain, secret := twin(t, h, d.dpo), twin(t, h, d.dpo)
	report := single[int64](t, h, `INSERT INTO mandatory_report (child_id, received_on, state, category, handler_id, guardian_suspected)
		VALUES ($1, '2026-11-20', 'ACCEPTED', 'SUSPECTED_VIOLENCE', $2, true) RETURNING id`, secret, staffID(t, h, h.Caller(t, "case-manager")))
	change(t, h, `INSERT INTO action_card (child_id, text, issued_on, role) VALUES ($1, '本周见到孩子', '2026-11-20', 'DIR')`, secret)
	open, guarded := d.summary(d.receive(plain, "SUMMARY", nil)), d.summary(d.receive(secret, "SUMMARY", nil))
	if diff := cmp.Diff(open.Statement, guarded.Statement); diff != "" || !strings.Contains(open.Statement, "姓名") {
		t.Errorf("the summaries can be told apart: %s", diff)
	}
	if d.row(guarded.ID).LaterAnswerDue {
		t.Error("a later summary is due while the report is live")
	}
	change(t, h, `UPDATE mandatory_report SET closed_on = '2026-11-23' WHERE id = $1`, report)
	if !d.row(guarded.ID).LaterAnswerDue || d.row(open.ID).LaterAnswerDue {
		t.Error("the wrong later summary is due")
	}
	later := d.summary(d.must(d.dpo, "receiveCopyRequest", members{"follows": guarded.ID, "kind": "SUMMARY"}))
	if !strings.Contains(later.Statement, "强制报告") || strings.Contains(later.Statement, "报告人") || strings.Contains(guarded.Statement, "强制报告<br>") {
		t.Errorf("the later summary says %s", later.Statement)
	}
	if d.row(guarded.ID).LaterAnswerDue {
		t.Error("the later summary is given and still due")
	}
}
