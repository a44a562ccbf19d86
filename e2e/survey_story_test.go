package e2e

import (
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// survey is a village with everybody whom the survey of a child needs.
type survey struct {
	t                           *testing.T
	h                           *hubtest.Hub
	child                       int64
	at                          *atomic.Int64
	director, next, sup, doctor demo.Caller
	officer, manager            demo.Caller
}

// surveyed hires them for a child.
func surveyed(t *testing.T, child int64) *survey {
	t.Helper()
	return surveyedAt(t, child, &atomic.Int64{}, hubtest.Options{})
}

// surveyedAt does so at a hub of its own, by a clock that others may share.
func surveyedAt(t *testing.T, child int64, at *atomic.Int64, o hubtest.Options) *survey {
	t.Helper()
	s := &survey{t: t, child: child, at: at}
	o.Shift = func() time.Duration { return time.Duration(s.at.Load()) }
	s.h = hubtest.Start(t, o)
	village, town := where(t, s.h, child, "village"), where(t, s.h, child, "township")
	s.director = hire(t, s.h, post{agency: "ZJ003", role: "DIR", purpose: "REGISTER_VERIFY", division: village, from: "2026-11-20"})
	elsewhere := single[int64](t, s.h, `SELECT min(id) FROM division WHERE level = 'VILLAGE' AND id <> $1`, village)
	s.next = hire(t, s.h, post{agency: "ZJ003", role: "DIR", purpose: "VISIT", from: "2026-11-20", division: elsewhere})
	s.next = give(t, s.h, s.next, "VISIT_TASK", nil)
	s.sup = hire(t, s.h, post{agency: "ZJ002", role: "SUP", purpose: "REGISTER_VERIFY", division: town, from: "2026-11-20"})
	clinic := single[int64](t, s.h, `SELECT id FROM clinic WHERE division_id = $1`, town)
	s.doctor = hire(t, s.h, post{agency: s.h.Caller(t, "clinic-doctor").AgencyCode, role: "HD", purpose: "CHILD_HEALTH", clinic: clinic, from: "2026-11-20"})
	s.officer = hire(t, s.h, post{agency: "JY", role: "DPS", purpose: "DROPOUT_PREVENTION", from: "2026-11-20"})
	s.manager = hire(t, s.h, post{agency: "MZ", role: "CM", purpose: "CASE_MGMT", from: "2026-11-20"})
	return s
}

// with is a caller under another purpose and without a work item.
func with(c demo.Caller, purpose string) demo.Caller {
	c.Purpose, c.TicketCode = purpose, ""
	return c
}

// asked is somebody with the work item of their task of a kind.
func (s *survey) asked(c demo.Caller, kind string) demo.Caller {
	s.t.Helper()
	list := single[[]string](s.t, s.h, `SELECT coalesce(array_agg(k.code), '{}') FROM task a JOIN staff w ON w.id = a.staff_id JOIN ticket k ON k.id = a.ticket_id
		WHERE w.code = $1 AND a.kind = $2 AND a.done_at IS NULL AND k.closed_at IS NULL`, c.StaffCode, kind)
	if len(list) != 1 {
		s.t.Fatalf("%s has the work items %v of a task %s", c.Role, list, kind)
	}
	c.TicketCode = list[0]
	return c
}

// move makes a move of the child's registration as it stands.
func (s *survey) move(c demo.Caller, mutation string, facts map[string]any, want string) {
	s.t.Helper()
	in := map[string]any{"child": s.h.ID(s.t, c, "Child", s.child)}
	if !slices.Contains([]string{"nominateChild", "handOver", "acceptTransfer", "refuseTransfer", "withdrawTransfer"}, mutation) {
		in["version"] = single[int](s.t, s.h, `SELECT version FROM registration WHERE child_id = $1`, s.child)
	}
	for k, v := range facts {
		in[k] = v
	}
	expect(s.t, s.h, c, mutation, in, want)
}

// sees holds what a caller is shown of the child.
func (s *survey) sees(what string, c demo.Caller, selection, data string) {
	s.t.Helper()
	answers(s.t, what, look(s.t, s.h, c, s.child, selection), data)
}

// has holds what somebody has to do about the child.
func (s *survey) has(what string, c demo.Caller, want ...string) {
	s.t.Helper()
	got := single[[]string](s.t, s.h, `SELECT array_agg(DISTINCT a.kind ORDER BY a.kind) FROM task a JOIN staff w ON w.id = a.staff_id
		WHERE w.code = $1 AND a.done_at IS NULL AND a.subject IN ('registration', 'transfer_request')`, c.StaffCode)
	if diff := cmp.Diff(want, got); diff != "" {
		s.t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// day moves the clock to ten in the morning of a day and lets the night before happen.
func (s *survey) day(day string) {
	s.t.Helper()
	to, err := time.Parse(time.RFC3339, day+"T10:00:00+08:00")
	if err != nil {
		s.t.Fatal(err)
	}
	s.at.Store(int64(to.Sub(hubtest.Day())))
	within(s.t, 20*time.Second, "the hub answers on "+day, func() bool {
		return len(s.h.Ask(s.t, with(s.sup, "VISIT_SUPERVISION"), hubtest.Question{Query: "{ me { staffCode } }"}).Errors) == 0
	})
	s.h.RunJobs(s.t)
}

// newcomer has the clinic name a child without papers, of whom it cannot know whether the
// hub has a file: the file is provisional, by alias, and the director is to help with the
// household registration. What clinic and visitors know of the child comes with their feeds.
func (s *survey) newcomer() {
	s.t.Helper()
	village := single[string](s.t, s.h, `SELECT d.code FROM child c JOIN division d ON d.id = c.residence_village_id WHERE c.id = $1`, demo.Wanghu)
	facts := map[string]any{"name": "望湖小满", "sex": "FEMALE", "age": 6, "village": village, "withoutNumber": true}
	s.child = s.named("a child without papers", "wanghu", facts)
	change(s.t, s.h, `INSERT INTO health (child_id, immunisation) VALUES ($1, 'DUE') ON CONFLICT (child_id) DO UPDATE SET immunisation = 'DUE'`, s.child)
	change(s.t, s.h, `INSERT INTO due_vaccine (child_id, vaccine) VALUES ($1, '麻腮风')`, s.child)
	change(s.t, s.h, `INSERT INTO caregiver (child_id, name, relation, phone) VALUES ($1, '王桂英', 'PATERNAL_GRANDMOTHER', '10012345678')`, s.child)
}

// TestStory_wanghu: six years old, no household registration, in no school, vaccinations
// due. The clinic names a child that may be new, the village claims and checks at home;
// school officer, clinic and township each hear of their own part (worked cases 4, 6 and
// 14), and a case manager checks the registration. When the parents are back the child
// leaves the register, and comes back to it when they go away again.
func TestStory_wanghu(t *testing.T) {
	t.Parallel()
	s := surveyed(t, demo.Wanghu)
	from := size(t, s.h)
	s.newcomer()
	director := s.asked(s.director, "REGISTER_CLAIM")
	s.sees("the director sees the candidate", director, "hukouType birthEstimated registration { status version claimedOn }",
		`{"child":{"hukouType":"NONE","birthEstimated":true,"registration":{"status":"CANDIDATE","version":1,"claimedOn":null}}}`)
	s.has("the director is to claim it, and to help with the household registration", s.director, "REGISTER_CLAIM", "REGISTER_HUKOU")
	gone(t, "worked case 6: the next village", s.h, s.next, s.child)

	s.move(director, "claimChild", map[string]any{"version": 0}, "CONFLICT input.version")
	s.move(director, "claimChild", nil, "CLAIMED")
	director = s.asked(s.director, "REGISTER_VERIFY")
	s.move(director, "claimChild", nil, "CONFLICT input")
	finding := map[string]any{"careReason": "BOTH_AWAY"}
	s.move(director, "verifyChild", finding, "BAD_REQUEST input.since")
	finding["since"], finding["reach"] = "2026-05-01", "BEYOND_CITY"
	s.move(director, "verifyChild", finding, "VERIFYING")
	s.has("the officer hears of the school", s.officer, "HELP_ENROL")
	s.has("the clinic hears of the vaccinations", s.doctor, "HELP_VACCINATION")
	s.has("the township hears of the household registration", s.sup, "HELP_HUKOU", "REGISTER_CONFIRM")

	// Worked case 4: no ledger item: the alias, the month of birth and the enrolment.
	s.sees("the officer", s.officer, "birthYearMonth name residenceAddress enrolment { status } guardians { name }",
		`{"child":{"birthYearMonth":"`+single[string](t, s.h, `SELECT to_char(birth_date, 'YYYY-MM') FROM child WHERE id = $1`, s.child)+`","name":null,"residenceAddress":null,"enrolment":{"status":null},"guardians":null}}`)
	// Worked case 14: vaccinations due, the phone masked; no income, no visit text, no label.
	got := look(t, s.h, s.doctor, s.child, `dueVaccines { vaccine } caregivers { phone } guardianship { incomeSource } visits { nodes { livingText } } registration { leftBehind }`)
	if !strings.Contains(string(got.Data), `"vaccine":"`) || !strings.Contains(string(got.Data), `****`) || !strings.Contains(string(got.Data), `"incomeSource":null`) ||
		strings.Contains(string(got.Data), `"leftBehind":true`) {
		t.Errorf("worked case 14: %s", got.Body)
	}

	sup := s.asked(s.sup, "REGISTER_CONFIRM")
	visiting := give(t, s.h, with(s.director, "VISIT"), "VISIT_TASK", nil)
	s.move(visiting, "confirmRegistration", map[string]any{"riskLevel": "ORANGE"}, "FORBIDDEN input")
	s.move(sup, "confirmRegistration", map[string]any{"riskLevel": "ORANGE"}, "REGISTERED")
	s.has("whoever nominated is told", s.doctor, "HELP_VACCINATION", "REGISTER_ANSWER")
	s.sees("on the register", visiting, "registration { status leftBehind riskLevel definitionVersion countedUnder reverifyOn }",
		`{"child":{"registration":{"status":"REGISTERED","leftBehind":true,"riskLevel":"ORANGE","definitionVersion":"HB-2024","countedUnder":["HB-2024","MCA-2024"],"reverifyOn":"2027-03-01"}}}`)
	expect(t, s.h, s.doctor, "answerConcern", map[string]any{"task": toDo(t, s.h, s.doctor, "HELP_VACCINATION").ID, "outcome": "ACTED"}, "")
	expect(t, s.h, visiting, "answerConcern", map[string]any{"task": toDo(t, s.h, visiting, "REGISTER_HUKOU").ID, "outcome": "ACTED"}, "")
	s.checked(visiting)
	reads(t, s.h, from, []string{
		"HD NominateNew ALLOWED NOMINATED", "DIR File ALLOWED", "DIR File NOT_FOUND",
		"DIR ClaimChild DENIED CONFLICT", "DIR ClaimChild ALLOWED CLAIMED", "DIR ClaimChild DENIED CONFLICT", "DIR VerifyChild DENIED BAD_REQUEST", "DIR VerifyChild ALLOWED VERIFYING",
		"DPS File PARTLY_WITHHELD", "HD File PARTLY_WITHHELD", "DIR ConfirmRegistration DENIED FORBIDDEN", "SUP ConfirmRegistration ALLOWED REGISTERED",
		"DIR File ALLOWED", "HD Inbox ALLOWED", "HD AnswerConcern ALLOWED ACTED", "DIR Inbox ALLOWED", "DIR AnswerConcern ALLOWED ACTED",
		"job.register.draw ALLOWED", "CM File ALLOWED", "DIR SpotCheckRegistration DENIED FORBIDDEN", "CM SpotCheckRegistration ALLOWED REGISTERED", "DIR File ALLOWED", "DIR VerifyChild ALLOWED REGISTERED",
	})
	s.comesBack(visiting)
}

// checked has the lot fall on the registration: a case manager looks, finds otherwise, and
// the director verifies anew. Before and after, the file is not the manager's to read.
func (s *survey) checked(visiting demo.Caller) {
	s.t.Helper()
	s.h.RunJobs(s.t, "register.draw")
	manager := s.asked(with(s.manager, "REGISTER_VERIFY"), "REGISTER_SPOT")
	s.sees("the case manager", manager, "registration { status leftBehind careReason version spotCheckedOn }",
		`{"child":{"registration":{"status":"REGISTERED","leftBehind":true,"careReason":"BOTH_AWAY","version":4,"spotCheckedOn":null}}}`)
	s.move(visiting, "spotCheckRegistration", map[string]any{"result": "CONFIRMED"}, "FORBIDDEN input")
	s.move(manager, "spotCheckRegistration", map[string]any{"result": "DIFFERS"}, "REGISTERED")
	if open := single[int](s.t, s.h, `SELECT count(*) FROM ticket WHERE code = $1 AND closed_at IS NULL`, manager.TicketCode); open != 0 {
		s.t.Error("the work item of the check outlives it")
	}
	s.has("the director verifies anew", s.director, "REGISTER_REVERIFY")
	s.sees("the director reads why", s.asked(visiting, "REGISTER_REVERIFY"), "registration { spotResult spotCheckedOn }", `{"child":{"registration":{"spotResult":"DIFFERS","spotCheckedOn":"2026-11-23"}}}`)
	s.move(s.asked(visiting, "REGISTER_REVERIFY"), "verifyChild", map[string]any{"careReason": "BOTH_AWAY", "since": "2026-05-01", "reach": "BEYOND_CITY"}, "REGISTERED")
	s.has("the supervisor has heard of it", s.sup, "HELP_HUKOU", "REGISTER_SPOT_DIFFERS")
}

// comesBack lets the child leave the register, out of reach of everybody at work, and
// nominated again when the parents have gone away again: what stood there before is not
// carried over.
func (s *survey) comesBack(visiting demo.Caller) {
	s.t.Helper()
	s.move(with(s.sup, "VISIT_SUPERVISION"), "exitRegister", map[string]any{"reason": "PARENT_RETURNED", "evidence": "HOME_CHECK"}, "EXITED")
	change(s.t, s.h, `INSERT INTO join_token (agency_id, kind, token, child_id) SELECT id, 'CITIZEN_ID', decode(repeat('e5', 32), 'hex'), $2 FROM agency WHERE code = $1`, s.doctor.AgencyCode, s.child)
	change(s.t, s.h, `UPDATE child SET hukou_type = 'RURAL', id_doc_type = 'RESIDENT_ID' WHERE id = $1`, s.child)
	s.day("2027-03-10")
	gone(s.t, "archived", s.h, visiting, s.child)
	back := map[string]any{"token": map[string]any{"kind": "CITIZEN_ID", "token": strings.Repeat("e5", 32)}}
	for field, sql := range map[string]string{"name": "c.name", "sex": "c.sex", "birthDate": "c.birth_date::text", "village": "d.code"} {
		back[field] = single[string](s.t, s.h, `SELECT `+sql+` FROM child c JOIN division d ON d.id = c.residence_village_id WHERE c.id = $1`, s.child)
	}
	s.named("the child that had left", "wanghu-back", back)
	s.sees("it is a candidate again, and begins anew", s.asked(s.director, "REGISTER_CLAIM"), "registration { status leftBehind careReason riskLevel registeredOn exitReason spotResult }",
		`{"child":{"registration":{"status":"CANDIDATE","leftBehind":false,"careReason":null,"riskLevel":null,"registeredOn":null,"exitReason":null,"spotResult":null}}}`)
	if kept := single[string](s.t, s.h, `SELECT earlier -> 0 ->> 'registeredOn' || ' ' || (earlier -> 0 ->> 'reason') FROM registration WHERE child_id = $1`, s.child); kept != "2026-11-23 PARENT_RETURNED" {
		s.t.Errorf("what is kept of the time before: %s", kept)
	}
}

// TestStory_hewan: the school counts the child, civil affairs does not: the mother works
// in another district of Wuhan, for four months. What counts is a definition with a
// version and a setting of the county, and both definitions are countable at once.
func TestStory_hewan(t *testing.T) {
	t.Parallel()
	s := surveyed(t, demo.Hewan)
	change(t, s.h, `DELETE FROM registration WHERE child_id = $1`, s.child)
	teacher := hire(t, s.h, post{agency: s.h.Caller(t, "class-teacher").AgencyCode, role: "HT", purpose: "CLASS_CARE", school: where(t, s.h, s.child, "school"), from: "2026-11-20"})
	change(t, s.h, `UPDATE school_class SET homeroom_staff_id = $1 WHERE id = (SELECT class_id FROM enrolment WHERE child_id = $2 AND current)`, staffID(t, s.h, teacher), s.child)
	from := size(t, s.h)
	s.move(teacher, "nominateChild", nil, "NOMINATED")
	s.move(s.asked(s.director, "REGISTER_CLAIM"), "claimChild", nil, "CLAIMED")
	s.move(s.asked(s.director, "REGISTER_VERIFY"), "verifyChild", map[string]any{
		"careReason": "ONE_AWAY_OTHER_UNABLE", "since": "2026-07-23", "reach": "SAME_CITY", "evidence": "MEDICAL",
	}, "VERIFYING")
	sup := s.asked(s.sup, "REGISTER_CONFIRM")
	s.move(sup, "confirmRegistration", map[string]any{"riskLevel": "GREEN"}, "CONFLICT input")
	change(t, s.h, `UPDATE parameter SET value = 'true' WHERE name = 'same_city_cross_district_counts'`)
	change(t, s.h, `UPDATE parameter SET value = 'MCA-2024' WHERE name = 'definition_in_force'`)
	s.move(sup, "confirmRegistration", map[string]any{"riskLevel": "GREEN"}, "CONFLICT input")
	change(t, s.h, `UPDATE parameter SET value = 'HB-2024' WHERE name = 'definition_in_force'`)
	s.move(sup, "confirmRegistration", map[string]any{"riskLevel": "GREEN"}, "REGISTERED")

	visiting := give(t, s.h, with(s.director, "VISIT"), "VISIT_TASK", nil)
	s.sees("counted under three months alone", visiting, "registration { definitionVersion countedUnder }", `{"child":{"registration":{"definitionVersion":"HB-2024","countedUnder":["HB-2024"]}}}`)
	for population, want := range map[string]int{"LEFT_BEHIND_3": 1, "LEFT_BEHIND_6": 0} {
		if n := single[int](t, s.h, `SELECT count(*) FROM counted_children('2026-11-23', $1) WHERE child_id = $2`, population, s.child); n != want {
			t.Errorf("counted %d times under %s, want %d", n, population, want)
		}
		got := s.h.Ask(t, s.h.Caller(t, "leader"), hubtest.Question{
			Query:     `query Counts($p: CountPopulation!) { childCounts(population: $p, by: SEX) { definition asOf } }`,
			Variables: map[string]any{"p": population},
		})
		if version := map[string]string{"LEFT_BEHIND_3": "HB-2024", "LEFT_BEHIND_6": "MCA-2024"}[population]; !strings.Contains(string(got.Data), version) {
			t.Errorf("the count of %s names no version: %.300s", population, got.Body)
		}
	}
	// Worked case 7: the teacher hears that care is needed, not of what kind.
	s.sees("the teacher", teacher, "registration { needsCare leftBehind kinds careReason countedUnder }",
		`{"child":{"registration":{"needsCare":true,"leftBehind":null,"kinds":null,"careReason":null,"countedUnder":null}}}`)
	s.has("the teacher has an answer", teacher, "REGISTER_ANSWER")
	reads(t, s.h, from, []string{
		"HT NominateChild ALLOWED NOMINATED", "DIR ClaimChild ALLOWED CLAIMED", "DIR VerifyChild ALLOWED VERIFYING", "SUP ConfirmRegistration DENIED CONFLICT",
		"SUP ConfirmRegistration DENIED CONFLICT", "SUP ConfirmRegistration ALLOWED REGISTERED", "DIR File ALLOWED", "STA Counts ALLOWED", "STA Counts ALLOWED", "HT File PARTLY_WITHHELD",
	})
}

// TestStory_yunxi turns sixteen next month. The director hears of it a month ahead; the
// day comes by itself, left behind ends, and the file goes on for the hardship. Another
// child without hardship leaves: the next day nobody at work finds it, the case manager
// does, with a reason.
func TestStory_yunxi(t *testing.T) {
	t.Parallel()
	s := surveyed(t, demo.Yunxi)
	other := demo.Qinghe
	change(t, s.h, `UPDATE child SET birth_date = '2010-12-23' WHERE id = $1`, other)
	theirs := hire(t, s.h, post{agency: "ZJ003", role: "DIR", purpose: "VISIT", division: where(t, s.h, other, "village"), from: "2026-11-20"})
	theirs = give(t, s.h, theirs, "VISIT_TASK", nil)
	director := give(t, s.h, with(s.director, "VISIT"), "VISIT_TASK", nil)
	s.h.RunJobs(t)
	if kinds := single[string](t, s.h, `SELECT string_agg(kind, ' ') FROM task WHERE child_id = $1 AND kind = 'REGISTER_SIXTEEN' AND staff_id = $2`, s.child, staffID(t, s.h, director)); kinds != "REGISTER_SIXTEEN" {
		t.Errorf("the director was told %q a month ahead", kinds)
	}
	gone(t, "worked case 6: the director of another village", s.h, s.next, s.child)
	s.day("2026-12-22")
	s.sees("the day before", director, "registration { kinds leftBehind leftBehindEndedOn }", `{"child":{"registration":{"kinds":["LEFT_BEHIND","HARDSHIP"],"leftBehind":true,"leftBehindEndedOn":null}}}`)
	s.day("2026-12-23")
	s.sees("hardship goes on", director, "registration { status kinds leftBehind leftBehindEndedOn countedUnder hardshipGroups exitReason }",
		`{"child":{"registration":{"status":"REGISTERED","kinds":["HARDSHIP"],"leftBehind":false,"leftBehindEndedOn":"2026-12-23","countedUnder":[],"hardshipGroups":["POOR_FAMILY"],"exitReason":null}}}`)
	answers(t, "on its day the other file can still be read", look(t, s.h, theirs, other, "registration { status exitReason exitedOn }"),
		`{"child":{"registration":{"status":"EXITED","exitReason":"AGE_16","exitedOn":"2026-12-23"}}}`)
	s.day("2026-12-24")
	gone(t, "the next day", s.h, theirs, other)
	s.sees("hardship still goes on", director, "registration { status }", `{"child":{"registration":{"status":"REGISTERED"}}}`)
	search := give(t, s.h, s.manager, "DISTRICT_SEARCH", other)
	change(t, s.h, `UPDATE ticket SET expires_at = '2027-01-31' WHERE code = $1`, search.TicketCode)
	answers(t, "the archive, with a reason", look(t, s.h, search, other, "registration { status exitReason }"), `{"child":{"registration":{"status":"EXITED","exitReason":"AGE_16"}}}`)
	if n := single[int](t, s.h, `SELECT count(DISTINCT d.child_id) FROM audit_entry e JOIN audit_disclosure d ON d.at = e.at AND d.sequence = e.sequence
		WHERE e.operation = 'job.register.switch' AND d.child_id IN ($1, $2)`, s.child, other); n != 2 {
		t.Errorf("the log knows of %d of two switches", n)
	}
}
