package dropout

import (
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/task"
	"github.com/tongxin-hub/tongxin/policy"
)

// The kinds of tasks of a case.
var (
	phoneCheck = kind("DROPOUT_PHONE_CHECK", "受理预警并电话核实", "take the alert and check by phone", "dropout_phone_days")
	orderVisit = kind("DROPOUT_START_VISIT", "转家访或结束预警", "have the home visited or end the alert", "dropout_visit_days")
	visit      = kind("DROPOUT_HOME_VISIT", "家访", "visit the home", "dropout_visit_days", policy.SUP, policy.DPS)
	ledger     = kind("DROPOUT_LEDGER", "列入台账或办结", "enter the ledger or settle", "dropout_suspected_days")
	handOver   = kind("DROPOUT_HAND_OVER", "移交镇街", "hand over to the township", "dropout_handover_days")
	persuade   = kind("DROPOUT_PERSUASION", "劝返", "persuade", "dropout_persuasion_days", policy.DPS)
	order      = kind("DROPOUT_ORDER", "责令限期复学", "order the return", "dropout_order_days", policy.DPS)
	confirm    = kind("DROPOUT_CONFIRM", "列入辍学台账或办结", "enter the dropout ledger or settle", "dropout_confirm_days")
	propose    = kind("DROPOUT_CANCEL", "提出销号", "propose the cancellation", "dropout_cancel_days")
	review     = kind("DROPOUT_REVIEW", "复核销号", "review the cancellation", "dropout_review_days")
)

// kind declares a task: late, its holder is reminded first, then it goes up to the
// roles named, one after the other.
func kind(code, zh, en, due string, above ...policy.Role) task.Kind {
	k := task.Kind{
		Code: code, Text: flow.Text{ZH: zh, EN: en}, Due: due, Unit: flow.WorkingDays,
		Ladder: []task.Rung{{After: "dropout_remind_days"}},
	}
	for i, role := range above {
		k.Ladder = append(k.Ladder, task.Rung{After: []string{"dropout_raise_days", "dropout_raise_again_days"}[i], Role: role})
	}
	return k
}

// Kinds are all tasks of this area.
func Kinds() []task.Kind {
	return []task.Kind{
		phoneCheck, orderVisit, visit, ledger, handOver, persuade, order, confirm, propose, review,
	}
}

// next are the tasks that a stage opens, and whose they are.
type next struct {
	kind task.Kind
	role string
}

// nextIn lists them. Home visits are made together by school and village.
func nextIn(stage string) []next {
	switch stage {
	case Alert:
		return []next{{phoneCheck, "DPS"}}
	case PhoneCheck:
		return []next{{orderVisit, "DPS"}}
	case HomeVisit:
		return []next{{visit, "HT"}, {visit, "DIR"}, {ledger, "DPS"}}
	case Suspected:
		return []next{{handOver, "DPS"}}
	case Township, Confirmed:
		return []next{{persuade, "SUP"}, {persuade, "HT"}}
	case Written:
		return []next{{order, "SUP"}}
	case Ordered:
		return []next{{confirm, "DPS"}}
	case Returned, Settled:
		return []next{{propose, "DPS"}}
	case Review:
		return []next{{review, "DPS"}}
	default:
		return nil
	}
}
