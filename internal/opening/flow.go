package opening

import (
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/task"
	"github.com/tongxin-hub/tongxin/policy"
)

// The states of a child on a check.
const (
	NotSeen = "NOT_SEEN"
	Settled = "SETTLED"
)

// SettleMove says what became of a child; the clock makes ListMove.
const (
	SettleMove = "settleOpeningAbsence"
	ListMove   = "dropout.opening"
)

// Machine is the way of a child on a check.
func Machine() flow.Machine {
	const local = "县级设定；义务教育法13；控辍保学春秋季开学核查 county setting"
	return flow.Machine{
		Name: "opening", Text: flow.Text{ZH: "开学核查", EN: "Opening check"},
		States: []flow.State{
			{Code: NotSeen, Text: flow.Text{ZH: "未在校见到", EN: "not seen at school"}},
			{Code: Settled, Text: flow.Text{ZH: "已查明", EN: "settled"}, Final: true},
		},
		Moves: []flow.Move{{
			Name: SettleMove, Text: flow.Text{ZH: "查明去向（未返校即转缺勤预警）", EN: "say what became of the child; not returned is an alert"},
			From: []string{NotSeen}, To: Settled, Roles: []string{"DPS", "HT"}, Due: "opening_work_days", Unit: flow.WorkingDays, Basis: local,
		}},
	}
}

// toSettle is the work item of a check, until every child of it is settled.
func toSettle() task.Kind {
	return task.Kind{
		Code: "OPENING_CHECK", Text: flow.Text{ZH: "开学核查：逐一查明未在校学生", EN: "opening check: find out about each child who was not seen at school"},
		Due: "opening_work_days", Unit: flow.WorkingDays,
		Ladder: []task.Rung{{After: "opening_remind_days"}, {After: "opening_raise_days", Role: policy.DPS}}, Admit: admit,
	}
}

// Kinds are the tasks of checks.
func Kinds() []task.Kind { return []task.Kind{toSettle()} }
