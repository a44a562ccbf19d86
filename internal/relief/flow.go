package relief

import "github.com/tongxin-hub/tongxin/internal/flow"

// The states that an application passes, in order.
const (
	Found     = "NEED_FOUND"
	Applied   = "APPLIED"
	Checking  = "CHECKING"
	Publicity = "PUBLICITY"
	Objected  = "OBJECTED"
	Decided   = "DECIDED"
	Paid      = "PAID"
	Closed    = "CLOSED"
	Refused   = "REFUSED"
	Appeal    = "APPEAL"
)

const basis = "设定值（本区）；社会救助暂行办法47–48"

func text(zh, en string) flow.Text { return flow.Text{ZH: zh, EN: en} }

// Machine is the way of an application.
func Machine() flow.Machine {
	window, family := []string{"REL", "SUP"}, []string{"DIR", "SUP"}
	move := func(name string, t flow.Text, to string, roles []string, from ...string) flow.Move {
		return flow.Move{Name: name, Text: t, From: from, To: to, Roles: roles}
	}
	due := func(m flow.Move, setting string, unit flow.Unit) flow.Move {
		m.Due, m.Unit, m.Basis = setting, unit, basis
		return m
	}
	return flow.Machine{
		Name: "relief", Text: text("临时救助", "temporary relief"),
		States: []flow.State{
			{Code: Found, Text: text("发现需求", "need found")},
			{Code: Applied, Text: text("已申请", "applied")},
			{Code: Checking, Text: text("已核查", "checked")},
			{Code: Publicity, Text: text("公示或免公示", "published, or kept from publicity")},
			{Code: Objected, Text: text("有异议，核实中", "objected to")},
			{Code: Decided, Text: text("已决定", "decided")},
			{Code: Paid, Text: text("已发放", "paid")},
			{Code: Closed, Text: text("办结", "closed"), Final: true},
			{Code: Refused, Text: text("不予救助", "refused")},
			{Code: Appeal, Text: text("复核中", "appealed")},
		},
		Moves: []flow.Move{
			due(move("applyForRelief", text("受理申请", "take the application"), Applied, window, Found), "relief_apply_days", flow.WorkingDays),
			due(move("payUrgently", text("先行发放", "pay ahead"), Applied, window, Applied), "relief_urgent_hours", flow.Hours),
			due(move("checkRelief", text("核查", "check"), Checking, window, Applied), "relief_check_days", flow.WorkingDays),
			due(move("publishRelief", text("公示", "publish"), Publicity, window, Checking), "relief_publish_days", flow.WorkingDays),
			move("proposeNoPublicity", text("提请免公示", "ask for no publicity"), Checking, window, Checking),
			due(move("signNoPublicity", text("签批免公示", "sign for no publicity"), Publicity, []string{"CM"}, Checking), "relief_sign_days", flow.WorkingDays),
			move("refuseNoPublicity", text("不同意免公示", "do not sign"), Checking, []string{"CM"}, Checking),
			move("recordObjection", text("登记异议", "note an objection"), Objected, window, Publicity, Objected),
			due(move("rejectObjection", text("异议不成立", "the objection fails"), Publicity, window, Objected), "relief_objection_days", flow.WorkingDays),
			due(move("upholdObjection", text("异议成立，重新核查", "the objection holds: check anew"), Applied, window, Objected), "relief_objection_days", flow.WorkingDays),
			due(move("decideRelief", text("决定", "decide"), Decided, window, Publicity), "relief_decide_days", flow.WorkingDays),
			move("refuseRelief", text("不予救助", "refuse"), Refused, window, Checking, Publicity, Appeal),
			due(move("payRelief", text("发放", "pay"), Paid, window, Decided), "relief_pay_days", flow.WorkingDays),
			due(move("closeRelief", text("办结", "close"), Closed, window, Paid), "relief_close_days", flow.WorkingDays),
			due(move("appealRelief", text("申请复核", "appeal"), Appeal, family, Refused), "relief_appeal_days", flow.Days),
			due(move("reopenRelief", text("复核成立", "uphold the appeal"), Checking, []string{"REL"}, Appeal), "relief_decide_days", flow.WorkingDays),
		},
	}
}
