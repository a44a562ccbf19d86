package correction

import (
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/task"
)

// toAnswer is the steward's; late, the steward is reminded and the protection officer
// hears of it.
func toAnswer() task.Kind {
	return task.Kind{
		Code: "CORRECTION_TO_ANSWER", Text: flow.Text{ZH: "核查并答复校核", EN: "check and answer a correction"},
		Due: "correction_days", Unit: flow.WorkingDays, Ladder: []task.Rung{{After: "correction_late_days"}, {After: "correction_late_days", Role: "DPO"}},
	}
}

func notice(code, zh, en string) task.Kind {
	return task.Kind{Code: code, Text: flow.Text{ZH: zh, EN: en}, Due: "correction_notice_days", Unit: flow.WorkingDays}
}

// Notices are tasks that end when their holder has taken note.
func Notices() []task.Kind {
	return []task.Kind{answered(), corrected()}
}

func answered() task.Kind {
	return notice("CORRECTION_ANSWERED", "所提校核已有答复", "a correction you raised is answered")
}

func corrected() task.Kind {
	return notice("DATA_CORRECTED", "曾查看的数据已更正，请重新查看", "data that you were shown has been corrected; look again")
}

// Kinds are the tasks of corrections.
func Kinds() []task.Kind { return append(Notices(), toAnswer()) }
