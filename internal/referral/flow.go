package referral

import "github.com/tongxin-hub/tongxin/internal/flow"

// The states that a referral passes, in order.
const (
	Flagged  = "FLAGGED"
	Informed = "GUARDIAN_INFORMED"
	Consent  = "CONSENT"
	Screened = "SCREENED"
	Planned  = "PLAN"
	Referred = "REFERRED"
	Feedback = "FEEDBACK"
	FollowUp = "FOLLOW_UP"
	Closed   = "CLOSED"
)

// The moves that follow from a withdrawn consent.
const (
	UnconsentedMove     = "consentWithdrawn"
	UnconsentedInDanger = "consentWithdrawnInDanger"
)

// Noted is what whoever flags is told where others are at it already.
const Noted = "NOTED"

const basis = "设定值（本区）；民发〔2023〕61号"

func text(zh, en string) flow.Text { return flow.Text{ZH: zh, EN: en} }

// staff are who works on a referral.
func staff() []string { return []string{"PSY", "SW"} }

// finders are who may tell the guardian: whoever found it, and who works on it.
func finders() []string { return []string{"DIR", "HT", "PSY", "SW"} }

// Machine is the way of a referral.
func Machine() flow.Machine {
	m := flow.Machine{
		Name: "referral", Text: text("心理转介", "psychological referral"),
		States: []flow.State{
			{Code: Flagged, Text: text("已发现", "flagged")},
			{Code: Informed, Text: text("已告知监护人", "guardian informed")},
			{Code: Consent, Text: text("可以开展", "consented, or an emergency")},
			{Code: Screened, Text: text("已评估", "screened")},
			{Code: Planned, Text: text("已定方案", "planned")},
			{Code: Referred, Text: text("已转介就医", "referred to the clinic")},
			{Code: Feedback, Text: text("已反馈", "advice given")},
			{Code: FollowUp, Text: text("随访中", "followed up")},
			{Code: Closed, Text: text("已结案", "closed"), Final: true},
		},
		Moves: []flow.Move{
			{Name: "informReferralGuardian", Text: text("告知监护人", "tell the guardian"), From: []string{Flagged}, To: Informed, Roles: finders(), Due: "referral_inform_days", Unit: flow.WorkingDays, Basis: basis},
			{Name: "recordConsent", Text: text("监护人同意", "the guardian consents"), From: []string{Informed}, To: Consent, Roles: staff(), Due: "referral_consent_days", Unit: flow.WorkingDays, Basis: basis},
			{Name: "proceedInEmergency", Text: text("紧急先行救助", "go on in an emergency"), From: []string{Flagged, Informed}, To: Consent, Roles: staff(), Due: "referral_same_day", Unit: flow.Days, Basis: "个保法13（四）"},
			{Name: "screenReferral", Text: text("评估", "screen"), From: []string{Consent}, To: Screened, Roles: staff(), Due: "referral_screen_days", Unit: flow.WorkingDays, Basis: basis},
			{Name: "planReferral", Text: text("定方案", "plan"), From: []string{Screened}, To: Planned, Roles: staff(), Due: "referral_plan_days", Unit: flow.WorkingDays, Basis: basis},
			{Name: "referToClinic", Text: text("转介就医", "refer to the clinic"), From: []string{Planned}, To: Referred, Roles: staff(), Due: "referral_clinic_days", Unit: flow.WorkingDays, Basis: "设定值（本区）；未成年人保护法90"},
			{Name: "giveAdvice", Text: text("反馈就学建议", "advise"), From: []string{Referred}, To: Feedback, Roles: []string{"HD"}, Due: "referral_advice_days", Unit: flow.WorkingDays, Basis: "设定值（本区）；精神卫生法23"},
			{Name: "followUpReferral", Text: text("随访", "follow up"), From: []string{Planned, Feedback, FollowUp}, To: FollowUp, Roles: staff(), Due: "referral_follow_first_days", Unit: flow.Days, Basis: basis},
			{Name: "closeReferral", Text: text("结案", "close"), From: []string{Informed, Screened, FollowUp}, To: Closed, Roles: staff()},
		},
	}
	consented := []string{Consent, Screened, Planned, Referred, Feedback, FollowUp}
	m.Moves = append(m.Moves,
		flow.Move{Name: UnconsentedMove, Text: text("监护人撤回同意", "the guardian withdrew the consent"), From: consented, To: Closed, Roles: []string{flow.System}},
		flow.Move{Name: UnconsentedInDanger, Text: text("监护人撤回同意，孩子仍有危险", "the guardian withdrew the consent, the child is in danger"), From: consented, To: Informed, Roles: []string{flow.System}})
	for _, s := range m.States {
		if !s.Final {
			m.Moves = append(m.Moves, staying(s.Code)...)
		}
	}
	return m
}

// staying are the moves that note something and leave the state as it is.
func staying(state string) []flow.Move {
	at := func(name string, t flow.Text, roles []string) flow.Move {
		return flow.Move{Name: name, Text: t, From: []string{state}, To: state, Roles: roles}
	}
	var out []flow.Move
	if state == Flagged {
		return append(out, at("recordUnreachable", text("联系不上监护人", "the guardian is not reached"), finders()))
	}
	out = append(out, at("recordRefusal", text("监护人拒绝", "the guardian refuses"), staff()))
	if state == Informed {
		return out
	}
	out = append(out,
		at("informReferralGuardian", text("补告监护人", "tell the guardian afterwards"), staff()),
		at("assignReferral", text("交办", "assign"), staff()),
		at("recordConsent", text("补记监护人同意", "the guardian consents afterwards"), staff()),
		at("recordCounselling", text("记录辅导", "count a session"), staff()))
	return out
}
