package complaint

import "github.com/tongxin-hub/tongxin/internal/flow"

// States of a complaint, in the order of its way.
const (
	Received  = "RECEIVED"
	Answered  = "ANSWERED"
	WithHead  = "WITH_HEAD"
	Upheld    = "UPHELD"
	NotUpheld = "NOT_UPHELD"
	Closed    = "CLOSED"
)

// The moves.
const (
	AnswerMove = "answerComplaint"
	PassMove   = "passComplaint"
	UpholdMove = "upholdComplaint"
	RejectMove = "rejectComplaint"
	CloseMove  = "closeComplaint"
)

// Machine is the way of a complaint. One about the officer begins with the head.
func Machine() flow.Machine {
	text := func(zh, en string) flow.Text { return flow.Text{ZH: zh, EN: en} }
	dpo, head := []string{"DPO"}, []string{"STA"}
	const basis = "个保法50、65；期限为县级设定"
	return flow.Machine{
		Name: "complaint", Text: text("对个人信息处理的投诉", "complaint on the handling of personal information"),
		States: []flow.State{
			{Code: Received, Text: text("已收到，待核查答复", "received; to be looked into and answered")},
			{Code: Answered, Text: text("已书面答复，待投诉人意见", "answered in writing; the complainant has the word")},
			{Code: WithHead, Text: text("待机构负责人复核", "with the head of the agency")},
			{Code: Upheld, Text: text("投诉成立，待告知", "upheld; to be told")},
			{Code: NotUpheld, Text: text("投诉不成立，待告知", "not upheld; to be told")},
			{Code: Closed, Text: text("已办结", "closed"), Final: true},
		},
		Moves: []flow.Move{
			{Name: AnswerMove, Text: text("书面答复投诉", "answer in writing"), From: []string{Received}, To: Answered, Roles: dpo, Due: "complaint_days", Unit: flow.WorkingDays, Basis: basis},
			{Name: PassMove, Text: text("投诉人不满意，报机构负责人", "hand to the head: the complainant is not content"), From: []string{Received, Answered}, To: WithHead, Roles: dpo},
			{Name: UpholdMove, Text: text("认定投诉成立", "uphold it"), From: []string{WithHead}, To: Upheld, Roles: head, Due: "complaint_head_days", Unit: flow.WorkingDays, Basis: basis},
			{Name: RejectMove, Text: text("认定投诉不成立", "do not uphold it"), From: []string{WithHead}, To: NotUpheld, Roles: head, Due: "complaint_head_days", Unit: flow.WorkingDays, Basis: basis},
			{Name: CloseMove, Text: text("告知投诉人并办结", "tell the complainant and close"), From: []string{Answered, Upheld, NotUpheld}, To: Closed, Roles: []string{"DPO", "STA"}},
		},
	}
}
