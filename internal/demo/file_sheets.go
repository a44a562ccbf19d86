package demo

import (
	"slices"
	"strconv"
	"time"
)

// oneDay is the length of a day; China has no summer time.
const oneDay = 24 * time.Hour

// recorded is the day on which a row of a child was last written.
func (d *District) recorded(s stream) time.Time { return d.day(-s.between(0, 180)) }

// fileSheets are the child and its registration.
func (d *District) fileSheets() []sheet {
	return []sheet{
		d.perChild("child", `id name citizen_id id_doc_type sex birth_date ethnicity hukou_type residence_address same_as_hukou shield
			residence_village_id residence_township_id hukou_village_id hukou_township_id care_contact_phone recorded_on synthetic`,
			d.childRow),
		d.perChild("registration", `child_id kinds status left_behind left_behind_since care_reason definition_version reverify_on
			registered_on hardship_groups unattended_reasons unattended_group sealed_group adoption risk_level risk_confirmed_by
			exit_reason exited_on nomination_source recorded_on synthetic`, d.registrationRow),
		d.perChild("merge_proposal", "child_id known_id ground differs state refusal proposed_on decided_on recorded_on synthetic", d.mergeRows()),
	}
}

// mergeRows are what a supervisor was asked about children that a second village claims:
// some are decided, some wait.
func (d *District) mergeRows() func(c *child, _ stream, add func(...any)) {
	n := 0
	return func(c *child, _ stream, add func(...any)) {
		if c.twin == nil {
			return
		}
		state, asked := "PROPOSED", d.day(-20)
		var refusal, decided any
		if n%4 > 0 {
			state, decided = "REFUSED", d.day(-10)
			refusal = []string{"ANOTHER_CHILD", "NUMBER_WRONG", "CANNOT_TELL"}[n%4-1]
		}
		n++
		add(c.id, c.twin.id, "SAME_NUMBER", []string{"VILLAGE"}, state, refusal, asked, decided, asked, true)
		// Before that, the number of another child was given by mistake.
		other := d.children[slices.IndexFunc(d.children, func(o *child) bool { return o.shield == "NONE" && o.story == nil && o.village != c.twin.village })]
		add(c.twin.id, other.id, "SAME_NUMBER", differing(c.twin, other), "REFUSED", "NUMBER_WRONG", d.day(-200), d.day(-195), d.day(-200), true)
	}
}

// differing are the facts of a nomination in which two children differ.
func differing(a, b *child) []string {
	out := []string{"NAME"}
	for fact, differs := range map[string]bool{"SEX": a.sex != b.sex, "BIRTH_DATE": !a.birth.Equal(b.birth), "VILLAGE": a.village != b.village} {
		if differs {
			out = append(out, fact)
		}
	}
	slices.Sort(out)
	return out
}

// none is an empty list for a nil one: known to hold nothing, not unknown.
func none(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

func (d *District) childRow(c *child, s stream, add func(...any)) {
	var citizenID any
	if c.citizenID != "" {
		citizenID = c.citizenID
	}
	ethnicity := []string{"汉族", "土家族", "回族", "苗族"}[s.weighted([]float64{98.6, 0.8, 0.3, 0.3})]
	address := c.village.town.name + c.village.name + strconv.Itoa(s.between(1, 12)) + "组"
	school := c.phone
	if c.stale {
		school = s.phone()
	}
	var hukouVillage, hukouTown any = c.hukou.id, c.hukou.town.id
	if c.hukouType == "NONE" {
		hukouVillage, hukouTown = nil, nil
	}
	add(c.id, c.name, citizenID, c.docType, c.sex, c.birth, s.known(ethnicity, c.gap(0.03)), c.hukouType, address,
		c.hukou == c.village, c.shield, c.village.id, c.village.town.id, hukouVillage, hukouTown, school, d.recorded(s), true)
}

func (d *District) registrationRow(c *child, s stream, add func(...any)) {
	var kinds []string
	if c.leftBehind() || c.kind == duplicate {
		kinds = append(kinds, "LEFT_BEHIND")
	}
	if c.hardship() {
		kinds = append(kinds, "HARDSHIP")
	}
	if c.kind == exited {
		kinds = []string{"LEFT_BEHIND"}
	}
	if c.kind == flaggedOnly && s.chance(0.04) {
		kinds = append(kinds, "MIGRANT")
	}
	var since, sealed, registered, risk, confirmed, reason, reverify any
	if c.careReason != "" {
		since, reason = c.since, s.known(c.careReason, c.gap(0.03))
	}
	if c.kind == flaggedOnly {
		since = c.since
	}
	if c.registered() || c.kind == exited {
		registered, reverify = d.registeredOn(c), d.day(s.between(5, 180))
	}
	if len(c.groups) > 0 && c.groups[0] == "SEALED" {
		sealed = "SEALED"
	}
	if c.risk != "" {
		risk, confirmed = c.risk, d.supervisor(c.village.town).code
	}
	adoption := []string{"NONE", "ADOPTED", "FOSTER"}[s.weighted([]float64{98.8, 0.7, 0.5})]
	var exit any
	if c.exitReason != "" {
		exit = c.exitReason
	}
	add(c.id, none(kinds), c.status, c.leftBehind() || c.kind == duplicate, since, reason, "HB-2024", reverify, registered, none(c.groups), none(c.reasons),
		unattendedGroup(c.reasons), sealed, s.known(adoption, c.gap(0.02)), risk, confirmed, exit, orNull(c.exitedOn), sources()[c.id%5], d.recorded(s), true)
}

// sources are the ways by which a nominator came to know of a child.
func sources() []string {
	return []string{"HOME_VISIT", "SCHOOL", "CLINIC", "FAMILY_EDUCATION", "TOLD"}
}

// familySheets are who cares for the child and how well.
func (d *District) familySheets() []sheet {
	return []sheet{
		d.perChild("guardianship", `child_id kind notice_to_school_on notice_to_village_on agreement_signed_on agreement_valid_to
			agreement_ref last_parent_contact_on living_alone income_source assistance_status improper_care recorded_on synthetic`,
			d.guardianshipRow),
		d.counted("guardian", `child_id name relation phone workplace_city workplace_province away_since circumstances
			circumstance_group author_id author_agency_id recorded_on synthetic`, d.guardianRows),
		d.counted("caregiver", `child_id name relation phone age health_code suitable author_id author_agency_id recorded_on synthetic`,
			d.caregiverRow),
		d.perChild("guardianship_assessment", `id child_id standard grade assessed_on valid_until author_id author_agency_id
			recorded_on synthetic`, d.assessmentRow),
		d.counted("assessment_item", "assessment_id code score recorded_on synthetic", d.itemRows),
	}
}

func (d *District) guardianshipRow(c *child, s stream, add func(...any)) {
	contact := s.between(0, 7)
	switch s.weighted([]float64{75, 18, 7}) {
	case 1:
		contact = s.between(8, 30)
	case 2:
		contact = s.between(31, 200)
	}
	var school, village, signed, until, ref, assistance, improper any
	if c.leftBehind() && s.chance(0.88) {
		on := after(d.registeredOn(c), s.between(0, 20))
		signed, village, until, ref = on, on, on.AddDate(1, 0, 0), "照护确认-"+strconv.FormatInt(c.id, 10)
		if c.school != nil {
			school = after(on, 3)
		}
	}
	switch {
	case c.hardship() && s.chance(0.7):
		assistance = []string{[]string{"DIBAO", "DIBAO", "TEKUN", "DIBAO_MARGIN", "POVERTY_WATCH"}[s.IntN(5)]}
	case s.chance(0.08):
		assistance = []string{"DIBAO"}
	case s.chance(0.95):
		assistance = []string{"NONE"}
	}
	improper = []string{}
	if c.grade == "IMPROPER" {
		improper = []string{pick(s, []string{"NEGLECT", "NEGLECT", "DOMESTIC_VIOLENCE", "ABANDONMENT", "OTHER"})}
	}
	alone := c.story != nil && c.story.id == Liutang || c.risk == "RED" && c.story == nil && s.chance(0.15)
	if c.story != nil && c.story.id == Songgang {
		contact = 74
	}
	income := []string{"MIGRANT_WORK", "FARMING", "RELIEF", "KIN_SUPPORT"}[s.weighted([]float64{80, 10, 7, 3})]
	add(c.id, c.guardianshipKind, school, village, signed, until, ref, s.known(d.day(-contact), c.gap(0.03)), alone,
		s.known(income, c.gap(0.05)), assistance, improper, d.recorded(s), true)
}

// guardianRows are father and mother: who is away, where, since when, or why the
// one at home cannot care.
func (d *District) guardianRows(c *child, s stream, add func(...any)) {
	writer := d.director(c.village)
	away := [2]bool{c.leftBehind(), c.leftBehind()}
	unable := [2]bool{}
	home := s.IntN(2)
	switch c.careReason {
	case "ONE_AWAY_OTHER_UNABLE":
		away[home], unable[home] = false, true
	case "BOTH_UNABLE":
		unable = [2]bool{true, true}
	}
	if c.kind == flaggedOnly {
		away[0], away[1] = c.story == nil && s.chance(0.3), true
	}
	for i, relation := range []string{"FATHER", "MOTHER"} {
		name := s.adult(c.surname, false)
		if i == 1 {
			name = s.adult(s.surname(surnameWeights()), true)
		}
		var city, province, since, circumstances, group any
		if away[i] {
			city, province, since = s.known(c.city, c.gap(0.03)), c.province, c.since.Format("2006-01")
		}
		if unable[i] {
			circumstances, group = circumstance(s)
		}
		if len(c.reasons) > i {
			for _, u := range unattendedReasons {
				if u.reason == c.reasons[i] {
					circumstances, group = []string{u.circumstance}, map[string]string{"ABSENCE": "LEGAL", "INCAPACITY": "HEALTH", "LOSS": "MARRIAGE"}[u.group]
				}
			}
		}
		phone := s.phone()
		if c.relation == relation {
			phone = c.phone
		}
		add(c.id, name, relation, s.known(phone, c.gap(0.04)), city, province, since, circumstances, group,
			writer.id, writer.agency, d.recorded(s), true)
	}
}

func circumstance(s stream) (kinds, group any) {
	all := []struct{ kind, group string }{
		{"ILLNESS", "HEALTH"}, {"ILLNESS", "HEALTH"}, {"DISABILITY", "HEALTH"}, {"DIVORCED", "MARRIAGE"}, {"REMARRIED", "MARRIAGE"}, {"WIDOWED", "MARRIAGE"}, {"OFFENCE", "LEGAL"}, {"MISSING", "OTHER"},
	}
	chosen := pick(s, all)
	return []string{chosen.kind}, chosen.group
}

func (d *District) caregiverRow(c *child, s stream, add func(...any)) {
	writer := d.director(c.village)
	age := min(max(int(58+8*s.NormFloat64()+0.5), 40), 88)
	if c.relation == "MOTHER" || c.relation == "FATHER" {
		age = s.between(25, 48)
	}
	health := []string{"GOOD", "FAIR", "CHRONIC", "DISABLED"}[s.weighted([]float64{52, 28, 17, 3})]
	recorded := d.recorded(s)
	if c.stale {
		recorded = d.day(-s.between(800, 1200))
	}
	if c.story != nil && c.story.id == Liutang {
		health = "SERIOUS"
	}
	add(c.id, c.caregiver, c.relation, c.phone, s.known(age, c.gap(0.03)), s.known(health, c.gap(0.04)), c.grade == "NORMAL" || c.grade == "INSUFFICIENT",
		writer.id, writer.agency, recorded, true)
}

// assessmentRow: the id of an assessment is that of its child.
func (d *District) assessmentRow(c *child, s stream, add func(...any)) {
	if !c.registered() {
		return
	}
	writer := d.supervisor(c.village.town)
	on := d.day(-s.between(10, 500))
	add(c.id, c.id, "DB42/T 1969-2023", c.grade, on, on.AddDate(2, 0, 0), writer.id, writer.agency, on, true)
}

// itemRows are scored for the families that do not manage.
func (d *District) itemRows(c *child, s stream, add func(...any)) {
	if !c.registered() || c.grade == "NORMAL" {
		return
	}
	for i := 1; i <= 11; i++ {
		add(c.id, "I"+strconv.Itoa(100 + i)[1:], s.between(0, 5), d.recorded(s), true)
	}
}
