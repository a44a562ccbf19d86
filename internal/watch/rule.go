package watch

import (
	"time"

	"github.com/tongxin-hub/tongxin/internal/flow"
)

// Rule is one reason to look at accesses. What it finds of one person, and of one
// child where the rule is about one, is one item, as long as no more than Gap lies
// between two accesses.
type Rule struct {
	Code string
	flow.Text
	// Ground is the statute or rule it rests on.
	Ground string
	Gap    time.Duration
	// sql finds accesses: (sequence, child_id, the child it is about or 0), given the
	// first entry of the batch and the one after its last. It looks back where the
	// rule counts, never ahead, so that the size of batches does not matter.
	sql string
}

const (
	hour  = time.Hour
	day   = 24 * hour
	month = 30 * day
)

// Rules are all rules, in the order in which they are run and reported.
func Rules() []Rule {
	const (
		approval = "网络保护条例36"
		scope    = "网络保护条例36；个保法6"
		measures = "网络保护条例36；个保法51"
	)
	return []Rule{
		{"NEIGHBOUR_VILLAGE", flow.Text{ZH: "多次尝试打开辖区以外的儿童档案", EN: "files outside the own area are tried again and again"}, scope, month, areaAttemptsSQL},
		{"LAST_TERM_CLASS", flow.Text{ZH: "班主任查看往期班级的学生", EN: "a teacher tries or reads the class of an earlier term"}, scope, day, formerClassSQL},
		{"CONTRACT_ENDED", flow.Text{ZH: "合同到期后继续查阅", EN: "access after the end of the contract"}, "个保法21；网络数据安全管理条例12", month, contractEndedSQL},
		{"PURPOSE_SHOPPING", flow.Text{ZH: "短时间内以多种用途查看同一儿童", EN: "one person, one child, several purposes within an hour"}, "个保法6；网络保护条例36", hour, purposesSQL},
		{"NIGHT_BATCH", flow.Text{ZH: "夜间批量查看儿童档案", EN: "a batch of files in one night"}, measures, 12 * hour, nightBatchSQL},
		{"NIGHT_L4", flow.Text{ZH: "夜间查看四级（L4）信息", EN: "class L4 read at night"}, measures, 12 * hour, nightL4SQL},
		{"AFTER_CLOSURE", flow.Text{ZH: "结案或工单关闭后继续查阅", EN: "access after the case or the work item was closed"}, scope, month, afterClosureSQL},
		{"OUT_OF_REACH", flow.Text{ZH: "多次查找范围以外的儿童", EN: "children out of reach are looked for again and again"}, scope, month, reachAttemptsSQL},
		{"POST_LAPSED", flow.Text{ZH: "岗位、授权或背景审查失效后继续查阅", EN: "access after post, authorisation or vetting lapsed"}, approval, month, lapsedSQL},
		{"VOLUME", flow.Text{ZH: "查看数量超过上限且未经批准", EN: "more children than the limit, without approval"}, approval, 12 * hour, volumeSQL},
		{"OWN_KIN", flow.Text{ZH: "查看已申报利益冲突的儿童", EN: "a child with whom a conflict of interest was declared"}, measures, month, conflictSQL},
		{"SAME_PHONE", flow.Text{ZH: "查看与本人登记同一电话的家庭", EN: "a family with the person's own telephone number"}, measures, month, samePhoneSQL},
		{"COLLEAGUES_CHILD", flow.Text{ZH: "无工作事项查看同事的孩子", EN: "a colleague's child, without a work item"}, measures, month, colleagueSQL},
		{"CANARY", flow.Text{ZH: "查看诱饵档案", EN: "a canary record was opened"}, measures, month, canarySQL},
		{"NO_BASIS", flow.Text{ZH: "没有任何依据的查看", EN: "nothing explains the access"}, approval, day, noBasisSQL},
		{"EMERGENCY_UNRECORDED", flow.Text{ZH: "紧急救护用途而没有紧急救护记录", EN: "break-glass without its record"}, "个保法13（四）；网络保护条例36", day, unrecordedSQL},
		{"STANDING_SAMPLE", flow.Text{ZH: "仅凭常设辖区、没有工作事项的查看（抽查）", EN: "a sample of what standing jurisdiction alone explains"}, "网络保护条例36–37", hour, sampleSQL},
	}
}
