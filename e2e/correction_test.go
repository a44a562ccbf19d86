package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// correcting is a director who has found something wrong, and the steward of the
// agency that it comes from.
func correcting(t *testing.T) (r *reporting, director, steward demo.Caller, child int64) {
	t.Helper()
	r = newReporting(t)
	director = r.h.Caller(t, "director")
	steward = r.person("STEWARD", "DATA_QUALITY", `SELECT p.staff_id FROM post p JOIN agency a ON a.id = p.agency_id
		WHERE p.role = 'STEWARD' AND a.kind = 'CIVIL_AFFAIRS' AND p.valid_to IS NULL ORDER BY p.valid_from DESC, p.id LIMIT 1`)
	return r, director, steward, director.ChildID
}

// raised is what the steward finds in the own list.
const raised = `query Corrections { correctionsToAnswer(first: 1) { nodes { id coordinate state version reason proposed child { id name } } } }`

// TestCorrection_isAnsweredBySource is the story of a wrong entry: a director disputes
// it where it is seen, everybody who reads it is warned, the steward of the source
// agency corrects it, and whoever was shown the old value is told to look again.
func TestCorrection_isAnsweredBySource(t *testing.T) {
	t.Parallel()
	r, director, steward, child := correcting(t)
	h := r.h
	change(t, h, `UPDATE child SET sex = 'FEMALE' WHERE id = $1`, child)
	change(t, h, `DELETE FROM correction_request WHERE child_id = $1`, child)
	begun := single[int64](t, h, `SELECT size FROM audit_head`)
	officer := holder(t, h, "SUP", "VISIT_SUPERVISION", child)
	answers(t, "the officer before", look(t, h, officer, child, `sex`), `{"child":{"sex":"FEMALE"}}`)

	in := members{"key": "wrong", "record": h.ID(t, director, "Child", child), "coordinate": "Child.sex", "reason": "户口簿上是男孩，登记写成了女孩", "proposed": "MALE"}
	first := r.must(director, "raiseCorrection", in)
	if first.State != "ROUTED" || first.Version != 1 {
		t.Errorf("raised: %s", first.raw)
	}
	if again := r.must(director, "raiseCorrection", in); again.ID != first.ID {
		t.Errorf("the same key raised another one: %s", again.raw)
	}
	in["key"] = "again"
	r.refused(director, "raiseCorrection", in, "CONFLICT")
	mark := `{"child":{"corrections":[{"coordinate":"Child.sex","state":"ROUTED","reason":null}]}}`
	answers(t, "the warning", look(t, h, officer, child, `corrections { coordinate state reason }`), mark)

	found := toDo(t, h, steward, "CORRECTION_TO_ANSWER")
	steward.TicketCode = found.Ticket
	got := h.Ask(t, steward, hubtest.Question{Query: raised})
	node := elements(t, member(t, got.Data, "correctionsToAnswer", "nodes"))[0]
	id := r.text(node, "id")
	if r.text(node, "coordinate") != "Child.sex" || !strings.HasPrefix(r.text(node, "reason"), "户口簿") || r.text(node, "proposed") != "MALE" {
		t.Errorf("what the steward reads: %s", node)
	}
	if r.text(node, "child", "name") != "" {
		t.Errorf("the steward needs no name: %s", node)
	}
	answer := members{"id": id, "version": 1, "answer": "核对户籍底册，应为男"}
	with := func(more members) members {
		out := members{}
		for k, v := range answer {
			out[k] = v
		}
		for k, v := range more {
			out[k] = v
		}
		return out
	}
	r.refused(steward, "acceptCorrection", with(members{"version": 7}), "CONFLICT")
	r.refused(steward, "acceptCorrection", with(members{"value": "BOY"}), "BAD_REQUEST")
	r.refused(steward, "acceptCorrection", with(members{"answer": "x"}), "BAD_REQUEST")
	r.refused(director, "acceptCorrection", with(members{"id": h.ID(t, director, "CorrectionMark", correctionID(t, r, child))}), "FORBIDDEN")
	done := r.must(steward, "acceptCorrection", with(members{"value": "MALE"}))
	if done.State != "ACCEPTED" || done.Version != 2 {
		t.Errorf("accepted: %s", done.raw)
	}
	answers(t, "the officer after it", look(t, h, officer, child, `sex corrections { state }`), `{"child":{"sex":"MALE","corrections":[{"state":"ACCEPTED"}]}}`)

	h.RunJobs(t)
	h.RunJobs(t) // tells nobody twice
	answers(t, "when all are told", look(t, h, officer, child, `corrections { state }`), `{"child":{"corrections":[{"state":"PROPAGATED"}]}}`)
	notices := func(c demo.Caller, kind string) (n int) {
		for _, task := range inboxOf(t, h, c) {
			if task.Kind == kind {
				n++
			}
		}
		return n
	}
	if n := notices(officer, "DATA_CORRECTED"); n != 1 {
		t.Errorf("the officer, who was shown the old value, has %d notices", n)
	}
	if n := notices(director, "CORRECTION_ANSWERED"); n != 1 {
		t.Errorf("the director, who raised it, has %d answers", n)
	}
	r.must(officer, "acknowledgeNotice", members{"task": toDo(t, h, officer, "DATA_CORRECTED").ID})
	if n := notices(officer, "DATA_CORRECTED"); n != 0 {
		t.Errorf("an acknowledged notice is still there")
	}
	answers(t, "the director reads the answer", look(t, h, director, child, `corrections { reason answer }`),
		`{"child":{"corrections":[{"reason":"户口簿上是男孩，登记写成了女孩","answer":"核对户籍底册，应为男"}]}}`)

	log := []string{
		"RaiseCorrection DIR ALLOWED ROUTED", "RaiseCorrection DIR ALLOWED REPEATED", "RaiseCorrection DIR DENIED CONFLICT",
		"AcceptCorrection STEWARD DENIED CONFLICT", "AcceptCorrection STEWARD DENIED BAD_REQUEST", "AcceptCorrection STEWARD DENIED BAD_REQUEST",
		"AcceptCorrection DIR DENIED FORBIDDEN", "AcceptCorrection STEWARD ALLOWED ACCEPTED",
	}
	if diff := cmp.Diff(log, single[[]string](t, h, `SELECT array_agg(concat_ws(' ', operation, role, outcome, reason) ORDER BY sequence) FROM audit_entry
		WHERE sequence >= $1 AND operation LIKE '%Correction'`, begun)); diff != "" {
		t.Errorf("on record (-want +got):\n%s", diff)
	}
}

func correctionID(t *testing.T, r *reporting, child int64) int64 {
	t.Helper()
	return single[int64](t, r.h, `SELECT id FROM correction_request WHERE child_id = $1 AND resolved_on IS NULL`, child)
}

// TestCorrection_ofWhatIsNotShown: a field that is withheld, that is none, or that no
// agency is the source of cannot be disputed, and a child out of reach is not there.
func TestCorrection_ofWhatIsNotShown(t *testing.T) {
	t.Parallel()
	r, director, _, child := correcting(t)
	mine := r.h.ID(t, director, "Child", child)
	for name, c := range map[string]struct {
		record, coordinate, code string
	}{
		"withheld":     {mine, "Health.illnessEvidence", "FORBIDDEN"},
		"no field":     {mine, "Child.shoeSize", "BAD_REQUEST"},
		"no type":      {mine, "pg_authid.rolpassword", "BAD_REQUEST"},
		"structure":    {mine, "Child.id", "BAD_REQUEST"},
		"a list":       {mine, "Child.visits", "BAD_REQUEST"},
		"another's":    {r.h.ID(t, director, "Child", unwatched), "Child.sex", "NOT_FOUND"},
		"another type": {r.h.ID(t, director, "School", 1), "Child.sex", "NOT_FOUND"},
	} {
		out := r.try(director, "raiseCorrection", members{"record": c.record, "coordinate": c.coordinate, "reason": "写错了，请核对"})
		if out.code() != c.code {
			t.Errorf("%s: want %s, got %s", name, c.code, out.raw)
		}
	}
}

// TestCorrection_changedMeanwhile: the steward does not write over a value that is no
// longer the one that was disputed; a refusal leaves it and says why.
func TestCorrection_changedMeanwhile(t *testing.T) {
	t.Parallel()
	r, director, steward, child := correcting(t)
	h := r.h
	change(t, h, `UPDATE child SET sex = 'FEMALE' WHERE id = $1`, child)
	change(t, h, `DELETE FROM correction_request WHERE child_id = $1`, child)
	r.must(director, "raiseCorrection", members{"record": h.ID(t, director, "Child", child), "coordinate": "Child.sex", "reason": "写错了，请核对"})
	change(t, h, `UPDATE child SET sex = 'UNKNOWN' WHERE id = $1`, child)
	steward.TicketCode = toDo(t, h, steward, "CORRECTION_TO_ANSWER").Ticket
	id := h.ID(t, steward, "CorrectionMark", correctionID(t, r, child))
	r.refused(steward, "acceptCorrection", members{"id": id, "version": 1, "answer": "应为男", "value": "MALE"}, "CONFLICT")
	if got := r.must(steward, "refuseCorrection", members{"id": id, "version": 1, "answer": "已另行更正"}); got.State != "REFUSED" {
		t.Errorf("refused: %s", got.raw)
	}
	if sex := single[string](t, h, `SELECT sex FROM child WHERE id = $1`, child); sex != "UNKNOWN" {
		t.Errorf("the value is %s", sex)
	}
}

// TestCorrection_waitsForASteward: while the source agency has nobody to answer, a
// correction waits; late, it goes up.
func TestCorrection_waitsForASteward(t *testing.T) {
	t.Parallel()
	r, director, steward, child := correcting(t)
	h := r.h
	change(t, h, `DELETE FROM correction_request`)
	change(t, h, `UPDATE post SET valid_to = '2026-11-01' WHERE role = 'STEWARD'`)
	got := r.must(director, "raiseCorrection", members{"record": h.ID(t, director, "Child", child), "coordinate": "Child.sex", "reason": "写错了，请核对"})
	if got.State != "RAISED" {
		t.Errorf("without a steward: %s", got.raw)
	}
	change(t, h, `UPDATE post SET valid_to = NULL WHERE role = 'STEWARD'`)
	h.RunJobs(t)
	toDo(t, h, steward, "CORRECTION_TO_ANSWER")
	r.pass(20 * 24 * time.Hour)
	h.RunJobs(t)
	h.RunJobs(t)
	toDo(t, h, h.Caller(t, "dpo"), "CORRECTION_TO_ANSWER")
}
