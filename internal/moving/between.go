package moving

import (
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/packet"
	"github.com/tongxin-hub/tongxin/internal/task"
)

// The moves of a transfer between two hubs.
const (
	AcceptMove   = "acceptTransfer"
	RefuseMove   = "refuseTransfer"
	WithdrawMove = "withdrawTransfer"
)

// Between is the way of a transfer between two hubs. Both stand at the same state: the
// receiving place decides, and the sender's transfer moves with its answer.
func Between() flow.Machine {
	return flow.Machine{
		Name: "transferBetween", Text: flow.Text{ZH: "跨县区转移接续", EN: "Hand-over to another county"},
		States: []flow.State{
			{Code: Sent, Text: flow.Text{ZH: "已转出，待答复", EN: "sent, without an answer"}},
			{Code: packet.Accepted, Text: flow.Text{ZH: "对方已接收", EN: "accepted"}, Final: true},
			{Code: packet.Refused, Text: flow.Text{ZH: "对方不予接收", EN: "refused"}, Final: true},
			{Code: Returned, Text: flow.Text{ZH: "已撤回，改纸质转出", EN: "withdrawn, sent on paper"}, Final: true},
		},
		Moves: []flow.Move{
			{
				Name: AcceptMove, Text: flow.Text{ZH: "接收", EN: "accept"}, From: []string{Sent}, To: packet.Accepted, Roles: []string{"SUP"},
				Due: "transfer_decide_days", Unit: flow.WorkingDays, Basis: "设定值 cfg",
			},
			{Name: RefuseMove, Text: flow.Text{ZH: "不予接收", EN: "refuse"}, From: []string{Sent}, To: packet.Refused, Roles: []string{"SUP"}},
			{Name: WithdrawMove, Text: flow.Text{ZH: "撤回", EN: "withdraw"}, From: []string{Sent}, To: Returned, Roles: []string{"SUP"}},
		},
	}
}

// ToDecide is a child that another hub has handed over.
func ToDecide() task.Kind {
	return task.Kind{
		Code: "MOVE_INCOMING", Text: flow.Text{ZH: "外县区转入，请决定是否接收", EN: "a child from another county: accept or refuse"},
		Due: "transfer_decide_days", Unit: flow.WorkingDays,
		Ladder: upward(),
	}
}

// ToKnow is the answer of the other hub.
func ToKnow() task.Kind {
	return task.Kind{
		Code: "MOVE_ANSWER", Text: flow.Text{ZH: "外县区对转出已有答复", EN: "another county has answered a hand-over"},
		Due: "transfer_told_days", Unit: flow.WorkingDays, Ladder: upward(),
	}
}

// Unreached is a packet that the other hub has not received.
func Unreached() task.Kind {
	return task.Kind{
		Code: "MOVE_UNREACHABLE", Text: flow.Text{ZH: "对方枢纽联系不上，可撤回改为纸质转出", EN: "the other hub is not reached: wait, or withdraw and send on paper"},
		Due: "transfer_told_days", Unit: flow.WorkingDays, Ladder: upward(),
	}
}
