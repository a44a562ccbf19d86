package recertifying

import (
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/task"
	"github.com/tongxin-hub/tongxin/policy"
)

func kind(code, zh, en, due string, unit flow.Unit, ladder ...task.Rung) task.Kind {
	return task.Kind{Code: code, Text: flow.Text{ZH: zh, EN: en}, Due: due, Unit: unit, Ladder: ladder}
}

// late reminds, then the protection officer hears.
func late() []task.Rung {
	return []task.Rung{{After: "access_remind_days"}, {After: "access_remind_days", Role: policy.DPO}}
}

func toConfirm() task.Kind {
	return kind("POSTS_CONFIRM", "确认本单位岗位", "confirm the posts of your agency", "recertify_days", flow.WorkingDays, late()...)
}

func toUse() task.Kind {
	return kind("POST_UNUSED", "岗位长期未用，将自动收回", "your unused post will lapse", "post_lapse_days", flow.Days)
}

func toRenew() task.Kind {
	return kind("RIGHTS_RENEW", "背景审查或授权即将到期", "vetting or authorisation is about to end", "renewal_days", flow.Days)
}

func toReturn() task.Kind {
	return kind("CONTRACT_RETURN", "督促返还或删除数据并提交证明", "have the data of a contract returned or deleted", "contract_return_days", flow.WorkingDays, late()...)
}

// Kinds are the tasks that keeping rights small makes.
func Kinds() []task.Kind { return []task.Kind{toConfirm(), toUse(), toRenew(), toReturn()} }
