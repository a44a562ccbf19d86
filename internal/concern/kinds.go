package concern

import (
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/task"
)

// kind is a task about a concern, acted on within the days of a setting.
func kind(code, zh, en, due string, unit flow.Unit, above ...task.Rung) task.Kind {
	return task.Kind{Code: code, Text: flow.Text{ZH: zh, EN: en}, Due: due, Unit: unit, Ladder: above}
}

// supervisorHears is the rung after which a late concern is the supervisor's.
func supervisorHears() task.Rung { return task.Rung{After: "visit_late_reminder", Role: "SUP"} }

// managerHears is the rung after which what is urgent is the case manager's.
func managerHears() task.Rung { return task.Rung{After: "visit_late_reminder", Role: "CM"} }

func study() task.Kind {
	return kind("CONCERN_STUDY", "关注学业", "attend to the schooling", "visit_answer_days", flow.WorkingDays, supervisorHears())
}

func economic() task.Kind {
	return kind("CONCERN_ECONOMIC", "关注家庭经济困难", "attend to hardship", "visit_answer_days", flow.WorkingDays, supervisorHears())
}

func family() task.Kind {
	return kind("CONCERN_FAMILY", "关注家庭变故", "attend to a change in the family", "visit_answer_days", flow.WorkingDays, supervisorHears())
}

func rights() task.Kind {
	return kind("CONCERN_RIGHTS", "关注权益受侵害", "attend to a violation of rights", "visit_same_day", flow.Days, managerHears())
}

// ToReport asks who saw it for a mandatory report.
func ToReport() task.Kind {
	return kind("MANDATORY_REPORT_PROMPT", "请立即强制报告", "make the mandatory report now", "visit_report_hours", flow.Hours, supervisorHears(), managerHears())
}

// ToInform asks for the guardian to be told before anybody else is.
func ToInform() task.Kind {
	return kind("INFORM_GUARDIAN", "先告知监护人", "tell the guardian first", "visit_inform_days", flow.WorkingDays, supervisorHears())
}

func mental() task.Kind {
	return kind("CONCERN_MENTAL", "关注心理", "attend to the child's mind", "visit_answer_days", flow.WorkingDays, supervisorHears())
}

func mentalUrgent() task.Kind {
	return kind("CONCERN_MENTAL_URGENT", "紧急关注心理", "attend to the child's mind today", "visit_same_day", flow.Days, supervisorHears(), managerHears())
}

func health() task.Kind {
	return kind("CONCERN_HEALTH", "关注健康", "attend to the child's health", "visit_answer_days", flow.WorkingDays, supervisorHears())
}

func drowning() task.Kind {
	return kind("SAFETY_DROWNING", "处置溺水隐患", "remove a danger of drowning", "visit_safety_days", flow.WorkingDays, supervisorHears())
}

func fire() task.Kind {
	return kind("SAFETY_FIRE", "处置用火用电隐患", "remove a danger of fire", "visit_safety_days", flow.WorkingDays, supervisorHears())
}

func traffic() task.Kind {
	return kind("SAFETY_TRAFFIC", "处置交通隐患", "remove a danger of traffic", "visit_safety_days", flow.WorkingDays, supervisorHears())
}

// toCallToday is a red concern.
func toCallToday() task.Kind {
	return kind("SAME_DAY_CALL", "今日电话联系", "call today", "visit_same_day", flow.Days, managerHears())
}

// toProtect is a child living alone (未保法 21).
func toProtect() task.Kind {
	return kind("RED_ALERT", "红色预警：独自生活", "red alert: living alone", "visit_alert_hours", flow.Hours, managerHears())
}

// Kinds are the tasks of concerns.
func Kinds() []task.Kind {
	return append(answered(), ToInform())
}

// answered are the tasks that end when their holder says what came of them.
func answered() []task.Kind {
	return []task.Kind{
		study(), economic(), family(), rights(), ToReport(), mental(), mentalUrgent(), health(),
		drowning(), fire(), traffic(), toCallToday(), toProtect(),
	}
}
