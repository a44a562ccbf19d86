package visiting

import "github.com/tongxin-hub/tongxin/internal/flow"

// The states of a visit.
const (
	Planned      = "PLANNED"
	Assigned     = "ASSIGNED"
	Done         = "DONE"
	Submitted    = "SUBMITTED"
	Checked      = "CHECKED"
	Closed       = "CLOSED"
	AwayFromHome = "NOT_AT_HOME"
	Refused      = "REFUSED"
	Unseen       = "CHILD_NOT_SEEN"
	Moved        = "MOVED"
)

// The moves of a visit; all but CloseMove are mutations.
const (
	AssignMove       = "assignVisit"
	RecordMove       = "recordVisit"
	SubmitMove       = "submitVisit"
	CheckMove        = "checkVisit"
	SpotMove         = "spotCheck"
	CloseMove        = "closeVisit"
	NotAtHomeMove    = "notAtHome"
	RefuseMove       = "refuseVisit"
	ChildNotSeenMove = "childNotSeen"
	MovedMove        = "reportMoved"
)

// Mutations beside the moves: they decide about a visit or what it found, and leave
// its state as it is.
const (
	InformMove       = "informGuardian"
	ConfirmFocusMove = "confirmFocus"
	ConfirmRiskMove  = "confirmRisk"
	AnswerMove       = "answerConcern"
	UrgentMove       = "planUrgentVisit"
)

// Machine is what a visit may go through.
func Machine() flow.Machine {
	atDoor := []string{Assigned, Done, AwayFromHome, Unseen}
	visitors := []string{"DIR", "SUP", "SW"}
	return flow.Machine{
		Name: "visit", Text: flow.Text{ZH: "走访", EN: "Visit"},
		States: []flow.State{
			{Code: Planned, Text: flow.Text{ZH: "已计划", EN: "planned"}},
			{Code: Assigned, Text: flow.Text{ZH: "已派发", EN: "assigned"}},
			{Code: Done, Text: flow.Text{ZH: "已走访（草稿）", EN: "done, in draft"}},
			{Code: Submitted, Text: flow.Text{ZH: "已提交", EN: "submitted"}},
			{Code: Checked, Text: flow.Text{ZH: "已核查", EN: "checked"}},
			{Code: Closed, Text: flow.Text{ZH: "已办结", EN: "closed"}, Final: true},
			{Code: AwayFromHome, Text: flow.Text{ZH: "未遇", EN: "nobody at home"}},
			{Code: Refused, Text: flow.Text{ZH: "拒访", EN: "refused"}},
			{Code: Unseen, Text: flow.Text{ZH: "未见儿童", EN: "child not seen"}},
			{Code: Moved, Text: flow.Text{ZH: "已搬离", EN: "moved away"}, Final: true},
		},
		Moves: []flow.Move{
			{
				Name: AssignMove, Text: flow.Text{ZH: "派发、改派", EN: "assign, or assign anew"},
				From: []string{Planned, Assigned, AwayFromHome, Unseen, Refused}, To: Assigned, Roles: []string{flow.System, "SUP"},
				Due: DueDays, Unit: flow.Days, Basis: "设定值 cfg",
			},
			{
				Name: RecordMove, Text: flow.Text{ZH: "填写草稿", EN: "write the draft"}, From: atDoor, To: Done, Roles: visitors,
				Due: "visit_ahead_days", Unit: flow.Days, Basis: "设定值 cfg",
			},
			{Name: SubmitMove, Text: flow.Text{ZH: "提交", EN: "submit"}, From: []string{Done}, To: Submitted, Roles: visitors},
			{
				Name: CheckMove, Text: flow.Text{ZH: "核查", EN: "check"}, From: []string{Submitted}, To: Checked, Roles: []string{"SUP", "CM"},
				Due: "visit_check_days", Unit: flow.WorkingDays, Basis: "设定值 cfg",
			},
			{
				Name: SpotMove, Text: flow.Text{ZH: "电话复核", EN: "check again by phone"}, From: []string{Checked}, To: Closed, Roles: []string{"SUP", "CM"},
				Due: "visit_spot_days", Unit: flow.WorkingDays, Basis: "设定值 cfg",
			},
			{Name: CloseMove, Text: flow.Text{ZH: "办结（未抽中复核）", EN: "close what the sample did not draw"}, From: []string{Checked}, To: Closed, Roles: []string{flow.System}},
			{Name: NotAtHomeMove, Text: flow.Text{ZH: "上门未遇", EN: "nobody at home"}, From: []string{Assigned, AwayFromHome, Unseen}, To: AwayFromHome, Roles: visitors},
			{Name: RefuseMove, Text: flow.Text{ZH: "拒访", EN: "refused"}, From: atDoor, To: Refused, Roles: visitors},
			{
				Name: ChildNotSeenMove, Text: flow.Text{ZH: "未见儿童", EN: "the child was not seen"}, From: atDoor, To: Unseen, Roles: visitors,
				Due: RevisitDays, Unit: flow.Days, Basis: "设定值 cfg",
			},
			{Name: MovedMove, Text: flow.Text{ZH: "已搬离", EN: "moved away"}, From: atDoor, To: Moved, Roles: visitors},
		},
	}
}
