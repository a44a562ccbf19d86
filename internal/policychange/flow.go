package policychange

import "github.com/tongxin-hub/tongxin/internal/flow"

// Machine is what a proposal may go through.
func Machine() flow.Machine {
	open := []string{"PROPOSED"}
	return flow.Machine{
		Name: "policyProposal", Text: flow.Text{ZH: "政策变更提案", EN: "Change of the policy"},
		States: []flow.State{
			{Code: "PROPOSED", Text: flow.Text{ZH: "待决定", EN: "waiting for a second person"}},
			{Code: "APPROVED", Text: flow.Text{ZH: "已批准并生效", EN: "approved and put in force"}, Final: true},
			{Code: "REJECTED", Text: flow.Text{ZH: "已驳回", EN: "rejected"}, Final: true},
			{Code: "WITHDRAWN", Text: flow.Text{ZH: "已撤回", EN: "withdrawn by who proposed it"}, Final: true},
		},
		Moves: []flow.Move{
			{Name: approve, Text: flow.Text{ZH: "批准（他人）", EN: "approve, another person"}, From: open, To: "APPROVED", Roles: []string{"DPO"}},
			{Name: reject, Text: flow.Text{ZH: "驳回（他人）", EN: "reject, another person"}, From: open, To: "REJECTED", Roles: []string{"DPO"}},
			{Name: withdraw, Text: flow.Text{ZH: "撤回（本人）", EN: "withdraw, the same person"}, From: open, To: "WITHDRAWN", Roles: []string{"AUD", "DPO"}},
		},
	}
}

// The moves, each the mutation that makes it.
const (
	approve  = "approvePolicy"
	reject   = "rejectPolicy"
	withdraw = "withdrawPolicy"
)
