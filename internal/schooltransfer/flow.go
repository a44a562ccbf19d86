package schooltransfer

import (
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/task"
	"github.com/tongxin-hub/tongxin/policy"
)

// The states of a transfer; None is a pupil without one.
const (
	None      = "NONE"
	Requested = "REQUESTED"
	Released  = "RELEASED"
	Lapsed    = "LAPSED"
	Arrived   = "ARRIVED"
	Withdrawn = "WITHDRAWN"
)

// The moves; the clock makes LapseMove.
const (
	StartMove    = "startSchoolTransfer"
	ReleaseMove  = "releasePupil"
	ConfirmMove  = "confirmArrival"
	DenyMove     = "denyArrival"
	ProveMove    = "proveArrival"
	WithdrawMove = "withdrawSchoolTransfer"
	LapseMove    = "lapseSchoolTransfer"
)

// local says of a deadline that the county sets it.
const local = "县级设定，各校约10个工作日 county setting, about ten working days for each school"

// Machine is the way of a transfer.
func Machine() flow.Machine {
	state := func(code, zh, en string) flow.State { return flow.State{Code: code, Text: flow.Text{ZH: zh, EN: en}} }
	arrived, withdrawn := state(Arrived, "已到校", "arrived"), state(Withdrawn, "已撤回", "withdrawn")
	arrived.Final, withdrawn.Final = true, true
	return flow.Machine{
		Name: "schooltransfer", Text: flow.Text{ZH: "转学", EN: "Change of school"},
		States: []flow.State{
			state(None, "无转学在办", "none under way"), state(Requested, "转出中（缺勤计时暂停）", "leaving, the absence clock is paused"),
			state(Released, "已转出，待到校（缺勤计时暂停）", "released, to arrive, the absence clock is paused"),
			state(Lapsed, "逾期未确认（计时继续，已预警）", "not confirmed in time: the clock goes on, the officer has the alert"), arrived, withdrawn,
		},
		Moves: []flow.Move{
			{Name: StartMove, Text: flow.Text{ZH: "开始转学", EN: "start"}, From: []string{None}, To: Requested, Roles: []string{"HT"}},
			{Name: ReleaseMove, Text: flow.Text{ZH: "办结转出", EN: "release"}, From: []string{Requested}, To: Released, Roles: []string{"HT"}, Due: "school_release_days", Unit: flow.WorkingDays, Basis: local},
			{Name: ConfirmMove, Text: flow.Text{ZH: "确认到校", EN: "confirm the arrival"}, From: []string{Released, Lapsed}, To: Arrived, Roles: []string{"HT"}, Due: "school_arrival_days", Unit: flow.WorkingDays, Basis: local},
			{Name: DenyMove, Text: flow.Text{ZH: "未到校", EN: "say that the child has not come"}, From: []string{Released}, To: Lapsed, Roles: []string{"HT"}},
			{Name: ProveMove, Text: flow.Text{ZH: "凭外地学籍证明办结", EN: "end by proof from a school elsewhere"}, From: []string{Released, Lapsed}, To: Arrived, Roles: []string{"DPS"}, Due: "school_arrival_days", Unit: flow.WorkingDays, Basis: local},
			{Name: WithdrawMove, Text: flow.Text{ZH: "撤回转学", EN: "withdraw"}, From: []string{Requested, Released, Lapsed}, To: Withdrawn, Roles: []string{"HT"}},
			{Name: LapseMove, Text: flow.Text{ZH: "逾期未确认", EN: "not confirmed in time"}, From: []string{Requested, Released}, To: Lapsed, Roles: []string{flow.System}},
		},
	}
}

// ladder is what a school that is late goes up: a reminder, the dropout officer.
func ladder() []task.Rung {
	return []task.Rung{{After: "care_remind_days"}, {After: "care_raise_days", Role: policy.DPS}}
}

// toRelease, toConfirm and toProve are asked of schools and officer, toFind of the old
// teacher when nobody has confirmed the child.
func toRelease() task.Kind {
	return task.Kind{Code: "SCHOOL_RELEASE", Text: flow.Text{ZH: "办结转出", EN: "release a pupil who changes school"}, Due: "school_release_days", Unit: flow.WorkingDays, Ladder: ladder()}
}

func toConfirm() task.Kind {
	return task.Kind{Code: "SCHOOL_ARRIVAL", Text: flow.Text{ZH: "确认转入学生到校", EN: "confirm that a pupil has arrived"}, Due: "school_arrival_days", Unit: flow.WorkingDays, Ladder: ladder()}
}

func toProve() task.Kind {
	return task.Kind{Code: "SCHOOL_PROOF", Text: flow.Text{ZH: "核实外地就学证明", EN: "get the proof of a school elsewhere"}, Due: "school_arrival_days", Unit: flow.WorkingDays}
}

func toFind() task.Kind {
	return task.Kind{
		Code: "SCHOOL_LAPSED", Text: flow.Text{ZH: "转学逾期未确认，请核实去向", EN: "nobody confirmed a transfer: find out where the child is"}, Due: "school_lapsed_days", Unit: flow.WorkingDays,
		Ladder: ladder(),
	}
}

// Kinds are the tasks of transfers.
func Kinds() []task.Kind { return []task.Kind{toRelease(), toConfirm(), toProve(), toFind()} }

// Answered are those that end with their holder's own answer.
func Answered() []task.Kind { return []task.Kind{toFind()} }
