package carechange

import (
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/task"
	"github.com/tongxin-hub/tongxin/policy"
)

// kind declares a task: late, its holder is reminded, then the role above hears of it.
func kind(code, zh, en string, above policy.Role) task.Kind {
	return task.Kind{
		Code: code, Text: flow.Text{ZH: zh, EN: en}, Due: "care_notice_days", Unit: flow.WorkingDays,
		Ladder: []task.Rung{{After: "care_remind_days"}, {After: "care_raise_days", Role: above}},
	}
}

// toSchool and toVillage ask for the notices; a school that has none after the deadline
// is the director's to see to, who reaches the parents.
func toSchool() task.Kind {
	return kind("CARE_NOTICE_SCHOOL", "照护人已变更，请登记父母书面告知", "the caregiver has changed: note the parents' notice to the school", policy.DIR)
}

func toVillage() task.Kind {
	return kind("CARE_NOTICE_VILLAGE", "照护人已变更，请登记父母书面告知村（居）委", "the caregiver has changed: note the parents' notice to the village", policy.SUP)
}

// Kinds are the tasks of a change.
func Kinds() []task.Kind { return []task.Kind{toSchool(), toVillage()} }
