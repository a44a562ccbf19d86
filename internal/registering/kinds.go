package registering

import (
	"github.com/tongxin-hub/tongxin/internal/flow"
	"github.com/tongxin-hub/tongxin/internal/task"
	"github.com/tongxin-hub/tongxin/policy"
)

// kind declares a task: late, its holder is reminded, then the role above hears of it.
func kind(code, zh, en, due string, above ...policy.Role) task.Kind {
	k := task.Kind{Code: code, Text: flow.Text{ZH: zh, EN: en}, Due: due, Unit: flow.WorkingDays, Ladder: []task.Rung{{After: "register_remind_days"}}}
	for _, role := range above {
		k.Ladder = append(k.Ladder, task.Rung{After: "register_raise_days", Role: role})
	}
	return k
}

// The tasks of the flow itself.
func toClaim() task.Kind {
	return kind("REGISTER_CLAIM", "认领被提名儿童", "claim a child that was nominated", "register_claim_days", policy.SUP)
}

func toVerify() task.Kind {
	return kind("REGISTER_VERIFY", "入户核实", "check at home", "register_verify_days", policy.SUP)
}

func toConfirm() task.Kind {
	return kind("REGISTER_CONFIRM", "确认或不予登记", "confirm or reject", "register_confirm_days", policy.CM)
}

func toReverify() task.Kind {
	return kind("REGISTER_REVERIFY", "复核登记", "verify the registration anew", "register_reverify_days", policy.SUP)
}

func toSpot() task.Kind {
	return kind("REGISTER_SPOT", "抽查登记", "check a registration by sample", "register_spot_days")
}

// What the flow tells others; each ends with its holder's own answer.
func helpEnrol() task.Kind {
	return kind("HELP_ENROL", "适龄未入学，请核实办理", "of school age and not enrolled: see to it", "register_told_days")
}

func helpVaccine() task.Kind {
	return kind("HELP_VACCINATION", "接种待补，请联系办理", "vaccinations are due: see to it", "register_told_days")
}

func helpHukou() task.Kind {
	return kind("HELP_HUKOU", "无户籍，请协助办理落户", "no household registration: help to get it", "register_told_days")
}

// ToSettle asks the director to help a child without a number to its household
// registration.
func ToSettle() task.Kind {
	return kind("REGISTER_HUKOU", "无户籍儿童，请协助办理户籍", "a child without household registration: help to get it", "register_hukou_days", policy.SUP)
}

func told() task.Kind {
	return kind("REGISTER_ANSWER", "提名已有结果", "the nomination was decided", "register_told_days")
}

func turning() task.Kind {
	return kind("REGISTER_SIXTEEN", "儿童即将年满16周岁，请做好衔接", "a child turns sixteen: prepare what follows", "register_told_days")
}

func returned() task.Kind {
	return kind("REGISTER_RETURNED", "父母已返乡满期，请研判退出", "a parent is back for the months of the definition: decide", "register_told_days", policy.CM)
}

func noLonger() task.Kind {
	return kind("REGISTER_NO_LONGER", "复核不再符合定义，请研判", "the definition is met no more: decide", "register_told_days", policy.CM)
}

func spotDiffers() task.Kind {
	return kind("REGISTER_SPOT_DIFFERS", "抽查与登记不符，已请复核", "a check differs from the registration, which is verified anew", "register_told_days", policy.CM)
}

// WasError tells whoever has read a registration that it was an error, systems too; it
// ends with an answer, or a word that it was read.
func WasError() task.Kind {
	return kind("REGISTER_ERROR", "曾查阅的登记有误，已更正，请勿再用", "a registration that you have read was an error: use it no more", "register_told_days")
}

func followUp() task.Kind {
	k := kind("REGISTER_FOLLOW_UP", "退出后回访", "call after leaving the register", "register_follow_days", policy.SUP)
	k.Unit = flow.Days
	return k
}

// Answered are the kinds that end with their holder's own answer.
func Answered() []task.Kind {
	return []task.Kind{helpEnrol(), helpVaccine(), helpHukou(), ToSettle(), told(), turning(), returned(), noLonger(), spotDiffers(), WasError(), followUp()}
}

// Kinds are all tasks of this area.
func Kinds() []task.Kind {
	return append([]task.Kind{toClaim(), toVerify(), toConfirm(), toReverify(), toSpot()}, Answered()...)
}
