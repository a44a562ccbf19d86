package granting

import (
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/task"
	"github.com/tongxin-hub/tongxin/policy"
)

// The states of a proposal.
const (
	Proposed  = "PROPOSED"
	Approved  = "APPROVED"
	Rejected  = "REJECTED"
	Withdrawn = "WITHDRAWN"
)

// The moves, each the mutation that makes it.
const (
	ApproveMove  = "approveAccess"
	RejectMove   = "rejectAccess"
	WithdrawMove = "withdrawAccess"
)

func text(zh, en string) flow.Text { return flow.Text{ZH: zh, EN: en} }

// Machine is the way of a proposal.
func Machine() flow.Machine {
	open, deciders := []string{Proposed}, []string{"ADM", "DPO"}
	return flow.Machine{
		Name: "accessProposal", Text: text("权限申请", "proposal of access"),
		States: []flow.State{
			{Code: Proposed, Text: text("待另一人批准", "waiting for another person")},
			{Code: Approved, Text: text("已批准并生效", "approved and in effect"), Final: true},
			{Code: Rejected, Text: text("已驳回", "rejected"), Final: true},
			{Code: Withdrawn, Text: text("已撤回", "withdrawn by who proposed it"), Final: true},
		},
		Moves: []flow.Move{
			{
				Name: ApproveMove, Text: text("批准（申请人以外的人）", "approve, another person"), From: open, To: Approved, Roles: deciders,
				Due: "access_decide_days", Unit: flow.WorkingDays, Basis: "设定值（本区）；网络保护条例36",
			},
			{Name: RejectMove, Text: text("驳回（申请人以外的人）", "reject, another person"), From: open, To: Rejected, Roles: deciders},
			{Name: WithdrawMove, Text: text("撤回（本人）", "withdraw, the same person"), From: open, To: Withdrawn, Roles: []string{"ADM"}},
		},
	}
}

func toDecide() task.Kind {
	return task.Kind{
		Code: "ACCESS_DECIDE", Text: text("决定权限申请", "decide a proposal of access"), Due: "access_decide_days", Unit: flow.WorkingDays,
		Ladder: []task.Rung{{After: "access_remind_days"}, {After: "access_remind_days", Role: policy.DPO}},
	}
}

// Kinds are the tasks that proposals make.
func Kinds() []task.Kind { return []task.Kind{toDecide()} }
