package demo

import (
	"strconv"
	"time"
)

func (d *District) educationSheets() []sheet {
	return []sheet{
		d.counted("enrolment", `child_id stage grade class_no student_no status boarding not_in_school_category absent_run_days
			absent_since absence_category special_placement edu_left_behind_flag edu_left_behind_term school_care school_id class_id
			current recorded_on synthetic`, d.enrolmentRows),
		listed("dropout_case", `id child_id ledger stage found_on reason absent_run_days responsible_persons due_on outcome cancelled_on
			author_id author_agency_id recorded_on synthetic school_id officer_id suspected_on township_on confirmed_on returned_on watch_until
			settled_on evidence`, d.years.dropouts, d.dropoutRow),
		newSheet("persuasion_visit", "id dropout_case_id visited_on persons place_kind result next_step recorded_on synthetic", d.persuasionRows),
		newSheet("dropout_order", "id child_id kind issued_on due_on author_id author_agency_id recorded_on synthetic", d.orderRows),
		d.counted("education_aid", `child_id kind term_code author_id author_agency_id recorded_on state consent_relation consent_on child_view
			submitted_on decider_id missing decided_on refusal valid_until withdrawal synthetic`, d.aidRows),
	}
}

// enrolPupils gives pupils their student number and the school's own flag: 6 % of
// the registered pupils are not flagged.
func (d *District) enrolPupils() {
	for _, c := range d.children {
		s := d.stream("enrol", c.id)
		if c.kind == duplicate || c.stage == noSchool {
			continue
		}
		switch {
		case c.citizenID == "" || s.chance(0.007):
			body := areaPrefix + c.birth.Format("20060102") + strconv.Itoa(900+s.IntN(100))
			c.studentNo = "L" + withCheckDigit(body)
		default:
			c.studentNo = "G" + c.citizenID
		}
		school := c.stage == primary || c.stage == junior || c.stage == senior
		c.flagged = school && (c.kind == flaggedOnly || c.leftBehind() && !s.chance(0.06) || c.story != nil && c.leftBehind())
	}
}

func (d *District) enrolmentRows(c *child, s stream, add func(...any)) {
	if c.kind == duplicate {
		return
	}
	if c.class == nil {
		add(c.id, noSchool, nil, nil, nil, "NO_ENROLMENT", nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, true, d.recorded(s), true)
		return
	}
	boards := map[string]float64{primary: 0.06, junior: 0.38, senior: 0.8}[c.stage]
	boarding := "DAY"
	if s.chance(boards) {
		boarding = "BOARDING"
	}
	var boardingValue any = boarding
	if s.chance(0.03) {
		boardingValue = "NOT_COLLECTED"
	}
	status := []string{"ENROLLED", "RESUMED", "TRANSFERRING_OUT", "TRANSFERRING_IN", "SUSPENDED"}[s.weighted([]float64{97.6, 0.8, 0.5, 0.5, 0.6})]
	var absent, category, since, away any = 0, nil, nil, nil
	switch {
	case d.openCase(c) != nil:
		o := d.openCase(c)
		status, absent, since = "ENROLLED", o.absent, d.schoolDaysBack(o.absent)
		category = "UNKNOWN"
		if o.stage != "PHONE_CHECK" {
			category, away = "UNWILLING", "SUSPECTED_DROPOUT"
		}
	case status == "SUSPENDED":
		away = "SUSPENDED"
	case s.chance(0.03):
		absent, category = s.between(1, 2), []string{"ILLNESS", "ILLNESS", "PERSONAL", "MENTAL"}[s.IntN(4)]
		since = d.schoolDaysBack(absent.(int))
	case s.chance(0.012):
		away = pick(s, []string{"LONG_LEAVE", "SPECIAL_SCHOOLING", "SPECIAL_EDUCATION", "GUEST_STUDY"})
	}
	placement := "NONE"
	if disability(c, d) != "NONE" {
		placement = pick(s, []string{"REGULAR_CLASS", "REGULAR_CLASS", "HOME_TEACHING", "SPECIAL_SCHOOL"})
	}
	var care any
	if c.flagged {
		care = []string{pick(s, []string{"MENTOR", "PEER", "FAMILY_CALL", "AFTER_SCHOOL"})}
	}
	add(c.id, c.stage, c.year, c.class.no, c.studentNo, status, boardingValue, away, absent, since, category, placement,
		c.flagged, d.current.code, care, c.school.id, c.class.id, true, d.recorded(s), true)
	if k := c.lastClass; k != nil {
		add(c.id, c.stage, k.year, k.no, c.studentNo, "ENROLLED", boardingValue, nil, 0, nil, nil, placement,
			c.flagged, d.last.code, care, c.school.id, k.id, false, d.last.to, true)
	}
}

// openCase is the child's open dropout case.
func (d *District) openCase(c *child) *dropout {
	for _, o := range d.years.dropouts[:cancelledCase] {
		if o.child == c {
			return o
		}
	}
	return nil
}

func (d *District) dropoutRow(o *dropout) []any {
	persons := []string{o.officer.code, o.child.class.teacher.code}
	if o.ledger != "SCHOOL_AGE" {
		persons = append(persons, d.supervisor(o.child.village.town).code, d.director(o.child.village).code)
	}
	writer := o.child.class.teacher
	return []any{
		o.id, o.child.id, o.ledger, o.stage, o.found, o.reason, o.absent, persons, after(o.found, 5), o.outcome, orNull(o.cancelled),
		writer.id, writer.agency, o.found, true, o.child.school.id, o.officer.id, orNull(o.passed("SUSPECTED", 7)), orNull(o.township()),
		orNull(o.passed("DROPOUT", 25)), orNull(o.ended("RETURNED")), orNull(o.watched()), orNull(o.ended("TRANSFERRED")), o.proof(),
	}
}

// passed is when the case entered a ledger, so many days after it was found.
func (o *dropout) passed(ledger string, days int) (on time.Time) {
	if o.ledger == ledger || o.ledger == "DROPOUT" {
		on = after(o.found, days)
	}
	return on
}

// township is when the township took over.
func (o *dropout) township() (on time.Time) {
	if o.stage == "TOWNSHIP_PERSUASION" {
		on = after(o.found, 9)
	}
	return on
}

// ended is the day on which an outcome was reached, four weeks before the case was
// cancelled or, where it was shorter, when it was found.
func (o *dropout) ended(outcome string) (on time.Time) {
	if o.open() || o.outcome != outcome {
		return on
	}
	if on = after(o.cancelled, -28); on.Before(o.found) {
		on = o.found
	}
	return on
}

func (o *dropout) watched() (on time.Time) {
	if !o.ended("RETURNED").IsZero() {
		on = o.cancelled
	}
	return on
}

func (o *dropout) proof() any {
	if o.outcome == "TRANSFERRED" {
		return "ENROLMENT_PROOF"
	}
	return nil
}

// persuasionRows: nobody has been at the door while the phone is checked.
func (d *District) persuasionRows(yield func([]any) bool) {
	var id int64
	for _, o := range d.years.dropouts {
		s := d.stream("persuasion", o.id)
		n := map[string]int{"SCHOOL_AGE": 1, "SUSPECTED": 2, "DROPOUT": 4}[o.ledger]
		if o.stage == "PHONE_CHECK" {
			n = 0
		}
		for i := range n {
			id++
			result := pick(s, []string{"UNDECIDED", "UNDECIDED", "REFUSED", "NOT_FOUND"})
			if i == n-1 && !o.open() {
				result = "AGREED"
			}
			on := after(o.found, 2+i*4)
			if on.After(d.today) {
				on = d.today
			}
			row := []any{
				id, o.id, on,
				[]string{o.child.class.teacher.code, d.director(o.child.village).code},
				pick(s, []string{"HOME", "HOME", "VILLAGE_OFFICE"}), result, "继续联系照护人", on, true,
			}
			if !yield(row) {
				return
			}
		}
	}
}

// orderRows: each confirmed dropout had a return notice.
func (d *District) orderRows(yield func([]any) bool) {
	var id int64
	for _, o := range d.years.dropouts {
		if o.ledger != "DROPOUT" {
			continue
		}
		id++
		w := d.supervisor(o.child.village.town)
		kind := []string{"RETURN_NOTICE", "ORDER"}[(id-1)%2]
		if !yield([]any{id, o.child.id, kind, after(o.found, 20), after(o.found, 35), w.id, w.agency, after(o.found, 20), true}) {
			return
		}
	}
}

func (d *District) aidRows(c *child, s stream, add func(...any)) {
	if c.class == nil || !c.hardship() || !s.chance(0.8) {
		return
	}
	w := c.class.teacher
	kind := pick(s, []string{"LIVING_ALLOWANCE", "FEE_WAIVER", "GRANT", "MEAL"})
	officer := d.oneOf("DPS", 0)
	row := func(m term, on time.Time, a aidCourse) {
		until := any(nil)
		if a.state == "APPROVED" {
			until = m.to
		}
		consent, view, given := any("MOTHER"), any(pick(s, []string{"AGREES", "AGREES", "UNDECIDED"})), any(on)
		if a.state == "PROPOSED" {
			consent, view, given = nil, nil, nil
		}
		decided, decider := any(nil), any(officer.id)
		switch a.state {
		case "PROPOSED":
			decider = nil
		case "APPROVED", "REFUSED", "CLOSED":
			decided = on
		}
		add(c.id, kind, m.code, w.id, w.agency, on, a.state, consent, given, view, given, decider, textOrNull(a.missing), decided, textOrNull(a.refusal), until, textOrNull(a.withdrawal), true)
	}
	row(d.last, d.last.from, aidCourse{state: "APPROVED"})
	if s.chance(0.7) {
		row(d.current, d.recorded(s), courseOf(c.id))
	}
}

// aidCourse is how far an application for education aid came.
type aidCourse struct{ state, missing, refusal, withdrawal string }

// courseOf spreads the children over what can become of an application.
func courseOf(child int64) aidCourse {
	n := int(child/7) % 4
	switch child % 7 {
	case 0:
		return aidCourse{state: "WITHDRAWN", withdrawal: [...]string{"GUARDIAN_REFUSED", "LEFT_SCHOOL", "MISTAKE", "GUARDIAN_WITHDREW"}[n]}
	case 1:
		return aidCourse{state: "RETURNED", missing: [...]string{"ENROLMENT_PROOF", "ELIGIBILITY_PROOF", "ACCOUNT", "OTHER"}[n]}
	case 2:
		return aidCourse{state: [...]string{"CLOSED", "REFUSED"}[n%2], refusal: [...]string{"NOT_ELIGIBLE", "DUPLICATE", "PAPERS_MISSING", "TERM_OVER"}[n]}
	case 3:
		return aidCourse{state: "PROPOSED"}
	default:
		return aidCourse{state: "APPROVED"}
	}
}

func (d *District) psychologySheets() []sheet {
	y := d.years
	return []sheet{
		d.perChild("psychology", "child_id screened_on level file_exists in_crisis guardian_informed_on recorded_on synthetic",
			func(c *child, s stream, add func(...any)) {
				if c.psychLevel < 0 {
					return
				}
				crisis := c.story != nil && c.story.id == Songgang
				var informed any
				if c.psychLevel == 2 || c.psychLevel == 3 && !crisis {
					informed = d.day(-s.between(5, 60))
				}
				on := d.day(-s.between(7, 50))
				add(c.id, on, "LEVEL_"+strconv.Itoa(c.psychLevel), c.psychLevel >= 2, crisis, informed, on, true)
			}),
		listed("psych_referral", `id child_id from_unit to_unit state opened_on first_seen_on advice guardian_informed_on guardian_consent
			closed_on to_school_id assignee_id author_id author_agency_id recorded_on source urgent level consent_basis unreachable_tries
			child_view measures escort outcome synthetic`, y.referrals, func(r *referral) []any {
			var advice any
			basis, tries := "GUARDIAN", 0
			if !r.consent { // the guardian is out of reach
				basis, tries = "EMERGENCY", 2
			}
			if r.advice != "" {
				advice = r.advice
			}
			return []any{
				r.id, r.child.id, r.child.school.name, r.to, r.state, r.opened, orNull(r.seen), advice, orNull(r.informed), r.consent,
				orNull(r.closed), r.school, r.worker.id, r.sender.id, r.sender.agency, r.opened, r.source, r.level == 3,
				"LEVEL_" + strconv.Itoa(r.level), basis, tries, textOrNull(r.view), r.measures, textOrNull(r.escort), textOrNull(r.result), true,
			}
		}),
		listed("counselling_session", "id held_on counsellor_id mode synthetic", y.sessions, func(x session) []any {
			return []any{x.id, x.day, x.worker.id, "IN_PERSON", true}
		}),
		numbered("counselling_attendance", "child_id attended_on mode session_id author_id author_agency_id recorded_on synthetic",
			y.counselled, func(a attendance) []any {
				w := a.session.worker
				return []any{a.child.id, a.session.day, "IN_PERSON", a.session.id, w.id, w.agency, a.session.day, true}
			}),
	}
}
