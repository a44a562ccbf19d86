package report

import "github.com/tongxin-hub/tongxin/internal/flow"

// The states that a report passes, in order.
const (
	Submitted      = "SUBMITTED"
	Accepted       = "ACCEPTED"
	PoliceNotified = "POLICE_NOTIFIED"
	SafetyCheck    = "SAFETY_CHECK"
	Assessment     = "ASSESSMENT"
	Plan           = "PLAN"
	FollowUp       = "FOLLOW_UP"
	Feedback       = "FEEDBACK"
	Closed         = "CLOSED"
	Unfounded      = "CLOSED_UNFOUNDED"
)

const (
	law11   = "设定值（本区）；未成年人保护法11（三）"
	opinion = "设定值（本区）；2020年强制报告意见"
	doc13   = "设定值（本区）；国发〔2016〕13号"
)

// reporters are all roles: whoever finds something reports it.
func reporters() []string {
	return []string{"DIR", "SUP", "CM", "REL", "SW", "DPS", "HT", "PSY", "HD", "FE", "RP", "AUD", "STA", "DPO", "STEWARD", "ADM"}
}

// Flow is the way of a report.
func Flow() flow.Machine {
	desk, owners := []string{"CM"}, []string{"CM", "SUP"}
	m := flow.Machine{
		Name: "report", Text: flow.Text{ZH: "强制报告", EN: "mandatory report"},
		States: []flow.State{
			{Code: Submitted, Text: flow.Text{ZH: "已提交", EN: "submitted"}},
			{Code: Accepted, Text: flow.Text{ZH: "已受理", EN: "accepted"}},
			{Code: PoliceNotified, Text: flow.Text{ZH: "已报警", EN: "police notified"}},
			{Code: SafetyCheck, Text: flow.Text{ZH: "已安全核查", EN: "safety checked"}},
			{Code: Assessment, Text: flow.Text{ZH: "已评估", EN: "assessed"}},
			{Code: Plan, Text: flow.Text{ZH: "已定方案", EN: "protection planned"}},
			{Code: FollowUp, Text: flow.Text{ZH: "跟进中", EN: "followed up"}},
			{Code: Feedback, Text: flow.Text{ZH: "已反馈，继续跟进", EN: "reporter told; followed up"}},
			{Code: Closed, Text: flow.Text{ZH: "办结", EN: "closed"}, Final: true},
			{Code: Unfounded, Text: flow.Text{ZH: "查无实据办结", EN: "closed as unfounded"}, Final: true},
		},
		Moves: []flow.Move{
			{Name: "acceptReport", Text: flow.Text{ZH: "受理", EN: "accept"}, From: []string{Submitted}, To: Accepted, Roles: desk, Due: "report_accept_hours", Unit: flow.Hours, Basis: law11},
			{Name: "notifyPolice", Text: flow.Text{ZH: "记录已报警", EN: "police notified"}, From: []string{Accepted}, To: PoliceNotified, Roles: desk, Due: "report_police_hours", Unit: flow.Hours, Basis: opinion},
			{Name: "checkSafety", Text: flow.Text{ZH: "安全核查", EN: "safety check"}, From: []string{PoliceNotified}, To: SafetyCheck, Roles: owners, Due: "report_safety_hours", Unit: flow.Hours, Basis: doc13 + "；未成年人保护法92"},
			{Name: "assessReport", Text: flow.Text{ZH: "评估", EN: "assessment"}, From: []string{SafetyCheck}, To: Assessment, Roles: owners, Due: "report_assessment_days", Unit: flow.WorkingDays, Basis: doc13},
			{Name: "planProtection", Text: flow.Text{ZH: "制定保护方案", EN: "protection plan"}, From: []string{Assessment}, To: Plan, Roles: desk, Due: "report_plan_days", Unit: flow.WorkingDays, Basis: "设定值（本区）；未成年人保护法111"},
			{Name: "addProtectionStep", Text: flow.Text{ZH: "增加方案步骤", EN: "step added to the plan"}, From: []string{Plan}, To: Plan, Roles: desk},
			{Name: "addProtectionStep", Text: flow.Text{ZH: "增加方案步骤", EN: "step added to the plan"}, From: []string{FollowUp}, To: FollowUp, Roles: desk},
			{Name: "addProtectionStep", Text: flow.Text{ZH: "增加方案步骤", EN: "step added to the plan"}, From: []string{Feedback}, To: Feedback, Roles: desk},
			{Name: "followUpReport", Text: flow.Text{ZH: "跟进", EN: "follow-up"}, From: []string{Plan, FollowUp}, To: FollowUp, Roles: owners, Due: "report_follow_up_first_days", Unit: flow.Days, Basis: "设定值（本区）；首月每周，之后每月"},
			{Name: "followUpReport", Text: flow.Text{ZH: "跟进", EN: "follow-up"}, From: []string{Feedback}, To: Feedback, Roles: owners, Due: "report_follow_up_later_days", Unit: flow.Days, Basis: "设定值（本区）；首月每周，之后每月"},
			{Name: "giveFeedback", Text: flow.Text{ZH: "反馈", EN: "feedback"}, From: []string{Plan, FollowUp}, To: Feedback, Roles: desk, Due: "report_feedback_days", Unit: flow.WorkingDays, Basis: law11},
			{Name: "proposeClosing", Text: flow.Text{ZH: "提请办结", EN: "first signature"}, From: []string{Feedback}, To: Feedback, Roles: desk},
			{Name: "signClosing", Text: flow.Text{ZH: "会签办结", EN: "second signature"}, From: []string{Feedback}, To: Closed, Roles: []string{"CM", "SUP", "RP"}, Due: "report_sign_days", Unit: flow.WorkingDays, Basis: "设定值（本区）；另一人会签"},
			{Name: "closeUnfounded", Text: flow.Text{ZH: "查无实据办结", EN: "unfounded"}, From: []string{SafetyCheck, Assessment}, To: Unfounded, Roles: desk},
		},
	}
	for _, s := range m.States {
		if s.Final {
			continue
		}
		m.Moves = append(m.Moves,
			flow.Move{Name: "linkReport", Text: flow.Text{ZH: "确定儿童", EN: "child identified"}, From: []string{s.Code}, To: s.Code, Roles: desk},
			flow.Move{Name: "supplementReport", Text: flow.Text{ZH: "报告人补充", EN: "reporter adds"}, From: []string{s.Code}, To: s.Code, Roles: reporters(), Due: "report_supplement_hours", Unit: flow.Hours, Basis: "设定值（本区）；口头报告后补交书面材料"})
	}
	return m
}
