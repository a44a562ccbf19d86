package dropout

import (
	"slices"

	"github.com/tongxin-hub/tongxin/internal/flow"
)

// The states of a case. All but Noted are stages of DropoutCase; an absence that is
// only noted stands with the enrolment and releases nothing.
const (
	Noted      = "NOTED"
	Alert      = "ALERT"
	PhoneCheck = "PHONE_CHECK"
	HomeVisit  = "HOME_VISIT"
	Suspected  = "SUSPECTED"
	Township   = "TOWNSHIP_PERSUASION"
	Written    = "WRITTEN_REPORT"
	Ordered    = "ORDER"
	Confirmed  = "DROPOUT"
	Returned   = "RETURNED"
	Settled    = "TRANSFERRED"
	Review     = "REVIEW"
	Cancelled  = "CANCELLED"
)

// missing are the states in which the child is not at school; visited those in which
// somebody goes to the door.
var (
	missing = []string{Alert, PhoneCheck, HomeVisit, Suspected, Township, Written, Ordered, Confirmed}
	visited = []string{HomeVisit, Suspected, Township, Written, Ordered, Confirmed}
)

// local says of a deadline that the county sets it.
const local = "县级设定，非全国标准 county setting, not a national number"

// Machine is the way of a case.
func Machine() flow.Machine {
	return flow.Machine{
		Name: "dropout", Text: flow.Text{ZH: "控辍保学", EN: "Dropout prevention"},
		States: states(), Moves: slices.Concat(alertMoves(), ledgerMoves(), persuasionMoves(), endMoves()),
	}
}

func states() []flow.State {
	state := func(code, zh, en string) flow.State { return flow.State{Code: code, Text: flow.Text{ZH: zh, EN: en}} }
	last := state(Cancelled, "销号", "cancelled")
	last.Final = true
	return []flow.State{
		state(Noted, "缺勤已登记（未立案）", "absence noted, no case"),
		state(Alert, "预警", "alert"),
		state(PhoneCheck, "电话核实", "phone check"),
		state(HomeVisit, "家访", "home visit"),
		state(Suspected, "疑似辍学台账", "suspected ledger"),
		state(Township, "镇街劝返", "persuasion by the township"),
		state(Written, "书面报告", "written report"),
		state(Ordered, "责令", "order"),
		state(Confirmed, "辍学台账", "dropout ledger"),
		state(Returned, "已复学观察", "returned and watched"),
		state(Settled, "转学或其他", "transferred or otherwise settled"),
		state(Review, "待销号复核", "cancellation under review"),
		last,
	}
}

func alertMoves() []flow.Move {
	return []flow.Move{
		{
			Name: "reportAbsence", Text: flow.Text{ZH: "报告缺勤，达到日数即预警", EN: "report an absence; long enough, it is an alert"},
			From: []string{Noted}, To: Alert, Roles: []string{"HT", "DPS"}, Due: "dropout_alert_days", Unit: flow.WorkingDays, Basis: local,
		},
		{
			Name: "reportAbsence", Text: flow.Text{ZH: "销号前再次缺勤，重新办理", EN: "absent again before the case is cancelled: it is open again"},
			From: []string{Returned, Settled, Review}, To: HomeVisit, Roles: []string{"HT", "DPS"},
		},
		{
			Name: "acceptAlert", Text: flow.Text{ZH: "受理预警，电话核实", EN: "take the alert and check by phone"},
			From: []string{Alert}, To: PhoneCheck, Roles: []string{"DPS"}, Due: "dropout_phone_days", Unit: flow.WorkingDays, Basis: local,
		},
		{
			Name: "startHomeVisit", Text: flow.Text{ZH: "转家访", EN: "have the home visited"},
			From: []string{Alert, PhoneCheck}, To: HomeVisit, Roles: []string{"DPS", "HT"}, Due: "dropout_visit_days", Unit: flow.WorkingDays, Basis: local,
		},
		{
			Name: "endAlert", Text: flow.Text{ZH: "查明不属辍学，结束预警", EN: "end an alert that is no dropout"},
			From: []string{Alert, PhoneCheck, HomeVisit}, To: Cancelled, Roles: []string{"DPS"},
		},
	}
}

func ledgerMoves() []flow.Move {
	return []flow.Move{
		{
			Name: "enterSuspected", Text: flow.Text{ZH: "列入疑似辍学台账", EN: "enter the suspected ledger"},
			From: []string{HomeVisit}, To: Suspected, Roles: []string{"DPS"}, Due: "dropout_suspected_days", Unit: flow.WorkingDays, Basis: local,
		},
		{
			Name: "handToTownship", Text: flow.Text{ZH: "移交镇街劝返", EN: "hand over to the township"},
			From: []string{Suspected}, To: Township, Roles: []string{"DPS"}, Due: "dropout_handover_days", Unit: flow.WorkingDays, Basis: local,
		},
		{
			Name: "reportInWriting", Text: flow.Text{ZH: "劝返未果，书面报告", EN: "report in writing that persuasion failed"},
			From: []string{Township}, To: Written, Roles: []string{"HT"}, Due: "dropout_persuasion_days", Unit: flow.WorkingDays, Basis: local,
		},
		{
			Name: "issueReturnOrder", Text: flow.Text{ZH: "责令限期复学", EN: "order the return"},
			From: []string{Written}, To: Ordered, Roles: []string{"SUP", "DPS"}, Due: "dropout_order_days", Unit: flow.WorkingDays, Basis: local,
		},
		{
			Name: "confirmDropout", Text: flow.Text{ZH: "列入辍学台账", EN: "enter the dropout ledger"},
			From: []string{Ordered}, To: Confirmed, Roles: []string{"DPS"}, Due: "dropout_confirm_days", Unit: flow.WorkingDays, Basis: local,
		},
	}
}

// persuasionMoves leave the case where it is.
func persuasionMoves() []flow.Move {
	var out []flow.Move
	for _, s := range visited {
		m := flow.Move{
			Name: "recordPersuasion", Text: flow.Text{ZH: "记录家访或劝返", EN: "record a home visit or persuasion"},
			From: []string{s}, To: s, Roles: []string{"HT", "DIR", "SUP", "DPS"},
		}
		out = append(out, m)
	}
	return out
}

func endMoves() []flow.Move {
	return []flow.Move{
		{
			Name: "recordReturn", Text: flow.Text{ZH: "返校，开始观察", EN: "record the return; the watch begins"},
			From: missing, To: Returned, Roles: []string{"HT"},
		},
		{
			Name: "settleCase", Text: flow.Text{ZH: "凭证明转学、休学、送教上门等", EN: "settle by proof: transfer, suspension, home teaching …"},
			From: missing, To: Settled, Roles: []string{"DPS"},
		},
		{
			Name: "proposeCancellation", Text: flow.Text{ZH: "提出销号", EN: "propose the cancellation"},
			From: []string{Returned, Settled}, To: Review, Roles: []string{"DPS"}, Due: "dropout_cancel_days", Unit: flow.WorkingDays, Basis: local,
		},
		{
			Name: "confirmCancellation", Text: flow.Text{ZH: "县级复核，销号", EN: "confirm the cancellation for the county"},
			From: []string{Review}, To: Cancelled, Roles: []string{"DPS"}, Due: "dropout_review_days", Unit: flow.WorkingDays, Basis: local,
		},
		{
			Name: "refuseCancellation", Text: flow.Text{ZH: "复核不同意，继续办理", EN: "refuse the cancellation; the case goes on"},
			From: []string{Review}, To: Suspected, Roles: []string{"DPS"},
		},
	}
}
