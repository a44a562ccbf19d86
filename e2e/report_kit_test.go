package e2e

import (
	"encoding/hex"
	"encoding/json"
	"maps"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// reporting is a hub on which reports are played through; pass moves its clock.
type reporting struct {
	t    *testing.T
	h    *hubtest.Hub
	pass func(time.Duration)
	keys int
}

func newReporting(t *testing.T) *reporting {
	t.Helper()
	var shift atomic.Int64
	h := hubtest.Start(t, hubtest.Options{Shift: func() time.Duration { return time.Duration(shift.Load()) }})
	change(t, h, `UPDATE staff SET vetted_until = '2028-12-31' WHERE vetted_until >= '2026-11-23'`)
	change(t, h, `UPDATE post SET authorised_until = '2028-12-31' WHERE authorised_until >= '2026-11-23'`)
	anybody := h.Caller(t, "director")
	return &reporting{t: t, h: h, pass: func(d time.Duration) {
		shift.Add(int64(d))
		within(t, 20*time.Second, "the policy is confirmed at the new hour", func() bool {
			return len(h.Ask(t, anybody, hubtest.Question{Query: "query Me { me { staffCode } }"}).Errors) == 0
		})
	}}
}

// person is somebody of the register, in a role and for a purpose; which finds the id.
func (r *reporting) person(role, purpose, which string, args ...any) demo.Caller {
	r.t.Helper()
	c := demo.Caller{Role: role, Purpose: purpose}
	c.StaffCode = single[string](r.t, r.h, `SELECT s.code FROM staff s WHERE s.id = (`+which+`)`, args...)
	c.AgencyCode = single[string](r.t, r.h, `SELECT a.code FROM staff s JOIN agency a ON a.id = s.agency_id WHERE s.code = $1`, c.StaffCode)
	return c
}

// as is the same person for another purpose.
func as(c demo.Caller, purpose, ticket string) demo.Caller {
	c.Purpose, c.TicketCode = purpose, ticket
	return c
}

// payload is what any of the mutations answers.
type payload struct {
	ID, State, Advice, Child, Ticket, SupplementDueAt, ExpiresAt, Entry string
	Inquiry, Request, Statement                                         string
	Version                                                             int
	UserErrors                                                          []struct {
		Code, Message string
		Path          []string
	}
	raw string
}

func (p payload) code() string {
	if len(p.UserErrors) == 0 {
		return ""
	}
	return p.UserErrors[0].Code
}

type members = map[string]any

// try asks for a change, under a key of its own where none is given.
func (r *reporting) try(c demo.Caller, mutation string, in members) payload {
	r.t.Helper()
	in = maps.Clone(in)
	if in["key"] == nil {
		r.keys++
		in["key"] = "key-" + strconv.Itoa(r.keys)
	}
	def := published().Mutation.Fields.ForName(mutation)
	var fields []string
	for _, f := range published().Types[def.Type.Name()].Fields {
		if f.Name != "userErrors" {
			fields = append(fields, f.Name)
		}
	}
	input := def.Arguments.ForName("input").Type.String()
	got := r.h.Ask(r.t, c, hubtest.Question{
		Query: "mutation " + strings.ToUpper(mutation[:1]) + mutation[1:] + "($in: " + input + ") { " + mutation + "(input: $in) { " +
			strings.Join(fields, " ") + " userErrors { code message path } } }",
		Variables: members{"in": in},
	})
	if len(got.Errors) > 0 {
		r.t.Fatalf("%s by %s: %s", mutation, c.StaffCode, got.Body)
	}
	body := member(r.t, got.Data, mutation)
	out := payload{raw: string(body)}
	if err := json.Unmarshal(body, &out); err != nil {
		r.t.Fatal(err)
	}
	return out
}

// must is try for what has to happen.
func (r *reporting) must(c demo.Caller, mutation string, in members) payload {
	r.t.Helper()
	out := r.try(c, mutation, in)
	if out.code() != "" {
		r.t.Fatalf("%s by %s: %s", mutation, c.StaffCode, out.raw)
	}
	return out
}

// refused is try for what must not happen.
func (r *reporting) refused(c demo.Caller, mutation string, in members, code string) {
	r.t.Helper()
	if out := r.try(c, mutation, in); out.code() != code {
		r.t.Errorf("%s by %s: want %s, got %s", mutation, c.StaffCode, code, out.raw)
	}
}

// inbox lists the kinds of a person's open tasks.
func (r *reporting) inbox(c demo.Caller) []string {
	r.t.Helper()
	got := r.h.Ask(r.t, c, hubtest.Question{Query: "query Inbox { inbox { nodes { kind } } }"})
	kinds := []string{}
	for _, n := range elements(r.t, member(r.t, got.Data, "inbox", "nodes")) {
		kinds = append(kinds, r.text(n, "kind"))
	}
	return kinds
}

// text is one string of an object, "" for null.
func (r *reporting) text(object json.RawMessage, names ...string) string {
	r.t.Helper()
	value := member(r.t, object, names...)
	var s *string
	if isNull(value) {
		return ""
	}
	if err := json.Unmarshal(value, &s); err != nil {
		r.t.Fatal(err)
	}
	return *s
}

// sees expects of a person what a selection on the child answers.
func (r *reporting) sees(who string, c demo.Caller, child int64, selection, want string) {
	r.t.Helper()
	answers(r.t, who, look(r.t, r.h, c, child, selection), want)
}

// file is the log of a child since an entry, one line an entry.
func (r *reporting) file(child, since int64) []string {
	r.t.Helper()
	return single[[]string](r.t, r.h, `SELECT coalesce(array_agg(x.line ORDER BY x.sequence), '{}') FROM (
		SELECT e.sequence, concat_ws(' ', e.role, e.operation, e.outcome, nullif(e.reason, '')) AS line
		FROM audit_entry e WHERE e.sequence >= $2 AND e.operation ~ '^[A-Z]' AND e.operation <> 'File' AND e.operation <> 'Inbox'
		  AND EXISTS (SELECT FROM audit_disclosure d WHERE d.at = e.at AND d.sequence = e.sequence AND d.child_id = $1)) x`, child, since)
}

// clinic is an agency of the demo issuer that asks by join tokens of its own.
func (r *reporting) clinic() string {
	r.t.Helper()
	code := r.h.Caller(r.t, "clinic-doctor").AgencyCode
	change(r.t, r.h, `INSERT INTO join_token (agency_id, kind, token, child_id) SELECT (SELECT id FROM agency WHERE code = $1), j.kind, j.token, j.child_id
		FROM join_token j JOIN agency a ON a.id = j.agency_id WHERE a.code = 'WJ'`, code)
	return code
}

// token is the clinic's for a child, or for none.
func (r *reporting) token(child int64) members {
	r.t.Helper()
	raw := make([]byte, 32)
	if child != 0 {
		raw = single[[]byte](r.t, r.h, `SELECT token FROM join_token j JOIN agency a ON a.id = j.agency_id WHERE a.code = 'WJ' AND j.child_id = $1 AND j.kind = 'CITIZEN_ID'`, child)
	}
	return members{"kind": "CITIZEN_ID", "token": hex.EncodeToString(raw)}
}

// steps are the words of the steps of protection in somebody's hand.
func (r *reporting) steps(c demo.Caller) map[string]json.RawMessage {
	r.t.Helper()
	got := r.h.Ask(r.t, c, hubtest.Question{Query: `query Steps { myProtectionSteps { id child kind words owner mine dueOn state note } }`})
	out := map[string]json.RawMessage{}
	for _, s := range elements(r.t, member(r.t, got.Data, "myProtectionSteps")) {
		out[r.text(s, "words")] = s
	}
	return out
}

// step is the id of one of them.
func (r *reporting) step(c demo.Caller, words string) string {
	r.t.Helper()
	s, found := r.steps(c)[words]
	if !found {
		r.t.Fatalf("%s has no step %s in hand", c.StaffCode, words)
	}
	return r.text(s, "id")
}
