package demo

import "time"

func (d *District) governanceSheets() []sheet {
	y := d.years
	return []sheet{
		numbered("correction_request", `child_id coordinate state raised_on due_on agency_id resolved_on author_id author_agency_id
			recorded_on synthetic`, y.corrections, func(k *correction) []any {
			return []any{
				k.child.id, k.coordinate, k.state, k.raised, after(k.raised, 14), k.agency, orNull(k.resolved),
				k.author.id, k.author.agency, k.raised, true,
			}
		}),
		numbered("access_inquiry", `child_id requester_relation received_on state decision answered_on dpo_id withheld_basis author_id
			author_agency_id recorded_on synthetic`, y.inquiries, func(q *inquiry) []any {
			w := d.oneOf("DPO", 0)
			return []any{
				q.child.id, q.relation, q.received, q.state, q.decision, orNull(q.answered), w.id, q.withheld, w.id, w.agency, q.received, true,
			}
		}),
		numbered("guardian_correction", `child_id requester_relation received_on state coordinate reason erase standing identity_proof refusal answered_on dpo_id
			author_id author_agency_id recorded_on synthetic`, y.inquiries[1:min(5, len(y.inquiries))], d.guardianCorrection),
		numbered("action_card", "child_id text issued_by issued_on due_on done_on role author_id author_agency_id recorded_on synthetic",
			y.cards, func(k card) []any {
				return []any{
					k.child.id, k.text, k.issuedBy, k.issued, k.due, orNull(k.done), k.role, k.author.id, k.author.agency, k.issued, true,
				}
			}),
		numbered("catalogue_entry", "name provider sharing condition update_cycle law recorded_on synthetic", catalogue,
			func(e catalogueEntry) []any {
				return []any{e.name, e.provider, e.sharing, e.condition, e.update, e.law, d.day(-100), true}
			}),
	}
}

// guardianCorrection is a request for correction of somebody who has asked who looked:
// just in, checked, refused for want of a right, and answered.
func (d *District) guardianCorrection(q *inquiry) []any {
	w, day := d.oneOf("DPO", 0), d.day(-4)
	var standing, proof, refusal, answered any
	state := "RECEIVED"
	switch q {
	case d.years.inquiries[2]:
		state, standing, proof = "IDENTITY_CHECK", "GUARDIAN", "IDENTITY_CARD"
	case d.years.inquiries[3]:
		state, refusal = "DECIDED", "申请人不是该儿童的监护人，也没有监护人的书面授权。"
	case d.years.inquiries[min(4, len(d.years.inquiries)-1)]:
		state, refusal, answered = "DONE", "法院文书限制了申请人行使此项权利。", d.day(-1)
	}
	return []any{q.child.id, q.relation, day, state, "Child.hukouType", "与户口簿不一致", false, standing, proof, refusal, answered, w.id, w.id, w.agency, day, true}
}

// openingDay is when the term's opening check began.
func (d *District) openingDay() time.Time { return after(d.current.from, 7) }

// notSeen are three pupils of one school whom the opening check missed, of whom the
// last is still to be found out about; none before the check is over.
func (d *District) notSeen() []*child {
	if d.today.Before(after(d.openingDay(), 21)) {
		return nil
	}
	school := d.child(Bailu).class.school
	return d.sample("opening", 3, func(c *child) bool { return c.story == nil && c.class != nil && c.class.school == school })
}

// openingSheets are the term's opening check of one school.
func (d *District) openingSheets() []sheet {
	missed := d.notSeen()
	if len(missed) == 0 {
		return nil
	}
	class, day := d.child(Bailu).class, d.openingDay()
	return []sheet{
		listed("opening_run", "term_id finished_at", []int64{d.current.id}, func(id int64) []any { return []any{id, after(day, 21)} }),
		numbered("opening_check", "term_id school_id staff_id opened_on due_on", []*worker{class.teacher}, func(w *worker) []any {
			return []any{d.current.id, class.school.id, w.id, day, after(day, 14)}
		}),
		numbered("opening_absence", "child_id check_id term_id term due_on state outcome evidence settled_on settled_by recorded_on synthetic", missed, func(c *child) []any {
			row := []any{c.id, int64(1), d.current.id, d.current.code, after(day, 14), "NOT_SEEN", nil, nil, nil, nil, day, true}
			switch c {
			case missed[0]:
				copy(row[5:], []any{"SETTLED", "AT_SCHOOL", nil, after(day, 2), class.teacher.id})
			case missed[1]:
				copy(row[5:], []any{"SETTLED", "ENROLLED_ELSEWHERE", "ENROLMENT_PROOF", after(day, 9), class.teacher.id})
			}
			return row
		}),
	}
}

// statisticsSheets are what the yearly figures are counted from.
func (d *District) statisticsSheets() []sheet {
	y := d.years
	trained := append(append([]*worker{}, d.byRole["SUP"]...), d.byRole["DIR"]...)
	villages := d.villages()
	var sites []*village
	for i, v := range villages {
		if i%4 == 0 {
			sites = append(sites, v)
		}
	}
	return []sheet{
		listed("group_session", "id series kind held_on site attendance_count left_behind_ratio author_id synthetic township_id", y.events,
			func(e groupEvent) []any {
				leftBehind := 0
				for _, c := range e.children {
					if c.leftBehind() {
						leftBehind++
					}
				}
				ratio := float64(100*leftBehind/max(1, 2*len(e.children))) / 100
				return []any{e.id, e.series, e.code, e.day, e.site, 2 * len(e.children), ratio, e.worker.id, true, e.town.id}
			}),
		numbered("training", "title held_on audience township_id attendance_count author_id author_agency_id synthetic",
			append(d.guardianTrainings(), d.staffTrainings(trained)...), func(x trainingDay) []any {
				return []any{x.title, x.day, x.audience, x.town, x.attended, x.worker.id, x.worker.agency, true}
			}),
		numbered("training_record", "staff_id title trained_on synthetic", trained, func(w *worker) []any {
			return []any{w.id, trainingTitle(w.role), d.trainedOn(w), true}
		}),
		numbered("activity_site", "division_id kind activity_count synthetic", sites, func(v *village) []any {
			kind := "儿童之家"
			if v.id%3 == 0 {
				kind = "妇女儿童之家"
			}
			return []any{v.id, kind, int(v.id%9) + 2, true}
		}),
		numbered("proposal_reply", "number handling_class data_date", []int{proposalNumber}, func(n int) []any {
			return []any{n, "A", d.today}
		}),
	}
}

type catalogueEntry struct {
	name, provider, sharing, condition, update, law string
}

// catalogue is the directory of government data by group of fields.
var catalogue = []catalogueEntry{
	{"区划与机构名录", "CIVIL_AFFAIRS", "UNCONDITIONAL", "—", "变更时", "政务数据共享条例"},
	{"分镇街统计数（达到发布阈值）", "HUB", "UNCONDITIONAL", "小单元抑制规则", "每月", "政务数据共享条例"},
	{"儿童登记基本信息", "CIVIL_AFFAIRS", "CONDITIONAL", "限定用途清单和本辖区", "事件触发", "未成年人保护法第43条"},
	{"监护与照护信息", "CIVIL_AFFAIRS", "CONDITIONAL", "走访、个案管理、控辍保学明细", "事件触发", "未成年人保护法第22、23条"},
	{"走访记录", "CIVIL_AFFAIRS", "CONDITIONAL", "按关注类别路由", "事件触发", "未成年人保护法第43条"},
	{"学籍与就学状态", "EDUCATION", "CONDITIONAL", "控辍保学、走访（仅状态）、个案管理", "每日", "义务教育法第13条"},
	{"控辍保学台账", "EDUCATION", "CONDITIONAL", "预警参与人", "事件触发", "义务教育法第13、58条"},
	{"心理关注级别", "EDUCATION", "CONDITIONAL", "心理支持、会商授权（高度敏感）", "事件触发", "未成年人保护法第30条"},
	{"预防接种状态", "HEALTH", "CONDITIONAL", "儿童健康管理、入学查验", "每周", "疫苗管理法第48条"},
	{"残疾信息", "DISABLED_FEDERATION", "CONDITIONAL", "个案管理、临时救助、教育安置", "每月", "残疾人保障法"},
	{"家庭教育指导记录", "WOMENS_FEDERATION", "CONDITIONAL", "家庭教育指导、个案管理（有无）", "事件触发", "家庭教育促进法第30、35条"},
	{"结对信息", "WOMENS_FEDERATION", "CONDITIONAL", "结对关爱、走访", "事件触发", "个人信息保护法第29条"},
	{"维权与强制报告案件", "CIVIL_AFFAIRS", "CONDITIONAL", "仅案件参与人", "事件触发", "未成年人保护法第11、103条"},
	{"封存记录", "COURT", "NOT_SHARED", "不予共享", "—", "预防未成年人犯罪法第59条"},
	{"艾滋病相关身份信息", "HEALTH", "NOT_SHARED", "不予共享", "—", "艾滋病防治条例第39条"},
	{"收养关系", "CIVIL_AFFAIRS", "NOT_SHARED", "民政以外不予共享", "—", "民法典第1110条"},
}
