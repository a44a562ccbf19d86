package consultation

import (
	"context"

	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/postgres"
	"github.com/tongxin-hub/tongxin/internal/task"
	"github.com/tongxin-hub/tongxin/policy"
)

// kind is a task of a consultation; late, it goes to a role at once, or to nobody but
// its holder where the role is "".
func kind(code, zh, en, due string, unit flow.Unit, above policy.Role) task.Kind {
	return task.Kind{
		Code: code, Text: flow.Text{ZH: zh, EN: en}, Due: due, Unit: unit,
		Ladder: []task.Rung{{After: "consultation_rung_at_once", Role: above}}, Admit: admit,
	}
}

// admit lets whoever a task goes up to read the consultation.
func admit(ctx context.Context, tx postgres.Tx, to task.Up) (int64, error) {
	return ticketAnew(ctx, tx, open{ID: to.SubjectID, Child: to.Child}, to.Staff, to.Now)
}

func toAnswer() task.Kind {
	return kind("CONSULTATION_SOURCE", "答复会商所需字段", "answer what a consultation wants", "consultation_source_days", flow.WorkingDays, policy.DPO)
}

func toAnswerNow() task.Kind {
	return kind("CONSULTATION_SOURCE_URGENT", "立即答复紧急会商所需字段", "answer an urgent consultation now", "consultation_source_urgent_hours", flow.Hours, policy.DPO)
}

func toConvene() task.Kind {
	return kind("CONSULTATION_CONVENE", "召集会商", "convene a consultation", "consultation_convene_days", flow.WorkingDays, "")
}

func toPledge() task.Kind {
	return kind("CONSULTATION_PLEDGE", "确认会商保密承诺", "pledge secrecy for a consultation", "consultation_pledge_days", flow.WorkingDays, "")
}

func toGrant() task.Kind {
	return kind("CONSULTATION_GRANT", "审批会商限时授权", "decide on the grants of a consultation", "consultation_grant_days", flow.WorkingDays, "")
}

func toMeet() task.Kind {
	return kind("CONSULTATION_MEETING", "开会商会议并分工", "hold the meeting and give out tasks", "consultation_meeting_days", flow.WorkingDays, "")
}

func toReview() task.Kind {
	return kind("CONSULTATION_REVIEW", "复核会商授权使用", "review the use of grants", "consultation_review_days", flow.WorkingDays, "")
}

// ToDo is what the meeting gave somebody to do; its holder says what came of it.
func ToDo() task.Kind {
	return kind("CONSULTATION_TASK", "办理会商分工", "do what the meeting decided", "consultation_task_days", flow.WorkingDays, policy.CM)
}

// Kinds are the tasks of consultations.
func Kinds() []task.Kind {
	return []task.Kind{toAnswer(), toAnswerNow(), toConvene(), toPledge(), toGrant(), toMeet(), toReview(), ToDo()}
}
