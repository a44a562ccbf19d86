package e2e

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// TestStory_openingCheck: a week into the term a pupil was not seen at school. The school
// is asked about each who was not, finds nobody at home, and says so: the officer has the
// alert and sees what it releases, the county counts it, and the school's work is done.
func TestStory_openingCheck(t *testing.T) {
	t.Parallel()
	r := newReporting(t)
	h, child := r.h, demo.Bailu
	change(t, h, `DELETE FROM task WHERE subject = 'opening_check'`) // the demo's own check
	for _, table := range []string{"opening_run", "opening_absence", "opening_check"} {
		change(t, h, "DELETE FROM "+table)
	}
	change(t, h, `UPDATE term SET starts_on = '2026-11-16' WHERE '2026-11-23' BETWEEN starts_on AND ends_on`)
	teacher := as(h.Caller(t, "class-teacher"), "DROPOUT_PREVENTION", "")
	school := where(t, h, child, "school")
	change(t, h, `UPDATE post SET valid_from = '2020-01-01' WHERE staff_id = $1 AND role = 'HT'`, staffID(t, h, teacher))
	change(t, h, `UPDATE post SET school_id = $2 WHERE staff_id = $1 AND role = 'HT'`, staffID(t, h, teacher), school)
	change(t, h, `UPDATE enrolment SET class_id = NULL, status = 'ENROLLED' WHERE child_id = $1 AND current`, child) // not on the rolls of the new term
	officer := hire(t, h, post{agency: "JY", role: "DPS", purpose: "DROPOUT_PREVENTION"})
	other := hire(t, h, post{agency: teacher.AgencyCode, role: "HT", purpose: "DROPOUT_PREVENTION", school: single[int64](t, h, `SELECT id FROM school WHERE id <> $1 ORDER BY id LIMIT 1`, school)})
	address := single[string](t, h, `SELECT residence_address FROM child WHERE id = $1`, child)
	since := size(t, h)
	if got := look(t, h, officer, child, `name`); bytes.Contains(got.Data, []byte(childName(t, h, child))) {
		t.Errorf("worked case 4: the officer reads %s before there is an item", got.Data)
	}

	for range 2 {
		h.RunJobs(t)
	}
	if n := single[int](t, h, `SELECT count(*) FROM task WHERE kind = 'OPENING_CHECK' AND staff_id = $1`, staffID(t, h, teacher)); n != 1 {
		t.Fatalf("the teacher is asked %d times", n)
	}
	name := childName(t, h, child)
	list := func(c demo.Caller) hubtest.Response {
		return h.Ask(t, c, hubtest.Question{Query: `query Opening { openingAbsences(first: 100) { nodes { id state version child { name residenceAddress enrolment { status } } } } }`})
	}
	mine := list(teacher)
	var id string
	for _, n := range elements(t, member(t, mine.Data, "openingAbsences", "nodes")) {
		if string(member(t, n, "child", "name")) == name {
			id = r.text(n, "id")
		}
	}
	if id == "" || bytes.Contains(mine.Data, []byte(address)) {
		t.Fatalf("whom the teacher has to find: %s", mine.Body)
	}
	for who, c := range map[string]demo.Caller{"a teacher of another school": other, "the officer": officer} {
		if got := list(c); bytes.Contains(got.Body, []byte(name)) {
			t.Errorf("%s is shown the school's: %s", who, got.Body)
		}
	}
	change(t, h, `UPDATE opening_absence SET state = 'SETTLED', outcome = 'AT_SCHOOL', settled_on = '2026-11-23' WHERE child_id <> $1`, child)

	settle := func(facts members) members { return adding(members{"id": id, "version": 1}, facts) }
	r.refused(other, "settleOpeningAbsence", adding(settle(members{"outcome": "AT_SCHOOL"}), members{"id": h.ID(t, other, "OpeningAbsence", single[int64](t, h, `SELECT id FROM opening_absence WHERE child_id = $1`, child))}), "NOT_FOUND")
	r.refused(teacher, "settleOpeningAbsence", settle(members{"outcome": "ENROLLED_ELSEWHERE"}), "BAD_REQUEST")
	r.refused(teacher, "settleOpeningAbsence", settle(members{"outcome": "AT_SCHOOL", "version": 9}), "CONFLICT")
	done := r.must(teacher, "settleOpeningAbsence", settle(members{"outcome": "NOT_RETURNED", "key": "gone"}))
	if again := r.must(teacher, "settleOpeningAbsence", settle(members{"outcome": "NOT_RETURNED", "key": "gone"})); done.State != "SETTLED" || again.Version != done.Version {
		t.Errorf("settled: %s, then %s", done.raw, again.raw)
	}
	if open := single[int](t, h, `SELECT count(*) FROM task WHERE kind = 'OPENING_CHECK' AND done_at IS NULL AND staff_id = $1`, staffID(t, h, teacher)); open != 0 {
		t.Error("the school's work is not done")
	}

	// The alert is an ordinary one: worked case 1, the stage releases what the phone needs.
	holding := give(t, h, officer, "DROPOUT_CASE", child)
	got := look(t, h, holding, child, `name residenceAddress registration { leftBehind riskLevel } dropoutCases { stage }`)
	if !bytes.Contains(got.Data, []byte(name)) || !bytes.Contains(got.Data, []byte(`"stage":"ALERT"`)) || bytes.Contains(got.Data, []byte(address)) {
		t.Errorf("worked case 1: the officer reads %s", got.Data)
	}
	counts := h.Ask(t, officer, hubtest.Question{Query: `query Review { countyReview(quarter: "2026-11-01") { code shown } }`})
	if !bytes.Contains(counts.Body, []byte(`{"code":"OPENING_ALERTED","shown":"<5"}`)) {
		t.Errorf("the county counts %s", counts.Body)
	}
	want := []string{"HT Opening PARTLY_WITHHELD", "HT SettleOpeningAbsence ALLOWED NOT_RETURNED"}
	if diff := cmp.Diff(want, r.file(child, since)); diff != "" {
		t.Errorf("the file of the story (-want +got):\n%s", diff)
	}
}
