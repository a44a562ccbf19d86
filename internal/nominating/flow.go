package nominating

import (
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/task"
	"github.com/tongxin-hub/tongxin/policy"
)

// The states of a proposal to merge.
const (
	Proposed = "PROPOSED"
	Merged   = "MERGED"
	Refused  = "REFUSED"
)

// The moves of a proposal.
const (
	MergeMove  = "mergeDuplicate"
	RefuseMove = "refuseMerge"
)

// Machine is the way of a proposal to merge.
func Machine() flow.Machine {
	const due, local = "register_compare_days", "设定值 cfg"
	return flow.Machine{
		Name: "merge", Text: flow.Text{ZH: "疑似重复建档", EN: "Files that may be of one child"},
		States: []flow.State{
			{Code: Proposed, Text: flow.Text{ZH: "待决定", EN: "to be decided"}},
			{Code: Merged, Text: flow.Text{ZH: "已合并", EN: "merged"}, Final: true},
			{Code: Refused, Text: flow.Text{ZH: "不合并", EN: "not merged"}, Final: true},
		},
		Moves: []flow.Move{
			{Name: MergeMove, Text: flow.Text{ZH: "并入已有档案", EN: "merge into the file that there is"}, From: []string{Proposed}, To: Merged, Roles: []string{"SUP"}, Due: due, Unit: flow.WorkingDays, Basis: local},
			{Name: RefuseMove, Text: flow.Text{ZH: "不合并", EN: "keep apart"}, From: []string{Proposed}, To: Refused, Roles: []string{"SUP"}, Due: due, Unit: flow.WorkingDays, Basis: local},
		},
	}
}

// toCompare asks a supervisor whether two files are of one child.
func toCompare() task.Kind {
	return task.Kind{
		Code: "REGISTER_MERGE", Text: flow.Text{ZH: "疑似重复建档，请核对决定", EN: "there may be two files of one child: compare and decide"},
		Due: "register_compare_days", Unit: flow.WorkingDays,
		Ladder: []task.Rung{{After: "register_remind_days"}, {After: "register_raise_days", Role: policy.CM}},
	}
}

// Kinds are the tasks of this area.
func Kinds() []task.Kind { return []task.Kind{toCompare()} }
