package support

import (
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/task"
)

// kind is a task of this area: its holder is reminded, then the supervisor and at
// last the case manager hear of it.
func kind(code, zh, en, due string, unit flow.Unit) task.Kind {
	return task.Kind{
		Code: code, Text: flow.Text{ZH: zh, EN: en}, Due: due, Unit: unit,
		Ladder: []task.Rung{
			{After: "support_late_reminder"}, {After: "support_late_supervisor", Role: "SUP"}, {After: "support_late_manager", Role: "CM"},
		},
	}
}

// ToAccept asks whoever is to be responsible.
func ToAccept() task.Kind {
	return kind("SUPPORT_ACCEPT", "接受帮扶任务", "accept a plan of support", "support_accept_days", flow.WorkingDays)
}

// ToAssign asks whoever made a plan that was given back.
func ToAssign() task.Kind {
	return kind("SUPPORT_ASSIGN", "另行指定帮扶责任人", "name somebody else for a plan", "support_assign_days", flow.WorkingDays)
}

// ToWork is the next step of a plan.
func ToWork() task.Kind {
	return kind("SUPPORT_STEP", "落实帮扶步骤", "do the next step of a plan", "support_step_days", flow.Days)
}

// ToReview asks whoever made the plan.
func ToReview() task.Kind {
	return kind("SUPPORT_REVIEW", "评估帮扶计划", "review a plan of support", "support_review_days", flow.Days)
}

// Kinds are the tasks of this area.
func Kinds() []task.Kind { return []task.Kind{ToAccept(), ToAssign(), ToWork(), ToReview()} }
