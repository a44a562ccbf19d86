package e2e

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

const nominateNew = `mutation NominateNew($in: NominateNewChildInput!) { nominateNewChild(input: $in) { state version userErrors { code path } } }`

// named nominates by facts and holds that the answer and the nominator's inbox are those
// of every nomination; it returns the newest file.
func (s *survey) named(what, key string, facts map[string]any) int64 {
	s.t.Helper()
	in := map[string]any{"key": key, "source": "CLINIC"}
	for k, v := range facts {
		in[k] = v
	}
	before := single[[]string](s.t, s.h, `SELECT coalesce(array_agg(kind ORDER BY kind), '{}') FROM task WHERE staff_id = $1`, staffID(s.t, s.h, s.doctor))
	got := s.h.Ask(s.t, s.doctor, hubtest.Question{Query: nominateNew, Variables: map[string]any{"in": in}})
	answers(s.t, what, got, `{"nominateNewChild":{"state":"NOMINATED","version":null,"userErrors":[]}}`)
	if !strings.Contains(string(got.Body), `"children":1,`) {
		s.t.Errorf("%s: the receipt tells another number of children: %s", what, got.Body)
	}
	after := single[[]string](s.t, s.h, `SELECT coalesce(array_agg(kind ORDER BY kind), '{}') FROM task WHERE staff_id = $1`, staffID(s.t, s.h, s.doctor))
	if diff := cmp.Diff(before, after); diff != "" {
		s.t.Errorf("%s: the nominator's inbox (-before +after):\n%s", what, diff)
	}
	return single[int64](s.t, s.h, `SELECT max(id) FROM child`)
}

// decide decides about the proposal that a file may be a duplicate.
func (s *survey) decide(c demo.Caller, mutation string, child int64, facts map[string]any, want string) {
	s.t.Helper()
	in := map[string]any{
		"id":      s.h.ID(s.t, c, "MergeProposal", single[int64](s.t, s.h, `SELECT max(id) FROM merge_proposal WHERE child_id = $1`, child)),
		"version": single[int](s.t, s.h, `SELECT version FROM merge_proposal WHERE child_id = $1 ORDER BY id DESC LIMIT 1`, child),
	}
	for k, v := range facts {
		in[k] = v
	}
	expect(s.t, s.h, c, mutation, in, want)
}

// TestStory_newcomer: the clinic names children of whom it cannot know whether there is
// a file: one as 望湖-05 is, without household registration; one whose number the hub
// knows under other facts; one who is on the register as named; one who is new. The
// clinic is told the same four times. The supervisor decides about the duplicates, and
// what is under way about a merged one goes on with the child that is kept.
func TestStory_newcomer(t *testing.T) {
	t.Parallel()
	s := surveyed(t, demo.Wanghu)
	village := single[string](t, s.h, `SELECT d.code FROM child c JOIN division d ON d.id = c.residence_village_id WHERE c.id = $1`, demo.Wanghu)
	kept := single[int64](t, s.h, `SELECT min(c.id) FROM child c JOIN registration r ON r.child_id = c.id AND r.status = 'REGISTERED' WHERE c.shield = 'NONE' AND c.id > 100
		AND c.residence_village_id <> (SELECT residence_village_id FROM child WHERE id = $1)`, demo.Wanghu)
	change(t, s.h, `INSERT INTO join_token (agency_id, kind, token, child_id) SELECT id, 'CITIZEN_ID', decode(repeat('a1', 32), 'hex'), $2 FROM agency WHERE code = $1`, s.doctor.AgencyCode, kept)
	token := func(b byte) map[string]any {
		return map[string]any{"kind": "CITIZEN_ID", "token": strings.Repeat(hex.EncodeToString([]byte{b}), 32)}
	}
	files := single[int64](t, s.h, `SELECT count(*) FROM child`)
	from := size(t, s.h)

	without := map[string]any{"name": "望湖新", "sex": "FEMALE", "age": 6, "village": village, "withoutNumber": true}
	nobody := s.named("without a number", "n1", without)
	other := s.named("a number that the hub knows, with other facts", "n2", map[string]any{"name": "别名", "sex": "MALE", "birthDate": "2019-05-01", "village": village, "token": token(0xa1)})
	fresh := s.named("a number that the hub does not know", "n3", map[string]any{"name": "新生", "sex": "MALE", "birthDate": "2018-03-01", "village": village, "token": token(0xa2)})
	facts := map[string]any{"token": token(0xa1)}
	for field, sql := range map[string]string{
		"name": "c.name", "sex": "c.sex", "birthDate": "c.birth_date::text", "village": "d.code",
	} {
		facts[field] = single[string](t, s.h, `SELECT `+sql+` FROM child c JOIN division d ON d.id = c.residence_village_id WHERE c.id = $1`, kept)
	}
	s.named("a child on the register, as it is", "n4", facts)
	s.named("the same again", "n5", map[string]any{"name": "新生", "sex": "MALE", "birthDate": "2018-03-01", "village": village, "token": token(0xa2)})
	if n := single[int64](t, s.h, `SELECT count(*) FROM child`); n != files+3 {
		t.Errorf("%d files were opened, want 3", n-files)
	}
	expect(t, s.h, with(s.sup, "VISIT_SUPERVISION"), "nominateNewChild", map[string]any{"name": "某", "sex": "MALE", "age": 6, "village": village, "source": "TOLD", "withoutNumber": true}, "FORBIDDEN input")
	expect(t, s.h, s.doctor, "nominateNewChild", map[string]any{"name": "某", "sex": "MALE", "age": 6, "village": village, "source": "TOLD"}, "BAD_REQUEST input.token")
	s.has("the director is asked to claim three, and to help with one number", s.director, "REGISTER_CLAIM", "REGISTER_HUKOU")
	if n := single[int](t, s.h, `SELECT count(*) FROM task WHERE kind = 'REGISTER_MERGE' AND staff_id = $1 AND child_id = $2`, staffID(t, s.h, s.sup), other); n != 1 {
		t.Errorf("the supervisor was asked %d times about the duplicate", n)
	}

	// The nominated file is surveyed meanwhile; nobody decides before the comparison.
	s.child = other
	item := func(c demo.Caller, child int64) demo.Caller {
		c.TicketCode = single[string](t, s.h, `SELECT code FROM ticket WHERE child_id = $1 AND staff_id = $2 AND kind = 'SURVEY_BATCH' AND closed_at IS NULL`, child, staffID(t, s.h, c))
		return c
	}
	s.move(item(s.director, other), "claimChild", nil, "CLAIMED")
	s.move(item(s.director, other), "verifyChild", map[string]any{"careReason": "BOTH_AWAY", "since": "2026-05-01", "reach": "BEYOND_CITY"}, "VERIFYING")
	s.move(item(s.sup, other), "confirmRegistration", map[string]any{"riskLevel": "GREEN"}, "CONFLICT input")
	s.move(item(s.sup, other), "rejectRegistration", map[string]any{"reason": "NOT_MET"}, "CONFLICT input")
	visiting := give(t, s.h, with(s.director, "VISIT"), "VISIT_TASK", nil)
	sup := with(s.sup, "VISIT_SUPERVISION")
	s.sees("the supervisor, names of facts alone", sup, "registration { nominationSource } mergeProposals { state ground differs known { name } }",
		`{"child":{"registration":{"nominationSource":"CLINIC"},"mergeProposals":[{"state":"PROPOSED","ground":"SAME_NUMBER","differs":`+
			differing(t, s.h, kept)+`,"known":`+seenBy(t, s.h, sup, kept)+`}]}}`)
	s.sees("the director", visiting, "mergeProposals { state }", `{"child":{"mergeProposals":null}}`)
	s.decide(visiting, "mergeDuplicate", other, nil, "NOT_FOUND input")
	s.decide(sup, "mergeDuplicate", other, map[string]any{"version": 7}, "CONFLICT input.version")
	change(t, s.h, `INSERT INTO mandatory_report (child_id, category, state) VALUES ($1, 'NEGLECT', 'SUBMITTED')`, other)
	s.decide(sup, "mergeDuplicate", other, nil, "MERGED")
	s.decide(sup, "mergeDuplicate", other, nil, "CONFLICT input")
	if got := single[string](t, s.h, `SELECT r.status || ' ' || r.exit_reason || ' ' || (c.merged_into = $2) FROM registration r JOIN child c ON c.id = r.child_id WHERE c.id = $1`, other, kept); got != "EXITED DUPLICATE true" {
		t.Errorf("the duplicate is %s", got)
	}
	if got := single[string](t, s.h, `SELECT r.status || ' ' || (SELECT count(*) FROM mandatory_report m WHERE m.child_id = r.child_id AND m.category = 'NEGLECT' AND m.state = 'SUBMITTED' AND m.found_on IS NULL) FROM registration r WHERE r.child_id = $1`, kept); got != "REGISTERED 1" {
		t.Errorf("the kept file and what went over to it: %s", got)
	}
	if n := single[int](t, s.h, `SELECT (SELECT count(*) FROM task WHERE child_id = $1 AND done_at IS NULL) + (SELECT count(*) FROM ticket WHERE child_id = $1 AND closed_at IS NULL)`, other); n != 0 {
		t.Errorf("%d tasks and work items of the duplicate are open", n)
	}
	s.has("the clinic is told that there is an answer", s.doctor, "REGISTER_ANSWER")

	// The child without a number is named again: the same facts are a proposal, no more.
	again := s.named("without a number, again", "n6", without)
	if again == nobody {
		t.Fatal("a child without a number was merged by its facts alone")
	}
	s.child = again
	s.sees("the same facts", sup, "birthEstimated mergeProposals { ground differs }", `{"child":{"birthEstimated":true,"mergeProposals":[{"ground":"SAME_FACTS","differs":[]}]}}`)
	s.decide(sup, "refuseMerge", again, map[string]any{"reason": "ANOTHER_CHILD"}, "REFUSED")
	s.move(item(s.director, again), "claimChild", nil, "CLAIMED")
	s.child = fresh
	s.move(item(s.director, fresh), "claimChild", nil, "CLAIMED")
	reads(t, s.h, from, []string{
		"HD NominateNew ALLOWED NOMINATED", "HD NominateNew ALLOWED NOMINATED", "HD NominateNew ALLOWED NOMINATED", "HD NominateNew ALLOWED NOMINATED", "HD NominateNew ALLOWED NOMINATED",
		"SUP NominateNewChild DENIED FORBIDDEN", "HD NominateNewChild DENIED BAD_REQUEST",
		"DIR ClaimChild ALLOWED CLAIMED", "DIR VerifyChild ALLOWED VERIFYING", "SUP ConfirmRegistration DENIED CONFLICT", "SUP RejectRegistration DENIED CONFLICT",
		"SUP File NOT_FOUND", "SUP File ALLOWED", "DIR File PARTLY_WITHHELD", "DIR MergeDuplicate NOT_FOUND NOT_FOUND", "SUP MergeDuplicate DENIED CONFLICT", "SUP MergeDuplicate ALLOWED MERGED", "SUP MergeDuplicate DENIED CONFLICT",
		"HD NominateNew ALLOWED NOMINATED", "SUP File ALLOWED", "SUP RefuseMerge ALLOWED REFUSED", "DIR ClaimChild ALLOWED CLAIMED", "DIR ClaimChild ALLOWED CLAIMED",
	})
	s.day("2026-11-24")
	gone(t, "the next day the duplicate", s.h, sup, other)
	s.named("merged files are found no more", "n7", map[string]any{"name": "别名", "sex": "MALE", "birthDate": "2019-05-01", "village": village, "token": token(0xa3)})
}

// differing are the facts by which the nominated 别名 differs from a child.
func differing(t *testing.T, h *hubtest.Hub, child int64) string {
	t.Helper()
	return single[string](t, h, `SELECT replace(to_json(array_remove(ARRAY['NAME', CASE WHEN sex <> 'MALE' THEN 'SEX' END, CASE WHEN birth_date <> '2019-05-01' THEN 'BIRTH_DATE' END, 'VILLAGE'], NULL))::text, ' ', '') FROM child WHERE id = $1`, child)
}

// seenBy is what somebody is shown of a child in a link: nothing out of reach.
func seenBy(t *testing.T, h *hubtest.Hub, c demo.Caller, child int64) string {
	t.Helper()
	got := string(look(t, h, c, child, "name").Data)
	return strings.TrimSuffix(strings.TrimPrefix(got, `{"child":`), "}")
}
