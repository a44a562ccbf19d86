package matching

import (
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/task"
)

// The states of a need.
const (
	Published = "PUBLISHED"
	Proposed  = "PROPOSED"
	Accepted  = "ACCEPTED"
	Delivered = "DELIVERED"
	Withdrawn = "WITHDRAWN"
)

// PublishMove begins a need, and OfferMove offers a resource; the others are moves of
// a need.
const (
	PublishMove  = "publishNeed"
	OfferMove    = "offerResource"
	ProposeMove  = "proposeMatch"
	AcceptMove   = "acceptMatch"
	DeclineMove  = "declineMatch"
	DeliverMove  = "deliverNeed"
	WithdrawMove = "withdrawNeed"
	// UnconsentedMove follows from a withdrawn consent.
	UnconsentedMove = "consentWithdrawn"
)

// local says of a deadline that the county sets it.
const local = "设定值 cfg"

// Handlers are the roles that know the child of a need.
func Handlers() []string { return []string{"DIR", "SUP", "CM", "SW"} }

// Keepers are the roles that keep an offer.
func Keepers() []string { return []string{"FE", "SW"} }

// Machine is what a need may go through.
func Machine() flow.Machine {
	return flow.Machine{
		Name: "matching", Text: flow.Text{ZH: "需求与资源对接", EN: "Need and resource"},
		States: []flow.State{
			{Code: Published, Text: flow.Text{ZH: "已发布（不含儿童信息）", EN: "published without the child"}},
			{Code: Proposed, Text: flow.Text{ZH: "待资源方答复", EN: "waits for the keeper of the offer"}},
			{Code: Accepted, Text: flow.Text{ZH: "已接受", EN: "accepted"}},
			{Code: Delivered, Text: flow.Text{ZH: "已落实", EN: "delivered"}, Final: true},
			{Code: Withdrawn, Text: flow.Text{ZH: "已撤回", EN: "withdrawn"}, Final: true},
		},
		Moves: []flow.Move{
			{Name: ProposeMove, Text: flow.Text{ZH: "提出对接", EN: "propose a match"}, From: []string{Published}, To: Proposed, Roles: Handlers(), Due: "match_retry_days", Unit: flow.WorkingDays, Basis: local},
			{Name: AcceptMove, Text: flow.Text{ZH: "资源方接受", EN: "accept for the offer"}, From: []string{Proposed}, To: Accepted, Roles: Keepers(), Due: "match_answer_days", Unit: flow.WorkingDays, Basis: local},
			{Name: DeclineMove, Text: flow.Text{ZH: "资源方婉拒", EN: "decline for the offer"}, From: []string{Proposed}, To: Published, Roles: Keepers()},
			{Name: DeliverMove, Text: flow.Text{ZH: "落实", EN: "deliver"}, From: []string{Accepted}, To: Delivered, Roles: Handlers(), Due: "match_deliver_days", Unit: flow.Days, Basis: local},
			{Name: UnconsentedMove, Text: flow.Text{ZH: "监护人撤回同意", EN: "the guardian withdrew the consent"}, From: []string{Published, Proposed, Accepted}, To: Withdrawn, Roles: []string{flow.System}},
			{Name: WithdrawMove, Text: flow.Text{ZH: "撤回", EN: "withdraw"}, From: []string{Published, Proposed, Accepted}, To: Withdrawn, Roles: Handlers()},
		},
	}
}

func kind(code, zh, en, due string, unit flow.Unit) task.Kind {
	return task.Kind{Code: code, Text: flow.Text{ZH: zh, EN: en}, Due: due, Unit: unit, Ladder: []task.Rung{{After: "pairing_late_days"}}}
}

// ToAnswer asks the keeper of an offer; it names no child.
func ToAnswer() task.Kind {
	return kind("MATCH_ANSWER", "答复资源对接请求", "answer a request for an offer", "match_answer_days", flow.WorkingDays)
}

// ToRetry tells the handler that an offer was declined.
func ToRetry() task.Kind {
	return kind("MATCH_RETRY", "重新对接需求", "match a need anew", "match_retry_days", flow.WorkingDays)
}

// ToDeliver tells the handler that an offer was accepted.
func ToDeliver() task.Kind {
	return kind("MATCH_DELIVER", "落实已对接的资源", "deliver what was matched", "match_deliver_days", flow.Days)
}

// Kinds are the tasks of this area.
func Kinds() []task.Kind { return []task.Kind{ToAnswer(), ToRetry(), ToDeliver()} }
