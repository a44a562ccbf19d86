package demo

import (
	"fmt"
	"time"

	form "github.com/tongxin-hub/tongxin/internal/relief"
)

func (d *District) protectionSheets() []sheet {
	y := d.years
	return []sheet{
		newSheet("consent_record", "id child_id kind given_by given_on withdrawn_on author_id author_agency_id recorded_on synthetic", d.consentRows),
		listed("mandatory_report", `id child_id category channel found_on received_on state immediate_danger police_notice_no guardian_suspected
			narrative injury reporter_unit reporter_person outcome feedback_given_on handler_id sealed_handler_id closed_on
			author_id author_agency_id recorded_on submitted_at supervisor_id planned_on synthetic assessed_safety assessed_guardianship assessed_body assessed_mind`, y.reports, d.reportRow),
		numbered("protection_step", `report_id kind words owner_id owner_role due_on state note noted_on done_on author_id author_agency_id
			recorded_on synthetic`, d.protectionSteps(), d.protectionRow),
		numbered("report_duty", "staff_id starts_at ends_at", d.byRole["CM"][:2], func(w *worker) []any {
			first := d.day(-3)
			if w == d.byRole["CM"][1] {
				first = d.day(4)
			}
			return []any{w.id, clock(first, 0, 0), clock(after(first, 7), 0, 0)}
		}),
		newSheet("temporary_custody", `id child_id ground placement_kind placement_location started_on ended_on author_id author_agency_id
			recorded_on synthetic`, d.custodyRows),
		listed("consultation", `id child_id topic convenor state convened_on participants decisions minutes author_id author_agency_id
			recorded_on synthetic proposer_id convenor_id closed_on`, y.consultations, d.consultationRow),
		newSheet("consultation_person", "consultation_id staff_id pledged_at", d.personRows),
		numbered("disclosure_grant", `child_id field granted_from granted_to approved_by revoked_on grantee_id author_id author_agency_id
			recorded_on synthetic consultation_id`, y.grants, func(g grant) []any {
			w := d.oneOf("DPO", 0)
			return []any{g.child.id, g.field, g.from, g.to, w.code, orNull(g.revoked), g.worker.id, w.id, w.agency, g.from, true, g.of.id}
		}),
	}
}

func (d *District) reportRow(r *report) []any {
	var police any
	if r.danger || r.category == "SUSPECTED_VIOLENCE" {
		police = fmt.Sprintf("演示警情-%04d", r.id)
	}
	w := r.reporter
	child, supervisor := any(r.child.id), any(d.supervisor(r.child.village.town).id)
	if r.child.shield == "FULL" || r.alone {
		supervisor = nil
	}
	if r.state == "CLOSED_UNFOUNDED" { // nothing of it stays with the child
		child = nil
	}
	found := []any{nil, nil, nil, nil}
	if !r.planned.IsZero() {
		found = []any{"CONCERN", "SERIOUS", "SAFE", "UNCLEAR"}
	}
	return append([]any{
		r.id, child, r.category, r.channel, r.found, r.found, r.state, r.danger, police, r.suspected, r.narrative, r.injury,
		d.agencies[w.agency-1].name, w.name, r.outcome, orNull(r.feedback), r.handler.id, r.handler.id, orNull(r.closed),
		w.id, w.agency, r.found, clock(r.found, 8, 0), supervisor, orNull(r.planned), true,
	}, found...)
}

// protectionStep is a step of the demo's plans; note is what came of one that is over.
type protectionStep struct {
	of                       *report
	kind, words, state, note string
	owner                    *worker
	role                     string
	days                     int
}

// protectionSteps: the plan of the shielded child is in the hands of its two handlers; of
// the plan that is done with, a doctor had one step and the desk another.
func (d *District) protectionSteps() []protectionStep {
	var out []protectionStep
	for _, r := range d.years.reports {
		switch {
		case r.child.id == Taoyuan:
			out = append(out, protectionStep{r, "HOME_SAFETY", "每周与孩子和母亲通话，确认居所安全", "PLANNED", "", r.handler, "CM", 25},
				protectionStep{r, "LEGAL", "协助母亲申请变更监护人，联系法律援助", "PLANNED", "", r.reporter, "RP", 40})
		case r.state == "FEEDBACK":
			out = append(out, protectionStep{r, "MEDICAL", "复查伤情，记录恢复情况", "DONE", "复查正常，伤处愈合", r.reporter, "HD", 14},
				protectionStep{r, "GUARDIANSHIP", "约谈监护人，签订监护责任书", "DONE", "已约谈并签订", r.handler, "CM", 10},
				protectionStep{r, "SCHOOL", "每天放学前看一眼孩子，每周与家长通话", "DONE", "坚持一个月，孩子情绪稳定", r.child.class.teacher, "HT", 20},
				protectionStep{r, "ECONOMIC", "协助申请临时救助", "DROPPED", "家庭已不需要", d.supervisor(r.child.village.town), "SUP", 20})
		}
	}
	return out
}

func (d *District) protectionRow(p protectionStep) []any {
	from, due := p.of.planned, d.day(p.days)
	var note, noted, done any
	if p.note != "" {
		due = after(from, p.days)
		note, noted = p.note, due
	}
	if p.state == "DONE" {
		done = due
	}
	return []any{
		p.of.id, p.kind, p.words, p.owner.id, p.role, due, p.state, note, noted, done, p.of.handler.id, p.of.handler.agency, from, true,
	}
}

func (d *District) custodyRows(yield func([]any) bool) {
	children := d.sample("custody", d.sizes.scaled(4, 1), func(c *child) bool { return c.registered() && c.risk == "RED" })
	for i, c := range children {
		w := d.oneOf("CM", int64(i))
		var ended any
		if i%3 == 2 {
			ended = d.day(-30)
		}
		place := []string{"区未成年人保护中心（演示）", "寄养家庭（演示）", "亲属家中（演示）"}[i%3]
		kind := []string{"PROTECTION_CENTRE", "FOSTER", "KIN"}[i%3]
		ground := []string{"GUARDIAN_UNABLE", "GUARDIAN_ABSENT", "HARMED"}[i%3]
		if !yield([]any{int64(i + 1), c.id, ground, kind, place, d.day(-70 - i), ended, w.id, w.agency, d.day(-70 - i), true}) {
			return
		}
	}
}

func (d *District) consultationRow(k *consultation) []any {
	var people []string
	for _, w := range k.people {
		people = append(people, w.code)
	}
	var decisions, minutes, closed any
	if k.state == "CLOSED" {
		closed = after(k.convened, 6)
		decisions = "各部门按分工落实，两周后回访。"
		if k.partly {
			decisions = "部分字段未获来源部门同意，其余按分工落实。"
		}
		minutes = "会议逐项核对事实，听取了孩子的意见。"
	}
	w := k.people[0]
	return []any{
		k.id, k.child.id, k.topic, d.agencies[w.agency-1].name, k.state, k.convened, people, decisions, minutes, w.id, w.agency, k.convened, true, w.id, w.id, closed,
	}
}

// personRows are the people of the meetings, all of whom have pledged secrecy.
func (d *District) personRows(yield func([]any) bool) {
	for _, k := range d.years.consultations {
		for _, w := range k.people {
			if !yield([]any{k.id, w.id, clock(k.convened, 9, 0)}) {
				return
			}
		}
	}
}

func (d *District) reliefRow(r *relief) []any {
	s := d.stream("relief row", r.id)
	publicity, quiet, refusal, economy, notice := "PUBLIC", "", "", "", ""
	var advance any
	var advanced time.Time
	checked := r.state != "NEED_FOUND" && r.state != "APPLIED"
	if r.quiet {
		publicity, quiet = "NO_PUBLICITY", pick(s, []string{"CHILD_SAFETY", "CHILD_PRIVACY", "SELF_ESTEEM"})
	}
	if checked {
		economy = "WITHIN"
	}
	if r.urgent && checked {
		economy, advanced, advance = "NOT_NEEDED", after(r.applied, 1), float64(min(r.amount, 1000))
	}
	state, paid := r.state, r.paid
	if early := r.id == 6 || r.id == 8 || r.id == 11; early && state == "CLOSED" || state == "REFUSED" { // also in a small district
		state, paid, economy = "REFUSED", time.Time{}, "ABOVE"
		refusal = []string{"NOT_ELIGIBLE", "DUPLICATE", "EVIDENCE_MISSING", "WITHDRAWN"}[r.id%4]
	}
	if checked && r.state != "CHECKING" && !r.quiet {
		until := after(r.applied, 10)
		notice = form.Notice{
			Township: r.child.village.town.name, Reason: r.reason, Amount: float64(r.amount),
			From: after(r.applied, 5).Format(time.DateOnly), Until: until.Format(time.DateOnly),
		}.Text()
	}
	objected, answered, ground, outcome := any(nil), any(nil), any(nil), any(nil)
	if notice != "" && (r.state == "CLOSED" || r.state == "PAID") && r.id%3 == 0 { // what failed, or was checked anew
		objected, answered = after(r.applied, 6), after(r.applied, 8)
		ground, outcome = []string{[]string{"ECONOMY", "FACTS", "DUPLICATE", "OTHER"}[r.id/3%4]}, []string{"REJECTED", "UPHELD"}[r.id/3%2]
	}
	w := r.handler
	return []any{
		r.id, r.child.id, r.reason, r.urgent, r.applied, state, r.applicantRelation, publicity, orNull(r.decided), orNull(paid),
		float64(r.amount), d.stream("account", r.id).account(), w.id, w.id, w.agency, r.applied, textOrNull(economy), textOrNull(quiet),
		textOrNull(refusal), orNull(advanced), advance, textOrNull(notice), objected, ground, outcome, answered, true,
	}
}

func (d *District) reliefSheets() []sheet {
	y := d.years
	return []sheet{
		listed("relief_application", `id child_id reason urgent applied_on state applicant_relation publicity decided_on paid_on amount account
			handler_id author_id author_agency_id recorded_on economy no_publicity_reason refusal advanced_on advance_amount notice
			objected_on objection_grounds objection_outcome objection_answered_on synthetic`, y.reliefs, d.reliefRow),
		d.planSheet(), newSheet("support_step", "id plan_id no what correction_what due_on done_on result recorded_on synthetic", d.stepRows),
		d.counted("service_referral", "child_id from_agency to_agency need state feedback author_id author_agency_id recorded_on synthetic",
			d.serviceReferralRows),
		d.counted("need_match", "child_id need resource value matched_on author_id author_agency_id recorded_on synthetic state delivered_on wanted_until", d.matchRows),
		newSheet("activity_attendance", "id child_id title held_on place_kind group_session_id author_id author_agency_id recorded_on synthetic",
			d.activityRows),
		numbered("transfer_request", "child_id from_area to_area kind state requested_on received_on author_id author_agency_id recorded_on synthetic",
			y.transfers, func(t transfer) []any {
				w := d.director(t.child.hukou)
				return []any{t.child.id, t.from, t.to, "WITHIN", t.state, t.requested, orNull(t.received), w.id, w.agency, t.requested, true}
			}),
	}
}

// planSheet are the plans of support; those of correction are few.
func (d *District) planSheet() sheet {
	return d.counted("support_plan", `child_id service owner_agency due_on state outcome author_id author_agency_id recorded_on synthetic
		aim responsible_id opened_on review_on progress child_heard ended_on is_correction correction_aim dropped_because`, d.planRows)
}

// stepRows are two steps of every plan, done where the plan is.
func (d *District) stepRows(yield func([]any) bool) {
	const service, due, state, recorded = 2, 4, 5, 9 // places in a row of the plan's sheet
	steps := map[any][]string{                       // of correction without a service
		"EDUCATION": {"与班主任商定课后辅导", "每两周回访学习情况"}, "COUNSELLING": {"约定辅导时间并告知监护人", "四次辅导后会同评估"},
		nil: {"与家长签订陪伴约定", "每周一次行为小结"}, "RELIEF": {"协助备齐申请材料", "跟踪发放情况"},
	}
	var id int64
	for plan := range d.planSheet().rows {
		for i, what := range steps[plan[service]] {
			id++
			done, result := any(nil), any(nil)
			if plan[state] == "DONE" {
				done, result = plan[recorded], []string{"DONE", "DONE", "PARTLY", "DONE", "NOT_POSSIBLE"}[id%5]
			}
			text, restricted := any(what), any(nil)
			if plan[service] == nil {
				text, restricted = nil, what
			}
			if !yield([]any{id, plan[0], i + 1, text, restricted, plan[due], done, result, plan[recorded], true}) {
				return
			}
		}
	}
}

func (d *District) planRows(c *child, s stream, add func(...any)) {
	if !c.registered() || !(c.risk == "RED" || c.risk == "ORANGE" || c.hardship() && s.chance(0.3)) {
		return
	}
	w := d.oneOf("CM", c.id)
	for range s.between(1, 2) {
		service, owner := pick(s, []string{"EDUCATION", "COUNSELLING", "RELIEF"}), CivilAffairs
		if service == "EDUCATION" {
			owner = Education
		}
		state, outcome := "OPEN", any(nil)
		if s.chance(0.5) {
			state, outcome = "DONE", "已落实"
		}
		dropped := any(nil)
		switch {
		case state == "OPEN" && c.id%5 == 1:
			state = "PROPOSED"
		case state == "OPEN" && c.id%7 == 2:
			state = "RETURNED"
		case state == "OPEN" && c.id%5 == 2:
			state, dropped = "DROPPED", []string{"MOVED", "DECLINED", "REPLACED", "NO_NEED"}[c.id/5%4]
		}
		due, made := d.day(s.between(-60, 60)), d.recorded(s)
		if service == "EDUCATION" && c.id%11 == 0 {
			service = "CORRECTION"
		}
		if service == "CORRECTION" {
			outcome = nil
		}
		review, ended := any(d.day(s.between(1, 30))), any(nil)
		if state == "DONE" || state == "DROPPED" {
			review, ended = nil, made
		}
		aim, kind, restricted := any(map[string]string{"EDUCATION": "学习习惯稳定，按时到校", "COUNSELLING": "情绪平稳，愿意求助", "CORRECTION": "改正不良行为，亲子约定落实", "RELIEF": "家庭基本生活有保障"}[service]), any(service), any(nil)
		if service == "CORRECTION" {
			aim, kind, restricted = nil, nil, aim
		}
		add(c.id, kind, d.agencies[d.bureaux[owner]-1].name, due, state, outcome, w.id, w.agency, made, true,
			aim, d.doer(c).id, made, review, pick(s, []string{"ON_TRACK", "ON_TRACK", "SLOW", "NO_EFFECT"}), true, ended, service == "CORRECTION", restricted, dropped)
	}
}

// doer is responsible for the plans of a child: its director, or the supervisor where
// the director has declared a conflict of interest.
func (d *District) doer(c *child) *worker {
	w := d.director(c.village)
	for _, k := range d.years.conflicts {
		if k.child == c && k.worker == w {
			return d.supervisor(c.village.town)
		}
	}
	return w
}

func (d *District) serviceReferralRows(c *child, s stream, add func(...any)) {
	if !c.registered() || c.risk == "GREEN" || !s.chance(0.1) {
		return
	}
	w := d.supervisor(c.village.town)
	add(c.id, c.village.town.name, d.agencies[d.bureaux[Education]-1].name, pick(s, []string{"EDUCATION", "COUNSELLING"}),
		pick(s, []string{"SENT", "ACCEPTED", "DONE", "DONE", "RETURNED"}), nil, w.id, w.agency, d.recorded(s), true)
}

// matchRows are needs that were met, and some that are still on the board.
func (d *District) matchRows(c *child, s stream, add func(...any)) {
	if !c.hardship() || !s.chance(0.2) {
		return
	}
	w := d.oneOf("CM", c.id)
	need, resource := pick(s, []string{"STUDY_AID", "LIVING_AID", "MEDICAL_AID", "COMPANY", "TUTORING"}), any(pick(s, []string{"FUNDS", "GOODS", "SERVICE"}))
	value, matched := any(float64(100*s.between(1, 20))), any(d.day(-s.between(10, 300)))
	state, delivered, wanted, recorded := "DELIVERED", matched, any(nil), d.recorded(s)
	if c.id%4 == 0 {
		state, delivered, wanted, resource, value, matched = "PUBLISHED", nil, d.day(60), nil, nil, nil
	}
	add(c.id, need, resource, value, matched, w.id, w.agency, recorded, true, state, delivered, wanted)
}

func (d *District) activityRows(yield func([]any) bool) {
	var id int64
	for _, e := range d.years.events {
		for _, c := range e.children {
			id++
			if !yield([]any{id, c.id, e.series + "·" + e.kind, e.day, "SCHOOL", e.id, e.worker.id, e.worker.agency, e.day, true}) {
				return
			}
		}
	}
}
