package extract

import (
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/rights"
	"github.com/tongxin-hub/tongxin/internal/task"
)

// tables are where what tasks are about stands.
const (
	requests = "file_copy"
	parts    = "file_copy_part"
)

// toAnswer is the officer's until the request is answered in writing.
func toAnswer() task.Kind {
	return rights.Desk("RIGHTS_COPY", "答复监护人、儿童的复制件或汇总申请", "answer a request for a copy or summary")
}

// allIn tells the officer that no source agency is left.
func allIn() task.Kind {
	return rights.Desk("RIGHTS_COPY_ANSWERED", "各数源单位均已答复，请书面答复申请人", "every source agency has answered: answer the requester in writing")
}

// toHandOut is the steward's; late, the steward is reminded and the protection officer
// hears of it.
func toHandOut() task.Kind {
	return task.Kind{
		Code: "COPY_TO_HAND_OUT", Text: flow.Text{ZH: "向监护人或儿童提供本单位数据的复制件", EN: "hand out a copy of the agency's own data"},
		Due: "copy_source_days", Unit: flow.WorkingDays, Ladder: []task.Rung{{After: "copy_late_days"}, {After: "copy_late_days", Role: "DPO"}},
	}
}

// Kinds are the tasks of copies and summaries.
func Kinds() []task.Kind { return []task.Kind{toAnswer(), allIn(), toHandOut()} }
