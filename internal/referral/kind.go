package referral

import (
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/task"
	"github.com/tongxin-hub/tongxin/policy"
)

// kind declares a task: late, its holder is reminded, and the psychologist of the
// school hears of it.
func kind(code, zh, en, due string, unit flow.Unit) task.Kind {
	return task.Kind{
		Code: code, Text: text(zh, en), Due: due, Unit: unit,
		Ladder: []task.Rung{{After: "referral_remind_days"}, {After: "referral_tell_after_days", Role: policy.PSY}},
	}
}

func toInform() task.Kind {
	return kind("REFERRAL_INFORM", "告知监护人", "tell the guardian", "referral_inform_days", flow.WorkingDays)
}

// toTell asks whoever found something to tell the guardian; it is theirs alone, and ends
// by nobody else's move.
func toTell() task.Kind {
	return kind("REFERRAL_TELL", "把发现的情况告知监护人", "tell the guardian what was found", "referral_inform_days", flow.WorkingDays)
}

func toTellAfter() task.Kind {
	return kind("REFERRAL_TELL_AFTER", "补告监护人并征求意见", "tell the guardian afterwards and ask for consent", "referral_tell_after_days", flow.WorkingDays)
}

func toConsent() task.Kind {
	return kind("REFERRAL_CONSENT", "征求监护人和儿童意见", "ask guardian and child", "referral_consent_days", flow.WorkingDays)
}

func toScreen() task.Kind {
	return kind("REFERRAL_SCREEN", "评估", "screen", "referral_screen_days", flow.WorkingDays)
}

func toPlan() task.Kind {
	return kind("REFERRAL_PLAN", "定方案", "plan", "referral_plan_days", flow.WorkingDays)
}

func toRefer() task.Kind {
	return kind("REFERRAL_CLINIC", "转介就医", "refer to the clinic", "referral_clinic_days", flow.WorkingDays)
}

func toAdvise() task.Kind {
	return kind("REFERRAL_ADVICE", "接诊并反馈就学建议", "see the child and advise", "referral_advice_days", flow.WorkingDays)
}

func toFollow() task.Kind {
	return kind("REFERRAL_FOLLOW_UP", "随访", "follow up", "referral_follow_first_days", flow.Days)
}

// today is the same task where there is danger: due at the end of the day.
func today(k task.Kind) task.Kind {
	k.Due, k.Unit = "referral_same_day", flow.Days
	return k
}

// Kinds are the tasks that referrals make.
func Kinds() []task.Kind {
	return []task.Kind{toInform(), toTell(), toTellAfter(), toConsent(), toScreen(), toPlan(), toRefer(), toAdvise(), toFollow()}
}
