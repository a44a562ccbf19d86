package rights

import "github.com/tongxin-hub/tongxin/internal/flow"

// States of a guardian's request for correction, in the order of its way.
const (
	Identified = "IDENTITY_CHECK"
	Routed     = "ROUTED"
	Decided    = "DECIDED"
	Closed     = "DONE"
)

// The moves; the source agency's decision makes DecideMove.
const (
	CheckCorrection  = "checkGuardianCorrection"
	RouteCorrection  = "routeGuardianCorrection"
	RefuseCorrection = "refuseGuardianCorrection"
	AnswerCorrection = "answerGuardianCorrection"
	DecideMove       = "correction.decided"
)

// Corrections is the way of a guardian's or child's request to correct or erase what
// stands in the file.
func Corrections() flow.Machine {
	dpo := []string{"DPO"}
	const basis = "未成年人网络保护条例34；15个工作日为设定值，最长30天（GB/T 35273-2020 8.7）"
	return flow.Machine{
		Name: "guardianCorrection", Text: flow.Text{ZH: "监护人、儿童申请更正或删除", EN: "correction or erasure at a guardian's or child's request"},
		States: []flow.State{
			{Code: Received, Text: flow.Text{ZH: "已收到，待核身份与关系", EN: "received; identity and relation to be checked"}},
			{Code: Identified, Text: flow.Text{ZH: "身份与关系已核，待转数源单位", EN: "identity and relation checked; to be routed"}},
			{Code: Routed, Text: flow.Text{ZH: "数源单位核查中", EN: "with the source agency"}},
			{Code: Decided, Text: flow.Text{ZH: "已有决定，待书面答复", EN: "decided; to be answered in writing"}},
			{Code: Closed, Text: flow.Text{ZH: "已书面答复", EN: "answered in writing"}, Final: true},
		},
		Moves: []flow.Move{
			{Name: CheckCorrection, Text: flow.Text{ZH: "核身份与关系", EN: "identity and relation checked"}, From: []string{Received}, To: Identified, Roles: dpo},
			{Name: RouteCorrection, Text: flow.Text{ZH: "转数源单位", EN: "handed to the source agency"}, From: []string{Identified}, To: Routed, Roles: dpo},
			{Name: RefuseCorrection, Text: flow.Text{ZH: "不予办理，书面说明理由", EN: "refused, with written reasons"}, From: []string{Received, Identified}, To: Decided, Roles: dpo},
			{Name: DecideMove, Text: flow.Text{ZH: "数源单位决定", EN: "decided by the source agency"}, From: []string{Routed}, To: Decided, Roles: []string{flow.System}},
			{Name: AnswerCorrection, Text: flow.Text{ZH: "书面答复申请人", EN: "answered in writing"}, From: []string{Decided}, To: Closed, Roles: dpo, Due: "inquiry_target_days", Unit: flow.WorkingDays, Basis: basis},
		},
	}
}
