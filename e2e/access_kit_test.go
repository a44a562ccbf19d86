package e2e

import (
	"maps"
	"testing"

	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

// administering is the administration of access, played through.
type administering struct {
	*reporting
	// who proposes, who approves, the protection officer, and the head of the district office
	proposer, approver, officer, head demo.Caller
}

func newAdministering(t *testing.T) *administering {
	t.Helper()
	r := newReporting(t)
	return &administering{
		reporting: r, proposer: r.h.Caller(t, "administrator"), approver: r.h.Caller(t, "administrator-second"),
		officer: r.h.Caller(t, "dpo-access"), head: r.h.Caller(t, "leader-access"),
	}
}

// approved has another person approve what was proposed just now. All of them are of one
// agency, so that the id is the same for them.
func (a *administering) approved(by demo.Caller, p payload) {
	a.t.Helper()
	if p.State != "PROPOSED" {
		a.t.Fatalf("not proposed: %s", p.raw)
	}
	got := a.must(by, "approveAccess", members{"id": p.ID, "version": p.Version, "note": "已核对"})
	if got.State != "APPROVED" {
		a.t.Fatalf("not approved: %s", got.raw)
	}
}

// post is somebody's newest post as a move names it, with more members of the input.
func (a *administering) post(c demo.Caller, staff string, more members) members {
	a.t.Helper()
	id := single[int64](a.t, a.h, `SELECT max(p.id) FROM post p JOIN staff s ON s.id = p.staff_id WHERE s.code = $1`, staff)
	return a.of(c, "AccessPost", "post", id, more)
}

// account is the same for an account.
func (a *administering) account(c demo.Caller, staff string, more members) members {
	a.t.Helper()
	return a.of(c, "StaffAccount", "staff", single[int64](a.t, a.h, `SELECT id FROM staff WHERE code = $1`, staff), more)
}

// of is a record as a move names it.
func (a *administering) of(c demo.Caller, typename, table string, id int64, more members) members {
	a.t.Helper()
	out := members{"id": a.h.ID(a.t, c, typename, id), "version": single[int](a.t, a.h, `SELECT version FROM `+table+` WHERE id = $1`, id)}
	maps.Copy(out, more)
	return out
}

// sees is what somebody is answered about a child: the name, or what stands in its way.
func (a *administering) sees(h *hubtest.Hub, c demo.Caller, child int64) string {
	a.t.Helper()
	got := h.Ask(a.t, c, hubtest.Question{
		Query: "query Seen($child: ID!) { child(id: $child) { name } }", Variables: members{"child": a.h.ID(a.t, c, "Child", child)},
	})
	if len(got.Errors) > 0 {
		return got.Errors[0].Extensions.Code
	}
	if outcome := got.Extensions.Disclosure.Outcome; outcome != "ALLOWED" {
		return outcome
	}
	return a.text(member(a.t, got.Data, "child"), "name")
}
