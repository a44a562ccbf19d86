package report

import (
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/task"
)

// deskLate is the ladder of what the desk owes within hours: another case manager at
// once, the protection officer after that.
func deskLate() []task.Rung {
	return []task.Rung{
		{After: "report_rung_at_once", Unit: flow.Hours, Role: "CM"},
		{After: "report_rung_second_hours", Unit: flow.Hours, Role: "DPO"},
	}
}

// ownersLate reminds the person first.
func ownersLate() []task.Rung {
	return []task.Rung{
		{After: "report_rung_at_once", Unit: flow.Hours},
		{After: "report_rung_second_hours", Unit: flow.Hours, Role: "CM"},
	}
}

func kind(code, zh, en, due string, unit flow.Unit, ladder []task.Rung) task.Kind {
	return task.Kind{Code: code, Text: flow.Text{ZH: zh, EN: en}, Due: due, Unit: unit, Ladder: ladder}
}

func toAccept() task.Kind {
	return kind("REPORT_ACCEPT", "受理强制报告", "accept a report", "report_accept_hours", flow.Hours, deskLate())
}

func toNotify() task.Kind {
	return kind("REPORT_POLICE", "核对报警", "make sure that the police know", "report_police_hours", flow.Hours, deskLate())
}

func toCheck() task.Kind {
	return kind("REPORT_SAFETY_CHECK", "安全核查", "check the child's safety", "report_safety_hours", flow.Hours, deskLate())
}

func toAssess() task.Kind {
	return kind("REPORT_ASSESSMENT", "评估", "assess", "report_assessment_days", flow.WorkingDays, ownersLate())
}

func toPlan() task.Kind {
	return kind("REPORT_PLAN", "制定保护方案", "plan the protection", "report_plan_days", flow.WorkingDays, ownersLate())
}

func toFollow() task.Kind {
	return kind("REPORT_FOLLOW_UP", "每周跟进", "follow up within the week", "report_follow_up_first_days", flow.Days, ownersLate())
}

func toFollowLater() task.Kind {
	return kind("REPORT_FOLLOW_UP_LATER", "每月跟进", "follow up within the month", "report_follow_up_later_days", flow.Days, ownersLate())
}

func toTell() task.Kind {
	return kind("REPORT_FEEDBACK", "向报告人反馈", "tell the reporter", "report_feedback_days", flow.WorkingDays, ownersLate())
}

func toClose() task.Kind {
	return kind("REPORT_CLOSE", "已满规定期限无新风险，请提请办结", "long enough without a new risk: propose the closing", "report_close_days", flow.WorkingDays, ownersLate())
}

func toSign() task.Kind {
	return kind("REPORT_SIGN", "会签办结", "sign the closing second", "report_sign_days", flow.WorkingDays, ownersLate())
}

func toSupplement() task.Kind {
	return kind("REPORT_SUPPLEMENT", "补交书面材料", "hand in the written supplement", "report_supplement_hours", flow.Hours,
		[]task.Rung{{After: "report_rung_at_once", Unit: flow.Hours}})
}

// Kinds are the tasks that reports make.
func Kinds() []task.Kind {
	return []task.Kind{toAccept(), toNotify(), toCheck(), toAssess(), toPlan(), toFollow(), toFollowLater(), toTell(), toClose(), toSign(), toSupplement()}
}
