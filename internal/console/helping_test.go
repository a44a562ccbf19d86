package console_test

import (
	"strings"

	"github.com/tongxin-hub/tongxin/internal/demo"
)

// relief: the household has lost its income overnight. Money comes first, papers follow;
// for the child's sake nothing is published, and the county decides the sum.
func (d *district) relief() {
	child := d.name(demo.Bailu)
	d.scene(`DELETE FROM relief_application WHERE child_id = $1`, demo.Bailu)
	relation := d.fact(`SELECT relation FROM guardian WHERE child_id = $1 ORDER BY id LIMIT 1`, demo.Bailu)
	director := d.who("DIR", "village", demo.Bailu)
	director.hat("VISIT")
	director.open(child)
	director.do("findNeed", "reason", "EMERGENCY")
	window := d.holder("RELIEF_APPLY", demo.Bailu)
	window.todo("联系家庭申请救助")
	window.refused("applyForRelief", "此项必填", "applicantRelation", relation, "urgent", "true")
	window.do("applyForRelief", "applicantRelation", relation, "urgent", "true", "account", "000012345678901")
	window.misses("000012345678901")
	window.do("payUrgently", "amount", "1000")
	window.do("checkRelief", "visitedOn", "2026-11-23", "economy", "NOT_NEEDED")
	window.do("proposeNoPublicity", "amount", "5000", "reason", "SELF_ESTEEM")
	signer := d.holder("RELIEF_SIGN", demo.Bailu)
	signer.todo("签批免公示")
	signer.do("signNoPublicity")
	county := d.holder("RELIEF_DECIDE", demo.Bailu)
	county.todo("决定救助")
	county.do("decideRelief", "amount", "4500")
	director.open(child)
	director.sees("已决定")
	director.misses("4500")

	window.todo("发放救助")
	window.sees("8901", "4500")
	window.do("reveal", "reason", d.option(window, "reveal", "reason", "发放救助"), "statement", "核对发放账户，避免发错")
	window.sees("000012345678901")
	window.follow("回到儿童页面")
	window.misses("000012345678901")
	window.do("payRelief")
	window.do("closeRelief")
	if window.reaches(child) {
		d.Error("after the end the window reaches the child")
	}
}

// aid: the teacher proposes it for a term chosen by its days, the guardian agrees, the
// bureau decides without the pupil's name, and a withdrawn consent ends it at once.
func (d *district) aid() {
	child := d.name(demo.Bailu)
	d.scene(`DELETE FROM education_aid WHERE child_id = $1`, demo.Bailu)
	d.scene(`DELETE FROM consent_record WHERE child_id = $1`, demo.Bailu)
	relation := d.fact(`SELECT relation FROM guardian WHERE child_id = $1 ORDER BY id LIMIT 1`, demo.Bailu)
	teacher := d.who("HT", "class", demo.Bailu)
	teacher.open(child)
	teacher.do("proposeEducationAid", "kind", "GRANT", "term", d.option(teacher, "proposeEducationAid", "term", "2026年9月1日至"))
	teacher.todo("征得监护人同意教育资助申请")
	pairs := []string{"relation", relation, "statedOn", "2026-11-22"}
	if control(teacher.form("recordAidConsent"), "childView") {
		pairs = append(pairs, "childView", d.option(teacher, "recordAidConsent", "childView", ""))
	}
	teacher.do("recordAidConsent", pairs...)
	officer := d.holder("AID_DECIDE", demo.Bailu)
	officer.todo("审批教育资助")
	officer.misses(child)
	officer.do("returnEducationAid", "missing", "ENROLMENT_PROOF")
	teacher.todo("补正教育资助申请")
	teacher.do("supplementEducationAid")
	officer = d.holder("AID_DECIDE", demo.Bailu)
	officer.todo("审批教育资助")
	officer.do("approveEducationAid")
	teacher.todo("告知家庭教育资助结果")
	teacher.do("recordAidNotice", "toldOn", "2026-11-23")
	teacher.open(child)
	teacher.sees("已批准")
	teacher.refused("withdrawConsent", "此项必填", "kind", "EDUCATION_AID")
	teacher.do("withdrawConsent", "kind", "EDUCATION_AID", "relation", relation, "statedOn", "2026-11-23")
	teacher.open(child)
	teacher.sees("已撤回")
}

// plan: the supervisor looks for who is responsible among the directors of the township,
// whose code nobody types; the director accepts and reports, the supervisor completes.
func (d *district) plan() {
	child := d.name(demo.Bailu)
	d.scene(`UPDATE support_plan SET state = 'DROPPED' WHERE child_id = $1 AND state NOT IN ('DONE', 'DROPPED')`, demo.Bailu)
	supervisor := d.who("SUP", "town", demo.Bailu)
	supervisor.hat("VISIT_SUPERVISION")
	supervisor.open(child)
	town := d.fact(`SELECT v.code FROM division v JOIN child c ON c.residence_township_id = v.id WHERE c.id = $1`, demo.Bailu)
	code := d.fact(`SELECT s.code FROM post p JOIN staff s ON s.id = p.staff_id JOIN child c ON c.residence_village_id = p.division_id WHERE p.role = 'DIR' AND c.id = $1`, demo.Bailu)
	filled := []string{"service", d.option(supervisor, "openSupportPlan", "service", ""), "aim", "每周走访一次，陪孩子与父母视频", "steps.0.what", "走访一次", "steps.0.dueOn", "2026-11-30", "reviewOn", "2026-12-21", "dueOn", "2027-02-21", "childHeard", "true"}
	supervisor.looks("openSupportPlan", "responsible", append(filled, "find.responsible.role", "DIR", "find.responsible.town", town)...)
	supervisor.sees("每周走访一次，陪孩子与父母视频", "儿童主任")
	supervisor.do("openSupportPlan", append(filled, "responsible", code)...)
	director := d.holder("SUPPORT_ACCEPT", demo.Bailu)
	director.todo("接受帮扶任务")
	director.do("acceptSupportPlan")
	director.todo("落实帮扶步骤")
	director.do("reportSupportStep", "step", "1", "doneOn", "2026-11-23", "result", d.option(director, "reportSupportStep", "result", ""), "note", "已与父母视频")
	supervisor.get("/lists")
	supervisor.follow("范围内未办结的帮扶计划")
	supervisor.child(child)
	supervisor.do("completeSupportPlan", "outcome", "每周视频一次，孩子情绪稳定", "childHeard", "true")
	supervisor.sees("已完成")
}

// pair: a need without its child meets a vetted volunteer; the child is open to one
// coordinator until the guardian takes the consent back.
func (d *district) pair() {
	child := d.name(demo.Bailu)
	d.scene(`DELETE FROM need_match WHERE state = 'PUBLISHED'`)
	d.scene(`DELETE FROM pairing_contact WHERE pairing_id IN (SELECT id FROM pairing WHERE child_id = $1)`, demo.Bailu)
	d.scene(`DELETE FROM pairing WHERE child_id = $1`, demo.Bailu)
	relation := d.fact(`SELECT relation FROM guardian WHERE child_id = $1 ORDER BY id LIMIT 1`, demo.Bailu)
	guide := d.who("FE", "any", demo.Bailu)
	guide.hat("PAIRING")
	guide.get("/lists")
	guide.follow("可用的资源")
	guide.do("offerResource", "need", "TUTORING", "resource", "SERVICE", "donor", "区妇联爱心妈妈服务队", "quantity", "1", "availableUntil", "2027-04-30",
		"volunteer", d.option(guide, "offerResource", "volunteer", "爱心妈妈"))
	supervisor := d.who("SUP", "town", demo.Bailu)
	supervisor.hat("VISIT_SUPERVISION")
	supervisor.open(child)
	supervisor.refused("publishNeed", "同意书", "need", "TUTORING", "wantedUntil", "2027-01-31")
	supervisor.do("publishNeed", "need", "TUTORING", "wantedUntil", "2027-01-31", "consentRef", "结对同意-演示-9")
	supervisor.do("proposeMatch", "offer", d.option(supervisor, "proposeMatch", "offer", "区妇联爱心妈妈服务队"))
	if guide.reaches(child) {
		d.Error("before the match the coordinator reaches the child")
	}
	guide.todo("答复资源对接请求")
	guide.misses(child)
	guide.do("acceptMatch")
	guide.todo("签订结对")
	guide.sees(child)
	guide.do("startPairing", "contractFrom", "2026-11-23", "contractUntil", "2027-04-30", "frequency", "WEEKLY")
	guide.do("recordPairingContact", "contactedOn", "2026-11-23", "mode", "MEET", "topic", "STUDY", "needFound", "false")
	guide.sees("在结")
	guide.do("withdrawConsent", "kind", "PAIRING", "relation", relation, "statedOn", "2026-11-23")
	if guide.reaches(child) {
		d.Error("after the withdrawal the coordinator reaches the child")
	}
}

// corrected: who sees a wrong value says so where it stands; its source decides, and
// whoever had seen it is told.
func (d *district) corrected() {
	child := d.name(demo.Bailu)
	d.scene(`DELETE FROM correction_request WHERE child_id = $1 AND state IN ('RAISED', 'ROUTED')`, demo.Bailu)
	director := d.who("DIR", "village", demo.Bailu)
	director.hat("VISIT")
	director.open(child)
	director.dispute("现住址")
	director.sees("现住址")
	director.refused("raiseCorrection", "此项必填")
	director.do("raiseCorrection", "reason", "门牌号有误，请核对。", "proposed", "试验路3号")
	director.sees("校核中")
	steward := d.holder("CORRECTION_TO_ANSWER", demo.Bailu)
	steward.todo("核查并答复校核")
	steward.sees("现住址", "试验路3号")
	steward.do("acceptCorrection", "answer", "经与派出所核对，予以更正。", "value", "试验路3号")
	director.open(child)
	director.sees("试验路3号")
	if strings.Contains(director.text(), "校核中") {
		d.Error("the address is still disputed")
	}
}

// protect: the desk plans two steps: the teacher of the child, who is found by name, follows
// up on one, and the supervisor has done the other.
func (d *district) protect(desk, supervisor *person) {
	teacher := d.who("HT", "class", demo.Shiqiao)
	code := d.fact(`SELECT s.code FROM enrolment e JOIN school_class k ON k.id = e.class_id JOIN staff s ON s.id = k.homeroom_staff_id WHERE e.child_id = $1 AND e.current`, demo.Shiqiao)
	town := d.fact(`SELECT v.code FROM division v JOIN child c ON c.residence_township_id = v.id WHERE c.id = $1`, demo.Shiqiao)
	second := d.fact(`SELECT s.code FROM mandatory_report m JOIN staff s ON s.id = m.supervisor_id WHERE m.child_id = $1 AND m.closed_on IS NULL`, demo.Shiqiao)
	filled := []string{
		"note", "由外婆照料，心理支持每周一次，民警回访。", "steps.0.kind", "SCHOOL", "steps.0.words", "每天放学前看一眼孩子", "steps.0.dueOn", "2026-12-30",
		"steps.1.kind", "HOME_SAFETY", "steps.1.words", "每周上门看望一次", "steps.1.dueOn", "2026-12-20", "steps.1.owner", second,
	}
	desk.looks("planProtection", "steps.0.owner", append(filled, "find.steps.0.owner.role", "HT", "find.steps.0.owner.town", town)...)
	desk.sees("每天放学前看一眼孩子", "班主任")
	desk.do("planProtection", append(filled, "steps.0.owner", code)...)
	teacher.todo("落实保护措施")
	teacher.sees("每天放学前看一眼孩子")
	teacher.misses("每周上门看望一次", "瘀青")
	teacher.do("followProtectionStep", "quiet", "true", "note", "孩子状态平稳。")
	supervisor.todo("落实保护措施")
	supervisor.sees("每周上门看望一次")
	supervisor.do("doProtectionStep", "note", "已看望，外婆照料妥当。")
}
