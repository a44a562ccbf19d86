package support

import "github.com/tongxin-hub/tongxin/internal/flow"

// The states of a plan.
const (
	Proposed = "PROPOSED"
	Returned = "RETURNED"
	Open     = "OPEN"
	Done     = "DONE"
	Dropped  = "DROPPED"
)

// OpenMove begins a plan; all others are moves of one.
const (
	OpenMove     = "openSupportPlan"
	AcceptMove   = "acceptSupportPlan"
	ReturnMove   = "returnSupportPlan"
	AssignMove   = "assignSupportPlan"
	StepMove     = "reportSupportStep"
	ReviewMove   = "reviewSupportPlan"
	CompleteMove = "completeSupportPlan"
	DropMove     = "dropSupportPlan"
)

// local says of a deadline that the county sets it.
const local = "设定值 cfg"

// Leads are the roles that make, review and end a plan.
func Leads() []string { return []string{"CM", "SW", "SUP"} }

// Machine is what a plan may go through.
func Machine() flow.Machine {
	doers := []string{"DIR", "SUP", "HT", "SW", "CM"}
	return flow.Machine{
		Name: "support", Text: flow.Text{ZH: "帮扶计划", EN: "Support plan"},
		States: []flow.State{
			{Code: Proposed, Text: flow.Text{ZH: "待接受", EN: "waits to be accepted"}},
			{Code: Open, Text: flow.Text{ZH: "进行中", EN: "open"}},
			{Code: Returned, Text: flow.Text{ZH: "已退回", EN: "given back"}},
			{Code: Done, Text: flow.Text{ZH: "已完成", EN: "done"}, Final: true},
			{Code: Dropped, Text: flow.Text{ZH: "终止", EN: "dropped"}, Final: true},
		},
		Moves: []flow.Move{
			{
				Name: AcceptMove, Text: flow.Text{ZH: "责任人接受", EN: "accept the plan"}, From: []string{Proposed}, To: Open, Roles: doers,
				Due: "support_accept_days", Unit: flow.WorkingDays, Basis: local,
			},
			{Name: ReturnMove, Text: flow.Text{ZH: "责任人退回", EN: "give the plan back"}, From: []string{Proposed}, To: Returned, Roles: doers},
			{
				Name: AssignMove, Text: flow.Text{ZH: "另行指定责任人", EN: "make somebody else responsible"}, From: []string{Proposed, Returned, Open}, To: Proposed, Roles: Leads(),
				Due: "support_assign_days", Unit: flow.WorkingDays, Basis: local,
			},
			{
				Name: StepMove, Text: flow.Text{ZH: "报告步骤", EN: "report a step"}, From: []string{Open}, To: Open, Roles: doers,
				Due: "support_step_days", Unit: flow.Days, Basis: local,
			},
			{
				Name: ReviewMove, Text: flow.Text{ZH: "评估", EN: "review the plan"}, From: []string{Open}, To: Open, Roles: Leads(),
				Due: "support_review_days", Unit: flow.Days, Basis: local,
			},
			{Name: CompleteMove, Text: flow.Text{ZH: "完成", EN: "complete the plan"}, From: []string{Open}, To: Done, Roles: Leads()},
			{Name: DropMove, Text: flow.Text{ZH: "终止", EN: "drop the plan"}, From: []string{Proposed, Returned, Open}, To: Dropped, Roles: Leads()},
		},
	}
}
