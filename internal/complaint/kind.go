package complaint

import (
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/task"
)

// table is what tasks of complaints are about.
const table = "complaint"

// kind declares a task of a complaint: late, whoever has it is reminded, and after that
// the head hears, as of everything that is late.
func kind(code, zh, en, due string) task.Kind {
	return task.Kind{
		Code: code, Text: flow.Text{ZH: zh, EN: en}, Due: due, Unit: flow.WorkingDays,
		Ladder: []task.Rung{{After: "complaint_remind_days"}},
	}
}

func toAnswer() task.Kind {
	return kind("COMPLAINT_TO_ANSWER", "核查并答复投诉", "look into a complaint and answer it", "complaint_days")
}

func toDecide() task.Kind {
	return kind("COMPLAINT_TO_DECIDE", "复核投诉并作出决定", "decide a complaint", "complaint_head_days")
}

func toClose() task.Kind {
	return kind("COMPLAINT_TO_CLOSE", "将投诉结果告知投诉人", "tell the complainant what was decided", "complaint_days")
}

// Kinds are the tasks of complaints. They name no child: neither desk nor head reaches one.
func Kinds() []task.Kind { return []task.Kind{toAnswer(), toDecide(), toClose()} }
