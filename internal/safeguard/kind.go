package safeguard

import (
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/task"
)

// kind is a task of a step's owner, who is reminded when it is late; then the case manager
// who handles the report hears of it.
func kind(code, zh, en, due string) task.Kind {
	return task.Kind{
		Code: code, Text: flow.Text{ZH: zh, EN: en}, Due: due, Unit: flow.Days,
		Ladder: []task.Rung{{After: "protection_late_reminder"}, {After: "protection_late_manager", Role: "CM", Named: manager}},
	}
}

func toDo() task.Kind {
	return kind("PROTECTION_STEP", "落实保护措施", "do a step of protection", "protection_horizon_days")
}

func toFollow() task.Kind {
	return kind("PROTECTION_FOLLOW_UP", "每周跟进保护措施", "follow up on a step of protection within the week", "report_follow_up_first_days")
}

func toFollowLater() task.Kind {
	return kind("PROTECTION_FOLLOW_UP_LATER", "每月跟进保护措施", "follow up on a step of protection within the month", "report_follow_up_later_days")
}

// Alarm tells the case manager that an owner found a new risk; the next follow-up of the
// report answers it.
func Alarm() task.Kind {
	return task.Kind{
		Code: "REPORT_RISK", Text: flow.Text{ZH: "责任人发现新的风险，请立即处置", EN: "an owner found a new risk: see to it"}, Due: "report_safety_hours", Unit: flow.Hours,
		Ladder: []task.Rung{{After: "report_rung_at_once", Unit: flow.Hours, Role: "CM"}, {After: "report_rung_second_hours", Unit: flow.Hours, Role: "DPO"}},
	}
}

// Kinds are the tasks that steps make.
func Kinds() []task.Kind { return []task.Kind{toDo(), toFollow(), toFollowLater(), Alarm()} }
