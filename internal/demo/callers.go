package demo

// Caller is a ready-made log-in with the question it is good for.
type Caller struct {
	// Key names the caller in tests and on the command line.
	Key string
	// AgencyCode and StaffCode are who asks; StaffName is made up as well.
	AgencyCode, StaffCode, StaffName string
	// Role, Purpose and TicketCode are in which post and why; no ticket when empty.
	Role, Purpose, TicketCode string
	// ChildID is the child to ask for, by the hub's internal id; 0: none.
	ChildID int64
	// ZH and EN say who this is, ShowsZH and ShowsEN what the answer shows.
	ZH, EN, ShowsZH, ShowsEN string
}

// caller fills in what the register knows about w.
func (d *District) caller(key string, w *worker, purpose string, c *child) Caller {
	out := Caller{
		Key: key, AgencyCode: d.agencies[w.agency-1].code, StaffCode: w.code, StaffName: w.name, Role: w.role,
		Purpose: purpose, TicketCode: d.ticketOf(w, purpose, c),
	}
	if c != nil {
		out.ChildID = c.id
	}
	return out
}

// says adds the four sentences.
func (c Caller) says(zh, en, showsZH, showsEN string) Caller {
	c.ZH, c.EN, c.ShowsZH, c.ShowsEN = zh, en, showsZH, showsEN
	return c
}

// Callers are the log-ins that `make demo` prints; the worked cases of the
// disclosure rules are among them.
func (d *District) Callers() []Caller {
	return append(d.dropoutCallers(), d.otherCallers()...)
}

// AgencyName is what an agency of the district is called, "" where there is none.
func (d *District) AgencyName(code string) string {
	for _, a := range d.agencies {
		if a.code == code {
			return a.name
		}
	}
	return ""
}

// AgencyCodes are those of all agencies of the district.
func (d *District) AgencyCodes() []string {
	out := make([]string, len(d.agencies))
	for i, a := range d.agencies {
		out[i] = a.code
	}
	return out
}

func (d *District) dropoutCallers() []Caller {
	y := d.years
	qinghe := d.child(Qinghe)
	home, closed := y.dropouts[homeVisitCase], y.dropouts[cancelledCase]
	after := d.caller("dps-cancelled", closed.officer, "DROPOUT_PREVENTION", closed.child)
	after.TicketCode = ""
	next := d.director(qinghe.village.town.villages[1])
	director := d.caller("director", d.director(qinghe.village), "VISIT", qinghe)
	neighbour := d.caller("director-next-village", next, "VISIT", qinghe)
	return []Caller{
		d.caller("dps-phone-check", y.dropouts[phoneCheckCase].officer, "DROPOUT_PREVENTION", qinghe).says(
			"控辍保学专干，青禾-01处于电话核实阶段", "dropout officer, Qinghe-01 at the phone check",
			"姓名、学校、缺勤天数、照护人；电话须逐条揭示；没有住址和留守标签", "name, school, absent days, caregiver; phone by reveal; no address, no label"),
		d.caller("dps-home-visit", home.officer, "DROPOUT_PREVENTION", home.child).says(
			"同一专干，另一名儿童已到家访阶段", "the same officer, another child at the home visit",
			"增加完整住址，其余不变", "the full address in addition, the rest unchanged"),
		after.says(
			"同一专干，台账已销号的儿童", "the same officer, a child whose case was cancelled",
			"姓名打码、学籍状态、历史次数；没有电话和住址", "masked name, enrolment status, history count; no phone, no address"),
		d.caller("class-teacher", d.child(Bailu).class.teacher, "CLASS_CARE", d.child(Bailu)).says(
			"白鹭-10的班主任", "homeroom teacher of Bailu-10",
			"需关爱、照护人、应急提示；看不到原因和贫困字样", "needs care, caregiver, emergency note; not why, no word of poverty"),
		director.says(
			"青禾-01本村儿童主任", "child director of Qinghe-01's village",
			"联系方式、上次走访和行动卡“学校反映多日未到校，请核实”；没有逐日考勤", "contacts, last visit, an action card; no attendance"),
		neighbour.says(
			"邻村儿童主任，询问同一儿童", "child director of the next village, the same child", "查无此人", "not found"),
	}
}

func (d *District) otherCallers() []Caller {
	y := d.years
	ended := d.contractWorkers(2)[0]
	var left *child
	for _, k := range y.cases {
		if k.worker == ended && left == nil {
			left = k.child
		}
	}
	enrolled := y.enrolments[0]
	vaccines := d.vaccineChild()
	taoyuan, liutang, songgang := d.child(Taoyuan), d.child(Liutang), d.child(Songgang)
	return []Caller{
		d.caller("contractor-ended", ended, "CASE_MGMT", left).says(
			"合同已到期的社工", "social worker whose contract ended", "查无此人；日志记“合同已到期”", "not found; the log says that the contract has ended"),
		d.caller("contractor", d.contractWorkers(1)[0], "CASE_MGMT", liutang).says(
			"合同有效的社工，柳塘-02的个案", "social worker with a running contract, the case of Liutang-02",
			"个案所需的监护、走访和计划；没有身份证号", "guardianship, visits and plan of the case; no identity number"),
		d.caller("family-guide", enrolled.guide, "FAMILY_EDU", enrolled.child).says(
			"家庭教育指导员，登记家庭", "family-education guide, an enrolled family",
			"照护人、联系间隔分段；没有缺勤、健康和收入", "caregiver, contact band; no absence, health or income"),
		d.caller("clinic-doctor", d.clinicDoctor(vaccines.village.town), "CHILD_HEALTH", vaccines).says(
			"卫生院儿保医生，辖区待补种儿童", "clinic doctor, a resident child with vaccines due",
			"待补种清单、照护人电话（揭示）；没有家庭收入和走访内容", "vaccines due, caregiver's phone by reveal; no income, no visit text"),
		d.caller("director-conflict", d.director(d.child(Shiqiao).village), "VISIT", d.child(Shiqiao)).says(
			"石桥-03本村儿童主任，已申报亲属关系", "child director of Shiqiao-03, declared kin",
			"联系方式和走访安排；文字叙述因利益冲突不予", "contacts and plans; no narrative, for the conflict of interest"),
		d.caller("consultation", d.oneOf("DPS", 0), "CONSULTATION", d.child(Shiqiao)).says(
			"会商参与人（控辍保学专干），石桥-03，限期授权", "participant of the consultation on Shiqiao-03, a grant for seven days",
			"按授权可见走访文字，其余按本岗位", "the visit narrative by grant, else as in the own post"),
		d.caller("rights-officer", d.oneOf("RP", 0), "RIGHTS_CASE", taoyuan).says(
			"桃源-07的指定经办人（维权干部）", "named handler of the shielded Taoyuan-07 (rights officer)",
			"住址、保护令、报告内容；没有报告人身份", "address, order, report narrative; not who reported"),
		d.caller("case-manager", d.oneOf("CM", 0), "CASE_MGMT", taoyuan).says(
			"桃源-07的个案管理员（指定经办人）", "case manager and named handler of Taoyuan-07", "完整个案档案", "the whole case file"),
		d.caller("school-counsellor", songgang.school.counsellor, "PSYCH_SUPPORT", songgang).says(
			"松岗-06的心理教师，在办转介", "school psychologist of Songgang-06, open referral",
			"心理关注级别和转介状态；没有走访文字", "level and referral state; no visit text"),
		d.caller("supervisor", d.supervisor(d.child(Bailu).village.town), "VISIT_SUPERVISION", d.child(Bailu)).says(
			"阳逻街道儿童督导员", "child supervisor of Yangluo", "本镇街走访与评估", "visits and assessments of the township"),
		d.caller("auditor", d.oneOf("AUD", 0), "ACCESS_AUDIT", nil).says(
			"隐私审计员", "privacy auditor", "谁、何时、为何、看了哪些字段；没有姓名和内容", "who, when, why, which fields; no names, no values"),
		d.caller("leader", d.oneOf("STA", 0), "STATISTICS", nil).says(
			"分管领导", "leader", "年度指标表和分镇街计数，小单元显示为<5；没有任何儿童个人信息", "the yearly figures and suppressed counts; no child"),
		d.caller("dpo", d.oneOf("DPO", 0), "RIGHTS_REQUEST", d.years.asked().child).says(
			"个人信息保护负责人，监护人询问谁看过", "protection officer, a guardian asks who looked", "访问记录汇总，不含工作人员姓名", "the access log in summary, no staff names"),
		d.caller("dpo-embargo", d.oneOf("DPO", 0), "RIGHTS_REQUEST", taoyuan).says(
			"个人信息保护负责人，父亲询问谁看过", "protection officer, the father asks who looked", "桃源-07的访问记录（暂缓告知）", "the access log of Taoyuan-07, under embargo"),
		d.caller("administrator", d.oneOf("ADM", 0), "ACCESS_ADMIN", nil).says(
			"权限管理员（申请人）", "access administrator, who proposes", "岗位、人员、合同、接入系统、设定；没有任何儿童", "posts, people, contracts, clients, settings; no child"),
		d.caller("administrator-second", d.oneOf("ADM", 1), "ACCESS_ADMIN", nil).says(
			"权限管理员（批准人）", "second access administrator, who approves", "待批准的权限申请；不能批准自己提出或给自己的权限", "proposals that wait; never the own ones or for oneself"),
		d.caller("dpo-access", d.oneOf("DPO", 0), "ACCESS_ADMIN", nil).says(
			"个人信息保护负责人，批准权限申请", "protection officer, approves proposals of access", "待批准的权限申请", "proposals that wait"),
		d.caller("leader-access", d.oneOf("STA", 0), "ACCESS_ADMIN", nil).says(
			"分管领导，本季度确认岗位", "leader, confirms the posts of the quarter", "本单位负责的岗位，逐一确认或结束", "posts of the agencies answered for, to confirm or end"),
		d.caller("education-system", d.systemOf(Education), "DROPOUT_PREVENTION", nil).says(
			"教育局业务系统", "the education bureau's system", "按关联令牌查本区学生；不能批量导出", "pupils by join token; no bulk list"),
	}
}

// systemOf is the business system of an agency.
func (d *District) systemOf(agency string) *worker {
	for _, w := range d.byRole["SYS"] {
		if w.agency == d.bureaux[agency] {
			return w
		}
	}
	return nil
}

// vaccineChild is a resident child of kindergarten age with vaccines due.
func (d *District) vaccineChild() *child {
	for _, c := range d.children {
		if c.story == nil && c.registered() && c.stage == kindergarten && c.shield == "NONE" && immunisation(c, d) == "DUE" {
			return c
		}
	}
	return d.child(Wanghu)
}

// immunisation is the child's vaccination status.
func immunisation(c *child, d *District) string {
	if c.story != nil && c.story.id == Wanghu {
		return "DUE"
	}
	s := d.stream("immunisation", c.id)
	return []string{"COMPLETE", "DUE", "DEFERRED", "UNKNOWN"}[s.weighted([]float64{91, 5, 1, 3})]
}
