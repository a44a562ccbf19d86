package rights

import "github.com/tongxin-hub/tongxin/internal/flow"

// States of an inquiry, in the order of its way.
const (
	Received = "RECEIVED"
	Conflict = "CONFLICT_CHECK"
	Compiled = "COMPILE"
	Reviewed = "REVIEWED"
	Answered = "ANSWERED"
	Refused  = "REFUSED"
)

// Flow is the way of a question "who looked at my child's file". The second step of
// the law's list, identity and relation, is the move out of RECEIVED.
func Flow() flow.Machine {
	dpo := []string{"DPO"}
	const basis = "未成年人网络保护条例34；15个工作日为设定值，最长30天（GB/T 35273-2020 8.7）"
	open := []string{Received, Conflict, Compiled, "DPO_REVIEW", Reviewed}
	return flow.Machine{
		Name: "inquiry", Text: flow.Text{ZH: "“谁看过我孩子的档案”", EN: "who looked at my child's file"},
		States: []flow.State{
			{Code: Received, Text: flow.Text{ZH: "已收到，待核身份与关系", EN: "received; identity and relation to be checked"}},
			{Code: Conflict, Text: flow.Text{ZH: "冲突核查", EN: "conflict check: protected matters, limits set by a court"}},
			{Code: Compiled, Text: flow.Text{ZH: "汇编", EN: "to be compiled"}},
			{Code: "DPO_REVIEW", Text: flow.Text{ZH: "负责人审核", EN: "to be reviewed by the officer"}},
			{Code: Reviewed, Text: flow.Text{ZH: "已审核，待答复", EN: "reviewed; to be handed out"}},
			{Code: Answered, Text: flow.Text{ZH: "已答复", EN: "answered"}, Final: true},
			{Code: Refused, Text: flow.Text{ZH: "不予提供，已书面说明理由", EN: "refused, with written reasons"}, Final: true},
		},
		Moves: []flow.Move{
			{Name: "checkIdentity", Text: flow.Text{ZH: "核身份与关系", EN: "identity and relation checked"}, From: []string{Received}, To: Conflict, Roles: dpo},
			{Name: "checkConflict", Text: flow.Text{ZH: "核冲突", EN: "conflicts checked"}, From: []string{Conflict}, To: Compiled, Roles: dpo},
			{Name: "compileInquiry", Text: flow.Text{ZH: "汇编答复", EN: "answer compiled"}, From: []string{Compiled}, To: "DPO_REVIEW", Roles: dpo},
			{Name: "reviewInquiry", Text: flow.Text{ZH: "审核通过", EN: "review passed"}, From: []string{"DPO_REVIEW"}, To: Reviewed, Roles: dpo},
			{Name: "recompileInquiry", Text: flow.Text{ZH: "退回重编", EN: "to be compiled again"}, From: []string{"DPO_REVIEW", Reviewed}, To: Compiled, Roles: dpo},
			{Name: "answerInquiry", Text: flow.Text{ZH: "答复", EN: "handed out"}, From: []string{Reviewed}, To: Answered, Roles: dpo, Due: "inquiry_target_days", Unit: flow.WorkingDays, Basis: basis},
			{Name: "refuseInquiry", Text: flow.Text{ZH: "不予提供", EN: "refused in writing"}, From: open, To: Refused, Roles: dpo, Due: "inquiry_target_days", Unit: flow.WorkingDays, Basis: basis},
		},
	}
}
