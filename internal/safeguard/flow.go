package safeguard

import "github.com/tongxin-hub/tongxin/internal/flow"

// The states of a step.
const (
	Planned = "PLANNED"
	Done    = "DONE"
	Dropped = "DROPPED"
)

// The moves of a step. Planning one is a move of its report.
const (
	DoMove       = "doProtectionStep"
	FollowMove   = "followProtectionStep"
	DropMove     = "dropProtectionStep"
	ReassignMove = "reassignProtectionStep"
)

// Owners are the roles that may own a step: those to which a child may be known for the
// purpose of reports. Of them, who knows this child already may own this step.
func Owners() []string {
	return []string{"CM", "DIR", "DPS", "FE", "HD", "HT", "PSY", "REL", "RP", "SUP", "SW"}
}

// Machine is the way of a step: its owner works on it, the report's case manager gives it
// to somebody else or drops it.
func Machine() flow.Machine {
	desk := []string{"CM"}
	return flow.Machine{
		Name: "protection step", Text: flow.Text{ZH: "保护方案步骤", EN: "step of a protection plan"},
		States: []flow.State{
			{Code: Planned, Text: flow.Text{ZH: "待落实", EN: "planned"}},
			{Code: Done, Text: flow.Text{ZH: "已落实", EN: "done"}, Final: true},
			{Code: Dropped, Text: flow.Text{ZH: "已取消", EN: "dropped"}, Final: true},
		},
		Moves: []flow.Move{
			{Name: DoMove, Text: flow.Text{ZH: "落实", EN: "do the step"}, From: []string{Planned}, To: Done, Roles: Owners(), Due: "protection_horizon_days", Unit: flow.Days, Basis: "设定值（本区）；期限由保护方案写明；未成年人保护法111"},
			{Name: FollowMove, Text: flow.Text{ZH: "责任人跟进", EN: "owner follows up"}, From: []string{Planned}, To: Planned, Roles: Owners(), Due: "report_follow_up_first_days", Unit: flow.Days, Basis: "设定值（本区）；首月每周，之后每月"},
			{Name: ReassignMove, Text: flow.Text{ZH: "改由他人负责", EN: "give the step to somebody else"}, From: []string{Planned}, To: Planned, Roles: desk},
			{Name: DropMove, Text: flow.Text{ZH: "取消步骤", EN: "drop the step"}, From: []string{Planned}, To: Dropped, Roles: desk},
		},
	}
}
