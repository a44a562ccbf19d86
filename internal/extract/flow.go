package extract

import "github.com/tongxin-hub/tongxin/internal/flow"

// What is asked for.
const (
	Summary = "SUMMARY"
	Copy    = "COPY"
)

// States of a request, in the order of its way.
const (
	Received   = "RECEIVED"
	Identified = "IDENTITY_CHECK"
	Routed     = "ROUTED"
	Decided    = "DECIDED"
	Closed     = "DONE"
)

// The moves of a request; the last answer of a source agency makes Answered.
const (
	CheckMove   = "checkCopyRequest"
	CompileMove = "compileSummary"
	RouteMove   = "routeCopyRequest"
	RefuseMove  = "refuseCopyRequest"
	AnswerMove  = "answerCopyRequest"
	answered    = "copy.answered"
)

// States of the part of one source agency.
const (
	Waiting   = "WAITING"
	Asked     = "ASKED"
	HandedOut = "HANDED_OUT"
	Refused   = "REFUSED"
	Withdrawn = "WITHDRAWN"
)

// The moves of a part.
const (
	HandOutMove  = "handOutCopy"
	DeclineMove  = "refuseCopy"
	askMove      = "copy.ask"
	withdrawMove = "copy.withdraw"
)

func text(zh, en string) flow.Text { return flow.Text{ZH: zh, EN: en} }

// Requests is the way of a request for a copy or a summary. A summary is decided when it is
// compiled, copies when every source agency has answered.
func Requests() flow.Machine {
	dpo := []string{"DPO"}
	const basis = "未成年人网络保护条例34；15个工作日为设定值，最长30天（GB/T 35273-2020 8.7）"
	return flow.Machine{
		Name: "fileCopy", Text: text("监护人、儿童申请复制件或汇总", "a copy or summary at a guardian's or child's request"),
		States: []flow.State{
			{Code: Received, Text: text("已收到，待核身份与关系", "received; identity and relation to be checked")},
			{Code: Identified, Text: text("身份与关系已核，待汇总或转数源单位", "identity and relation checked; to be compiled or routed")},
			{Code: Routed, Text: text("数源单位提供复制件中", "with the source agencies")},
			{Code: Decided, Text: text("已有结果，待书面答复", "decided; to be answered in writing")},
			{Code: Closed, Text: text("已书面答复", "answered in writing"), Final: true},
		},
		Moves: []flow.Move{
			{Name: CheckMove, Text: text("核身份、关系与法院文书", "identity, relation and limits of a court checked"), From: []string{Received}, To: Identified, Roles: dpo},
			{Name: CompileMove, Text: text("汇总（仅汇总申请）", "summary compiled; where a summary is asked for"), From: []string{Identified, Decided}, To: Decided, Roles: dpo},
			{Name: RouteMove, Text: text("转各数源单位（仅复制件申请）", "handed to the source agencies; where copies are asked for"), From: []string{Identified}, To: Routed, Roles: dpo},
			{Name: RefuseMove, Text: text("不予提供，书面说明理由", "refused, with written reasons"), From: []string{Received, Identified, Routed}, To: Decided, Roles: dpo},
			{Name: answered, Text: text("各数源单位均已答复", "every source agency has answered"), From: []string{Routed}, To: Decided, Roles: []string{flow.System}},
			{Name: AnswerMove, Text: text("书面答复申请人", "answered in writing"), From: []string{Decided}, To: Closed, Roles: dpo, Due: "inquiry_target_days", Unit: flow.WorkingDays, Basis: basis},
		},
	}
}

// Parts is the way of what one source agency answers for.
func Parts() flow.Machine {
	steward, system := []string{"STEWARD"}, []string{flow.System}
	const basis = "未成年人网络保护条例34；一数一源，由数源单位对本单位数据负责"
	return flow.Machine{
		Name: "copyPart", Text: text("数源单位提供复制件", "a source agency's part of a copy"),
		States: []flow.State{
			{Code: Waiting, Text: text("待数源单位有专员", "waits for a steward of the source agency")},
			{Code: Asked, Text: text("待提供", "to be handed out")},
			{Code: HandedOut, Text: text("已提供", "handed out"), Final: true},
			{Code: Refused, Text: text("不予提供，已说明理由", "refused, with the reason"), Final: true},
			{Code: Withdrawn, Text: text("申请已由受理单位办结", "withdrawn; the desk has decided"), Final: true},
		},
		Moves: []flow.Move{
			{Name: askMove, Text: text("数源单位有专员后转交", "handed over once the source agency has a steward"), From: []string{Waiting}, To: Asked, Roles: system},
			{Name: HandOutMove, Text: text("核身份后提供纸质复制件", "handed out on paper, identity checked"), From: []string{Asked}, To: HandedOut, Roles: steward, Due: "copy_source_days", Unit: flow.WorkingDays, Basis: basis},
			{Name: DeclineMove, Text: text("不予提供并说明理由", "refused, with the reason"), From: []string{Asked}, To: Refused, Roles: steward, Due: "copy_source_days", Unit: flow.WorkingDays, Basis: basis},
			{Name: withdrawMove, Text: text("受理单位不予提供", "the desk refuses"), From: []string{Waiting, Asked}, To: Withdrawn, Roles: system},
		},
	}
}
