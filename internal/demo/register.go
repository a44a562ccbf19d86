package demo

import "time"

// register draws what the registers hold on the child.
func (d *District) register(c *child, w *draws, s stream) {
	switch c.kind {
	case leftBehindOnly, leftBehindAndHardship, hardshipOnly:
		c.status = "REGISTERED"
		c.risk = riskLevels[deal(&w.risk)]
	case flaggedOnly:
		c.status = []string{"CANDIDATE", "REJECTED"}[s.weighted([]float64{70, 30})]
	case candidate:
		c.status = pick(s, []string{"CANDIDATE", "VERIFYING"})
	case duplicate: // takes its twin's place
	case exited:
		c.status, c.risk = "EXITED", "GREEN"
		c.exitReason = []string{"AGE_16", "PARENT_RETURNED", "JOINED_PARENTS", "HUKOU_MOVED", "ERROR"}[s.weighted([]float64{40, 30, 20, 6, 4})]
		c.exitedOn = d.day(-s.between(20, 330))
		if c.exitReason == "AGE_16" {
			c.birth = c.exitedOn.AddDate(-16, 0, 0)
			c.stage, c.year = senior, 10
		}
	}
	if c.hardship() {
		c.groups = []string{pick(s, hardshipDeck)}
		if s.chance(0.1) && c.groups[0] != "POOR_FAMILY" {
			c.groups = append(c.groups, "POOR_FAMILY")
		}
	}
}

// hardshipDeck holds the groups in their shares; de-facto unattended children are
// chosen by number, see makeUnattended.
var hardshipDeck = []string{
	"POOR_FAMILY", "POOR_FAMILY", "POOR_FAMILY", "POOR_FAMILY", "POOR_FAMILY", "POOR_FAMILY",
	"SEVERE_DISABILITY", "SERIOUS_ILLNESS", "GUARDIANSHIP_DEFICIENT", "ORPHAN",
}

// unattendedReasons with the group they are shown as.
var unattendedReasons = []struct{ reason, group, circumstance string }{
	{"IN_PRISON", "ABSENCE", "OFFENCE"},
	{"MISSING", "ABSENCE", "MISSING"},
	{"SEVERE_DISABILITY", "INCAPACITY", "DISABILITY"},
	{"SERIOUS_ILLNESS", "INCAPACITY", "ILLNESS"},
	{"DRUG_REHAB", "ABSENCE", "ADDICTION"},
	{"RESTRICTED", "ABSENCE", "OFFENCE"},
	{"DEAD", "LOSS", "WIDOWED"},
	{"REVOKED", "LOSS", "DIVORCED"},
}

func unattendedGroup(reasons []string) any {
	for _, u := range unattendedReasons {
		if len(reasons) > 0 && u.reason == reasons[0] {
			return u.group
		}
	}
	return nil
}

// makeUnattended chooses the de-facto unattended among the hardship children,
// and the one child whose group is sealed.
func (d *District) makeUnattended() {
	s := d.stream("unattended", 0)
	var pool []*child
	for _, c := range d.children {
		if c.hardship() && c.story == nil {
			pool = append(pool, c)
		}
	}
	s.Shuffle(len(pool), func(i, j int) { pool[i], pool[j] = pool[j], pool[i] })
	for _, c := range pool[:d.sizes.unattended] {
		c.groups = []string{"DE_FACTO_UNATTENDED"}
		c.reasons = []string{pick(s, unattendedReasons).reason, pick(s, unattendedReasons[:2]).reason}
		if c.reasons[0] == c.reasons[1] {
			c.reasons = c.reasons[:1]
		}
	}
	pool[d.sizes.unattended].groups = []string{"SEALED"}
}

// caregiverOf draws who cares for the child.
func (d *District) caregiverOf(c *child, care int, s stream) {
	weights := surnameWeights()
	switch {
	case c.kind == hardshipOnly && c.groups[0] == "ORPHAN" && s.chance(0.5):
		c.guardianshipKind, c.relation = "CIVIL_AFFAIRS", "NOT_KIN"
	case c.kind == hardshipOnly && !s.chance(0.35), c.kind == flaggedOnly, c.kind == exited:
		c.guardianshipKind = "PARENTS"
		c.relation = []string{"MOTHER", "FATHER", "PATERNAL_GRANDMOTHER"}[s.weighted([]float64{55, 20, 25})]
	case care == 0:
		c.guardianshipKind = "GRANDPARENTS"
		c.relation = []string{"PATERNAL_GRANDMOTHER", "PATERNAL_GRANDFATHER"}[s.weighted([]float64{60, 40})]
	case care == 1:
		c.guardianshipKind = "GRANDPARENTS"
		c.relation = []string{"MATERNAL_GRANDMOTHER", "MATERNAL_GRANDFATHER"}[s.weighted([]float64{65, 35})]
	default:
		c.guardianshipKind = "OTHER_KIN"
		c.relation = []string{"OTHER_KIN", "NOT_KIN"}[s.weighted([]float64{80, 20})]
	}
	surname := s.surname(weights)
	switch c.relation {
	case "MOTHER":
		c.caregiver = s.adult(surname, true)
	case "FATHER":
		c.caregiver = "" // the child's surname, set with its name
	case "PATERNAL_GRANDFATHER":
		c.caregiver = ""
	case "MATERNAL_GRANDFATHER":
		c.caregiver = s.elder(surname, false)
	default:
		c.caregiver = s.elder(surname, true)
	}
}

// tell gives a story child what its story needs.
func (d *District) tell(c *child, s stream) {
	p := c.story
	c.sex = female
	if p.male {
		c.sex = male
	}
	c.birth = d.today.AddDate(-p.age, -p.months, -9)
	if p.id == Yunxi {
		c.birth = d.today.AddDate(-16, 1, 0)
	}
	c.stage, c.risk = p.stage, p.risk
	low, high := yearsOf(p.stage)
	c.year = min(max(d.naturalYear(c.birth), low), high)
	c.hukouType, c.grade, c.careReason = "RURAL", "NORMAL", "BOTH_AWAY"
	c.since = d.day(-s.between(400, 700))
	c.city, c.province = "东莞市", "广东省"
	c.guardianshipKind, c.relation, c.caregiver = "GRANDPARENTS", "PATERNAL_GRANDMOTHER", "陈秋菊"
	switch p.id {
	case Qinghe:
		c.caregiver = "李桂英"
	case Liutang:
		c.grade = "INSUFFICIENT"
	case Yunxi:
		c.groups = []string{"POOR_FAMILY"}
	case Wanghu:
		c.status, c.docType, c.hukouType = "VERIFYING", noDocument, "NONE"
		c.careReason = ""
	case Songgang:
		c.guardianshipKind, c.relation, c.caregiver = "OTHER_KIN", "OTHER_KIN", "周国强"
	case Taoyuan:
		c.shield, c.grade = "FULL", "IMPROPER"
	case Hewan:
		c.status, c.careReason = "CANDIDATE", ""
		c.since = d.monthsAgo(4)
		c.city, c.province = "武汉市", "湖北省"
		c.guardianshipKind, c.relation, c.caregiver = "PARENTS", "FATHER", ""
	case Jinsui:
		c.hukou = c.village
		c.village = d.townships[0].villages[0]
	}
}

// registeredOn is when the file was made.
func (d *District) registeredOn(c *child) time.Time {
	day := after(c.since, 60)
	if day.After(d.day(-5)) {
		day = d.day(-5)
	}
	return day
}
