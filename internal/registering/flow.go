package registering

import "github.com/tongxin-hub/tongxin/internal/flow"

// The states of a registration. A claimed candidate is stored as a candidate that
// somebody has claimed; None is a child without one.
const (
	None       = "NONE"
	Candidate  = "CANDIDATE"
	Claimed    = "CLAIMED"
	Verifying  = "VERIFYING"
	Registered = "REGISTERED"
	Exited     = "EXITED"
	Rejected   = "REJECTED"
	Merged     = "MERGED"
)

// The moves; those of System are made by night.
const (
	NominateMove = "nominateChild"
	ClaimMove    = "claimChild"
	VerifyMove   = "verifyChild"
	ConfirmMove  = "confirmRegistration"
	RejectMove   = "rejectRegistration"
	SpotMove     = "spotCheckRegistration"
	ExitMove     = "exitRegister"
	EndMove      = "endLeftBehind"
	AgeMove      = "leaveByAge"

	NominateNewMove = "nominateNewChild"
	DuplicateMove   = "closeDuplicate"
)

// local says of a deadline that the county sets it.
const local = "设定值 cfg"

// Machine is the way of a registration.
func Machine() flow.Machine {
	state := func(code, zh, en string) flow.State { return flow.State{Code: code, Text: flow.Text{ZH: zh, EN: en}} }
	left := state(Exited, "已退出", "exited")
	merged := state(Merged, "已并入另一份档案", "merged into another file")
	merged.Final = true
	return flow.Machine{
		Name: "registration", Text: flow.Text{ZH: "摸排建档与退出", EN: "Survey, registration and leaving the register"},
		States: []flow.State{
			state(None, "未登记", "not on the register"), state(Candidate, "候选", "candidate"), state(Claimed, "已认领", "claimed"),
			state(Verifying, "待确认", "verified at home, to be decided"), state(Registered, "登记在册", "registered"), left,
			state(Rejected, "不予登记", "rejected"), merged,
		},
		Moves: []flow.Move{
			{Name: NominateMove, Text: flow.Text{ZH: "提名（退出后可再次提名）", EN: "nominate, also who has left"}, From: []string{None, Rejected, Exited}, To: Candidate, Roles: []string{"DIR", "HT", "HD", "FE"}},
			{Name: NominateNewMove, Text: flow.Text{ZH: "提名未知是否建档的儿童", EN: "nominate a child that may be new"}, From: []string{None, Rejected, Exited}, To: Candidate, Roles: []string{"DIR", "HT", "HD", "FE"}},
			{Name: ClaimMove, Text: flow.Text{ZH: "认领", EN: "claim"}, From: []string{Candidate}, To: Claimed, Roles: []string{"DIR", "SUP"}, Due: "register_claim_days", Unit: flow.WorkingDays, Basis: local},
			{Name: VerifyMove, Text: flow.Text{ZH: "入户核实", EN: "check at home"}, From: []string{Claimed}, To: Verifying, Roles: []string{"DIR", "SUP"}, Due: "register_verify_days", Unit: flow.WorkingDays, Basis: local},
			{Name: VerifyMove, Text: flow.Text{ZH: "复核", EN: "verify anew"}, From: []string{Registered}, To: Registered, Roles: []string{"DIR", "SUP"}, Due: "register_reverify_days", Unit: flow.WorkingDays, Basis: local},
			{Name: ConfirmMove, Text: flow.Text{ZH: "确认登记", EN: "confirm"}, From: []string{Verifying}, To: Registered, Roles: []string{"SUP", "CM"}, Due: "register_confirm_days", Unit: flow.WorkingDays, Basis: local},
			{Name: RejectMove, Text: flow.Text{ZH: "不予登记", EN: "reject"}, From: []string{Verifying}, To: Rejected, Roles: []string{"SUP", "CM"}, Due: "register_confirm_days", Unit: flow.WorkingDays, Basis: local},
			{Name: SpotMove, Text: flow.Text{ZH: "抽查登记", EN: "check a registration by sample"}, From: []string{Registered}, To: Registered, Roles: []string{"CM"}, Due: "register_spot_days", Unit: flow.WorkingDays, Basis: local},
			{Name: ExitMove, Text: flow.Text{ZH: "凭证明退出", EN: "leave by proof"}, From: []string{Registered}, To: Exited, Roles: []string{"SUP"}},
			{Name: DuplicateMove, Text: flow.Text{ZH: "并入已有档案", EN: "close as a duplicate"}, From: []string{Candidate, Claimed, Verifying, Registered}, To: Merged, Roles: []string{flow.System}},
			{Name: EndMove, Text: flow.Text{ZH: "年满16周岁，留守登记终止，困境登记继续", EN: "sixteen: left behind no more, the hardship file goes on"}, From: []string{Registered}, To: Registered, Roles: []string{flow.System}},
			{Name: AgeMove, Text: flow.Text{ZH: "年满16（困境18）周岁退出", EN: "leave by age: 16, with hardship 18"}, From: []string{Registered}, To: Exited, Roles: []string{flow.System}},
		},
	}
}
