package aid

import (
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/task"
	"github.com/tongxin-hub/tongxin/policy"
)

// The states of an application.
const (
	Proposed  = "PROPOSED"
	Applied   = "APPLIED"
	Returned  = "RETURNED"
	Approved  = "APPROVED"
	Refused   = "REFUSED"
	Closed    = "CLOSED"
	Withdrawn = "WITHDRAWN"
)

// The moves of an application; ProposeMove begins it.
const (
	ProposeMove    = "proposeEducationAid"
	ConsentMove    = "recordAidConsent"
	ReturnMove     = "returnEducationAid"
	SupplementMove = "supplementEducationAid"
	ApproveMove    = "approveEducationAid"
	RefuseMove     = "refuseEducationAid"
	TellMove       = "recordAidNotice"
	WithdrawMove   = "withdrawEducationAid"
	// UnconsentedMove follows from a withdrawn consent.
	UnconsentedMove = "consentWithdrawn"
)

const basis = "设定值（本区）；义务教育法44"

func text(zh, en string) flow.Text { return flow.Text{ZH: zh, EN: en} }

// Machine is the way of an application.
func Machine() flow.Machine {
	school, bureau := []string{"HT"}, []string{"DPS"}
	move := func(name string, t flow.Text, to string, roles []string, from ...string) flow.Move {
		return flow.Move{Name: name, Text: t, From: from, To: to, Roles: roles}
	}
	due := func(m flow.Move, setting string) flow.Move {
		m.Due, m.Unit, m.Basis = setting, flow.WorkingDays, basis
		return m
	}
	return flow.Machine{
		Name: "aid", Text: text("教育资助", "education aid"),
		States: []flow.State{
			{Code: Proposed, Text: text("已提出，待监护人同意", "proposed, the guardian is to agree")},
			{Code: Applied, Text: text("待审批", "put before the bureau")},
			{Code: Returned, Text: text("待补正", "to be completed")},
			{Code: Approved, Text: text("已批准", "approved")},
			{Code: Refused, Text: text("未批准，待告知", "refused, the family is to be told")},
			{Code: Closed, Text: text("未批准，已告知", "refused, and the family was told"), Final: true},
			{Code: Withdrawn, Text: text("已撤回", "withdrawn"), Final: true},
		},
		Moves: []flow.Move{
			due(move(ConsentMove, text("监护人同意", "the guardian agrees"), Applied, school, Proposed), "aid_consent_days"),
			move(ReturnMove, text("退回补正", "send back to be completed"), Returned, bureau, Applied),
			due(move(SupplementMove, text("补正", "complete"), Applied, school, Returned), "aid_supplement_days"),
			due(move(ApproveMove, text("批准", "approve"), Approved, bureau, Applied), "aid_decide_days"),
			due(move(RefuseMove, text("不予批准", "refuse"), Refused, bureau, Applied), "aid_decide_days"),
			due(move(TellMove, text("告知家庭", "tell the family"), Closed, school, Refused), "aid_tell_days"),
			due(move(TellMove, text("告知家庭", "tell the family"), Approved, school, Approved), "aid_tell_days"),
			move(UnconsentedMove, text("监护人撤回同意", "the guardian withdrew the consent"), Withdrawn, []string{flow.System}, Applied, Returned, Approved),
			move(WithdrawMove, text("撤回", "withdraw"), Withdrawn, school, Proposed, Applied, Returned, Approved),
		},
	}
}

func kind(code, zh, en, due string) task.Kind {
	return task.Kind{Code: code, Text: text(zh, en), Due: due, Unit: flow.WorkingDays, Ladder: []task.Rung{{After: "aid_remind_days"}}}
}

func toConsent() task.Kind {
	return kind("AID_CONSENT", "征得监护人同意教育资助申请", "ask the guardian about education aid", "aid_consent_days")
}

// toDecide goes to another officer when it is late; the tasks of a school stay in it.
func toDecide() task.Kind {
	k := kind("AID_DECIDE", "审批教育资助", "decide on education aid", "aid_decide_days")
	k.Ladder = append(k.Ladder, task.Rung{After: "aid_raise_days", Role: policy.DPS})
	return k
}

func toSupplement() task.Kind {
	return kind("AID_SUPPLEMENT", "补正教育资助申请", "complete an application for education aid", "aid_supplement_days")
}

func toTell() task.Kind {
	return kind("AID_TELL", "告知家庭教育资助结果", "tell the family what came of education aid", "aid_tell_days")
}

// Kinds are the tasks of applications.
func Kinds() []task.Kind { return []task.Kind{toConsent(), toDecide(), toSupplement(), toTell()} }
