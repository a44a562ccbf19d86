package consultation

import "github.com/tongxin-hub/tongxin/internal/flow"

// The states that a consultation passes, in order.
const (
	Proposed     = "PROPOSED"
	SourceReview = "SOURCE_REVIEW"
	Convened     = "CONVENED"
	Granted      = "GRANTED"
	Meeting      = "MEETING"
	Revoked      = "REVOKED"
	Closed       = "CLOSED"
	Withdrawn    = "WITHDRAWN"
)

// handlers may propose a consultation and be named for one.
func handlers() []string {
	return []string{"CM", "DPS", "FE", "HD", "HT", "PSY", "RP", "SUP", "SW"}
}

// Flow is the way of a consultation.
func Flow() flow.Machine {
	desk, head := []string{"CM"}, []string{"DPO", "STA"}
	named, set := handlers(), "设定值（本区）"
	m := flow.Machine{
		Name: "consultation", Text: flow.Text{ZH: "适时协商", EN: "consultation"},
		States: []flow.State{
			{Code: Proposed, Text: flow.Text{ZH: "已提议", EN: "proposed"}},
			{Code: SourceReview, Text: flow.Text{ZH: "数源审查", EN: "source review"}},
			{Code: Convened, Text: flow.Text{ZH: "已召集", EN: "convened"}},
			{Code: Granted, Text: flow.Text{ZH: "已授权", EN: "granted"}},
			{Code: Meeting, Text: flow.Text{ZH: "已开会", EN: "met"}},
			{Code: Revoked, Text: flow.Text{ZH: "已收回", EN: "revoked"}},
			{Code: Closed, Text: flow.Text{ZH: "已结束", EN: "closed"}, Final: true},
			{Code: Withdrawn, Text: flow.Text{ZH: "已撤回", EN: "withdrawn"}, Final: true},
		},
		Moves: []flow.Move{
			{Name: "reviewSource", Text: flow.Text{ZH: "数源答复", EN: "source answers"}, From: []string{Proposed, SourceReview}, To: SourceReview, Roles: []string{"STEWARD"}, Due: "consultation_source_days", Unit: flow.WorkingDays, Basis: set + "；政务数据共享条例25"},
			{Name: "conveneConsultation", Text: flow.Text{ZH: "召集", EN: "convene"}, From: []string{Proposed, SourceReview}, To: Convened, Roles: desk, Due: "consultation_convene_days", Unit: flow.WorkingDays, Basis: set + "；未成年人保护法111"},
			{Name: "grantDisclosure", Text: flow.Text{ZH: "批准限时授权", EN: "grant"}, From: []string{Convened}, To: Granted, Roles: head, Due: "consultation_grant_days", Unit: flow.WorkingDays, Basis: set + "；未成年人网络保护条例36"},
			{Name: "recordMeeting", Text: flow.Text{ZH: "记录会议", EN: "record the meeting"}, From: []string{Convened, Granted}, To: Meeting, Roles: desk, Due: "consultation_meeting_days", Unit: flow.WorkingDays, Basis: set},
			{Name: "recordMeeting", Text: flow.Text{ZH: "补记会议", EN: "record the meeting afterwards"}, From: []string{Revoked}, To: Revoked, Roles: desk},
			{Name: "assignConsultationTasks", Text: flow.Text{ZH: "分工，收回授权", EN: "give out tasks, revoke"}, From: []string{Meeting, Revoked}, To: Revoked, Roles: desk},
			{Name: "endGrants", Text: flow.Text{ZH: "期满收回", EN: "period ends"}, From: []string{Granted, Meeting}, To: Revoked, Roles: []string{flow.System}},
			{Name: "reviewConsultation", Text: flow.Text{ZH: "复核授权使用", EN: "review the use"}, From: []string{Revoked}, To: Closed, Roles: []string{"AUD"}, Due: "consultation_review_days", Unit: flow.WorkingDays, Basis: set + "；未成年人网络保护条例37"},
			{Name: "withdrawConsultation", Text: flow.Text{ZH: "撤回提议", EN: "withdraw"}, From: []string{Proposed, SourceReview, Convened}, To: Withdrawn, Roles: named},
		},
	}
	for _, s := range []string{Convened, Granted, Meeting} {
		m.Moves = append(m.Moves, flow.Move{Name: "pledgeSecrecy", Text: flow.Text{ZH: "承诺保密", EN: "pledge secrecy"}, From: []string{s}, To: s, Roles: named, Due: "consultation_pledge_days", Unit: flow.WorkingDays, Basis: set})
	}
	return m
}
