package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// actOutcome is the payload of a move of a record.
type actOutcome struct {
	outcome

	ID string
}

// act makes a mutation that has to come to something; behind its name stand members
// of its payload.
func act(t *testing.T, h *hubtest.Hub, c demo.Caller, call string, input map[string]any, want string) actOutcome {
	t.Helper()
	mutation, members, _ := strings.Cut(call, " ")
	with := map[string]any{"key": fmt.Sprintf("key-%d", hired.Add(1))}
	maps.Copy(with, input)
	name := strings.ToUpper(mutation[:1]) + mutation[1:]
	got := h.Ask(t, c, hubtest.Question{
		Query:     fmt.Sprintf("mutation %s($in: %sInput!) { out: %s(input: $in) { %s entry userErrors { code path } } }", name, name, mutation, members),
		Variables: map[string]any{"in": with},
	})
	var data struct{ Out actOutcome }
	if err := json.Unmarshal(got.Data, &data); err != nil || len(got.Errors) > 0 || data.Out.Entry == "" {
		t.Fatalf("%s: %s", mutation, got.Body)
	}
	if data.Out.said() != want {
		t.Fatalf("%s: %s, want %s", mutation, data.Out.said(), want)
	}
	return data.Out
}

// plan moves a plan of support.
func plan(t *testing.T, h *hubtest.Hub, c demo.Caller, mutation string, input map[string]any, want string) actOutcome {
	t.Helper()
	return act(t, h, c, mutation+" id state version", input, want)
}

// counted reads one number as it is printed.
func counted(t *testing.T, h *hubtest.Hub, c demo.Caller, by, code, category string) string {
	t.Helper()
	got := h.Ask(t, c, hubtest.Question{
		Query: `query Counts($by: ServiceDimension!) { serviceCounts(by: $by) { code category shown unit definition asOf } }`, Variables: map[string]any{"by": by},
	})
	var data struct {
		ServiceCounts []struct{ Code, Category, Shown, Unit, Definition, AsOf string }
	}
	if err := json.Unmarshal(got.Data, &data); err != nil {
		t.Fatalf("counts: %s", got.Body)
	}
	for _, n := range data.ServiceCounts {
		if n.Code == code && n.Category == category {
			if n.Definition == "" || n.AsOf != today {
				t.Errorf("%s of %s lacks its definition or date: %+v", code, category, n)
			}
			return n.Shown + " " + n.Unit
		}
	}
	t.Fatalf("no %s of %s in %s", code, category, got.Body)
	return ""
}

// theFile is what a plan tells.
const theFile = `supportPlans { service aim state responsible progress steps { no what result } } protection { hasSupportPlan }`

// TestStory_support: what a visit found becomes a plan; whoever is responsible accepts
// it, reports step by step, and whoever made it reviews and closes it. Others learn
// that there is a plan and no more.
func TestStory_support(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	child := demo.Bailu
	staffed(t, h, child)
	visit, director := comeUp(t, h, child)
	sup, teacher := holder(t, h, "SUP", "VISIT_SUPERVISION", child), holder(t, h, "HT", "CLASS_CARE", child)
	leader := h.Caller(t, "leader")
	change(t, h, `DELETE FROM support_step WHERE plan_id IN (SELECT id FROM support_plan WHERE child_id = $1)`, child)
	change(t, h, `DELETE FROM support_plan WHERE child_id = $1`, child)
	from := size(t, h)

	draft := expect(t, h, director, "recordVisit", form(t, h, director, visit, versionOf(t, h, visit), map[string]any{"recommendations": []string{"EDUCATION"}}), "DONE")
	expect(t, h, director, "submitVisit", at(t, h, director, visit, draft.Version), "SUBMITTED")

	// The supervisor makes the plan that the visit recommends; the teacher is to do it.
	proposal := map[string]any{
		"child": h.ID(t, sup, "Child", child), "visit": h.ID(t, sup, "Visit", visit), "service": "EDUCATION", "aim": "期末前补齐落下的课程",
		"responsible": teacher.StaffCode, "reviewOn": "2026-12-20", "dueOn": "2027-01-31", "childHeard": true,
		"steps": []map[string]any{{"what": "每周两次课后辅导", "dueOn": "2026-12-10"}, {"what": "与照护人谈作业陪伴", "dueOn": "2026-12-18"}},
	}
	noisy := maps.Clone(proposal)
	noisy["aim"] = "联系电话 1000 0000 000"
	plan(t, h, sup, "openSupportPlan", noisy, "BAD_REQUEST input.aim")
	made := plan(t, h, sup, "openSupportPlan", proposal, "PROPOSED")

	// The teacher finds it in the inbox, sees the own line, and nothing of the visit.
	toDo(t, h, teacher, "SUPPORT_ACCEPT")
	got := look(t, h, teacher, child, theFile+` visits { nodes { livingText } }`)
	for _, want := range []string{`"aim":"期末前补齐落下的课程"`, `"state":"PROPOSED"`, `"what":"每周两次课后辅导"`, `"livingText":null`} {
		if !strings.Contains(string(got.Data)+`"livingText":null`, want) {
			t.Errorf("the teacher is not shown %s: %s", want, got.Body)
		}
	}
	id := h.ID(t, teacher, "SupportPlan", single[int64](t, h, `SELECT max(id) FROM support_plan WHERE child_id = $1`, child))
	with := func(version int, more map[string]any) map[string]any {
		in := map[string]any{"id": id, "version": version}
		maps.Copy(in, more)
		return in
	}
	// The director of the village is not responsible: a plan exists, no more.
	other := director
	if got = look(t, h, other, child, theFile); strings.Contains(string(got.Body), "课后辅导") {
		t.Errorf("the director was shown another's line: %s", got.Body)
	}
	accepted := plan(t, h, teacher, "acceptSupportPlan", with(made.Version, nil), "OPEN")
	plan(t, h, teacher, "acceptSupportPlan", with(made.Version, nil), "CONFLICT input.version")
	toDo(t, h, teacher, "SUPPORT_STEP")
	toDo(t, h, sup, "SUPPORT_REVIEW")
	first := plan(t, h, teacher, "reportSupportStep", with(accepted.Version, map[string]any{"step": 1, "doneOn": today, "result": "DONE", "note": "已辅导四次"}), "OPEN")

	id = made.ID
	plan(t, h, sup, "completeSupportPlan", with(first.Version, map[string]any{"outcome": "课程已补齐", "childHeard": true}), "CONFLICT input")
	reviewed := plan(t, h, sup, "reviewSupportPlan", with(first.Version, map[string]any{"progress": "ON_TRACK", "nextOn": "2027-01-20", "childHeard": true}), "OPEN")
	id = h.ID(t, teacher, "SupportPlan", single[int64](t, h, `SELECT max(id) FROM support_plan WHERE child_id = $1`, child))
	second := plan(t, h, teacher, "reportSupportStep", with(reviewed.Version, map[string]any{"step": 2, "doneOn": today, "result": "DONE"}), "OPEN")
	id = made.ID
	plan(t, h, sup, "completeSupportPlan", with(second.Version, map[string]any{"outcome": "课程已补齐", "childHeard": true}), "DONE")
	for _, c := range []demo.Caller{sup, teacher} {
		for _, task := range inboxOf(t, h, c) {
			if strings.HasPrefix(task.Kind, "SUPPORT_") && single[bool](t, h, `SELECT EXISTS (SELECT FROM task k JOIN staff s ON s.id = k.staff_id
				WHERE k.child_id = $1 AND k.subject = 'support_plan' AND k.done_at IS NULL AND s.code = $2)`, child, c.StaffCode) {
				t.Errorf("%s still has %s", c.Role, task.Kind)
			}
		}
	}
	reads(t, h, from, []string{
		"DIR RecordVisit ALLOWED DONE", "DIR SubmitVisit ALLOWED SUBMITTED", "SUP OpenSupportPlan DENIED BAD_REQUEST", "SUP OpenSupportPlan ALLOWED PROPOSED",
		"HT Inbox ALLOWED", "HT File PARTLY_WITHHELD", "DIR File PARTLY_WITHHELD", "HT AcceptSupportPlan ALLOWED OPEN", "HT AcceptSupportPlan DENIED CONFLICT", "HT Inbox ALLOWED", "SUP Inbox ALLOWED",
		"HT ReportSupportStep ALLOWED OPEN", "SUP CompleteSupportPlan DENIED CONFLICT", "SUP ReviewSupportPlan ALLOWED OPEN", "HT ReportSupportStep ALLOWED OPEN",
		"SUP CompleteSupportPlan ALLOWED DONE", "SUP Inbox ALLOWED", "HT Inbox ALLOWED",
	})
	// A leader sees numbers, and null for every child.
	if n := counted(t, h, leader, "SERVICE", "SUPPORT_PLANS", "思想教育"); n == "" || strings.HasPrefix(n, "0") {
		t.Errorf("the plan is not counted: %s", n)
	}
}

// TestSupport_correction: what a plan of 教育矫治 holds stays with the case manager and
// the contracted social worker; a supervisor learns that there is a plan.
func TestSupport_correction(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	child := demo.Bailu
	cm, sup := manager(t, h, child), supervisor(t, h, child)
	change(t, h, `DELETE FROM support_step WHERE plan_id IN (SELECT id FROM support_plan WHERE child_id = $1)`, child)
	change(t, h, `DELETE FROM support_plan WHERE child_id = $1`, child)
	in := map[string]any{
		"service": "CORRECTION", "aim": "改正不良行为", "reviewOn": "2026-12-20", "dueOn": "2027-01-31", "childHeard": true,
		"steps": []map[string]any{{"what": "每周一次行为小结", "dueOn": "2026-12-10"}}, "responsible": cm.StaffCode,
	}
	in["child"] = h.ID(t, sup, "Child", child)
	plan(t, h, sup, "openSupportPlan", in, "FORBIDDEN input.service")
	in["child"] = h.ID(t, cm, "Child", child)
	plan(t, h, cm, "openSupportPlan", in, "PROPOSED")
	const ask = `supportPlans { service aim state isCorrection correctionAim steps { no what correctionWhat } }`
	got := look(t, h, cm, child, ask)
	answers(t, "case manager", got, `{"child":{"supportPlans":[{"service":null,"aim":null,"state":"PROPOSED","isCorrection":true,"correctionAim":"改正不良行为","steps":[{"no":1,"what":null,"correctionWhat":"每周一次行为小结"}]}]}}`)
	got = look(t, h, sup, child, ask)
	answers(t, "supervisor", got, `{"child":{"supportPlans":[{"service":null,"aim":null,"state":"PROPOSED","isCorrection":null,"correctionAim":null,"steps":[{"no":1,"what":null,"correctionWhat":null}]}]}}`)
}

// TestCounts_areOfEventsAndNotOfNames: sessions and trainings move the
// figures of the yearly table by what they are, and tell no leader a name.
func TestCounts_areOfEventsAndNotOfNames(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	leader, worker, fe, sup := h.Caller(t, "leader"), h.Caller(t, "contractor"), h.Caller(t, "family-guide"), h.Caller(t, "supervisor")
	figure := func(code string) string {
		t.Helper()
		got := h.Ask(t, leader, hubtest.Question{Query: `query Figures { figures { code shown unit } }`})
		var data struct {
			Figures []struct{ Code, Shown, Unit string }
		}
		if err := json.Unmarshal(got.Data, &data); err != nil {
			t.Fatal(err)
		}
		for _, f := range data.Figures {
			if f.Code == code {
				return f.Shown + " " + f.Unit
			}
		}
		return ""
	}
	for code, want := range map[string]string{
		"SUPERVISORS_IN_POST": "15 人", "DIRECTORS_IN_POST": "649 人", "TRAINED_DIRECTORS": "100% %", "GROUP_EVENTS": "12 场", "COUNSELLING_SESSIONS": "38 次",
		"COUNSELLING_ATTENDANCES": "95 人次", "COUNSELLING_CHILDREN": "61 人", "PROPOSAL_NUMBER": "89 号", "HANDLING_CLASS": "A 类",
	} {
		if got := figure(code); got != want {
			t.Errorf("%s: %s, want %s", code, got, want)
		}
	}
	record := func(c demo.Caller, mutation string, in map[string]any, want string) {
		t.Helper()
		act(t, h, c, mutation, in, want)
	}
	const series = "润心伴成长，同心护未来"
	if n := counted(t, h, leader, "SERIES", "GROUP_EVENTS", series); n != "12 场" {
		t.Errorf("before: %s", n)
	}
	record(worker, "recordGroupSession", map[string]any{"series": series, "kind": "PEERS", "heldOn": today, "site": "阳逻街道示范一小", "attendance": 23, "inCare": 11}, "")
	record(worker, "recordGroupSession", map[string]any{"series": series, "kind": "PEERS", "heldOn": today, "site": "阳逻街道示范一小", "attendance": 3, "inCare": 5}, "BAD_REQUEST input.inCare")
	if n := counted(t, h, leader, "SERIES", "GROUP_EVENTS", series); n != "13 场" || figure("GROUP_EVENTS") != "13 场" {
		t.Errorf("after: %s, %s", n, figure("GROUP_EVENTS"))
	}
	before := figure("GUARDIANS_TRAINED")
	record(fe, "recordTraining", map[string]any{"title": "读懂孩子的情绪", "heldOn": today, "audience": "GUARDIANS", "attendance": 30}, "")
	record(fe, "recordTraining", map[string]any{"title": "业务培训", "heldOn": today, "audience": "DIRECTORS", "staff": []string{sup.StaffCode}}, "FORBIDDEN input.audience")
	if after := figure("GUARDIANS_TRAINED"); after == before {
		t.Errorf("%s guardians stay %s", before, after)
	}
	// A training of a new director closes the gap that the post had opened.
	village := single[int64](t, h, `SELECT min(d.id) FROM division d JOIN post p ON p.division_id = d.parent_id JOIN staff s ON s.id = p.staff_id WHERE d.level = 'VILLAGE' AND s.code = $1`, sup.StaffCode)
	fresh := hire(t, h, post{agency: "ZJ003", role: "DIR", division: village})
	if n := figure("TRAINED_DIRECTORS"); n == "100% %" {
		t.Errorf("a new director is not counted: %s", n)
	}
	record(sup, "recordTraining", map[string]any{"title": "儿童主任岗前培训", "heldOn": today, "audience": "DIRECTORS", "staff": []string{fresh.StaffCode}}, "")
	if n := figure("TRAINED_DIRECTORS"); n != "100% %" {
		t.Errorf("a trained director is not counted: %s", n)
	}
	outside := hire(t, h, post{agency: "ZJ003", role: "DIR", division: single[int64](t, h, `SELECT min(d.id) FROM division d WHERE d.level = 'VILLAGE' AND d.parent_id <> (SELECT parent_id FROM division WHERE id = $1)`, village)})
	record(sup, "recordTraining", map[string]any{"title": "儿童主任岗前培训", "heldOn": today, "audience": "DIRECTORS", "staff": []string{outside.StaffCode}}, "BAD_REQUEST input.staff")
}
