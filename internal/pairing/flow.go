package pairing

import (
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/task"
)

// The states of a pairing.
const (
	Proposed = "PROPOSED"
	Active   = "ACTIVE"
	Ended    = "ENDED"
)

// The moves of a pairing; ExpireMove is the clock's. VetMove notes the vetting of a
// volunteer.
const (
	StartMove   = "startPairing"
	ContactMove = "recordPairingContact"
	EndMove     = "endPairing"
	ExpireMove  = "expirePairing"
	VetMove     = "vetVolunteer"
	// UnconsentedMove follows from a withdrawn consent.
	UnconsentedMove = "consentWithdrawn"
)

// Machine is what a pairing may go through.
func Machine() flow.Machine {
	guide := []string{"FE"}
	return flow.Machine{
		Name: "pairing", Text: flow.Text{ZH: "结对", EN: "Pairing"},
		States: []flow.State{
			{Code: Proposed, Text: flow.Text{ZH: "待签订", EN: "to be signed"}},
			{Code: Active, Text: flow.Text{ZH: "在结", EN: "in force"}},
			{Code: Ended, Text: flow.Text{ZH: "已结束", EN: "ended"}, Final: true},
		},
		Moves: []flow.Move{
			{Name: StartMove, Text: flow.Text{ZH: "签订", EN: "sign"}, From: []string{Proposed}, To: Active, Roles: guide, Due: "pairing_start_days", Unit: flow.WorkingDays, Basis: "设定值 cfg"},
			{Name: ContactMove, Text: flow.Text{ZH: "记录联系", EN: "note a contact"}, From: []string{Active}, To: Active, Roles: guide},
			{Name: EndMove, Text: flow.Text{ZH: "结束", EN: "end"}, From: []string{Proposed, Active}, To: Ended, Roles: guide},
			{Name: UnconsentedMove, Text: flow.Text{ZH: "监护人撤回同意", EN: "the guardian withdrew the consent"}, From: []string{Proposed, Active}, To: Ended, Roles: []string{flow.System}},
			{Name: ExpireMove, Text: flow.Text{ZH: "协议期满", EN: "the contract has run out"}, From: []string{Active}, To: Ended, Roles: []string{flow.System}},
		},
	}
}

// ToStart asks the coordinator to sign what was matched.
func ToStart() task.Kind {
	return task.Kind{
		Code: "PAIRING_START", Text: flow.Text{ZH: "签订结对", EN: "sign a pairing"}, Due: "pairing_start_days", Unit: flow.WorkingDays,
		Ladder: []task.Rung{{After: "pairing_late_days"}},
	}
}

// Kinds are the tasks of this area.
func Kinds() []task.Kind { return []task.Kind{ToStart()} }
