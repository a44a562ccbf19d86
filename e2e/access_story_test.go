package e2e

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tongxin-hub/tongxin/internal/demo"
	"github.com/tongxin-hub/tongxin/internal/hubtest"
)

const because = "接替离任的儿童督导员"

// newcomer is a supervisor who is to be given a post, and the child to be seen.
const newcomer = "测试新任督导员"

// TestStory_aPostFromProposalToLapse: a post is proposed, approved by another person and
// vetted; then its holder is answered on every hub. Suspended, the person is refused on
// every hub within seconds. Left unused and not confirmed, the post is announced to lapse,
// lapses, and opens nothing any more, while a confirmed one stays.
func TestStory_aPostFromProposalToLapse(t *testing.T) {
	t.Parallel()
	a := newAdministering(t)
	second, _ := open(t, a.h.DB.Config().ConnString())
	hubs := []*hubtest.Hub{a.h, second}
	child := demo.Bailu
	name := single[string](t, a.h, `SELECT name FROM child WHERE id = $1`, child)
	town := single[string](t, a.h, `SELECT d.code FROM child c JOIN division d ON d.id = c.residence_township_id WHERE c.id = $1`, child)
	agency := single[string](t, a.h, `SELECT a.code FROM child c JOIN agency a ON a.division_id = c.residence_township_id AND a.kind = 'TOWNSHIP' WHERE c.id = $1`, child)
	she := demo.Caller{AgencyCode: agency, StaffCode: newcomer, Role: "SUP", Purpose: "VISIT_SUPERVISION"}
	from := single[int64](t, a.h, `SELECT size FROM audit_head`)

	a.given(she, town)
	everywhere := func(what, want string) {
		t.Helper()
		for _, h := range hubs {
			within(t, 4*time.Second, what, func() bool { return a.sees(h, she, child) == want })
		}
	}
	everywhere("without vetting", "NOT_FOUND")
	a.approved(a.officer, a.must(a.proposer, "vetStaff", a.account(a.proposer, newcomer, members{"until": "2027-11-22", "reason": "背景审查合格，文号在案"})))
	everywhere("answered", name)
	a.must(a.officer, "suspendStaff", a.account(a.officer, newcomer, members{"reason": "手机遗失，先停用"}))
	everywhere("suspended", "UNAUTHENTICATED")
	a.approved(a.approver, a.must(a.proposer, "resumeStaff", a.account(a.proposer, newcomer, members{"reason": "手机已找回，恢复账号"})))
	everywhere("resumed", name)

	other := hire(t, a.h, post{agency: agency, role: "SUP", purpose: "VISIT_SUPERVISION", division: where(t, a.h, child, "township"), from: "2026-11-23"})
	a.unused(t, 95)
	if got := a.kinds(newcomer, other.StaffCode); !slices.Equal(got, []string{"POST_UNUSED", "POST_UNUSED"}) {
		t.Errorf("told before the day: %v", got)
	}
	a.must(a.head, "confirmPost", a.post(a.head, other.StaffCode, nil))
	a.unused(t, 15)
	if got := a.sees(a.h, she, child); got != "NOT_FOUND" {
		t.Errorf("after the lapse: %s", got)
	}
	if got := a.sees(a.h, other, child); got != name {
		t.Errorf("the confirmed one: %s", got)
	}
	reason := single[string](t, a.h, `SELECT reason FROM audit_entry WHERE staff_code = $1 AND sequence >= $2 ORDER BY sequence DESC LIMIT 1`, newcomer, from)
	if reason != "POST_ENDED" {
		t.Errorf("the last entry says %q", reason)
	}
	if n := single[int](t, a.h, `SELECT count(*) FROM audit_entry WHERE operation = 'job.access.use' AND reason LIKE '%' || $1 || '%'`, newcomer); n != 1 {
		t.Errorf("the lapse stands %d times in the log", n)
	}
	a.readsLikeAFile(t, from)
}

// given enters the person and gives the post; whoever may not is refused on the way.
func (a *administering) given(she demo.Caller, town string) {
	a.t.Helper()
	a.must(a.proposer, "registerStaff", members{"agencyCode": she.AgencyCode, "staffCode": she.StaffCode, "name": "测试人员", "reason": because})
	wish := func(more members) members {
		out := members{
			"staffCode": she.StaffCode, "role": "SUP", "divisionCode": town, "title": "儿童督导员",
			"validFrom": today, "authorisedUntil": "2027-11-22", "reason": because,
		}
		for k, v := range more {
			out[k] = v
		}
		return out
	}
	a.refused(a.proposer, "proposePost", wish(members{"staffCode": a.proposer.StaffCode}), "FORBIDDEN")
	a.refused(a.proposer, "proposePost", wish(members{"divisionCode": town + "01"}), "BAD_REQUEST")
	a.refused(a.proposer, "proposePost", wish(members{"authorisedUntil": "2028-11-22"}), "BAD_REQUEST")
	a.refused(a.proposer, "proposePost", wish(members{"reason": "x"}), "BAD_REQUEST")
	a.refused(a.officer, "proposePost", wish(nil), "FORBIDDEN")
	a.refused(a.head, "proposePost", wish(nil), "FORBIDDEN")
	p := a.must(a.proposer, "proposePost", wish(members{"key": "wish"}))
	if again := a.must(a.proposer, "proposePost", wish(members{"key": "wish"})); again.ID != p.ID {
		a.t.Errorf("proposed twice: %s", again.raw)
	}
	in := members{"id": p.ID, "version": p.Version}
	a.refused(a.proposer, "approveAccess", in, "FORBIDDEN")
	a.refused(a.proposer, "rejectAccess", in, "FORBIDDEN")
	a.refused(a.approver, "withdrawAccess", in, "FORBIDDEN")
	if got := a.inbox(a.approver); !slices.Contains(got, "ACCESS_DECIDE") {
		a.t.Errorf("the approver's inbox: %v", got)
	}
	a.approved(a.approver, p)
	a.refused(a.officer, "rejectAccess", in, "CONFLICT")
	if got := a.inbox(a.approver); slices.Contains(got, "ACCESS_DECIDE") {
		a.t.Errorf("still to decide: %v", got)
	}
}

// unused lets days go by and runs what the clock begins.
func (a *administering) unused(t *testing.T, days int) {
	t.Helper()
	a.pass(time.Duration(days) * 24 * time.Hour)
	if err := a.h.App.RunJobs(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// kinds are the open tasks of people; asking them would be using their posts.
func (a *administering) kinds(staff ...string) []string {
	a.t.Helper()
	return single[[]string](a.t, a.h, `SELECT array_agg(k.kind ORDER BY k.id) FROM task k JOIN staff s ON s.id = k.staff_id WHERE s.code = ANY ($1) AND k.done_at IS NULL AND k.kind = 'POST_UNUSED'`, staff)
}

// readsLikeAFile: the log says who did what and why, with what was before.
func (a *administering) readsLikeAFile(t *testing.T, from int64) {
	t.Helper()
	want := []string{
		"ADM RegisterStaff ALLOWED", "ADM ProposePost DENIED", "ADM ProposePost DENIED", "ADM ProposePost DENIED", "ADM ProposePost DENIED",
		"DPO ProposePost DENIED", "STA ProposePost DENIED", "ADM ProposePost ALLOWED", "ADM ProposePost ALLOWED",
		"ADM ApproveAccess DENIED", "ADM RejectAccess DENIED", "ADM WithdrawAccess DENIED", "ADM ApproveAccess ALLOWED", "DPO RejectAccess DENIED",
		"ADM VetStaff ALLOWED", "DPO ApproveAccess ALLOWED", "DPO SuspendStaff ALLOWED", "ADM ResumeStaff ALLOWED", "ADM ApproveAccess ALLOWED", "STA ConfirmPost ALLOWED",
	}
	got := single[[]string](t, a.h, `SELECT array_agg(concat_ws(' ', role, operation, outcome) ORDER BY sequence) FROM audit_entry
		WHERE sequence >= $1 AND role IN ('ADM', 'DPO', 'STA') AND operation <> 'Inbox' AND operation <> 'Me'`, from)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the file (-want +got):\n%s", diff)
	}
	kept := single[[]string](t, a.h, `SELECT array_agg(concat_ws(' ', what, before, '→', after) ORDER BY id) FROM access_change WHERE position($1 IN subject) > 0 AND what IN ('suspendStaff', 'VET_STAFF')`, newcomer)
	if diff := cmp.Diff([]string{"VET_STAFF  → 2027-11-22", "suspendStaff 启用 active → 停用 suspended"}, kept); diff != "" {
		t.Errorf("what is kept (-want +got):\n%s", diff)
	}
}
