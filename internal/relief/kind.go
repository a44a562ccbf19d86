package relief

import (
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/task"
	"github.com/tongxin-hub/tongxin/policy"
)

// kind declares a task: late, its holder is reminded, then the supervisor hears.
func kind(code, zh, en, due string, unit flow.Unit) task.Kind {
	return task.Kind{
		Code: code, Text: text(zh, en), Due: due, Unit: unit,
		Ladder: []task.Rung{{After: "relief_remind_days"}, {After: "relief_raise_days", Role: policy.SUP}},
	}
}

func toApply() task.Kind {
	return kind("RELIEF_APPLY", "联系家庭申请救助", "take the application", "relief_apply_days", flow.WorkingDays)
}

func toAdvance() task.Kind {
	return kind("RELIEF_URGENT", "急难先行发放", "pay ahead", "relief_urgent_hours", flow.Hours)
}

func toCheck() task.Kind {
	return kind("RELIEF_CHECK", "核查", "check", "relief_check_days", flow.WorkingDays)
}

func toPublish() task.Kind {
	return kind("RELIEF_PUBLISH", "公示或提请免公示", "publish, or ask for no publicity", "relief_publish_days", flow.WorkingDays)
}

func toSign() task.Kind {
	return kind("RELIEF_SIGN", "签批免公示", "sign for no publicity", "relief_sign_days", flow.WorkingDays)
}

func toDecide() task.Kind {
	return kind("RELIEF_DECIDE", "决定救助", "decide", "relief_decide_days", flow.WorkingDays)
}

func toExamine() task.Kind {
	return kind("RELIEF_OBJECTION", "核实公示异议", "look into an objection", "relief_objection_days", flow.WorkingDays)
}

func toPay() task.Kind {
	return kind("RELIEF_PAY", "发放救助", "pay", "relief_pay_days", flow.WorkingDays)
}

func toClose() task.Kind {
	return kind("RELIEF_CLOSE", "办结救助", "close", "relief_close_days", flow.WorkingDays)
}

// afterPapers is the check of what was paid ahead: the papers have a time of their own.
func afterPapers() task.Kind {
	k := toCheck()
	k.Due = "relief_papers_days"
	return k
}

// Kinds are the tasks that applications make.
func Kinds() []task.Kind {
	return []task.Kind{toApply(), toAdvance(), toCheck(), toPublish(), toSign(), toExamine(), toDecide(), toPay(), toClose()}
}
