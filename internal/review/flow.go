package review

import "github.com/tongxin-hub/tongxin/internal/flow"

// States of an item and of the review of a break-glass access.
const (
	Open      = "OPEN"
	Asked     = "ASKED"
	Answered  = "ANSWERED"
	Justified = "JUSTIFIED"
	Misuse    = "MISUSE"
	Opened    = "OPENED"
	Notified  = "NOTIFIED"
	OK        = "OK"
)

// Moves, named as their mutations; the review of a break-glass access has two ends.
const (
	ask       = "askAboutAccess"
	answer    = "answerQuestion"
	justify   = "justifyAccess"
	report    = "reportMisuse"
	vindicate = "justifyEmergency"
	reviewOK  = "reviewEmergency.OK"
	reviewBad = "reviewEmergency.MISUSE"
)

// Person is whoever the review is about, whatever the role.
const Person = "PERSON"

// Items is the machine of items of the review list.
func Items() flow.Machine {
	unruled := []string{Open, Asked, Answered}
	return flow.Machine{
		Name: "review item", Text: flow.Text{ZH: "访问复核", EN: "review of accesses"},
		States: []flow.State{
			{Code: Open, Text: flow.Text{ZH: "待复核", EN: "on the list"}},
			{Code: Asked, Text: flow.Text{ZH: "已要求说明", EN: "the person is asked for a reason"}},
			{Code: Answered, Text: flow.Text{ZH: "已说明", EN: "the person has answered"}},
			{Code: Justified, Text: flow.Text{ZH: "正当", EN: "justified"}, Final: true},
			{Code: Misuse, Text: flow.Text{ZH: "滥用", EN: "misuse"}, Final: true},
		},
		Moves: []flow.Move{
			{Name: ask, Text: flow.Text{ZH: "要求说明", EN: "ask for a reason"}, From: []string{Open, Answered}, To: Asked, Roles: []string{"AUD"}},
			{Name: answer, Text: flow.Text{ZH: "说明理由", EN: "answer"}, From: []string{Asked}, To: Answered, Roles: []string{Person}, Due: "review_answer_days", Unit: flow.WorkingDays, Basis: "县区设定；网络保护条例36"},
			{Name: justify, Text: flow.Text{ZH: "认定正当", EN: "find it justified"}, From: unruled, To: Justified, Roles: []string{"AUD"}},
			{Name: report, Text: flow.Text{ZH: "认定滥用", EN: "call it misuse"}, From: unruled, To: Misuse, Roles: []string{"AUD"}},
		},
	}
}

// Emergencies is the machine of break-glass reviews.
func Emergencies() flow.Machine {
	reviewed := flow.Move{
		From: []string{Notified, Justified}, Roles: []string{"AUD", "DPO"},
		Due: "break_glass_review_days", Unit: flow.WorkingDays, Basis: "紧急访问规则：3个工作日内复核；个保法13（四）、51",
	}
	ok, misuse := reviewed, reviewed
	ok.Name, ok.Text, ok.To = reviewOK, flow.Text{ZH: "复核：正当", EN: "reviewed: right"}, OK
	misuse.Name, misuse.Text, misuse.To = reviewBad, flow.Text{ZH: "复核：滥用", EN: "reviewed: misuse"}, Misuse
	return flow.Machine{
		Name: "break-glass review", Text: flow.Text{ZH: "紧急救护复核", EN: "review of a break-glass access"},
		States: []flow.State{
			{Code: Opened, Text: flow.Text{ZH: "已打开", EN: "opened"}},
			{Code: Notified, Text: flow.Text{ZH: "已通报，待说明", EN: "the review is on the list; the person is to justify"}},
			{Code: Justified, Text: flow.Text{ZH: "已说明，待复核", EN: "justified, to be reviewed"}},
			{Code: OK, Text: flow.Text{ZH: "正当", EN: "right"}, Final: true},
			{Code: Misuse, Text: flow.Text{ZH: "滥用", EN: "misuse"}, Final: true},
		},
		Moves: []flow.Move{
			{Name: "notifyEmergency", Text: flow.Text{ZH: "建立复核记录", EN: "make the review record, with the access itself"}, From: []string{Opened}, To: Notified, Roles: []string{flow.System}},
			{Name: vindicate, Text: flow.Text{ZH: "说明理由", EN: "justify"}, From: []string{Notified}, To: Justified, Roles: []string{Person}, Due: "break_glass_justify_hours", Unit: flow.Hours, Basis: "紧急访问规则：24小时内说明；个保法13（四）"},
			ok, misuse,
		},
	}
}
