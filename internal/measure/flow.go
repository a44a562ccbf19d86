package measure

import (
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/task"
)

// The states of a shield or placement.
const (
	Standing = "STANDING"
	Proposed = "LIFT_PROPOSED"
	Lifted   = "LIFTED"
)

// The moves.
const (
	KeepMove    = "keepMeasure"
	ProposeMove = "proposeLifting"
	SignMove    = "signLifting"
	ReplaceMove = "replaceHandler"
)

const byTwo = "设定值（本区）；由两人设定的，由两人解除"

// Machine is the way of a shield or placement. A case manager proposes its end, since
// the desk set it; the other named handler, who may be a rights officer, signs.
func Machine() flow.Machine {
	handlers := []string{"CM", "RP"}
	live := []string{Standing, Proposed}
	return flow.Machine{
		Name: "measure", Text: flow.Text{ZH: "遮蔽与临时安置", EN: "shield and placement"},
		States: []flow.State{
			{Code: Standing, Text: flow.Text{ZH: "执行中", EN: "standing"}},
			{Code: Proposed, Text: flow.Text{ZH: "已提请解除，待会签", EN: "end proposed, awaits the second signature"}},
			{Code: Lifted, Text: flow.Text{ZH: "已解除", EN: "ended"}, Final: true},
		},
		Moves: []flow.Move{
			{Name: KeepMove, Text: flow.Text{ZH: "续期", EN: "keep"}, From: live, To: Standing, Roles: handlers, Due: "measure_decide_days", Unit: flow.WorkingDays, Basis: "设定值（本区）；遮蔽和临时安置定期复查"},
			{Name: ProposeMove, Text: flow.Text{ZH: "提请解除或缩小（第一人签）", EN: "first signature to end or narrow"}, From: []string{Standing}, To: Proposed, Roles: []string{"CM"}},
			{Name: SignMove, Text: flow.Text{ZH: "会签解除（另一人签）", EN: "second signature"}, From: []string{Proposed}, To: Lifted, Roles: handlers, Due: "measure_sign_days", Unit: flow.WorkingDays, Basis: byTwo},
			{Name: ReplaceMove, Text: flow.Text{ZH: "更换指定经办人", EN: "replace a named handler"}, From: []string{Standing}, To: Standing, Roles: handlers, Due: "measure_handler_days", Unit: flow.WorkingDays, Basis: "设定值（本区）；指定经办人始终两人在岗"},
			{Name: ReplaceMove, Text: flow.Text{ZH: "更换指定经办人", EN: "replace a named handler"}, From: []string{Proposed}, To: Proposed, Roles: handlers, Due: "measure_handler_days", Unit: flow.WorkingDays, Basis: "设定值（本区）；指定经办人始终两人在岗"},
		},
	}
}

// late reminds the person first, then tells another case manager; of a child that is
// hidden altogether nobody else hears.
func late() []task.Rung {
	return []task.Rung{{After: "measure_rung_days"}, {After: "measure_rung_days", Role: "CM"}}
}

func kind(code, zh, en, due string) task.Kind {
	return task.Kind{Code: code, Text: flow.Text{ZH: zh, EN: en}, Due: due, Unit: flow.WorkingDays, Ladder: late()}
}

func toReview() task.Kind {
	return kind("MEASURE_REVIEW", "复查遮蔽或安置", "decide whether a shield or placement stays", "measure_decide_days")
}

func toSign() task.Kind {
	return kind("MEASURE_SIGN", "会签解除遮蔽或安置", "sign the end of a shield or placement second", "measure_sign_days")
}

func toName() task.Kind {
	return kind("MEASURE_HANDLER", "补足指定经办人", "name a handler of a shield", "measure_handler_days")
}

// Kinds are the tasks that shields and placements make.
func Kinds() []task.Kind { return []task.Kind{toReview(), toSign(), toName()} }
