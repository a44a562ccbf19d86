package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tongxin-hub/tongxin/internal/hubtest"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/rights"
	"github.com/tongxin-hub/tongxin/policy"
)

// inputs are the inputs of the moves, by mutation.
func inputs(inquiry string) map[string]map[string]any {
	plain := func() map[string]any { return map[string]any{"inquiry": inquiry} }
	with := func(members map[string]any) map[string]any { members["inquiry"] = inquiry; return members }
	return map[string]map[string]any{
		"checkIdentity":    with(map[string]any{"proof": "IDENTITY_CARD", "standing": "AUTHORISED"}),
		"checkConflict":    with(map[string]any{"courtLimited": false}),
		"compileInquiry":   plain(),
		"reviewInquiry":    plain(),
		"recompileInquiry": plain(),
		"answerInquiry":    plain(),
		"refuseInquiry":    with(map[string]any{"reason": "NOT_ENTITLED"}),
	}
}

func inputType(mutation string) string {
	switch mutation {
	case "checkIdentity", "checkConflict", "refuseInquiry":
		return strings.ToUpper(mutation[:1]) + mutation[1:] + "Input"
	}
	return "InquiryInput"
}

// TestRights_everyStateEveryMove makes every move in every state: it leads where the
// table says, or changes nothing.
func TestRights_everyStateEveryMove(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	dpo := deskOfficer(t, h)
	child := twin(t, h, dpo)
	m := rights.Flow()
	id := single[int64](t, h, `INSERT INTO access_inquiry (child_id, requester_relation, received_on, state, decision, dpo_id)
		VALUES ($1, 'MOTHER', '2026-11-20', 'RECEIVED', 'PENDING', $2) RETURNING id`, child, staffID(t, h, dpo))
	inquiry := h.ID(t, dpo, "AccessInquiry", id)
	// One answer that was compiled, for every state to start from.
	change(t, h, `UPDATE access_inquiry SET state = 'COMPILE' WHERE id = $1`, id)
	step(t, h, dpo, "compileInquiry", "InquiryInput", map[string]any{"inquiry": inquiry}).must(t, "DPO_REVIEW")
	change(t, h, `CREATE TABLE kept AS SELECT * FROM access_inquiry WHERE id = $1`, id)
	for _, s := range m.States {
		for _, move := range m.Moves {
			stored, decision := s.Code, "PENDING"
			if s.Final {
				stored, decision = rights.Answered, s.Code
			}
			change(t, h, `UPDATE access_inquiry q SET (compiled_at, compiled_size, embargoed, statement, answered_on, refusal, state, decision)
				= (k.compiled_at, k.compiled_size, k.embargoed, k.statement, NULL, NULL, $2, $3) FROM kept k WHERE q.id = $1`, id, stored, decision)
			got := step(t, h, dpo, move.Name, inputType(move.Name), inputs(inquiry)[move.Name])
			to, err := m.Next(s.Code, move.Name)
			what := s.Code + " " + move.Name
			now := single[string](t, h, `SELECT CASE WHEN decision = 'REFUSED' THEN 'REFUSED' ELSE state END FROM access_inquiry WHERE id = $1`, id)
			switch {
			case err != nil && (len(got.UserErrors) != 1 || got.UserErrors[0].Code != "CONFLICT" || now != s.Code):
				t.Errorf("%s: %+v, now %s", what, got, now)
			case err == nil && (got.State != to || now != to):
				t.Errorf("%s: %+v, now %s, want %s", what, got, now, to)
			}
		}
	}
}

// TestRights_nobodyElse: for every other caller of the district, no move of the desk
// does anything, and nothing of it is read.
func TestRights_nobodyElse(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	dpo := deskOfficer(t, h)
	id := single[int64](t, h, `SELECT min(id) FROM access_inquiry WHERE state = 'COMPILE'`)
	const all = `SELECT md5(string_agg(q::text, '' ORDER BY q.id)) FROM access_inquiry q`
	before := single[string](t, h, all)
	for _, c := range h.District.Callers() {
		if c.Role == string(policy.DPO) {
			continue
		}
		for _, move := range rights.Flow().Moves {
			in := inputs(h.ID(t, c, "AccessInquiry", id))[move.Name]
			in["key"] = fmt.Sprint("n", keys.Add(1))
			got := h.Ask(t, c, hubtest.Question{
				Query:     "mutation Step($in: " + inputType(move.Name) + "!) { step: " + move.Name + "(input: $in) { state userErrors { code } } }",
				Variables: map[string]any{"in": in},
			})
			if text := string(got.Body); !strings.Contains(text, "FORBIDDEN") && !strings.Contains(text, "NOT_FOUND") {
				t.Errorf("%s %s: %s", c.Key, move.Name, text)
			}
		}
		got := h.Ask(t, c, hubtest.Question{
			Query:     `mutation R($in: ReceiveInquiryInput!) { step: receiveInquiry(input: $in) { state userErrors { code } } }`,
			Variables: map[string]any{"in": map[string]any{"key": "r", "relation": "MOTHER", "token": map[string]any{"kind": "CITIZEN_ID", "token": strings.Repeat("00", 32)}}},
		})
		if !strings.Contains(string(got.Body), "FORBIDDEN") {
			t.Errorf("%s receives: %s", c.Key, got.Body)
		}
		if got := h.Ask(t, c, hubtest.Question{Query: `query Desk { rightsInquiries { inquiry } }`}); got.Data != nil && string(got.Data) != "null" {
			t.Errorf("%s reads the desk: %s", c.Key, got.Body)
		}
	}
	if now := single[string](t, h, all); now != before {
		t.Error("somebody changed an inquiry")
	}
	// A second officer reaches nothing of the first one's.
	second := hire(t, h, post{agency: dpo.AgencyCode, role: "DPO", purpose: "RIGHTS_REQUEST"})
	step(t, h, second, "compileInquiry", "InquiryInput", map[string]any{"inquiry": h.ID(t, second, "AccessInquiry", id)}).fails(t, "NOT_FOUND")
	if list := desk(t, h, second); len(list) != 0 {
		t.Error(list)
	}
}

// TestRights_statementsOfTheDistrict compiles the answer for every child of the
// district, as its guardians and as a stranger's parent might: no name, code or
// number of anybody is in any of them, and under a live matter no word of it.
func TestRights_statementsOfTheDistrict(t *testing.T) {
	t.Parallel()
	h := hubtest.Start(t, hubtest.Options{})
	dpo := staffID(t, h, h.Caller(t, "dpo"))
	rules, err := policy.Load()
	if err != nil {
		t.Fatal(err)
	}
	names := rights.NamesOf(policy.Roles(), rules.Purposes())
	children := single[[]int64](t, h, `SELECT array_agg(id ORDER BY id) FROM child`)
	var all strings.Builder
	told := 0
	for _, child := range children {
		c := rights.Case{StaffID: dpo, Now: hubtest.Day()}
		c.ID = single[int64](t, h, `INSERT INTO access_inquiry (child_id, requester_relation, received_on, state, decision, dpo_id)
			VALUES ($1, 'FATHER', '2026-11-20', 'COMPILE', 'PENDING', $2) RETURNING id`, child, dpo)
		if err := postgres.InTx(t.Context(), h.DB, func(tx postgres.Tx) error {
			_, err := rights.Compile(t.Context(), tx, c, names)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		page := single[string](t, h, `SELECT statement FROM access_inquiry WHERE id = $1`, c.ID)
		told += strings.Count(page, "<tr><td>")
		if single[bool](t, h, `SELECT deciding.protected_matter($1, '2026-11-23')`, child) {
			for _, word := range []string{"强制报告", "维权", "保护令", "会商", "临时监护", "mandatory report", "rights case"} {
				if strings.Contains(page, word) {
					t.Errorf("child %d: %s under a live matter", child, word)
				}
			}
		}
		all.WriteString(page)
	}
	if told < len(children) {
		t.Errorf("%d lines for %d children: the district shows nothing", told, len(children))
	}
	namesNobody(t, h, all.String())
}
