package concern

import (
	"github.com/tongxin-hub/tongxin/internal/task"
	"github.com/tongxin-hub/tongxin/policy"
)

// toVisitor is the route back to whoever made the visit.
const toVisitor policy.Role = "VISITOR"

// route sends one concern to one role: the table of topics, 4.3 of the rules.
type route struct {
	concern string
	role    policy.Role
	kind    task.Kind
	// nameless tasks are about a place and tell of no child.
	nameless bool
	// card is what the role finds in the child's file beside the task, "" for nothing.
	card string
	// absent: only for a child that does not attend school.
	absent bool
}

// routes is the whole table. What is not in it, nobody gets.
func routes() []route {
	return []route{
		{concern: "STUDY", role: policy.HT, kind: study(), card: "请关注该生近期在校学习情况"},
		{concern: "STUDY", role: policy.DPS, kind: study(), absent: true},
		{concern: "ECONOMIC", role: policy.SUP, kind: economic()},
		{concern: "ECONOMIC", role: policy.REL, kind: economic()},
		{concern: "FAMILY_CHANGE", role: policy.FE, kind: family()},
		{concern: "FAMILY_CHANGE", role: policy.CM, kind: family()},
		{concern: "RIGHTS_VIOLATED", role: policy.CM, kind: rights()},
		{concern: "RIGHTS_VIOLATED", role: policy.RP, kind: rights()},
		{concern: "RIGHTS_VIOLATED", role: toVisitor, kind: ToReport()},
		{concern: "HEALTH", role: policy.HD, kind: health()},
		{concern: "SAFETY_DROWNING", role: policy.SUP, kind: drowning(), nameless: true},
		{concern: "SAFETY_DROWNING", role: policy.DIR, kind: drowning(), nameless: true},
		{concern: "SAFETY_FIRE", role: policy.SUP, kind: fire(), nameless: true},
		{concern: "SAFETY_FIRE", role: policy.DIR, kind: fire(), nameless: true},
		{concern: "SAFETY_TRAFFIC", role: policy.SUP, kind: traffic(), nameless: true},
		{concern: "SAFETY_TRAFFIC", role: policy.DIR, kind: traffic(), nameless: true},
	}
}
