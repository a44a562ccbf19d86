package demo

func (d *District) healthSheets() []sheet {
	return []sheet{
		d.perChild("health", `child_id immunisation entry_check_passed entry_check_on checkup_on checkup_follow_up general disability
			disability_needs disability_level rehab_in_programme rehab_until illness_evidence serious_illness chronic_illness care_need
			school_note family_doctor family_doctor_phone recorded_on synthetic`, d.healthRow),
		d.counted("due_vaccine", "child_id vaccine due_on author_id author_agency_id recorded_on synthetic", d.vaccineRows),
		d.counted("child_health_visit", "child_id age_stage state done_on author_id author_agency_id recorded_on synthetic", d.healthVisitRows),
	}
}

// disability is the child's category; 2.5 % have one, more than in life, so that
// screens are not empty.
func disability(c *child, d *District) string {
	s := d.stream("disability", c.id)
	for _, g := range c.groups {
		if g == "SEVERE_DISABILITY" {
			return pick(s, []string{"LIMB", "INTELLECT", "MULTIPLE"})
		}
	}
	if c.story == nil && c.kind != duplicate && s.chance(0.012) {
		return pick(s, []string{"SIGHT", "HEARING", "SPEECH", "LIMB", "INTELLECT", "MENTAL", "MULTIPLE"})
	}
	return "NONE"
}

func (d *District) healthRow(c *child, s stream, add func(...any)) {
	if c.kind == duplicate {
		return
	}
	kind := disability(c, d)
	general, needs, need := "GOOD", "NONE", "NONE"
	var level, rehabUntil, evidence, note any
	ill := false
	for _, g := range c.groups {
		ill = ill || g == "SERIOUS_ILLNESS"
	}
	chronic := s.chance(0.012)
	switch {
	case kind != "NONE":
		general, needs, level = "DISABLED", pick(s, []string{"SEATING", "MOBILITY", "COMMUNICATION", "COMPANION"}), s.between(1, 4)
		if s.chance(0.5) {
			rehabUntil = d.day(s.between(30, 300))
		}
	case ill:
		general, need, evidence = "SERIOUS", "REGULAR_TREATMENT", "住院费用票据（演示）"
	case chronic:
		general, need = "CHRONIC", pick(s, []string{"MEDICATION", "DIET"})
	case s.chance(0.02):
		general = "FAIR"
	}
	if s.chance(0.02) || c.story != nil && c.story.id == Bailu {
		note = pick(s, []string{"对花生过敏，备有急救药", "体育课避免长跑", "发作时侧卧，立即通知校医"})
	}
	var checkup, followUp, entryOn, entry any
	if c.class != nil && c.year >= 1 {
		checkup, followUp = d.day(-s.between(20, 300)), s.chance(0.08)
		entryOn, entry = date(d.current.schoolYear-min(c.year, 6)+1, 9, 3), true
	}
	status := immunisation(c, d)
	if status == "DUE" && c.class != nil {
		entry = false
	}
	t := c.village.town
	doctor := d.clinicDoctor(t)
	add(c.id, status, entry, entryOn, checkup, followUp, s.known(general, c.gap(0.02)), kind, needs, level, rehabUntil != nil, rehabUntil, evidence,
		ill, chronic, need, note, d.clinics[t.clinicID-1].name+"家庭医生团队", doctor.phone, d.recorded(s), true)
}

func (d *District) vaccineRows(c *child, s stream, add func(...any)) {
	if c.kind == duplicate || immunisation(c, d) != "DUE" {
		return
	}
	w := d.clinicDoctor(c.village.town)
	all := []string{"麻腮风疫苗第2剂", "脊灰疫苗第4剂", "白破疫苗加强", "乙脑疫苗第2剂", "A+C流脑疫苗第2剂"}
	n := s.between(1, 2)
	first := s.IntN(len(all))
	for i := range n {
		add(c.id, all[(first+i)%len(all)], d.day(s.between(-60, 20)), w.id, w.agency, d.recorded(s), true)
	}
}

// healthStages with the month of age at which each is due.
var healthStages = []struct {
	name  string
	month int
}{
	{"NEWBORN", 0},
	{"MONTH_1", 1},
	{"MONTH_3", 3},
	{"MONTH_6", 6},
	{"MONTH_8", 8},
	{"MONTH_12", 12},
	{"MONTH_18", 18},
	{"MONTH_24", 24},
	{"MONTH_30", 30},
	{"YEAR_3", 36},
	{"YEAR_4", 48},
	{"YEAR_5", 60},
	{"YEAR_6", 72},
}

// healthVisitRows are the child-health visits of children under seven.
func (d *District) healthVisitRows(c *child, s stream, add func(...any)) {
	if c.kind == duplicate || fullYears(c.birth, d.today) > 6 {
		return
	}
	w := d.clinicDoctor(c.village.town)
	for _, stage := range healthStages {
		due := c.birth.AddDate(0, stage.month, 0)
		switch {
		case due.After(d.day(90)):
			return
		case due.After(d.today):
			add(c.id, stage.name, "SCHEDULED", nil, w.id, w.agency, d.today, true)
		case s.chance(0.06):
			add(c.id, stage.name, "MISSED", nil, w.id, w.agency, after(due, 30), true)
		default:
			on := after(due, s.between(0, 20))
			if on.After(d.today) {
				on = d.today
			}
			add(c.id, stage.name, "DONE", on, w.id, w.agency, on, true)
		}
	}
}
