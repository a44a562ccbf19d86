package correction

import "github.com/tongxin-hub/tongxin/internal/flow"

// The states of a correction.
const (
	Raised     = "RAISED"
	Routed     = "ROUTED"
	Accepted   = "ACCEPTED"
	Refused    = "REFUSED"
	Propagated = "PROPAGATED"
)

// basis is the rule of the answer.
const basis = "政务数据共享条例26"

// raisers are the roles that work with files: where they see it they dispute it.
func raisers() []string {
	return []string{"CM", "DIR", "DPS", "FE", "HD", "HT", "PSY", "REL", "RP", "SUP", "SW"}
}

// Machine is the way of a correction.
func Machine() flow.Machine {
	state := func(code, zh, en string) flow.State { return flow.State{Code: code, Text: flow.Text{ZH: zh, EN: en}} }
	refused, told := state(Refused, "不予更正", "refused"), state(Propagated, "已通知接收方", "recipients told")
	refused.Final, told.Final = true, true
	return flow.Machine{
		Name: "correction", Text: flow.Text{ZH: "校核纠错", EN: "Correction"},
		States: []flow.State{state(Raised, "已提出", "raised"), state(Routed, "已转数源", "with the source agency"), state(Accepted, "已更正", "accepted"), refused, told},
		Moves: []flow.Move{
			{
				Name: "raiseCorrection", Text: flow.Text{ZH: "对所见字段提出校核，即转数源单位", EN: "dispute what is shown; it goes to its source agency"},
				From: []string{Raised}, To: Routed, Roles: raisers(),
			},
			{
				Name: "correction.route", Text: flow.Text{ZH: "数源单位有校核专员后转交", EN: "hand over once the source agency has a steward"},
				From: []string{Raised}, To: Routed, Roles: []string{flow.System},
			},
			{
				Name: "acceptCorrection", Text: flow.Text{ZH: "数源单位予以更正", EN: "the source agency corrects it"},
				From: []string{Routed}, To: Accepted, Roles: []string{"STEWARD"}, Due: "correction_days", Unit: flow.WorkingDays, Basis: basis,
			},
			{
				Name: "refuseCorrection", Text: flow.Text{ZH: "数源单位不予更正并说明理由", EN: "the source agency refuses, with its reason"},
				From: []string{Routed}, To: Refused, Roles: []string{"STEWARD"}, Due: "correction_days", Unit: flow.WorkingDays, Basis: basis,
			},
			{
				Name: "correction.propagate", Text: flow.Text{ZH: "知会日志所记的每个接收方", EN: "tell every recipient that the log knows"},
				From: []string{Accepted}, To: Propagated, Roles: []string{flow.System},
			},
		},
	}
}
