package moving

import (
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/task"
	"github.com/tongxin-hub/tongxin/policy"
)

// The states of a transfer.
const (
	Requested = "REQUESTED"
	Sent      = "SENT"
	Received  = "RECEIVED"
	Returned  = "RETURNED"
)

// The moves of a transfer.
const (
	HandOverMove = "handOver"
	ClaimMove    = "claimMove"
	DeclineMove  = "declineMove"
)

// Machine is the way of a transfer.
func Machine() flow.Machine {
	return flow.Machine{
		Name: "transfer", Text: flow.Text{ZH: "转移接续", EN: "Moves and hand-over"},
		States: []flow.State{
			{Code: Requested, Text: flow.Text{ZH: "待交接", EN: "to be handed over"}},
			{Code: Sent, Text: flow.Text{ZH: "已转出", EN: "sent"}},
			{Code: Received, Text: flow.Text{ZH: "已接收", EN: "received"}, Final: true},
			{Code: Returned, Text: flow.Text{ZH: "已退回", EN: "returned"}},
		},
		Moves: []flow.Move{
			{Name: HandOverMove, Text: flow.Text{ZH: "交接", EN: "hand over"}, From: []string{Requested, Returned}, To: Sent, Roles: []string{"DIR", "SUP"}},
			{
				Name: ClaimMove, Text: flow.Text{ZH: "认领迁入", EN: "claim"}, From: []string{Sent}, To: Received, Roles: []string{"DIR", "SUP"},
				Due: "move_claim_days", Unit: flow.WorkingDays, Basis: "设定值 cfg",
			},
			{Name: DeclineMove, Text: flow.Text{ZH: "退回", EN: "decline"}, From: []string{Sent}, To: Returned, Roles: []string{"DIR", "SUP"}},
		},
	}
}

// ToClaim is a child that is said to have moved here.
func ToClaim() task.Kind {
	return task.Kind{
		Code: "MOVE_CLAIM", Text: flow.Text{ZH: "认领迁入儿童", EN: "claim a child that has moved in"}, Due: "move_claim_days", Unit: flow.WorkingDays,
		Ladder: []task.Rung{{After: "register_remind_days"}, {After: "register_raise_days", Role: policy.SUP}},
	}
}

// upward is the ladder of what a supervisor has to do: a reminder, the case manager.
func upward() []task.Rung {
	return []task.Rung{{After: "register_remind_days"}, {After: "register_raise_days", Role: policy.CM}}
}

// ToSend is a transfer to another county.
func ToSend() task.Kind {
	return task.Kind{Code: "MOVE_SEND", Text: flow.Text{ZH: "向外县区转出", EN: "send a transfer to another county"}, Due: "move_send_days", Unit: flow.WorkingDays, Ladder: upward()}
}

// ToRequest is a child that its director says has moved to another county, where only the
// supervisor sends a file.
func ToRequest() task.Kind {
	return task.Kind{Code: "MOVE_REQUESTED", Text: flow.Text{ZH: "村里报告已迁往外县区，请办理转出", EN: "the village says that a child moved to another county: hand it over"}, Due: "move_send_days", Unit: flow.WorkingDays, Ladder: upward()}
}

// ToArrange is a move that was declined, for whoever handed it over.
func ToArrange() task.Kind {
	return task.Kind{
		Code: "MOVE_RETURNED", Text: flow.Text{ZH: "迁居被退回，请核实", EN: "a move was declined: find out"}, Due: "move_claim_days", Unit: flow.WorkingDays,
		Ladder: []task.Rung{{After: "register_remind_days"}, {After: "register_raise_days", Role: policy.SUP}},
	}
}

// Kinds are the tasks of moves.
func Kinds() []task.Kind {
	return []task.Kind{ToClaim(), ToRequest(), ToSend(), ToArrange(), ToDecide(), ToKnow(), Unreached()}
}

// Answered are those that end with their holder's own answer.
func Answered() []task.Kind { return []task.Kind{ToSend(), ToArrange(), ToKnow(), Unreached()} }
