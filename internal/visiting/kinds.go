package visiting

import (
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/task"
)

// Deadlines of the table parameter that more than one place names.
const (
	DueDays     = "visit_due_days"
	RevisitDays = "visit_revisit_days"
)

// ladder is what a late visit goes up: a reminder, the supervisor, the case manager.
func ladder() []task.Rung {
	return []task.Rung{{After: "visit_late_reminder"}, {After: "visit_late_supervisor", Role: "SUP"}, {After: "visit_late_manager", Role: "CM"}}
}

// upward is the ladder of what the supervisor has to do.
func upward() []task.Rung {
	return []task.Rung{{After: "visit_late_reminder"}, {After: "visit_late_manager", Role: "CM"}}
}

// ToVisit is the visit itself, until it is handed in.
func ToVisit() task.Kind {
	return task.Kind{Code: "VISIT", Text: flow.Text{ZH: "走访", EN: "visit"}, Due: DueDays, Unit: flow.Days, Ladder: ladder()}
}

// ToRevisit is a visit whose child was not seen.
func ToRevisit() task.Kind {
	return task.Kind{Code: "VISIT_AGAIN", Text: flow.Text{ZH: "复访（未见儿童）", EN: "visit again, the child was not seen"}, Due: RevisitDays, Unit: flow.Days, Ladder: ladder()}
}

// ToCheck is a record that waits for the supervisor.
func ToCheck() task.Kind {
	return task.Kind{Code: "VISIT_CHECK", Text: flow.Text{ZH: "核查走访记录", EN: "check the record of a visit"}, Due: "visit_check_days", Unit: flow.WorkingDays, Ladder: upward()}
}

// ToCall is a record that the sample drew.
func ToCall() task.Kind {
	return task.Kind{Code: "VISIT_SPOT_CHECK", Text: flow.Text{ZH: "电话复核走访", EN: "check a visit again by phone"}, Due: "visit_spot_days", Unit: flow.WorkingDays, Ladder: upward()}
}

// ToReassign is a visit that found nobody at home too often.
func ToReassign() task.Kind {
	return task.Kind{Code: "VISIT_NOT_AT_HOME", Text: flow.Text{ZH: "多次未遇，请安排", EN: "nobody at home again and again: arrange it"}, Due: "visit_check_days", Unit: flow.WorkingDays, Ladder: upward()}
}

// ToPersuade is a family that refused.
func ToPersuade() task.Kind {
	return task.Kind{Code: "VISIT_REFUSED", Text: flow.Text{ZH: "家庭拒访，请研判", EN: "the family refused: decide"}, Due: "visit_check_days", Unit: flow.WorkingDays, Ladder: ladder()[:1]}
}

// ToHandOver is a child that has moved.
func ToHandOver() task.Kind {
	return task.Kind{Code: "HAND_OVER", Text: flow.Text{ZH: "已搬离，请办理交接", EN: "moved away: hand over"}, Due: "visit_handover_days", Unit: flow.WorkingDays, Ladder: ladder()}
}

// ToConfirmFocus is a proposal for focus visits.
func ToConfirmFocus() task.Kind {
	return task.Kind{Code: "CONFIRM_FOCUS", Text: flow.Text{ZH: "确认是否重点关注", EN: "decide on focus visits"}, Due: "visit_risk_days", Unit: flow.WorkingDays, Ladder: upward()}
}

// ToConfirmRisk is a suggestion about risk.
func ToConfirmRisk() task.Kind {
	return task.Kind{Code: "CONFIRM_RISK", Text: flow.Text{ZH: "确认风险等级", EN: "decide on the risk"}, Due: "visit_risk_days", Unit: flow.WorkingDays, Ladder: upward()}
}

// Kinds are the tasks of visits.
func Kinds() []task.Kind {
	return []task.Kind{ToVisit(), ToRevisit(), ToCheck(), ToCall(), ToReassign(), ToPersuade(), ToHandOver(), ToConfirmFocus(), ToConfirmRisk()}
}
