package console_test

import (
	"strings"
	"testing"

	"github.com/tongxin-hub/tongxin/internal/demo"
)

// TestStory_tenChildren works through the ten story children by clicking only, and
// through the help that a family can get: each person sees on every page what the worked
// cases give them, and no more.
//
//nolint:tparallel // they share one hub and its clock
func TestStory_tenChildren(t *testing.T) {
	t.Parallel()
	d := settled(t)
	for _, story := range []struct { //nolint:paralleltest // the clock moves
		name string
		play func(*district)
	}{
		{"wanghu", (*district).wanghu},
		{"jinsui", (*district).jinsui},
		{"qinghe", (*district).qinghe},
		{"hewan", (*district).hewan},
		{"bailu", (*district).bailu},
		{"liutang", (*district).liutang},
		{"songgang", (*district).songgang},
		{"shiqiao", (*district).shiqiao},
		{"taoyuan", (*district).taoyuan},
		{"relief", (*district).relief},
		{"aid", (*district).aid},
		{"plan", (*district).plan},
		{"pair", (*district).pair},
		{"corrected", (*district).corrected},
		{"yunxi", (*district).yunxi}, // moves the clock for good
	} {
		t.Run(story.name, func(t *testing.T) { story.play(&district{t, d.hub, d.at}) })
	}
	d.browsed()
}

// qinghe: six unexplained absences, worked cases 1 to 3, 5 and 6.
func (d *district) qinghe() {
	child := d.name(demo.Qinghe)
	address := d.fact(`UPDATE child SET residence_address = '青禾湾试验路1号' WHERE id = $1 RETURNING residence_address`, demo.Qinghe)
	caller := d.hub.Caller(d, "dps-phone-check")
	officer := enter(d, d.hub, caller.AgencyCode, caller.StaffCode)
	officer.get("/ledgers/SCHOOL_AGE")
	officer.follow(child)
	officer.sees(child, "电话核实", "照护人", "连续无故缺勤", "办理后进入：家访", "办理后可见：儿童 · 现住址")
	officer.misses(address, "留守儿童", "心理关注级别")
	officer.offers([]string{"startHomeVisit", "endAlert"}, []string{"confirmDropout", "enterSuspected"})
	officer.do("reveal", "reason", "CONTACT", "statement", "电话核实缺勤情况，联系照护人")
	officer.follow("回到儿童页面")
	officer.do("startHomeVisit")
	officer.sees("家访", address)

	director := d.who("DIR", "village", demo.Qinghe)
	director.hat("VISIT")
	director.open(child)
	director.sees(address, "学校反映多日未到校，请核实", "最近走访日期")
	director.misses("连续无故缺勤")
	if d.who("DIR", "beyond", demo.Qinghe).reaches(child) {
		d.Error("worked case 6: the next village reaches the child")
	}
	officer.get("/ledgers/SCHOOL_AGE")
	officer.follow(child)
	officer.do("endAlert", "reason", "RE_ENROLLED", "evidence", "ENROLMENT_PROOF")
	officer.misses(address)
}

// wanghu: not registered, in no school, vaccinations due; worked cases 4, 6 and 14.
func (d *district) wanghu() {
	child := d.name(demo.Wanghu)
	d.scene(`DELETE FROM registration WHERE child_id = $1`, demo.Wanghu)
	d.scene(`UPDATE child SET citizen_id = NULL, id_doc_type = 'NONE', hukou_type = 'NONE' WHERE id = $1`, demo.Wanghu)
	doctor := d.who("HD", "clinic", demo.Wanghu)
	doctor.open(child)
	doctor.sees("照护人")
	doctor.misses("是否留守儿童")
	doctor.do("nominateChild")

	director := d.holder("REGISTER_CLAIM", demo.Wanghu)
	director.todo("认领被提名儿童 · " + child)
	director.do("claimChild")
	director.todo("入户核实 · " + child)
	director.refused("verifyChild", "此项必填", "since", "2026-05-01")
	director.do("verifyChild", "careReason", "BOTH_AWAY", "since", "2026-05-01", "reach", "BEYOND_CITY")
	if d.who("DIR", "beyond", demo.Wanghu).reaches(child) {
		d.Error("worked case 6: the next village reaches the child")
	}
	supervisor := d.holder("REGISTER_CONFIRM", demo.Wanghu)
	supervisor.todo("确认或不予登记 · " + child)
	supervisor.do("confirmRegistration", "riskLevel", "ORANGE")

	helper := d.holder("HELP_VACCINATION", demo.Wanghu)
	helper.todo("接种待补")
	helper.do("answerConcern", "outcome", "ACTED")
	officer := d.holder("HELP_ENROL", demo.Wanghu)
	officer.todo("适龄未入学")
	officer.misses(child, "照护人电话")
	officer.do("answerConcern", "outcome", "ACTED")
}

// jinsui moves within the district: one village lets go, the other claims, once.
func (d *district) jinsui() {
	child := d.name(demo.Jinsui)
	d.scene(`DELETE FROM transfer_request WHERE child_id = $1`, demo.Jinsui)
	d.scene(`UPDATE visit SET state = 'CLOSED' WHERE child_id = $1 AND state NOT IN ('SUBMITTED', 'CHECKED', 'CLOSED', 'MOVED')`, demo.Jinsui)
	to := d.fact(`SELECT v.code FROM division v JOIN child c ON c.id = $1 AND v.parent_id = c.residence_township_id AND v.id <> c.residence_village_id
		WHERE EXISTS (SELECT FROM post p WHERE p.division_id = v.id AND p.role = 'DIR' AND p.valid_to IS NULL) ORDER BY v.id LIMIT 1`, demo.Jinsui)
	old := d.who("DIR", "village", demo.Jinsui)
	old.hat("VISIT")
	old.open(child)
	old.offers([]string{"handOver"}, []string{"acceptTransfer", "refuseTransfer"})
	supervisor := d.who("SUP", "town", demo.Jinsui)
	supervisor.hat("VISIT_SUPERVISION")
	d.scene(`INSERT INTO transfer_request (child_id, state, kind, incoming, hub, packet_id) VALUES ($1, 'SENT', 'WITH_PARENTS', true, 'there.example', 'there-1')`, demo.Jinsui)
	supervisor.open(child)
	supervisor.offers([]string{"acceptTransfer", "refuseTransfer"}, nil)
	d.scene(`DELETE FROM transfer_request WHERE child_id = $1`, demo.Jinsui)
	supervisor.open(child)
	supervisor.offers([]string{"handOver"}, []string{"acceptTransfer", "refuseTransfer", "withdrawTransfer"})
	summary := "孩子随祖母迁居，课后由祖母照看，请尽快上门走访。"
	supervisor.looks("handOver", "toArea", "find.toArea.town", "beyond", "withParents", "true", "summary", summary)
	supervisor.sees("外县区的村（社区）代码（12位）", summary)
	if !supervisor.types("handOver", "toArea") {
		d.Error("the code of a village in another county cannot be typed")
	}
	old.open(child)
	old.refused("handOver", "号码", "toArea", to, "withParents", "false", "summary", "电话 13900000000")
	old.do("handOver", "toArea", to, "withParents", "false", "summary", summary)
	next := d.holder("MOVE_CLAIM", demo.Jinsui)
	if next.reaches(child) {
		d.Error("before the claim the new village reaches the child")
	}
	next.todo("认领迁入儿童")
	next.misses(child)
	next.do("claimMove")
	next.open(child)
	next.sees(summary, "已接收")
	if old.reaches(child) {
		d.Error("after the claim the old village reaches the child")
	}
}

// hewan is counted by the school alone: the mother works in the same city.
func (d *district) hewan() {
	child := d.name(demo.Hewan)
	d.scene(`DELETE FROM registration WHERE child_id = $1`, demo.Hewan)
	teacher := d.who("HT", "class", demo.Hewan)
	teacher.open(child)
	teacher.do("nominateChild")
	director := d.holder("REGISTER_CLAIM", demo.Hewan)
	director.todo("认领被提名儿童 · " + child)
	director.do("claimChild")
	director.todo("入户核实 · " + child)
	director.do("verifyChild", "careReason", "ONE_AWAY_OTHER_UNABLE", "since", "2026-03-01", "reach", "SAME_CITY", "evidence", "MEDICAL")
	supervisor := d.holder("REGISTER_CONFIRM", demo.Hewan)
	supervisor.todo("确认或不予登记 · " + child)
	supervisor.do("rejectRegistration", "reason", "SAME_CITY")
	teacher.todo("提名已有结果")
	teacher.misses("同市")
	teacher.do("answerConcern", "outcome", "NOTHING_TO_DO")
}

// bailu is ordinary: the normal case is boring and quick (worked case 7).
func (d *district) bailu() {
	child := d.name(demo.Bailu)
	teacher := d.who("HT", "class", demo.Bailu)
	teacher.open(child)
	teacher.sees("需关爱", "照护人")
	teacher.misses("低保", "困境类别")
	director := d.who("DIR", "village", demo.Bailu)
	director.todo("走访 · " + child)
	director.do("recordVisit", "mode", "HOME", "visitedOn", "2026-11-22", "placeKind", "HOME", "childSeen", "true", "childSpokenAlone", "true",
		"informantRelation", "PATERNAL_GRANDMOTHER", "livingRating", "GOOD", "familyRating", "GOOD", "guardianshipRating", "GOOD", "mentalRating", "GOOD", "healthRating", "GOOD",
		"livingText", "饮食起居有人照看。", "childView", "想多和父母视频。", "topics", "DROWNING", "attachments.0.kind", "CARE_AGREEMENT", "attachments.0.reference", "档-2026-001")
	director.do("submitVisit")
	supervisor := d.holder("VISIT_CHECK", demo.Bailu)
	supervisor.todo("核查走访记录")
	supervisor.do("checkVisit")
}

// liutang: alone at night. The visit says so, and everybody who has to act hears of it.
func (d *district) liutang() {
	child := d.name(demo.Liutang)
	worker := d.hub.Caller(d, "contractor")
	visitor := enter(d, d.hub, worker.AgencyCode, worker.StaffCode)
	visitor.todo("走访 · " + child)
	visitor.do("recordVisit", "mode", "HOME", "visitedOn", "2026-11-23", "placeKind", "HOME", "childSeen", "true", "childSpokenAlone", "true",
		"livingRating", "POOR", "familyRating", "POOR", "guardianshipRating", "POOR", "mentalRating", "FAIR", "healthRating", "GOOD", "livingAlone", "true", "suggestedRisk", "RED",
		"informantRelation", "NOT_KIN", "informantName", "邻居", "guardianInformedOn", "2026-11-23",
		"livingText", "独自在家两晚，祖母住院。", "childView", "晚上害怕。", "concerns", "FAMILY_CHANGE", "topics", "CARE_AGREEMENT")
	visitor.do("submitVisit")
	manager := d.holder("RED_ALERT", demo.Liutang)
	manager.todo("红色预警")
	manager.sees(child)
	manager.do("answerConcern", "outcome", "ACTED")
	d.consulted(child)
}

// consulted: several departments sit together about Liutang; what each field opens is
// asked of its source, granted for days and reviewed by what was really read.
func (d *district) consulted(child string) {
	words := d.fact(`UPDATE visit SET living_text = '祖母卧床，孩子独自做饭三天。' WHERE child_id = $1 RETURNING living_text`, demo.Liutang)
	supervisor := d.who("SUP", "town", demo.Liutang)
	supervisor.hat("VISIT_SUPERVISION")
	supervisor.open(child)
	supervisor.do("proposeConsultation", "topic", "祖母住院期间的照护", "reason", "孩子缺课，家中无人照护，需教育、妇联共同安排。",
		"fields", d.option(supervisor, "proposeConsultation", "fields", "走访记录 · 儿童意见"), "urgent", "false")
	steward := d.holder("CONSULTATION_SOURCE", demo.Liutang)
	steward.todo("答复会商所需字段")
	steward.misses(child, words)
	if strings.Contains(steward.text(), "D.narrative") {
		d.Error("a group of the matrix is shown by its code")
	}
	steward.sees("祖母住院期间的照护", "走访记录")
	steward.do("reviewSource", "agreed", "D.narrative")

	manager := d.holder("CONSULTATION_CONVENE", demo.Liutang)
	manager.todo("召集会商")
	officer := d.who("DPS", "any", demo.Liutang)
	code := d.fact(`SELECT s.code FROM post p JOIN staff s ON s.id = p.staff_id AND s.active AND s.kind = 'PERSON' WHERE p.role = 'DPS' AND p.valid_to IS NULL ORDER BY s.id LIMIT 1`)
	manager.do("conveneConsultation", "people", code)
	officer.todo("确认会商保密承诺")
	officer.refused("pledgeSecrecy", "保密", "secret", "false")
	officer.do("pledgeSecrecy", "secret", "true")
	granter := d.holder("CONSULTATION_GRANT", demo.Liutang)
	granter.todo("审批会商限时授权")
	granter.do("grantDisclosure", "fields", "D.narrative", "people", code, "days", "3")
	granter.misses(words)

	// The list of the consultation leads to the child, and to what the grant opens of it.
	officer.get("/lists")
	officer.follow("会商")
	officer.child(child)
	officer.sees(words)

	meeting := d.holder("CONSULTATION_MEETING", demo.Liutang)
	meeting.todo("开会商会议")
	meeting.do("recordMeeting", "minutes", "教育、妇联、民政共同研究照护安排。", "decisions", "由姑姑照料至祖母出院。", "childView", "愿意住姑姑家。")
	meeting.refused("assignConsultationTasks", "此项必填", "tasks.0.text", "每周走访一次")
	meeting.do("assignConsultationTasks", "tasks.0.staff", code, "tasks.0.text", "协调请假与补课", "tasks.0.until", "2026-12-04")
	meeting.sees(code + "） 走访记录")
	officer.todo("办理会商分工")
	officer.do("finishConsultationTask", "outcome", "已与学校商定补课安排。")
}

// songgang: the third level, and nobody reaches the guardian.
func (d *district) songgang() {
	child := d.name(demo.Songgang)
	for _, sql := range []string{
		`DELETE FROM psych_referral WHERE child_id = $1`, `DELETE FROM emergency_access WHERE child_id = $1`, `DELETE FROM action_card WHERE child_id = $1`,
		`DELETE FROM consent_record WHERE child_id = $1`, `UPDATE ticket SET closed_at = opened_at + interval '1 second' WHERE child_id = $1 AND closed_at IS NULL`,
		`UPDATE psychology SET level = 'LEVEL_3', in_crisis = false, guardian_informed_on = NULL WHERE child_id = $1`,
		`INSERT INTO screening_list (child_id, school_id, term_id) SELECT e.child_id, e.school_id, m.id FROM enrolment e, term m
			WHERE e.child_id = $1 AND e.current AND '2026-11-23' BETWEEN m.starts_on AND m.ends_on ON CONFLICT DO NOTHING`,
	} {
		d.scene(sql, demo.Songgang)
	}
	d.hub.RunJobs(d)
	psychologist := d.who("PSY", "school", demo.Songgang)
	psychologist.hat("PSYCH_SUPPORT")
	psychologist.get("/children")
	psychologist.misses(child)
	psychologist.nameless("危机", "flagReferral")
	psychologist.do("flagReferral", "source", "SCREENING", "urgent", "true")
	psychologist.todo("告知监护人 · " + child)
	psychologist.sees("心理关注级别")
	psychologist.misses("现住址")
	psychologist.do("recordUnreachable", "how", "PHONE")
	psychologist.do("recordUnreachable", "how", "PHONE")
	psychologist.follow("紧急救护")
	psychologist.sees("24小时内说明理由", "通报")
	psychologist.refused("emergency/", "此项必填")
	psychologist.do("emergency/", "reason", "筛查三级有自伤危险，监护人两次联系不上，需立即就医")
	psychologist.sees("紧急救护已启动", child)
	psychologist.do("proceedInEmergency")
	psychologist.todo("评估")
	psychologist.do("screenReferral", "level", "LEVEL_3")
	psychologist.refused("planReferral", "诊断", "measures", "CLINIC", "note", "诊断为重度抑郁症")
	psychologist.do("planReferral", "measures", "CLINIC", "note", "由姑姑和班主任陪同，当日就医")
	psychologist.do("referToClinic", "escort", "KIN")
	doctor := d.holder("REFERRAL_ADVICE", demo.Songgang)
	doctor.todo("就学建议")
	doctor.misses("生活状况说明", "低保")
	doctor.do("giveAdvice", "firstSeenOn", "2026-11-23", "advice", "ACCOMPANIED")
	psychologist.get("/asked")
	psychologist.do("justifyEmergency", "statement", "筛查三级，监护人两次未接通，由姑姑陪同当日就医。")
}

// nameless opens the children of a list that shows no names until one of them is it.
func (p *person) nameless(text, move string) {
	p.Helper()
	var links []string
	for n := range p.root.Descendants() {
		if href := attr(n, "href"); n.Data == "a" && strings.HasPrefix(href, "/w/") {
			links = append(links, href)
		}
	}
	for _, link := range links {
		p.get(link)
		if strings.Contains(p.text(), text) && p.form(move) != nil {
			return
		}
	}
	p.Fatalf("none of %d children is at %q: %s", len(links), text, p.text())
}

// shiqiao: bruises; the uncle is the village's director (worked case 15, conflict).
func (d *district) shiqiao() {
	child := d.name(demo.Shiqiao)
	d.scene(`DELETE FROM mandatory_report WHERE child_id = $1`, demo.Shiqiao)
	teacher := d.who("HT", "class", demo.Shiqiao)
	teacher.open(child)
	teacher.follow("报告侵害")
	teacher.sees("110", "无须任何人批准")
	teacher.do("harm/", "category", "SUSPECTED_VIOLENCE", "channel", "SCHOOL", "foundOn", "2026-11-23", "immediateDanger", "true", "guardianSuspected", "true", "forUnit", "false")
	teacher.get("/lists")
	teacher.follow("我提交的强制报告")
	narrative := "左前臂有多处新旧瘀青，孩子不愿说明原因。"
	teacher.do("supplementReport", "narrative", narrative, "policeNoticeNo", "演示警情-9001")

	desk := d.holder("REPORT_ACCEPT", demo.Shiqiao)
	desk.todo("受理强制报告")
	desk.child(child)
	desk.sees(narrative)
	desk.todo("受理强制报告")
	desk.do("acceptReport", "guardianSuspected", "true")
	desk.do("notifyPolice", "noticeNo", "演示警情-9001", "unit", "示范派出所（演示）")
	supervisor := d.holder("REPORT_SAFETY_CHECK", demo.Shiqiao)
	supervisor.todo("安全核查")
	supervisor.misses(d.fact(`SELECT reporter_person FROM mandatory_report WHERE child_id = $1`, demo.Shiqiao))
	supervisor.do("checkSafety", "childSeen", "true", "note", "与民警一同见到孩子，孩子安全，暂住外婆家。")
	supervisor.do("assessReport", "safety", "CONCERN", "guardianship", "SERIOUS", "body", "CONCERN", "mind", "CONCERN", "note", "监护能力不足，孩子有恐惧情绪，需要干预。")
	desk.todo("制定保护方案")
	d.protect(desk, supervisor)

	director := d.who("DIR", "village", demo.Shiqiao)
	director.hat("VISIT")
	director.get("/children")
	if strings.Contains(director.page, child) {
		director.follow(child)
		director.misses(narrative, "强制报告", d.fact(`SELECT residence_address FROM child WHERE id = $1`, demo.Shiqiao))
	}
}

// taoyuan is shielded; the father asks who looked, and is answered with nothing of what
// the shield covers.
func (d *district) taoyuan() {
	child := d.name(demo.Taoyuan)
	address := d.fact(`UPDATE child SET residence_address = '桃源冲试验路7号' WHERE id = $1 RETURNING residence_address`, demo.Taoyuan)
	handler := d.hub.Caller(d, "rights-officer")
	rights := enter(d, d.hub, handler.AgencyCode, handler.StaffCode)
	rights.hat("RIGHTS_CASE")
	rights.open(child)
	rights.sees(address)
	if d.who("DIR", "beyond", demo.Taoyuan).reaches(child) {
		d.Error("the next village reaches a shielded child")
	}
	officer := d.who("DPO", "any", demo.Taoyuan)
	officer.get("/rights")
	officer.misses(child, address)
}

// yunxi turns sixteen: left behind no more, the hardship goes on.
func (d *district) yunxi() {
	child := d.name(demo.Yunxi)
	director := d.holder("REGISTER_SIXTEEN", demo.Yunxi)
	director.todo("即将年满16周岁")
	director.sees(child)
	director.do("answerConcern", "outcome", "ACTED")
	d.day(d.fact(`SELECT to_char(birth_date + interval '16 years' + interval '1 day', 'YYYY-MM-DD') FROM child WHERE id = $1`, demo.Yunxi))
	supervisor := d.who("SUP", "town", demo.Yunxi)
	supervisor.hat("VISIT_SUPERVISION")
	supervisor.open(child)
	supervisor.sees("留守登记终止日期", "登记在册")
}

// child follows the links of a list to the page of one child.
func (p *person) child(name string) {
	p.Helper()
	list := p.root
	for n := range list.Descendants() {
		if href := attr(n, "href"); n.Data == "a" && strings.HasPrefix(href, "/w/") {
			p.get(href)
			if strings.Contains(p.page, name) {
				return
			}
		}
	}
	p.Fatalf("no link leads to %s", name)
}
