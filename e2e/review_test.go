package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
	"github.com/tongxin-hub/tongxin/internal/review"
)

func uniqueKey() string { return fmt.Sprintf("key-%d", hired.Add(1)) }

const words = "因工作安排需要核对该儿童的走访计划。"

// listed puts an item about a person on the list and gives its internal id.
func listed(t *testing.T, h *hubtest.Hub, c demo.Caller, state string, child int64) int64 {
	t.Helper()
	change(t, h, `INSERT INTO review_rule (code, place, zh, en, ground) VALUES ('CANARY', 1, '诱饵', 'canary', '网络保护条例36') ON CONFLICT DO NOTHING`)
	return single[int64](t, h, `INSERT INTO review_item (rule, staff_id, staff_code, agency_code, child_id, state, first_at, last_at, entry_count, opened_at,
			question, asked_at, answer_due)
		SELECT 'CANARY', s.id, s.code, a.code, $3, $2, '2026-11-20', '2026-11-20', 1, '2026-11-20', '为何查看该儿童的档案？', '2026-11-20', '2026-11-28'
		FROM staff s JOIN agency a ON a.id = s.agency_id WHERE s.code = $1 RETURNING id`, c.StaffCode, state, child)
}

// plantReviews puts what the cases of reviews speak of on the list: one question to
// the director, four items and two break-glass accesses of the supervisor.
func plantReviews(t *testing.T, h *hubtest.Hub) {
	t.Helper()
	asked, person := h.Caller(t, "director"), h.Caller(t, "supervisor")
	for id, c := range map[int64]demo.Caller{1001: asked, 1002: person, 1003: person, 1004: person, 1005: person} {
		row := listed(t, h, c, map[bool]string{true: "ASKED", false: "OPEN"}[id == 1001 || id == 1005], demo.Bailu)
		change(t, h, `UPDATE review_item SET asked_at = NULL WHERE id = $1 AND state = 'OPEN'`, row)
		// Under an id that the cases can name.
		change(t, h, `WITH old AS (DELETE FROM review_item WHERE id = $1 RETURNING *)
			INSERT INTO review_item OVERRIDING SYSTEM VALUE
			SELECT (jsonb_populate_record(NULL::review_item, to_jsonb(old) || jsonb_build_object('id', $2::bigint))).* FROM old`, row, id)
	}
	for _, id := range []int64{1001, 1002} {
		change(t, h, `INSERT INTO emergency_access (id, child_id, staff_id, reason, opened_at, expires_at)
			SELECT $1, $2, id, '走失', '2026-11-12 08:00+08', '2026-11-13 08:00+08' FROM staff WHERE code = $3`, id, demo.Bailu, person.StaffCode)
	}
}

// broken puts a break-glass access of a person on the register.
func broken(t *testing.T, h *hubtest.Hub, c demo.Caller, child int64, opened string) int64 {
	t.Helper()
	return single[int64](t, h, `INSERT INTO emergency_access (child_id, staff_id, reason, opened_at, expires_at)
		SELECT $2, id, '走失', $3::timestamptz, $3::timestamptz + interval '24 hours' FROM staff WHERE code = $1 RETURNING id`, c.StaffCode, child, opened)
}

// TestReview_everyMove tries every move from every state of both machines as every
// role: what the table allows is done, everything else is refused and changes nothing.
func TestReview_everyMove(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	person := director(t, h, demo.Bailu)
	callers := map[string]demo.Caller{
		"AUD": h.Caller(t, "auditor"), "DPO": h.Caller(t, "dpo"), review.Person: person,
		"SUP": supervisor(t, h, demo.Bailu), "CM": manager(t, h, demo.Bailu),
	}
	for _, m := range []struct {
		machine      flow.Machine
		table, typed string
	}{
		{review.Items(), "review_item", "ReviewItem"},
		{review.Emergencies(), "emergency_review", "EmergencyReview"},
	} {
		for _, s := range m.machine.States {
			for _, move := range m.machine.Moves {
				for role, c := range callers {
					if slices.Contains(move.Roles, flow.System) {
						continue
					}
					var row int64
					if m.table == "review_item" {
						row = listed(t, h, person, s.Code, demo.Bailu)
					} else {
						row = broken(t, h, person, demo.Bailu, "2026-11-20T08:00:00+08:00")
					}
					change(t, h, `UPDATE `+m.table+` SET state = $2 WHERE id = $1`, row, s.Code)
					want := s.Code
					if slices.Contains(move.From, s.Code) && slices.Contains(move.Roles, role) {
						want = move.To
					}
					got := speak(t, h, c, move.Name, h.ID(t, c, m.typed, row))
					if state := single[string](t, h, `SELECT state FROM `+m.table+` WHERE id = $1`, row); state != want {
						t.Errorf("%s of %s by %s: %s, want %s", move.Name, s.Code, role, state, want)
					}
					if done := got.State != "" && len(got.UserErrors) == 0; done != (want != s.Code || move.To == s.Code && slices.Contains(move.From, s.Code)) {
						t.Errorf("%s of %s by %s is answered %+v", move.Name, s.Code, role, got)
					}
					if n := single[int](t, h, `SELECT count(*) FROM review_event WHERE item_id = $1 AND $2 = 'review_item' OR emergency_id = $1 AND $2 <> 'review_item'`, row, m.table); n != map[bool]int{true: 1}[want != s.Code] {
						t.Errorf("%s of %s by %s leaves %d events", move.Name, s.Code, role, n)
					}
				}
			}
		}
	}
}

// speak makes a move by its name in the machine.
func speak(t *testing.T, h *hubtest.Hub, c demo.Caller, move, id string) spoken {
	t.Helper()
	if move == "reviewEmergency.MISUSE" {
		var data struct{ ReviewEmergency spoken }
		asks(t, h, c, `mutation Say($input: ReviewEmergencyInput!) { reviewEmergency(input: $input) { state userErrors { code path } } }`,
			map[string]any{"input": map[string]any{"key": uniqueKey(), "emergency": id, "verdict": "MISUSE", "statement": words}}, &data)
		return data.ReviewEmergency
	}
	return says(t, h, c, strings.TrimSuffix(move, ".OK"), id, words)
}

// TestReview_thePersonAnswers: the person sees the own question alone, without the
// help of a ticket, and answers it once; others see nothing and may not answer.
func TestReview_thePersonAnswers(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	auditor, person, other := h.Caller(t, "auditor"), director(t, h, demo.Bailu), director(t, h, demo.Bailu)
	person.TicketCode = ""
	row := listed(t, h, person, "OPEN", demo.Bailu)
	change(t, h, `UPDATE review_item SET question = NULL, asked_at = NULL, answer_due = NULL WHERE id = $1`, row)
	mine := hubtest.Question{Query: `query Mine { myQuestions { id title child state question answerDue overdue answer } }`}
	answers(t, "before the question", h.Ask(t, person, mine), `{"myQuestions":[]}`)

	item := h.ID(t, auditor, "ReviewItem", row)
	if got := says(t, h, auditor, "askAboutAccess", item, "请说明为何查看该儿童的档案。"); got.State != "ASKED" {
		t.Fatalf("asked: %+v", got)
	}
	question := h.ID(t, person, "ReviewItem", row)
	answers(t, "the question", h.Ask(t, person, mine), fmt.Sprintf(`{"myQuestions":[{"id":%q,"title":"诱饵 canary","child":%q,"state":"ASKED",`+
		`"question":"请说明为何查看该儿童的档案。","answerDue":"2026-12-01T00:00:00.000+08:00","overdue":false,"answer":null}]}`,
		question, h.ID(t, person, "Child", demo.Bailu)))
	answers(t, "a colleague's list", h.Ask(t, other, mine), `{"myQuestions":[]}`)
	if got := says(t, h, other, "answerQuestion", question, words); len(got.UserErrors) != 1 || got.UserErrors[0].Code != "NOT_FOUND" {
		t.Errorf("a colleague answers: %+v", got)
	}
	for _, bad := range []string{"太短", "号码是10012345678，请核对该儿童的情况。"} {
		if got := says(t, h, person, "answerQuestion", question, bad); len(got.UserErrors) != 1 || got.UserErrors[0].Code != "BAD_REQUEST" {
			t.Errorf("%q is taken: %+v", bad, got)
		}
	}
	if got := says(t, h, person, "answerQuestion", question, words); got.State != "ANSWERED" {
		t.Errorf("the answer: %+v", got)
	}
	if got := says(t, h, person, "answerQuestion", question, words); len(got.UserErrors) != 1 || got.UserErrors[0].Code != "CONFLICT" {
		t.Errorf("a second answer: %+v", got)
	}
	answers(t, "what the auditor reads", h.Ask(t, auditor, hubtest.Question{
		Query:     `query Item($id: ID!) { reviewItem(id: $id) { state answer events { by move fromState toState statement } } }`,
		Variables: map[string]any{"id": item},
	}), fmt.Sprintf(`{"reviewItem":{"state":"ANSWERED","answer":%q,"events":[{"by":%q,"move":"askAboutAccess","fromState":"OPEN","toState":"ASKED","statement":"请说明为何查看该儿童的档案。"},`+
		`{"by":%q,"move":"answerQuestion","fromState":"ASKED","toState":"ANSWERED","statement":%q}]}}`, words, auditor.StaffCode, person.StaffCode, words))
}

// TestReview_overdueAnswer: an answer that is late is marked, and counted.
func TestReview_overdueAnswer(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	auditor, person := h.Caller(t, "auditor"), director(t, h, demo.Bailu)
	row := listed(t, h, person, "OPEN", 0)
	says(t, h, auditor, "askAboutAccess", h.ID(t, auditor, "ReviewItem", row), words)
	late := func() int { return len(reviewItems(t, h, auditor, map[string]any{"overdue": true})) }
	if n := late(); n != 0 {
		t.Errorf("%d are overdue at once", n)
	}
	change(t, h, `UPDATE review_item SET answer_due = '2026-11-23T09:59:00+08:00' WHERE id = $1`, row)
	if n := late(); n != 1 {
		t.Errorf("%d are overdue after the deadline, want 1", n)
	}
	if n := len(reviewItems(t, h, auditor, map[string]any{"overdue": false, "staffCode": person.StaffCode})); n != 0 {
		t.Errorf("%d are not overdue", n)
	}
}

// TestBreakGlass_overdueReviewBlocks: who has not justified in 24 hours, or was not
// reviewed in three working days, breaks no further glass until that is done.
func TestBreakGlass_overdueReviewBlocks(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	c, dpo := director(t, h, demo.Bailu), h.Caller(t, "dpo")
	urgent := c
	urgent.Purpose, urgent.TicketCode = "EMERGENCY", ""
	broken(t, h, c, demo.Qinghe, "2026-11-23T08:00:00+08:00")
	found(t, "an emergency of today", h, urgent, demo.Qinghe)

	old := broken(t, h, c, demo.Liutang, "2026-11-18T08:00:00+08:00") // a Wednesday: reviewed by Monday
	blocked := look(t, h, urgent, demo.Qinghe, "__typename")
	refusedAs(t, "not justified in time", blocked, "FORBIDDEN")
	if e := last(t, h); e.Outcome != "DENIED" || !e.BreakGlass || len(e.Shown) != 0 {
		t.Errorf("on record %+v", e)
	}
	found(t, "with the usual purpose", h, c, demo.Bailu)

	mine := c
	mine.TicketCode = ""
	if got := says(t, h, mine, "justifyEmergency", h.ID(t, mine, "EmergencyReview", old), words); got.State != "JUSTIFIED" {
		t.Fatalf("justified: %+v", got)
	}
	found(t, "justified, and the review is not due yet", h, urgent, demo.Qinghe)
	change(t, h, `UPDATE emergency_review SET review_due = '2026-11-22' WHERE id = $1`, old)
	refusedAs(t, "not reviewed in time", look(t, h, urgent, demo.Qinghe, "__typename"), "FORBIDDEN")
	if got := says(t, h, dpo, "reviewEmergency", h.ID(t, dpo, "EmergencyReview", old), words); got.State != "OK" {
		t.Fatalf("reviewed: %+v", got)
	}
	found(t, "after the review", h, urgent, demo.Qinghe)
	if n := single[int](t, h, `SELECT count(*) FROM emergency_access WHERE id = $1 AND justified_at IS NOT NULL AND reviewed_at IS NOT NULL`, old); n != 1 {
		t.Error("the break-glass access does not say that it was justified and reviewed")
	}
}

// TestBreakGlass_isHeardFirst: nobody rules while the person still has time to speak.
func TestBreakGlass_isHeardFirst(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	c, dpo := director(t, h, demo.Bailu), h.Caller(t, "dpo")
	row := broken(t, h, c, demo.Qinghe, "2026-11-23T08:00:00+08:00")
	id := h.ID(t, dpo, "EmergencyReview", row)
	if got := says(t, h, dpo, "reviewEmergency", id, words); len(got.UserErrors) != 1 || got.UserErrors[0].Code != "CONFLICT" {
		t.Errorf("a ruling before the person was heard: %+v", got)
	}
	if got := says(t, h, c, "justifyEmergency", h.ID(t, c, "EmergencyReview", row), words); got.State != "JUSTIFIED" {
		t.Errorf("the person's word: %+v", got)
	}
	if got := says(t, h, dpo, "reviewEmergency", id, words); got.State != "OK" {
		t.Errorf("the ruling: %+v", got)
	}
}
