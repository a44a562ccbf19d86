package review

import (
	"context"
	"time"

	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/task"
	"github.com/tongxin-hub/tongxin/policy"
)

// Tables of what tasks are about.
const (
	items       = "review_item"
	emergencies = "emergency_review"
)

// ToAnswer is the task of whoever is asked about accesses.
func ToAnswer() task.Kind {
	return task.Kind{
		Code: "ACCESS_QUESTION", Text: flow.Text{ZH: "说明本人的访问", EN: "explain own accesses"},
		Due: "review_answer_days", Unit: flow.WorkingDays,
	}
}

// ToJustify is the task of whoever broke the glass.
func ToJustify() task.Kind {
	return task.Kind{
		Code: "EMERGENCY_TO_JUSTIFY", Text: flow.Text{ZH: "说明紧急救护的理由", EN: "justify the own break-glass access"},
		Due: "break_glass_justify_hours", Unit: flow.Hours,
		Ladder: []task.Rung{{After: "emergency_late_days", Role: policy.DPO}},
	}
}

// Kinds are the tasks of reviews. They name no child: a question opens no file.
func Kinds() []task.Kind { return []task.Kind{ToAnswer(), ToJustify()} }

// tasks tells the person who is asked, and ends what there was to say.
func (m move) tasks(ctx context.Context, tx postgres.Tx, r reviewed, due *time.Time) error {
	about := task.Subject{Table: items, ID: r.id}
	if m.lock == lockEmergencySQL {
		about.Table = emergencies
	}
	if m.name != ask {
		return task.Finish(ctx, tx, about, m.who.Caller.Staff.ID, m.who.Now, Kinds()...)
	}
	return task.Open(ctx, tx, task.New{Kind: ToAnswer(), Subject: about.Table, SubjectID: r.id, Staff: r.staff, From: m.who.Now, Until: *due})
}
